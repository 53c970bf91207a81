import type { Millis } from "../../core/duration.js";
import type { Moment } from "./moment.js";

/** What `agg_data` is asked (rest.md 3.1). */
export interface AggregateQuestion<Name extends string = string> {
  /** Numeric datapoints. */
  readonly attrs: readonly Name[];
  /** The average unless given. */
  readonly aggregator?: "sum" | "avg" | "max" | "min";
  /** The width of the buckets; an hour unless given. */
  readonly unit?: "HOURS" | "DAYS" | "WEEKS" | "MONTHS";
  readonly start: Moment;
  /** The last millisecond that counts; now unless given. */
  readonly end?: Moment;
}

/** One bucket that has data (rest.md 3.2). */
export interface AggregateRow<Name extends string = string> {
  /** The vendor's label of the bucket: `2026030112` is noon of that day. */
  readonly datetime: string;
  readonly attrs: Readonly<Partial<Record<Name, number>>>;
}

/** What `raw_data` is asked (cloud.md 8.2): a window of at most 48 hours, seven days back at most. */
export interface RawDataQuestion {
  /** Messages, or when the device came and went; messages unless given. */
  readonly type?: "cmd" | "online";
  /** 48 hours before `end` unless given. */
  readonly start?: Moment;
  /** Now unless given. */
  readonly end?: Moment;
  /** Newest first unless given. */
  readonly sort?: "asc" | "desc";
  readonly skip?: number;
  /** Records at most; 1,000 unless given, which is the longest page. */
  readonly limit?: number;
}

/** A record of the communication log. */
export interface RawRecord {
  readonly type: string;
  /** Seconds since 1970, with a fraction. */
  readonly timestamp: number;
  readonly ip: string;
  /** The message as hex. */
  readonly payload_bin?: string;
  readonly [field: string]: unknown;
}

/** `latest` of a product: bools are 0 and 1 there, and a datapoint that was never reported is absent. */
export type LatestOf<Attrs extends object> = {
  readonly [Name in keyof Attrs]?: [Attrs[Name]] extends [boolean] ? 0 | 1 : Attrs[Name];
};

/** The longest window of `raw_data`. */
export const RAW_WINDOW_MS: Millis = 48 * 3_600_000;
/** The longest page of `raw_data`. */
export const MOST_RECORDS = 1000;
