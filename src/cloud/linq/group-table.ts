import type { AggregateState, SavedState } from "./aggregate-state.js";
import { brokenState } from "./aggregate-state.js";
import type { EvaluationContext } from "./evaluation-context.js";
import type { CompiledExpression } from "./expression-compiler.js";
import { LinqError } from "./linq-error.js";
import { sortInSlices } from "./sliced-sort.js";
import { bucketStart } from "./time.js";
import { compareValues, keyOf, type LinqRow, type LinqValue, sizeOf } from "./value.js";

/** Groups of one query, buckets times keys. */
export const MAX_GROUPS = 50_000;

/** Bytes of a group beside its keys and states, estimated. */
const GROUP_BYTES = 240;
/** Effort of one result: so much that the clock is looked at. */
const RESULT_EFFORT = 20_000;
/** One that outgrows its memory takes a few milliseconds to add to; more of them may do so on the same row. */
const AGGREGATES_AT_ONCE = 4;

/** One aggregate of a group: what it takes of a row, and where its result stands in the group's row. */
export interface AggregateColumn {
  readonly argument: CompiledExpression;
  readonly index: number;
  start(): AggregateState;
}

/** How rows are grouped. The group's row is the bucket, when there is one, the keys, then what select adds. */
export interface Grouping {
  /** Milliseconds; 0 for no bucket. */
  readonly everyMs: number;
  /** The place of `eventdate` in the rows that come in, if they have one. */
  readonly timeIndex: number | undefined;
  readonly keys: readonly CompiledExpression[];
  readonly aggregates: readonly AggregateColumn[];
  /** Cells of the group's row. */
  readonly width: number;
}

/** A group as plain JSON: a task keeps one a bucket and keys. */
export interface SavedGroup {
  /** Start of the bucket; null without one. */
  readonly bucket: number | null;
  readonly keys: readonly LinqValue[];
  /** One an aggregate, in the order of the query. */
  readonly states: readonly SavedState[];
}

interface Group extends Omit<SavedGroup, "states"> {
  /** Bytes it takes without its states, estimated. */
  readonly held: number;
  readonly states: readonly AggregateState[];
}

/** The groups of one `group` clause. Rows may come in any order, states of earlier runs at any time. */
export class GroupTable {
  readonly #grouping: Grouping;
  readonly #context: EvaluationContext;
  readonly #maxGroups: number;
  readonly #buckets = new Map<number | null, Map<string, Group>>();
  #size = 0;

  constructor(grouping: Grouping, context: EvaluationContext, maxGroups = MAX_GROUPS) {
    this.#grouping = grouping;
    this.#context = context;
    this.#maxGroups = maxGroups;
  }

  get size(): number {
    return this.#size;
  }

  /**
   * Adds a row; one whose time is null is in no bucket. Gives a promise to wait for when there are so many aggregates
   * that they could hold the event loop. Throws `linq-limit` when there are too many groups.
   */
  add(row: LinqRow): Promise<void> | undefined {
    const { everyMs, timeIndex, keys, aggregates } = this.#grouping;
    const time = timeIndex === undefined ? 0 : row[timeIndex];
    if (everyMs > 0 && typeof time !== "number") return undefined;
    const at = typeof time === "number" ? time : 0;
    const bucket = everyMs > 0 ? bucketStart(at, everyMs, this.#context.zone) : null;
    const values = keys.map((key) => key.run(row, this.#context));
    const { states } = this.#groupOf(bucket, values);
    if (aggregates.length > AGGREGATES_AT_ONCE) return this.#addSlowly(row, at, states);
    for (let index = 0; index < aggregates.length; index += 1) this.#addTo(states, index, row, at);
    return undefined;
  }

  /** Merges a group of an earlier run. Throws `linq-state` if it is not of this query. */
  absorb(saved: SavedGroup): void {
    const { everyMs, keys, aggregates } = this.#grouping;
    const isOurs = (saved.bucket === null) === (everyMs === 0) && saved.keys.length === keys.length;
    if (!isOurs || saved.states.length !== aggregates.length) throw brokenState();
    const { states } = this.#groupOf(saved.bucket, saved.keys);
    for (const [index, state] of states.entries()) {
      const before = state.held;
      state.absorb(saved.states[index] ?? []);
      this.#context.hold(state.held - before);
    }
  }

  /** All groups, in no order. */
  *save(): Generator<SavedGroup, void> {
    for (const groups of this.#buckets.values()) {
      for (const { bucket, keys, states } of groups.values()) {
        yield { bucket, keys, states: states.map((state) => state.save()) };
      }
    }
  }

  /** Forgets all groups, or those of one bucket. */
  clear(bucket?: number | null): void {
    const cleared = bucket === undefined ? [...this.#buckets.keys()] : [bucket];
    for (const each of cleared) {
      const groups = this.#buckets.get(each);
      if (groups === undefined) continue;
      for (const { held, states } of groups.values()) this.#context.hold(-held - heldBy(states));
      this.#size -= groups.size;
      this.#buckets.delete(each);
    }
  }

  /** A row for each group, by bucket and keys. Without keys and buckets there is one, of no rows too. */
  async *rows(): AsyncGenerator<LinqValue[], void> {
    const { everyMs, keys, aggregates, width } = this.#grouping;
    if (this.#size === 0 && everyMs === 0 && keys.length === 0) this.#groupOf(null, []);
    for await (const group of this.#sorted()) {
      const row: LinqValue[] = new Array(width).fill(null);
      let cell = 0;
      if (everyMs > 0) row[cell++] = group.bucket;
      for (const key of group.keys) row[cell++] = key;
      for (const [index, { index: place }] of aggregates.entries()) {
        row[place] = group.states[index]?.result() ?? null;
        // A percentile of many values takes milliseconds.
        if (this.#context.endRow(RESULT_EFFORT)) await this.#context.pause();
      }
      yield row;
    }
  }

  async #addSlowly(row: LinqRow, at: number, states: readonly AggregateState[]): Promise<void> {
    for (let index = 0; index < states.length; index += 1) {
      this.#addTo(states, index, row, at);
      if (this.#context.endRow(RESULT_EFFORT)) await this.#context.pause();
    }
  }

  #addTo(states: readonly AggregateState[], index: number, row: LinqRow, at: number): void {
    const { argument } = this.#grouping.aggregates[index] as AggregateColumn;
    const state = states[index] as AggregateState;
    const before = state.held;
    state.add(argument.run(row, this.#context), at);
    const grown = state.held - before;
    if (grown !== 0) this.#context.hold(grown);
  }

  #groupOf(bucket: number | null, keys: readonly LinqValue[]): Group {
    let groups = this.#buckets.get(bucket);
    if (groups === undefined) {
      groups = new Map();
      this.#buckets.set(bucket, groups);
    }
    const key = keys.length === 1 ? keyOf(keys[0] as LinqValue) : JSON.stringify(keys);
    let group = groups.get(key);
    if (group === undefined) {
      if (this.#size >= this.#maxGroups) throw tooManyGroups(this.#maxGroups);
      const states = this.#grouping.aggregates.map((aggregate) => aggregate.start());
      const held = GROUP_BYTES + sizeOf(keys) + sizeOf(key);
      this.#context.hold(held + heldBy(states));
      group = { bucket, keys: [...keys], states, held };
      groups.set(key, group);
      this.#size += 1;
    }
    return group;
  }

  async *#sorted(): AsyncGenerator<Group, void> {
    // Sorted as bare numbers, which is quick however many there are.
    const starts = Float64Array.from(this.#buckets.keys(), (start) => start ?? 0).sort();
    for (const start of this.#buckets.has(null) ? [null] : starts) {
      const groups = [...(this.#buckets.get(start)?.values() ?? [])];
      yield* groups.length === 1 ? groups : await sortInSlices(groups, compareKeys, this.#context);
    }
  }
}

function heldBy(states: readonly AggregateState[]): number {
  return states.reduce((sum, { held }) => sum + held + 8, 0);
}

function compareKeys(one: Group, other: Group): number {
  for (const [index, key] of one.keys.entries()) {
    const order = compareValues(key, other.keys[index] ?? null);
    if (order !== 0) return order;
  }
  return 0;
}

function tooManyGroups(most: number): LinqError {
  return new LinqError("linq-limit", `the query makes more than ${most} groups`, undefined, {
    hint: "use a longer period, fewer keys, or a shorter stretch of time",
  });
}
