import { PassThrough } from "node:stream";
import type { Face } from "../face.js";
import { Type } from "../schema.js";
import type { LabControl } from "./lab-control.js";

/** What may wait for a reader who follows the trace; one that is slower loses hops. */
const FOLLOW_BUFFER = 4 * 1024 * 1024;
const tags = ["Lab control"];
const IdParams = Type.Object({ id: Type.String({ maxLength: 64 }) });
const JSONL = "application/x-ndjson";

/** The trace, recordings of it, and what it has touched. */
export function registerRecordings(face: Face, control: LabControl): void {
  face.get(
    "/_lab/trace",
    {
      schema: {
        tags,
        summary: "The last hops, oldest first; with follow=true the hops to come, one JSON object a line",
        querystring: Type.Object({
          did: Type.Optional(Type.String({ maxLength: 64 })),
          id: Type.Optional(Type.String({ pattern: "^t[0-9]{1,15}$" })),
          limit: Type.Optional(Type.String({ pattern: "^[1-9][0-9]{0,5}$" })),
          follow: Type.Optional(Type.Union([Type.Literal("true"), Type.Literal("false")])),
        }),
      },
    },
    (request, reply) => {
      const { did, id, limit, follow } = request.query;
      const filter = { ...(did === undefined ? {} : { did }), ...(id === undefined ? {} : { id }) };
      if (follow !== "true") {
        return { entries: control.trace(filter, limit === undefined ? undefined : Number(limit)) };
      }
      const lines = new PassThrough({ highWaterMark: FOLLOW_BUFFER });
      const stop = control.listenTrace(filter, (entry) => {
        if (lines.writableLength < FOLLOW_BUFFER) lines.write(`${JSON.stringify(entry)}\n`);
      });
      request.raw.once("close", () => {
        stop();
        lines.destroy();
      });
      // Headers leave at once, so that whoever follows knows that it is listened for him.
      lines.write("\n");
      return reply.type(JSONL).send(lines);
    },
  );
  face.get("/_lab/recordings", { schema: { tags, summary: "Recordings that were begun" } }, () => ({
    recordings: control.recordings(),
  }));
  face.post(
    "/_lab/recordings",
    {
      schema: {
        tags,
        summary: "Begin a recording; passcodes and secrets are left out unless asked for",
        body: Type.Object({ secrets: Type.Optional(Type.Boolean()) }),
      },
    },
    (request, reply) => reply.code(201).send(control.startRecording(request.body.secrets ?? false)),
  );
  face.get(
    "/_lab/recordings/:id",
    { schema: { tags, summary: "A recording, one JSON object a line", params: IdParams } },
    (request, reply) => reply.type(JSONL).send(control.readRecording(request.params.id)),
  );
  face.post(
    "/_lab/recordings/:id/stop",
    { schema: { tags, summary: "End a recording", params: IdParams } },
    (request) => control.stopRecording(request.params.id),
  );
  face.delete(
    "/_lab/recordings/:id",
    { schema: { tags, summary: "Forget a recording", params: IdParams } },
    (request) => {
      control.removeRecording(request.params.id);
      return {};
    },
  );
  face.get("/_lab/coverage", { schema: { tags, summary: "Datapoints, commands, errors and faults touched" } }, () =>
    control.coverage(),
  );
}
