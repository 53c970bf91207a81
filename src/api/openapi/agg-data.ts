import type { FastifyRequest } from "fastify";
import { Type } from "typebox";
import type { Product } from "../../cloud/devices/products.js";
import { calendarBuckets, labelBucket } from "../../cloud/telemetry/calendar.js";
import type { Datapoint } from "../../profile/profile.js";
import { findDatapoint } from "../../profile/profile.js";
import { isNumeric } from "../../profile/scale.js";
import type { ApiContext } from "../context.js";
import { ApiError } from "../errors.js";
import type { Face } from "../face.js";
import { readEpoch, readWord } from "./query.js";
import { requireBound, requireUser } from "./session.js";

const DidParams = Type.Object({ did: Type.String({ minLength: 1, maxLength: 500 }) });
const AggQuery = Type.Object({
  start_ts: Type.Optional(Type.String()),
  end_ts: Type.Optional(Type.String()),
  attrs: Type.Optional(Type.String({ maxLength: 8192 })),
  aggregator: Type.Optional(Type.String()),
  unit: Type.Optional(Type.String()),
});
type AggRequest = Readonly<Partial<Record<"start_ts" | "end_ts" | "attrs" | "aggregator" | "unit", string>>>;

const MAX_ATTRS = 200;

/** Aggregated values of a bound device (rest.md 3). PUT is a slip of the seed's and harmless to accept. */
export function registerAggData(face: Face, context: ApiContext): void {
  face.route({
    method: ["GET", "PUT"],
    url: "/app/devdata/:did/agg_data",
    schema: {
      tags: ["Advanced Data API"],
      summary: "Get an aggregated value of a given device",
      params: DidParams,
      querystring: AggQuery,
    },
    handler: (request) => answerAggData(context, request, request.params.did, request.query),
  });
}

function answerAggData(context: ApiContext, request: FastifyRequest, did: string, query: AggRequest) {
  const user = requireUser(context, request);
  const { device } = requireBound(context, user, did);
  const { registry, telemetry, clock } = context.cloud;
  const product = registry.productOf(device);
  if (product === undefined) throw new ApiError(9002);
  if (!product.aggregation) throw new ApiError(9039, "aggregation is not opened for this product");

  const start = readEpoch("start_ts", query.start_ts, 1);
  const end = query.end_ts === undefined || query.end_ts === "" ? undefined : readEpoch("end_ts", query.end_ts, 1);
  const aggregator = readWord("aggregator", query.aggregator?.toLowerCase(), ["sum", "avg", "max", "min"]);
  const unit = readWord("unit", query.unit?.toUpperCase(), ["HOURS", "DAYS", "WEEKS", "MONTHS"]);
  const datapoints = readAttrs(product, query.attrs);
  if (end !== undefined && end < start) throw new ApiError(9015, "end_ts is not before start_ts");

  const { zone, weekRule } = context;
  const buckets = telemetry.aggregate({
    device,
    datapoints,
    aggregator,
    buckets: calendarBuckets(unit, zone),
    start,
    // The last millisecond counts (rest.md 3.5).
    end: (end ?? clock.now()) + 1,
  });
  return {
    query: { aggregator: query.aggregator, end_ts: end ?? null, start_ts: start, attrs: query.attrs, unit: query.unit },
    data: buckets.map((bucket) => ({
      datetime: labelBucket(unit, zone, bucket.start, weekRule),
      uid: user.uid,
      product_key: device.productKey,
      attrs: bucket.values,
    })),
  };
}

/** The numeric datapoints of a comma list; blanks around names are allowed (rest.md 3.1). Answers 9015 and 9025. */
function readAttrs(product: Product, text: string | undefined): Datapoint[] {
  const names = [...new Set((text ?? "").split(",").map((name) => name.trim()))].filter((name) => name !== "");
  if (names.length === 0) throw new ApiError(9015, "attrs is a comma list of numeric datapoints");
  if (names.length > MAX_ATTRS) throw new ApiError(9015, `attrs names at most ${MAX_ATTRS} datapoints`);
  return names.map((name) => {
    const datapoint = findDatapoint(product.profile, name);
    if (datapoint === undefined || !isNumeric(datapoint))
      throw new ApiError(9025, `attr ${name.slice(0, 100)} is not a numeric datapoint.`);
    return datapoint;
  });
}
