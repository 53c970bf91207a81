import { GizlabError } from "../core/errors.js";
import { ioNow } from "../core/io-timer.js";
import type { Coverage } from "../lab/coverage.js";
import type { Lab } from "../lab/lab.js";
import { DeviceProbe } from "../lab/probe.js";
import { startLab } from "../lab/start-lab.js";
import { parseScenario } from "./parse.js";
import type { Act, Scenario, Stage } from "./scenario.js";

export interface ScenarioOptions {
  /** For places, and for profiles beside it; of a text only. */
  readonly file?: string;
  /** Instead of the file's own. */
  readonly seed?: number | string;
  /** Counts what the run touches. */
  readonly coverage?: boolean;
  /** Called with the lab before its first device is powered on; what it gives is called before the lab closes. */
  readonly onLab?: (lab: Lab) => LabEnd;
  /** Called with each result as it comes. */
  readonly onStep?: (result: StepResult) => void;
  /** Ends the run between here and there: no step is begun or waited for any more. */
  readonly interrupted?: Promise<unknown>;
}

export type LabEnd = () => Promise<void> | void;

/** What became of a step. */
export interface StepResult {
  readonly kind: string;
  readonly line: number;
  readonly column: number;
  /** The step in one line. */
  readonly words: string;
  readonly outcome: "passed" | "failed" | "skipped";
  /** Of a failed one: its code, and the text for people, which may have many lines. */
  readonly error?: { readonly code: string; readonly message: string };
  readonly wallMs: number;
}

/** What became of a scenario: every step is there, those that were not reached as skipped. */
export interface ScenarioResult {
  readonly name: string;
  readonly file: string;
  readonly seed: number | string;
  readonly ok: boolean;
  readonly isInterrupted: boolean;
  readonly steps: readonly StepResult[];
  readonly wallMs: number;
  readonly coverage?: Coverage;
}

type Line = Pick<StepResult, "kind" | "line" | "column" | "words">;

/**
 * Runs a scenario in a lab of its own, in memory, up to its first step that fails. A step's failure is a result,
 * never an error. Throws `scenario-invalid` for a text that is none, and what `startLab` throws.
 */
export async function runScenario(source: Scenario | string, options: ScenarioOptions = {}): Promise<ScenarioResult> {
  const { file } = options;
  const scenario = typeof source === "string" ? parseScenario(source, file === undefined ? {} : { file }) : source;
  const seed = options.seed ?? scenario.seed;
  const startedAt = ioNow();
  const lab = await startLab({
    profiles: scenario.products.map((product) => product.file),
    clock: scenario.clock,
    seed,
    ...(scenario.startAt === undefined ? {} : { startAt: scenario.startAt }),
    ...(options.coverage === undefined ? {} : { coverage: options.coverage }),
  });
  let end: LabEnd = () => {};
  try {
    end = options.onLab?.(lab) ?? end;
    const run = new ScenarioRun(lab, scenario, options);
    await run.perform();
    return {
      name: scenario.name,
      file: scenario.file,
      seed,
      ok: run.results.every(({ outcome }) => outcome === "passed"),
      isInterrupted: run.isInterrupted,
      steps: run.results,
      wallMs: ioNow() - startedAt,
      ...(options.coverage === true ? { coverage: lab.coverage() } : {}),
    };
  } finally {
    await end();
    await lab.close();
  }
}

/** One run. */
class ScenarioRun {
  readonly results: StepResult[] = [];
  readonly #lab: Lab;
  readonly #scenario: Scenario;
  readonly #options: ScenarioOptions;
  readonly #interrupted: Promise<"interrupted"> | undefined;
  #state: "going" | "failed" | "interrupted" = "going";

  constructor(lab: Lab, scenario: Scenario, options: ScenarioOptions) {
    this.#lab = lab;
    this.#scenario = scenario;
    this.#options = options;
    this.#interrupted = options.interrupted?.then(() => {
      this.#state = "interrupted";
      return "interrupted";
    });
  }

  get isInterrupted(): boolean {
    return this.#state === "interrupted";
  }

  async perform(): Promise<void> {
    const stage = await this.#setUp();
    for (const { act, kind, line, column, words } of this.#scenario.steps) {
      const step: Line = { kind, line, column, words };
      if (stage === undefined || this.#state !== "going") this.#tell({ ...step, outcome: "skipped", wallMs: 0 });
      else await this.#carryOut(step, act, stage);
    }
  }

  /** Powers the devices on, one after the other; that one of them cannot is the only result of its own it has. */
  async #setUp(): Promise<Stage | undefined> {
    const probes = new Map<string, DeviceProbe>();
    const stage: Stage = {
      lab: this.#lab,
      faults: new Map(),
      saved: new Map(),
      probe: (alias) => {
        const probe = probes.get(alias);
        if (probe === undefined) throw new GizlabError("device-unknown", `no device is called ${alias}`);
        return probe;
      },
    };
    const devices = new Map<string, DeviceProbe["device"]>();
    for (const { alias, product, options, line } of this.#scenario.devices) {
      const step: Line = { kind: "devices", line, column: 1, words: `power ${alias} on` };
      const device = this.#lab.device(product, options).then((made) => devices.set(alias, made));
      const isDone = await this.#attempt(step, device);
      if (!isDone) return undefined;
    }
    // All at once, so that what one device says while another is switched on counts for none.
    for (const [alias, device] of devices) probes.set(alias, new DeviceProbe(this.#lab, device));
    return stage;
  }

  async #carryOut(step: Line, act: Act, stage: Stage): Promise<void> {
    const startedAt = ioNow();
    // In a function of its own, so that what is thrown at once is a rejection too.
    const isDone = await this.#attempt(step, (async () => act(stage))());
    if (isDone) this.#tell({ ...step, outcome: "passed", wallMs: ioNow() - startedAt });
    else if (this.isInterrupted) this.#tell({ ...step, outcome: "skipped", wallMs: ioNow() - startedAt });
  }

  /** True when it was done; a failure is told here, and an interruption ends the waiting. */
  async #attempt(step: Line, work: Promise<unknown>): Promise<boolean> {
    const startedAt = ioNow();
    try {
      const done = work.then(() => "done" as const);
      // What is still under way after an interruption may fail unheard.
      done.catch(() => {});
      return (await (this.#interrupted === undefined ? done : Promise.race([done, this.#interrupted]))) === "done";
    } catch (error) {
      this.#state = "failed";
      this.#tell({ ...step, outcome: "failed", error: tellError(error), wallMs: ioNow() - startedAt });
      return false;
    }
  }

  #tell(result: StepResult): void {
    this.results.push(result);
    this.#options.onStep?.(result);
  }
}

/** An error as the result of a step: its code stands apart, since the text may end in a list of frames. */
function tellError(error: unknown): NonNullable<StepResult["error"]> {
  if (!(error instanceof GizlabError))
    return { code: "unforeseen", message: (error as Error)?.message ?? String(error) };
  const { code, message, expected, found, hint } = error;
  const compared = expected === undefined || found === undefined ? "" : ` (expected ${expected}, found ${found})`;
  return { code, message: `${message}${compared}${hint === undefined ? "" : `\n${hint}`}` };
}
