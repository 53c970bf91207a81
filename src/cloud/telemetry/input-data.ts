import type { Millis } from "../../core/duration.js";
import { GizlabError } from "../../core/errors.js";
import { toDisplay, toWire } from "../../profile/scale.js";
import type { Input } from "../devices/inputs.js";
import { MEASUREMENT_LIMIT, packMeasurement, roundMeasurement } from "../devices/measurement.js";
import type { Settings } from "../store/settings.js";
import { wholeRange } from "./calendar.js";
import type { Committed } from "./journal.js";
import { LOG_KIND } from "./log-kind.js";
import type { Telemetry } from "./telemetry.js";
import { type SortDirection, TopRows } from "./top-rows.js";

/** What is uploaded to an input. */
export interface InputUpload {
  readonly at: Millis;
  readonly value: number;
  /** JSON of whatever came along; kept and given back as it is. */
  readonly detail?: string;
}

/** What has become of an upload. */
export interface InputReceipt {
  /** Numbers uploads of all inputs. */
  readonly id: number;
  /** As it is kept. */
  readonly value: number;
}

/** One reading of an input. */
export interface InputRow {
  readonly at: Millis;
  readonly value: number;
  readonly detail?: string;
}

export interface InputRange {
  /** Included. */
  readonly start: Millis;
  /** Not included. */
  readonly end: Millis;
}

export interface InputRowsQuery extends InputRange {
  /** Rows of each input, at most. */
  readonly limit: number;
  readonly orderBy: "timestamp" | "value";
  readonly direction: SortDirection;
}

export interface InputStatisticsQuery extends InputRange {
  /** Only so many of the newest readings, and those of the same millisecond as the oldest of them; all without it. */
  readonly limit?: number;
  readonly functions: readonly InputStatistic[];
}

export type InputStatistic = "min" | "max" | "avg";
export type InputStatistics = Readonly<Partial<Record<InputStatistic, number>>>;

/** Rows in one answer, over all its inputs. */
export const MAX_INPUT_ROWS = 200_000;
/** Readings that are looked at before others get their turn. */
const SLICE = 2000;
const COUNTER = "uploads";
/** What a sum of exact numbers and its mean surely hold. */
const DIGITS = 15;

/** Readings of inputs: uploaded, read one by one, and summed up by the one engine (aggregation-apis.md 4.7). */
export class InputData {
  readonly #telemetry: Telemetry;
  readonly #settings: Settings;

  constructor(telemetry: Telemetry, settings: Settings) {
    this.#telemetry = telemetry;
    this.#settings = settings;
  }

  /**
   * Takes a value in; resolves when it is on disk. Two of the same time are both kept. Throws `attr-type` and
   * `attr-range` for one that the input cannot have, `upload-failed` when the store refuses.
   */
  async upload(input: Input, { at, value, detail }: InputUpload): Promise<InputReceipt> {
    const kept = roundFor(input, value);
    const id = this.#nextId();
    await new Promise<void>((resolve, reject) => {
      const committed: Committed = (cause) =>
        cause === null
          ? resolve()
          : reject(new GizlabError("upload-failed", "the store did not take the value; send it again", { cause }));
      if (input.device !== undefined && input.product !== undefined) {
        const attrs = { [input.datapoint.name]: value };
        this.#telemetry.importReport(input.device, input.product, at, attrs, committed, detail);
      } else {
        const entry = { deviceId: input.source.id, at, kind: LOG_KIND.measured, ...packMeasurement(kept) };
        this.#telemetry.append(detail === undefined ? entry : { ...entry, detail }, committed);
      }
    });
    return { id, value: kept };
  }

  /**
   * The first rows of each input in the wanted order; equal ones by time, then by arrival. Throws `too-many-rows`
   * when all together are more than `MAX_INPUT_ROWS`.
   */
  async rows(inputs: readonly Input[], query: InputRowsQuery): Promise<InputRow[][]> {
    const tops = inputs.map(() => new TopRows<InputRow>(query.limit, query.orderBy === "value", query.direction));
    for (const members of groupBySource(inputs)) await this.#readInto(tops, inputs, members, query);
    return tops.map((top) => top.finish());
  }

  /** What the readings of each input come to; nothing where there is none. */
  async statistics(inputs: readonly Input[], query: InputStatisticsQuery): Promise<InputStatistics[]> {
    const all: InputStatistics[] = [];
    for (const input of inputs) {
      const start = query.limit === undefined ? query.start : await this.#findStart(input, query, query.limit);
      all.push(this.#sumUp(input, { ...query, start }));
      await takeTurns();
    }
    return all;
  }

  #sumUp({ source, datapoint, device }: Input, { start, end, functions }: InputStatisticsQuery): InputStatistics {
    const buckets = wholeRange(start, end);
    const answer: Partial<Record<InputStatistic, number>> = {};
    for (const aggregator of functions) {
      const [bucket] = this.#telemetry.aggregate({
        device: source,
        datapoints: [datapoint],
        aggregator,
        buckets,
        start,
        end,
      });
      const value = bucket?.values[datapoint.name];
      if (value !== undefined) answer[aggregator] = device === undefined ? Number(value.toPrecision(DIGITS)) : value;
    }
    return answer;
  }

  /** When the oldest of the newest `limit` readings was made; the start of the query where there are fewer. */
  async #findStart(input: Input, { start, end }: InputRange, limit: number): Promise<Millis> {
    const newest = new TopRows<InputRow>(limit, false, "desc");
    await this.#readInto([newest], [input], [0], { start, end, limit, orderBy: "timestamp", direction: "desc" });
    const rows = newest.finish();
    return rows.length < limit ? start : (rows.at(-1)?.at ?? start);
  }

  /** Goes once through the log of one source for all of its inputs. */
  async #readInto(
    tops: readonly TopRows<InputRow>[],
    inputs: readonly Input[],
    members: readonly number[],
    { start, end, direction }: InputRowsQuery,
  ): Promise<void> {
    const names = new Map(members.map((place) => [(inputs[place] as Input).datapoint.name, tops[place]]));
    const [first = 0] = members;
    const device = (inputs[first] as Input).source;
    let seen = 0;
    for (const { at, attrs, detail } of this.#telemetry.readings({
      device,
      start,
      end,
      order: direction,
      names: [...names.keys()],
    })) {
      for (const [name, value] of Object.entries(attrs)) {
        names.get(name)?.add({ at, value: Number(value), ...(detail === undefined ? {} : { detail }) });
      }
      seen += 1;
      if (seen % SLICE !== 0 && !members.every((place) => tops[place]?.isFull)) continue;
      requireFew(tops);
      if (members.every((place) => tops[place]?.isFull)) return;
      await takeTurns();
    }
    requireFew(tops);
  }

  #nextId(): number {
    const id = Number(this.#settings.read(COUNTER) ?? 0) + 1;
    this.#settings.write(COUNTER, String(id));
    return id;
  }
}

/** The value as it will be kept. Throws `attr-type`, `attr-range`. */
function roundFor({ device, datapoint }: Input, value: number): number {
  if (device !== undefined) return Number(toDisplay(datapoint, toWire(datapoint, value)));
  const kept = roundMeasurement(value);
  if (Math.abs(kept) < MEASUREMENT_LIMIT) return kept;
  throw new GizlabError("attr-range", "the value has too many digits", {
    expected: "a number below 1e15",
    found: String(value),
  });
}

function groupBySource(inputs: readonly Input[]): number[][] {
  const groups = new Map<number, number[]>();
  inputs.forEach(({ source }, place) => {
    const members = groups.get(source.id);
    if (members === undefined) groups.set(source.id, [place]);
    else members.push(place);
  });
  return [...groups.values()];
}

function requireFew(tops: readonly TopRows<InputRow>[]): void {
  const count = tops.reduce((sum, { size }) => sum + size, 0);
  if (count <= MAX_INPUT_ROWS) return;
  throw new GizlabError("too-many-rows", `the answer would have more than ${MAX_INPUT_ROWS} rows`, {
    hint: "ask for fewer inputs, a shorter time or a smaller limit",
  });
}

/** Lets the event loop go on with other things. */
function takeTurns(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
