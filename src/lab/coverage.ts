import type { Cloud } from "../cloud/cloud.js";
import { COMMANDS, findCommandByName } from "../codec/commands.js";
import type { Trace, TraceEntry } from "../core/trace.js";
import { FAULT_KINDS } from "./faults/fault-kinds.js";
import type { NamedProfile } from "./profiles.js";

/** What a run has touched, and what it could have. */
export interface Coverage {
  readonly datapoints: Readonly<Record<string, DatapointCoverage>>;
  readonly commands: Touched;
  readonly error_codes: readonly string[];
  readonly faults: Touched;
}

export interface DatapointCoverage {
  readonly reported: Touched;
  readonly controlled: Touched;
}

export interface Touched {
  readonly touched: readonly string[];
  readonly untouched: readonly string[];
}

/** What is watched: the parts of a lab that say what happens, and what could. */
export interface Watched {
  readonly trace: Trace;
  readonly cloud: Cloud;
  readonly products: readonly NamedProfile[];
}

/** Counts as the run goes on, from the trace. */
export class CoverageCounter {
  readonly #watched: Watched;
  readonly #reported = new Map<string, Set<string>>();
  readonly #controlled = new Map<string, Set<string>>();
  readonly #commands = new Set<string>();
  readonly #errors = new Set<string>();
  readonly #faults = new Set<string>();
  readonly #stop: () => void;

  constructor(watched: Watched) {
    this.#watched = watched;
    this.#stop = watched.trace.listen((entry) => this.take(entry));
  }

  stop(): void {
    this.#stop();
  }

  take(entry: TraceEntry): void {
    const { hop, detail = {}, did } = entry;
    switch (hop) {
      case "uart.up":
      case "uart.down":
        if (typeof detail.cmd === "string") this.#commands.add(detail.cmd);
        return;
      case "cloud.stored":
        return this.#addAttrs(this.#reported, did, detail.attrs);
      case "mcu.control":
        return this.#addAttrs(this.#controlled, did, detail.attrs);
      case "http.error":
      case "http.refused":
      case "mqtt.refused":
      case "topic.refused":
      case "frame.refused":
      case "module.trouble":
        this.#errors.add(String(detail.code));
        return;
      case "fault":
        this.#faults.add(String(detail.kind));
        return;
    }
  }

  report(): Coverage {
    const commands = [...this.#commands].map((code) => findCommandByName(code)?.name ?? code);
    return {
      datapoints: Object.fromEntries(
        this.#watched.products.map(({ name, profile }) => [name, this.#datapoints(name, profile)]),
      ),
      commands: compare(
        COMMANDS.map((command) => command.name),
        commands,
      ),
      error_codes: [...this.#errors].sort(),
      faults: compare(Object.keys(FAULT_KINDS), [...this.#faults]),
    };
  }

  #datapoints(product: string, profile: NamedProfile["profile"]): DatapointCoverage {
    const all = profile.datapoints.map(({ name }) => name);
    const writable = profile.datapoints.filter(({ access }) => access === "writable").map(({ name }) => name);
    return {
      reported: compare(all, [...(this.#reported.get(product) ?? [])]),
      controlled: compare(writable, [...(this.#controlled.get(product) ?? [])]),
    };
  }

  #addAttrs(to: Map<string, Set<string>>, did: string | undefined, attrs: unknown): void {
    const device = did === undefined ? undefined : this.#watched.cloud.registry.find(did);
    const product = device === undefined ? undefined : this.#watched.cloud.registry.productOf(device)?.name;
    if (product === undefined || typeof attrs !== "object" || attrs === null) return;
    let names = to.get(product);
    if (names === undefined) {
      names = new Set();
      to.set(product, names);
    }
    for (const name of Object.keys(attrs)) names.add(name);
  }
}

/** What several runs have touched together. */
export function mergeCoverage(runs: readonly Coverage[]): Coverage {
  const merge = (parts: readonly Touched[]): Touched => {
    const all = new Set(parts.flatMap(({ touched, untouched }) => [...touched, ...untouched]));
    return compare(
      [...all],
      [...all].filter((name) => parts.some(({ touched }) => touched.includes(name))),
    );
  };
  const products = new Set(runs.flatMap(({ datapoints }) => Object.keys(datapoints)));
  const of = (product: string, side: keyof DatapointCoverage): Touched =>
    merge(runs.flatMap(({ datapoints }) => datapoints[product]?.[side] ?? []));
  return {
    datapoints: Object.fromEntries(
      [...products].map((product) => [
        product,
        { reported: of(product, "reported"), controlled: of(product, "controlled") },
      ]),
    ),
    commands: merge(runs.map(({ commands }) => commands)),
    error_codes: [...new Set(runs.flatMap(({ error_codes }) => error_codes))].sort(),
    faults: merge(runs.map(({ faults }) => faults)),
  };
}

/** The coverage as lines for people. */
export function formatCoverage(coverage: Coverage): string[] {
  const share = ({ touched, untouched }: Touched): string => {
    const missing = untouched.length === 0 ? "" : `; not ${untouched.join(" ")}`;
    return `${touched.length} of ${touched.length + untouched.length}${missing}`;
  };
  return [
    ...Object.entries(coverage.datapoints).flatMap(([product, { reported, controlled }]) => [
      `${product} reported: ${share(reported)}`,
      `${product} controlled: ${share(controlled)}`,
    ]),
    `commands: ${share(coverage.commands)}`,
    `faults: ${share(coverage.faults)}`,
    `error codes: ${coverage.error_codes.join(" ") || "none"}`,
  ];
}

function compare(all: readonly string[], touched: readonly string[]): Touched {
  return { touched: [...touched].sort(), untouched: all.filter((name) => !touched.includes(name)) };
}
