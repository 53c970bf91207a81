import type { RetentionLimits } from "../../cloud/telemetry/retention.js";
import { formatDuration, parseDuration } from "../../core/duration.js";
import type { ApiContext } from "../context.js";
import type { Face } from "../face.js";
import { Type } from "../schema.js";

const tags = ["Lab control"];
const Span = Type.Optional(Type.Union([Type.String({ maxLength: 64 }), Type.Null()]));

/** How long reports and rollups are kept, each for itself (architecture.md 5). */
export function registerRetention(face: Face, { cloud }: ApiContext): void {
  const { telemetry } = cloud;
  face.get(
    "/_lab/retention",
    { schema: { tags, summary: "How long reports and rollups are kept; null is for ever" } },
    () => viewLimits(telemetry.retention),
  );
  face.put(
    "/_lab/retention",
    {
      schema: {
        tags,
        summary: "Change how long they are kept, and drop at once what is older; left out or null is for ever",
        body: Type.Object({ log: Span, rollups: Span }, { additionalProperties: false }),
      },
    },
    (request) => {
      const { log, rollups } = request.body;
      telemetry.limitRetention({
        ...(log == null ? {} : { logMs: Math.round(parseDuration(log)) }),
        ...(rollups == null ? {} : { rollupsMs: Math.round(parseDuration(rollups)) }),
      });
      const purged = telemetry.purge();
      return { ...viewLimits(telemetry.retention), dropped: { log_rows: purged.logRows, rollups: purged.rollups } };
    },
  );
}

function viewLimits({ logMs, rollupsMs }: RetentionLimits) {
  return {
    log: logMs === undefined ? null : formatDuration(logMs),
    rollups: rollupsMs === undefined ? null : formatDuration(rollupsMs),
  };
}
