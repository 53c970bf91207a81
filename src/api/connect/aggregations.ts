import { AGGREGATED_METRICS, measure } from "../../cloud/devices/energy-metrics.js";
import type { AggregateQuery, Aggregator } from "../../cloud/telemetry/aggregate.js";
import type { AggregateBucket } from "../../cloud/telemetry/answer-buckets.js";
import { MAX_BUCKETS, tooManyBuckets, wholeRange } from "../../cloud/telemetry/calendar.js";
import { formatInterval, parseInterval } from "../../cloud/telemetry/interval.js";
import { countIntervalBuckets, createIntervalBuckets } from "../../cloud/telemetry/interval-buckets.js";
import type { Zone } from "../../cloud/telemetry/zone.js";
import { GizlabError } from "../../core/errors.js";
import { nameUuid } from "../../core/uuid.js";
import type { ApiContext } from "../context.js";
import type { Face } from "../face.js";
import { Type } from "../schema.js";
import { openCursor, requireSameEnd, sealCursor } from "./continuation.js";
import { Aggregation, AggregationPage } from "./documents.js";
import { type Entity, findEntity } from "./entity.js";
import { createPage } from "./page.js";
import {
  EntityParams,
  end,
  optionalEnd,
  paging,
  type Range,
  readPageSize,
  readRange,
  refuseUnknownExtensions,
  start,
} from "./query.js";
import { formatTime } from "./time.js";

/** What is made of the readings; all but the average is gizlab's own (aggregation-apis.md 2.5). */
const MODES: Readonly<Record<string, Aggregator>> = {
  average: "avg",
  difference: "delta",
  "time-average": { kind: "time-average" },
};
const DEFAULT_MODE = "average";
const EXTENSIONS = ["gizlab_energy"];
const extension = { gizlab_energy: Type.Optional(Type.String({ maxLength: 32 })) };
const tags = ["DER Connect"];

/** Energy in buckets, and of a whole range (aggregation-apis.md 2.1). */
export function registerAggregations(face: Face, context: ApiContext, utc: Zone): void {
  const { cloud } = context;
  const { signatures, telemetry } = cloud;

  face.get(
    "/:entityId/aggregations",
    {
      schema: {
        tags,
        summary: "Retrieve Aggregations",
        params: EntityParams,
        querystring: Type.Object({
          ...start,
          resolution: Type.String({ maxLength: 100 }),
          ...optionalEnd,
          ...paging,
          ...extension,
        }),
        response: { 200: AggregationPage },
      },
    },
    async (request) => {
      const { query } = request;
      const mode = readMode(query);
      const range = readRange(context, query);
      const interval = parseInterval(query.resolution);
      const pageSize = readPageSize(query.pageSize);
      const entity = findEntity(context, request.params.entityId);
      const width = formatInterval(interval);
      const parameters = ["aggregations", entity.id, String(range.start), width, mode];
      const cursor =
        query.continuationToken === undefined
          ? { end: range.end, at: range.start }
          : openCursor(signatures, parameters, query.continuationToken);
      requireSameEnd(query.end, range.end, cursor);
      if (countIntervalBuckets(interval, range.start, cursor.end) > MAX_BUCKETS) throw tooManyBuckets();
      const page = await telemetry.aggregatePage(
        {
          ...energyQuery(entity, mode),
          buckets: createIntervalBuckets(interval, utc),
          start: cursor.at,
          end: cursor.end,
        },
        pageSize,
      );
      return createPage(context, request, {
        data: page.buckets.map((bucket) => showAggregation(entity, mode, width, bucket)),
        pageSize,
        token:
          page.next === undefined
            ? undefined
            : sealCursor(signatures, parameters, { end: cursor.end, at: page.next, skip: 0 }),
      });
    },
  );

  face.get(
    "/:entityId/aggregations/total",
    {
      schema: {
        tags,
        summary: "Retrieve the total Aggregation",
        params: EntityParams,
        querystring: Type.Object({ ...start, ...end, ...extension }),
        response: { 200: Aggregation },
      },
    },
    async (request) => {
      const mode = readMode(request.query);
      const range = readRange(context, request.query);
      const entity = findEntity(context, request.params.entityId);
      const query = { ...energyQuery(entity, mode), ...range, buckets: wholeRange(range.start, range.end) };
      const [bucket = { ...range, values: {} }] = await telemetry.aggregateInTurns(query);
      return showAggregation(entity, mode, `total to ${range.end}`, bucket);
    },
  );
}

/** Throws `request-invalid`. */
function readMode(query: { readonly gizlab_energy?: string }): string {
  refuseUnknownExtensions(query, EXTENSIONS);
  const mode = query.gizlab_energy ?? DEFAULT_MODE;
  if (Object.hasOwn(MODES, mode)) return mode;
  throw new GizlabError("request-invalid", `gizlab_energy is one of ${Object.keys(MODES).join(", ")}`);
}

function energyQuery({ device, datapointsOf }: Entity, mode: string): Omit<AggregateQuery, keyof Range | "buckets"> {
  return { device, datapoints: datapointsOf(AGGREGATED_METRICS), aggregator: MODES[mode] as Aggregator };
}

function showAggregation({ id, mapping }: Entity, mode: string, width: string, bucket: AggregateBucket) {
  return {
    data: measure(mapping, AGGREGATED_METRICS, bucket.values, { isGrowth: mode === "difference" }),
    entityId: id,
    id: nameUuid(id, `${mode}/${width}/${bucket.start}`),
    timeframe: { start: formatTime(bucket.start), end: formatTime(bucket.end) },
  };
}
