import type { Product } from "../cloud/devices/products.js";
import type { Device } from "../cloud/devices/registry.js";
import { bucketLabels, type CalendarUnit, calendarBuckets } from "../cloud/telemetry/calendar.js";
import { GizlabError } from "../core/errors.js";
import type { Datapoint } from "../profile/profile.js";
import { findDatapoint } from "../profile/profile.js";
import { isNumeric } from "../profile/scale.js";
import type { ApiContext } from "./context.js";
import { readEpoch, readWord } from "./openapi/query.js";
import { requestError } from "./request-error.js";
import { Type } from "./schema.js";

/** The query string of `agg_data`, the same on both faces (rest.md 3.1). */
export const AggQuery = Type.Object({
  start_ts: Type.Optional(Type.String()),
  end_ts: Type.Optional(Type.String()),
  attrs: Type.Optional(Type.String({ maxLength: 8192 })),
  aggregator: Type.Optional(Type.String()),
  unit: Type.Optional(Type.String()),
});
export type AggRequest = Readonly<Partial<Record<"start_ts" | "end_ts" | "attrs" | "aggregator" | "unit", string>>>;

/** What a request asks for, and the words it was asked in. */
export interface AggQuestion {
  readonly request: AggRequest;
  readonly start: number;
  /** Undefined for now. */
  readonly end: number | undefined;
  readonly aggregator: "sum" | "avg" | "max" | "min";
  readonly unit: CalendarUnit;
  readonly datapoints: readonly Datapoint[];
}

const MAX_ATTRS = 200;

/** Reads `agg_data`'s parameters. Throws `request-invalid`, `attr-unknown`, and `attr-type` for one without numbers. */
export function readAggQuestion(product: Product, request: AggRequest): AggQuestion {
  const start = readEpoch("start_ts", request.start_ts, 1);
  const hasEnd = request.end_ts !== undefined && request.end_ts !== "";
  const end = hasEnd ? readEpoch("end_ts", request.end_ts, 1) : undefined;
  const aggregator = readWord("aggregator", request.aggregator?.toLowerCase(), ["sum", "avg", "max", "min"]);
  const unit = readWord("unit", request.unit?.toUpperCase(), ["HOURS", "DAYS", "WEEKS", "MONTHS"]);
  const datapoints = readAttrs(product, request.attrs);
  if (end !== undefined && end < start) throw requestError("end_ts is not before start_ts");
  return { request, start, end, aggregator, unit, datapoints };
}

/** The question as it was asked, keys in the live order (rest.md 3.2). */
export function echoAggQuestion({ request, start, end }: AggQuestion) {
  const { aggregator, attrs, unit } = request;
  return { aggregator, end_ts: end ?? null, start_ts: start, attrs, unit };
}

/** A bucket's label, and its values by datapoint name. */
export interface AggRow {
  readonly datetime: string;
  readonly attrs: Readonly<Record<string, number>>;
}

/** One row a bucket that has data, as `toRow` makes it. Throws `too-many-buckets`. */
export async function answerAggQuestion<Row extends AggRow>(
  { cloud, zone, weekRule }: ApiContext,
  device: Device,
  { start, end, aggregator, unit, datapoints }: AggQuestion,
  toRow: (row: AggRow) => Row,
): Promise<Row[]> {
  const buckets = await cloud.telemetry.aggregateInTurns({
    device,
    datapoints,
    aggregator,
    buckets: calendarBuckets(unit, zone),
    start,
    // The last millisecond counts (rest.md 3.5).
    end: (end ?? cloud.clock.now()) + 1,
  });
  const labelOf = bucketLabels(unit, zone, weekRule);
  const rows: Row[] = [];
  // Not by `map`: JSON is written faster of a list that has grown.
  for (const bucket of buckets) rows.push(toRow({ datetime: labelOf(bucket.start), attrs: bucket.values }));
  return rows;
}

/** The numeric datapoints of a comma list; blanks around names are allowed (rest.md 3.1). */
function readAttrs(product: Product, text: string | undefined): Datapoint[] {
  const names = [...new Set((text ?? "").split(",").map((name) => name.trim()))].filter((name) => name !== "");
  if (names.length === 0) throw requestError("attrs is a comma list of numeric datapoints");
  if (names.length > MAX_ATTRS) throw requestError(`attrs names at most ${MAX_ATTRS} datapoints`);
  return names.map((name) => {
    const datapoint = findDatapoint(product.profile, name);
    if (datapoint !== undefined && isNumeric(datapoint)) return datapoint;
    throw new GizlabError(
      datapoint === undefined ? "attr-unknown" : "attr-type",
      `attr ${name.slice(0, 100)} is not a numeric datapoint.`,
    );
  });
}
