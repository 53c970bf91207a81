import { acceptAnyJson, type Face } from "../face.js";
import { Type } from "../schema.js";
import type { LabControl } from "./lab-control.js";

/** A snapshot of some weeks of a few devices; larger labs keep theirs in a data folder. */
const IMPORT_LIMIT = 256 * 1024 * 1024;
const tags = ["Lab control"];
const NameParams = Type.Object({ name: Type.String({ maxLength: 64 }) });
const NameBody = Type.Object({ name: Type.String({ maxLength: 64 }) });

/** Snapshots: the whole lab kept and put back, as one file if need be. */
export async function registerSnapshots(face: Face, control: LabControl): Promise<void> {
  await face.register(async (bytes) => {
    bytes.removeAllContentTypeParsers();
    bytes.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: IMPORT_LIMIT }, (_request, body, done) =>
      done(null, body),
    );
    (bytes as Face).put(
      "/_lab/snapshots/:name",
      { bodyLimit: IMPORT_LIMIT, schema: { tags, summary: "Take over a snapshot's file", params: NameParams } },
      (request) => {
        control.importSnapshot(request.params.name, Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0));
        return { snapshots: control.snapshots() };
      },
    );
  });
  acceptAnyJson(face);
  face.get("/_lab/snapshots", { schema: { tags, summary: "Names of what was saved" } }, () => ({
    snapshots: control.snapshots(),
  }));
  face.get(
    "/_lab/snapshots/:name",
    { schema: { tags, summary: "A snapshot as one file", params: NameParams } },
    (request, reply) => {
      const bytes = control.exportSnapshot(request.params.name);
      return reply.type("application/octet-stream").send(Buffer.from(bytes));
    },
  );
  face.delete(
    "/_lab/snapshots/:name",
    { schema: { tags, summary: "Forget a snapshot", params: NameParams } },
    (request) => {
      control.removeSnapshot(request.params.name);
      return { snapshots: control.snapshots() };
    },
  );
  face.post("/_lab/save", { schema: { tags, summary: "Keep the lab as it is", body: NameBody } }, async (request) => {
    await control.save(request.body.name);
    return { snapshots: control.snapshots() };
  });
  face.post(
    "/_lab/restore",
    { schema: { tags, summary: "Put the lab back as it was saved", body: NameBody } },
    async (request) => {
      await control.restore(request.body.name);
      return {};
    },
  );
  face.post("/_lab/reset", { schema: { tags, summary: "Put the lab back as it was when it was ready" } }, async () => {
    await control.reset();
    return {};
  });
}
