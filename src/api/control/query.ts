import type { Aggregator } from "../../cloud/telemetry/aggregate.js";
import { parseBucketWidth } from "../../cloud/telemetry/bucket-width.js";
import { createBuckets } from "../../cloud/telemetry/calendar.js";
import { Zone } from "../../cloud/telemetry/zone.js";
import { parseDuration } from "../../core/duration.js";
import { GizlabError } from "../../core/errors.js";
import { EARLIEST_MS, LATEST_MS } from "../../core/instant.js";
import { suggestNearest } from "../../core/suggestion.js";
import { type Datapoint, findDatapoint, type Profile } from "../../profile/profile.js";
import { isNumeric } from "../../profile/scale.js";
import type { ApiContext } from "../context.js";
import type { Face } from "../face.js";
import { Type } from "../schema.js";

const Instant = Type.Integer({ minimum: EARLIEST_MS, maximum: LATEST_MS });
const Span = Type.String({ maxLength: 64 });
const QueryBody = Type.Object(
  {
    did: Type.String({ maxLength: 64 }),
    attrs: Type.Array(Type.String({ maxLength: 128 }), { minItems: 1, maxItems: 200 }),
    aggregator: Type.String({ maxLength: 32 }),
    width: Span,
    tz: Type.Optional(Type.String({ maxLength: 64 })),
    start: Type.Optional(Instant),
    end: Type.Optional(Instant),
    last: Type.Optional(Span),
    max_gap: Type.Optional(Span),
  },
  { additionalProperties: false },
);

const WORDS = ["sum", "avg", "max", "min", "count", "first", "last", "delta"] as const;

/** The whole engine, for `gizlab query`: every aggregator, any width, any zone (aggregation-apis.md 4.6). */
export function registerQuery(face: Face, context: ApiContext): void {
  face.post(
    "/_lab/query",
    {
      schema: {
        tags: ["Lab control"],
        summary: "Ask the aggregation engine",
        description:
          'Such as {"did":"…","attrs":["power"],"aggregator":"avg","width":"1d","tz":"Europe/Berlin","start":1767225600000}. ' +
          "Aggregators: sum, avg, max, min, count, first, last, delta, time-average, p0 to p100. Widths: 15m, 1h, 1d, 1w, 1mo, 1y. " +
          "The end is not included and is now without one; `last` such as 30d counts back from it.",
        body: QueryBody,
      },
    },
    async (request) => {
      const { did, attrs, width, tz, max_gap: maxGap, ...body } = request.body;
      const { cloud } = context;
      const device = cloud.registry.find(did);
      if (device === undefined)
        throw unknownDevice(
          did,
          cloud.registry.list().map((known) => known.did),
        );
      const product = cloud.registry.productOf(device);
      if (product === undefined) throw new GizlabError("product-unknown", "the device's product is not loaded");
      const zone = tz === undefined ? context.zone : new Zone(tz);
      const end = body.end ?? cloud.clock.now() + 1;
      const start = body.last === undefined ? (body.start ?? EARLIEST_MS) : end - Math.round(parseDuration(body.last));
      if (body.last !== undefined && body.start !== undefined) {
        throw new GizlabError("query-invalid", "start and last cannot both be given");
      }
      if (!(start <= end && start >= EARLIEST_MS)) {
        throw new GizlabError("query-invalid", "the start is behind the end, or before the year 1900");
      }
      const buckets = await cloud.telemetry.aggregateInTurns({
        device,
        datapoints: [...new Set(attrs)].map((name) => findNumeric(product.profile, name)),
        aggregator: readAggregator(body.aggregator, maxGap),
        buckets: createBuckets({ ...parseBucketWidth(width), zone }),
        start,
        end,
      });
      return {
        tz: zone.name,
        start,
        end,
        buckets: buckets.map(({ start: from, end: to, values }) => ({
          start: from,
          end: to,
          time: zone.format(from),
          attrs: values,
        })),
      };
    },
  );
}

function readAggregator(text: string, maxGap: string | undefined): Aggregator {
  const word = WORDS.find((candidate) => candidate === text.toLowerCase());
  const percent = /^p(\d{1,3}(?:\.\d{1,6})?)$/.exec(text)?.[1];
  if (maxGap !== undefined && text !== "time-average") {
    throw new GizlabError("query-invalid", "only time-average has a max_gap");
  }
  if (word !== undefined) return word;
  if (percent !== undefined) return { kind: "percentile", percent: Number(percent) };
  if (text === "time-average") {
    return { kind: "time-average", ...(maxGap === undefined ? {} : { maxGapMs: parseDuration(maxGap) }) };
  }
  const nearest = suggestNearest(text, [...WORDS, "time-average"]);
  throw new GizlabError("aggregator-invalid", `"${text}" is no aggregator`, {
    hint: `${nearest === undefined ? "" : `did you mean ${nearest}? `}${WORDS.join(", ")}, time-average, p0 to p100`,
  });
}

function findNumeric(profile: Profile, name: string): Datapoint {
  const datapoint = findDatapoint(profile, name);
  if (datapoint !== undefined && isNumeric(datapoint)) return datapoint;
  const numbers = profile.datapoints.filter(isNumeric).map((known) => known.name);
  if (datapoint !== undefined) {
    throw new GizlabError(
      "attr-type",
      `${name} is of type ${datapoint.dataType}: only numbers and bools are aggregated`,
      {
        hint: `numbers are ${numbers.join(", ")}`,
        at: { path: name },
      },
    );
  }
  const nearest = suggestNearest(name, numbers);
  throw new GizlabError("attr-unknown", `${profile.name} has no datapoint ${name}`, {
    hint: nearest === undefined ? `there are ${numbers.join(", ")}` : `did you mean ${nearest}?`,
    at: { path: name },
  });
}

function unknownDevice(did: string, known: readonly string[]): GizlabError {
  const nearest = suggestNearest(did, known);
  return new GizlabError("device-unknown", `no device has the did ${did}`, {
    ...(nearest === undefined ? {} : { hint: `did you mean ${nearest}?` }),
  });
}
