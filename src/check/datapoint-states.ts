import type { RawValue, RawValues } from "../codec/layout.js";
import type { Millis } from "../core/duration.js";
import type { Whole } from "../core/numbers/whole.js";
import type { Datapoint, Profile } from "../profile/profile.js";
import { isAllowed } from "../profile/scale.js";
import { isEqualValue, limits, only } from "./limits.js";
import type { ModuleBench } from "./module-bench.js";
import { isReport } from "./passage.js";

/** What became of a control of one datapoint. */
export type Taken =
  | { readonly kind: "taken" }
  /** One less or more than asked for, as float32 arithmetic of the vendor's SDK makes it (uart.md 4.5). */
  | { readonly kind: "rounded"; readonly held: RawValue }
  | { readonly kind: "other"; readonly held: RawValue | undefined }
  /** A read was not answered. */
  | { readonly kind: "silent" };

/** A motor or a relay may need its time before its datapoint says so. */
const LATE_REPORT_MS = 2000;
/** How many states of the other datapoints are tried in a run; each takes a second or two. */
const STATES_IN_ALL = { quick: 60, full: 300 };
const STATES_A_POINT = 30;
/** An MCU that has taken no control at all is not asked about more datapoints than these. */
const POINTS_IN_VAIN = 2;

/**
 * The writable datapoints of an MCU under test, which may depend on each other: where they were when the run began, and the
 * state of the others in which one takes a control.
 */
export class DatapointStates {
  readonly #writable: readonly Datapoint[];
  #home: Readonly<RawValues> | undefined;
  /** What the last read said, until a control may have changed it. */
  #seen: Readonly<RawValues> | undefined;
  /** By datapoint: the state of others in which it takes. */
  readonly #known = new Map<number, Readonly<RawValues>>();
  readonly #searched = new Set<number>();
  #tried = 0;
  #hasTaken = false;

  constructor(profile: Profile) {
    this.#writable = profile.datapoints.filter(({ access }) => access === "writable");
  }

  get writable(): readonly Datapoint[] {
    return this.#writable;
  }

  /** How long a late report is worth waiting for: not at all where no control was taken so far. */
  get patienceMs(): Millis {
    return this.#hasTaken ? LATE_REPORT_MS : 0;
  }

  /** How many states were tried so far. */
  get tried(): number {
    return this.#tried;
  }

  /** Puts the writable datapoints back to where they were when the run began, all of them or all but one. */
  async restore(bench: ModuleBench, except?: Datapoint): Promise<void> {
    this.#seen = undefined;
    // Twice: one may go back only when another has.
    for (let round = 0; round < 2; round += 1) {
      const now = await bench.read();
      this.#seen = now;
      if (now === undefined) return;
      this.#home ??= now;
      const back = this.#differences(now, this.#home, except);
      if (back.length === 0) return;
      for (const [index, state] of this.#known) {
        // One that depends on others goes back in the state in which it takes.
        if (back[index] !== undefined) await this.#setIn(bench, state, index, back[index]);
      }
      await bench.control(back);
    }
  }

  async #setIn(bench: ModuleBench, state: Readonly<RawValues>, index: number, value: RawValue): Promise<void> {
    const values: RawValues = [];
    values[index] = value;
    await bench.control(state);
    await bench.control(values);
  }

  /** Restores the others, and puts them into the state in which the datapoint is known to take. */
  async prepare(bench: ModuleBench, point: Datapoint): Promise<void> {
    await this.restore(bench, point);
    const state = this.#known.get(point.index);
    if (state !== undefined) await bench.control(state);
  }

  /** Sets a datapoint, and looks at the report and at a read; a late report is waited for as long as is said. */
  async set(bench: ModuleBench, point: Datapoint, value: RawValue, patienceMs: Millis = 0): Promise<Taken> {
    const changesNothing = isEqualValue(this.#seen?.[point.index], value);
    this.#seen = undefined;
    const { values } = await bench.control(only(point, value), { changesNothing });
    const reported = compare(point, value, values?.[point.index]);
    if (reported.kind === "taken") return this.#took(reported);
    if (patienceMs > 0) {
      const late = (arrival: Parameters<typeof isReport>[0]): boolean =>
        isReport(arrival) && isEqualValue(bench.valuesOf(arrival)?.[point.index], value);
      if ((await bench.next(late, patienceMs)) !== undefined) return this.#took({ kind: "taken" });
    }
    // Nothing is reported where nothing changed (uart.md 3.1).
    const read = await bench.read();
    if (read === undefined) return { kind: "silent" };
    const taken = compare(point, value, read[point.index]);
    return changesNothing ? taken : this.#took(taken);
  }

  /** The state of the other datapoints, as small as it gets, in which a datapoint takes a value that it does not take by itself. */
  async findState(bench: ModuleBench, point: Datapoint, value: RawValue): Promise<Readonly<RawValues> | undefined> {
    const isKnown = this.#known.has(point.index);
    if (!isKnown && this.#isVain(point)) return undefined;
    this.#searched.add(point.index);
    let left = STATES_A_POINT;
    for (const state of this.#states(point)) {
      if (left === 0 || this.#tried >= STATES_IN_ALL[bench.isQuick ? "quick" : "full"]) return undefined;
      left -= 1;
      if (!(await this.#takesIn(bench, point, value, state))) continue;
      // Known from here on, so that the datapoint goes back before each further try.
      this.#known.set(point.index, state);
      const smallest = await this.#reduce(bench, point, value, state);
      this.#known.set(point.index, smallest);
      return smallest;
    }
    return undefined;
  }

  #isVain({ index }: Datapoint): boolean {
    return this.#searched.has(index) || (!this.#hasTaken && this.#searched.size >= POINTS_IN_VAIN);
  }

  async #takesIn(bench: ModuleBench, point: Datapoint, value: RawValue, state: Readonly<RawValues>): Promise<boolean> {
    this.#tried += 1;
    await this.restore(bench);
    await bench.control(state);
    const { kind } = await this.set(bench, point, value);
    return kind === "taken" || kind === "rounded";
  }

  /** Leaves out of a state what it does without. */
  async #reduce(
    bench: ModuleBench,
    point: Datapoint,
    value: RawValue,
    state: Readonly<RawValues>,
  ): Promise<Readonly<RawValues>> {
    let smallest = state;
    for (const { index } of this.#writable) {
      const without = smallest.map((held, at) => (at === index ? undefined : held));
      const isLess = smallest[index] !== undefined && without.some((held) => held !== undefined);
      if (isLess && (await this.#takesIn(bench, point, value, without))) smallest = without;
    }
    return smallest;
  }

  /** States that are worth a try, the likely ones first. */
  *#states(point: Datapoint): Generator<Readonly<RawValues>> {
    yield* this.#known.values();
    const others = this.#writable.filter(({ index }) => index !== point.index);
    const switches = others.filter(({ dataType }) => dataType === "bool" || dataType === "enum");
    const singles = switches.flatMap((other) => listValues(other).map((value) => only(other, value)));
    yield* singles.filter((state) => this.#differs(state));
    // One number may be the limit of another.
    const numbers = others.filter(({ dataType }) => !["bool", "enum", "binary"].includes(dataType));
    for (const end of [1, 0] as const)
      if (numbers.length > 0) yield merge(numbers.map((other) => only(other, limits(other)[end] as RawValue)));
    const allOn = merge(switches.filter(({ dataType }) => dataType === "bool").map((other) => only(other, 1)));
    for (const state of singles) yield merge([allOn, state]);
    for (const [at, first] of singles.entries())
      for (const second of singles.slice(at + 1)) yield merge([first, second]);
  }

  #differs(state: Readonly<RawValues>): boolean {
    return state.some((value, index) => value !== undefined && !isEqualValue(this.#home?.[index], value));
  }

  #differences(now: Readonly<RawValues>, home: Readonly<RawValues>, except: Datapoint | undefined): RawValues {
    const back: RawValues = [];
    for (const point of this.#writable) {
      const value = home[point.index];
      // An MCU may start beyond a limit, and is not asked to go there again.
      if (value === undefined || !isAllowed(point, value) || point.index === except?.index) continue;
      if (!isEqualValue(now[point.index], value)) back[point.index] = value;
    }
    return back;
  }

  #took(taken: Taken): Taken {
    this.#hasTaken ||= taken.kind === "taken" || taken.kind === "rounded";
    return taken;
  }
}

function compare(point: Datapoint, wanted: RawValue, held: RawValue | undefined): Taken {
  if (isEqualValue(held, wanted)) return { kind: "taken" };
  const isScaled = !Number.isInteger(point.ratio) || !Number.isInteger(point.addition);
  const isNear = isWhole(held) && isWhole(wanted) && [1n, -1n].includes(BigInt(held) - BigInt(wanted));
  return isScaled && isNear ? { kind: "rounded", held } : { kind: "other", held };
}

function isWhole(value: RawValue | undefined): value is Whole {
  return value !== undefined && !(value instanceof Uint8Array);
}

function listValues(point: Datapoint): number[] {
  return point.dataType === "bool" ? [0, 1] : point.labels.map((_, value) => value);
}

function merge(states: readonly Readonly<RawValues>[]): RawValues {
  const merged: RawValues = [];
  for (const state of states)
    for (const [index, value] of state.entries()) if (value !== undefined) merged[index] = value;
  return merged;
}
