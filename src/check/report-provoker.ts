import type { RawValue } from "../codec/layout.js";
import type { Datapoint, Profile } from "../profile/profile.js";
import type { DatapointStates } from "./datapoint-states.js";
import { isEqualValue, limits, only } from "./limits.js";
import type { ModuleBench } from "./module-bench.js";
import type { Arrival } from "./passage.js";

/** How long a report is waited for that nobody can provoke. */
const PATIENCE_MS = { quick: 8000, wall: 60_000, virtual: 600_000 };
/** One datapoint may take its time or depend on another; not all of a large product are tried. */
const POINTS_TRIED = 8;

/** Makes an MCU report, by a control of a datapoint that is known to take one. */
export class ReportProvoker {
  readonly #points: readonly Datapoint[];
  readonly #states: DatapointStates;
  #proven: Datapoint | undefined;
  #hasChanged = false;

  constructor(profile: Profile, states: DatapointStates) {
    this.#states = states;
    this.#points = profile.datapoints.filter(({ access, dataType }) => access === "writable" && dataType !== "binary");
  }

  /** False where an app can set nothing. */
  get canProvoke(): boolean {
    return this.#points.length > 0;
  }

  /** True when a read has shown that a control changed a datapoint. */
  get hasChanged(): boolean {
    return this.#hasChanged;
  }

  /** Finds out which datapoint makes the MCU report, so that `provoke` needs one control only. */
  async prepare(bench: ModuleBench): Promise<void> {
    if (this.canProvoke && this.#proven === undefined) await this.provoke(bench);
  }

  /** The report of a change: of one made by a control, or of any that comes where an app can set nothing. */
  async provoke(bench: ModuleBench): Promise<Arrival | undefined> {
    if (!this.canProvoke) return bench.nextReport(PATIENCE_MS[bench.isQuick ? "quick" : bench.clock.mode]);
    if (this.#proven !== undefined) return this.#change(bench, this.#proven);
    for (const point of this.#points.slice(0, POINTS_TRIED)) {
      await this.#states.prepare(bench, point);
      const report = await this.#change(bench, point);
      if (report === undefined) continue;
      this.#proven = point;
      return report;
    }
    return undefined;
  }

  async #change(bench: ModuleBench, point: Datapoint): Promise<Arrival | undefined> {
    const held = (await bench.read())?.[point.index];
    const value = chooseOther(point, held);
    // Sent once: a module's second transmission could make the MCU report a second time.
    const { report } = await bench.control(only(point, value), { transmissions: 1 });
    const reported = report === undefined ? undefined : bench.valuesOf(report)?.[point.index];
    // A report that was under way tells the old value.
    if (report !== undefined && reported !== undefined && !isEqualValue(reported, held)) return report;
    const now = (await bench.read())?.[point.index];
    this.#hasChanged ||= now !== undefined && held !== undefined && !isEqualValue(now, held);
    return undefined;
  }
}

function chooseOther(point: Datapoint, held: RawValue | undefined): RawValue {
  const [least, most] = limits(point);
  // The second label of an enum is as good as the last, and less likely to be a mode that blocks others.
  const other = point.dataType === "enum" ? Math.min(1, point.labels.length - 1) : most;
  return isEqualValue(held, other) ? least : other;
}
