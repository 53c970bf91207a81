import type { NetworkFaults, PacketFate } from "../../cloud/broker/wire-gate.js";
import { GizlabError } from "../../core/errors.js";
import { createSeededRandom, type Random, type RandomState } from "../../core/random.js";
import type { Trace, TraceId } from "../../core/trace.js";
import type { FrameWay } from "../device-trace.js";
import { FAULT_KINDS } from "./fault-kinds.js";
import { type FaultRule, type FaultSpec, readFault } from "./fault-spec.js";
import { isAimedAt, type StrikeFrame } from "./uart-faults.js";

/** A fault that is in force. */
export interface ActiveFault {
  readonly id: string;
  readonly rule: FaultRule;
  readonly random: Random;
  /** What it might have struck, and what it has. */
  matches: number;
  hits: number;
}

/** A fault as those see it who have set it. */
export interface FaultView {
  readonly id: string;
  readonly spec: FaultSpec;
  /** How often it has struck so far. */
  readonly hits: number;
}

/** Faults as plain JSON. */
export interface FaultsState {
  readonly count: number;
  readonly faults: readonly (FaultView & { readonly matches: number; readonly random: RandomState })[];
}

/** What a fault does that is not struck by what passes; the lab has these done. */
export interface FaultActions {
  begin(fault: ActiveFault): void;
  end(fault: ActiveFault): void;
}

const PUBACK = 4;
const PASS: PacketFate = "pass";

/** The faults of a lab: what has been set, and whom it strikes. Draws are seeded, so that a run can be repeated. */
export class Faults implements NetworkFaults {
  readonly #trace: Trace;
  readonly #seed: number | string;
  /** By where they strike, so that a frame is not compared with rules for HTTP. */
  readonly #active = new Map<string, ActiveFault>();
  readonly #replaced = new Set<() => void>();
  #actions: FaultActions = { begin: () => {}, end: () => {} };
  #count = 0;
  #uart: readonly ActiveFault[] = [];
  #net: readonly ActiveFault[] = [];
  #http: readonly ActiveFault[] = [];

  constructor(trace: Trace, seed: number | string) {
    this.#trace = trace;
    this.#seed = seed;
  }

  set actions(actions: FaultActions) {
    this.#actions = actions;
  }

  onReplaced(listener: () => void): void {
    this.#replaced.add(listener);
  }

  /** Sets a fault; it holds until it is removed or has struck `count` times. Throws `fault-invalid`. */
  add(spec: FaultSpec): FaultView {
    const rule = readFault(spec);
    this.#count += 1;
    const fault = this.#keep(`f${this.#count}`, rule, 0, 0);
    this.#note("lab.fault", fault, { ...spec });
    this.#actions.begin(fault);
    return view(fault);
  }

  /** Takes a fault back. Throws `fault-unknown`. */
  remove(id: string): void {
    const fault = this.#active.get(id);
    if (fault === undefined) throw new GizlabError("fault-unknown", `no fault is called ${id}`);
    this.#drop(fault);
  }

  /** Takes every fault back. */
  clear(): void {
    for (const fault of [...this.#active.values()]) this.#drop(fault);
  }

  /** The faults in force, oldest first. */
  list(): FaultView[] {
    return [...this.#active.values()].map(view);
  }

  find(id: string): ActiveFault | undefined {
    return this.#active.get(id);
  }

  /** Counts something that a fault has done by itself. */
  hit(fault: ActiveFault, detail: Readonly<Record<string, unknown>> = {}, id?: TraceId): void {
    fault.hits += 1;
    this.#note("fault", fault, detail, id);
  }

  /** Draws the fault that strikes a frame; `id` is the frame's correlation id. */
  strikeFrame(id: TraceId, frame: Parameters<StrikeFrame>[0]): ReturnType<StrikeFrame> {
    return this.#draw(this.#uart, (rule) => isAimedAt(rule, frame), { way: frame.way, did: frame.did }, id);
  }

  get isFrameActive(): boolean {
    return this.#uart.length > 0;
  }

  get isActive(): boolean {
    return this.#net.length > 0;
  }

  admits(did: string): boolean {
    return this.#draw(this.#net, (rule) => rule.spec.kind === "net.refuse" && isOf(rule, did), { did }) === undefined;
  }

  judge(did: string, way: FrameWay, type: number | undefined): PacketFate {
    const fault = this.#draw(
      this.#net,
      (rule) => {
        if (!isOf(rule, did)) return false;
        const { kind, direction = way } = rule.spec;
        if (kind === "net.half-open") return true;
        if (kind === "net.lost-puback") return way === "down" && type === PUBACK;
        return kind === "net.latency" && direction === way;
      },
      { did, way },
    );
    if (fault === undefined) return PASS;
    return fault.rule.spec.kind === "net.latency" ? { delayMs: fault.rule.delayMs } : "lost";
  }

  /** The fault that strikes an HTTP request. */
  judgeRequest(method: string, path: string): { status: number } | { delayMs: number } | undefined {
    if (this.#http.length === 0) return undefined;
    const fault = this.#draw(this.#http, ({ route }) => route?.(method, path) ?? true, { method, path });
    if (fault === undefined) return undefined;
    const { spec, status, delayMs } = fault.rule;
    return spec.kind === "http.slow" ? { delayMs } : { status };
  }

  save(): FaultsState {
    const faults = [...this.#active.values()].map((fault) => ({
      ...view(fault),
      matches: fault.matches,
      random: fault.random.save(),
    }));
    return { count: this.#count, faults };
  }

  /** Puts saved faults in force again; those that act by themselves are not begun anew. */
  load({ count, faults }: FaultsState): void {
    for (const listener of this.#replaced) listener();
    this.#active.clear();
    this.#count = count;
    for (const { id, spec, hits, matches, random } of faults) {
      this.#keep(id, readFault(spec), hits, matches).random.load(random);
    }
    this.#sort();
  }

  #keep(id: string, rule: FaultRule, hits: number, matches: number): ActiveFault {
    const random = createSeededRandom(rule.spec.seed ?? `${this.#seed}/${id}`);
    const fault: ActiveFault = { id, rule, random, hits, matches };
    this.#active.set(id, fault);
    this.#sort();
    return fault;
  }

  #drop(fault: ActiveFault): void {
    this.#active.delete(fault.id);
    this.#sort();
    this.#note("lab.fault-removed", fault, { hits: fault.hits });
    this.#actions.end(fault);
  }

  #sort(): void {
    const of = (group: string): ActiveFault[] =>
      [...this.#active.values()].filter(({ rule }) => FAULT_KINDS[rule.spec.kind].group === group);
    this.#uart = of("uart");
    this.#net = of("net");
    this.#http = of("http");
  }

  /** The first fault that matches, is due and is drawn. One that has struck often enough is over. */
  #draw(
    faults: readonly ActiveFault[],
    matches: (rule: FaultRule) => boolean,
    detail: Readonly<Record<string, unknown>>,
    id?: TraceId,
  ): ActiveFault | undefined {
    for (const fault of faults) {
      const { after = 0, probability = 1, count } = fault.rule.spec;
      if (!matches(fault.rule)) continue;
      fault.matches += 1;
      if (fault.matches <= after) continue;
      if (probability < 1 && fault.random.next() >= probability) continue;
      this.hit(fault, detail, id);
      if (count !== undefined && fault.hits >= count) this.#drop(fault);
      return fault;
    }
    return undefined;
  }

  #note(hop: string, fault: ActiveFault, detail: Readonly<Record<string, unknown>>, id?: TraceId): void {
    const { did = fault.rule.spec.did, ...rest } = detail as { did?: string };
    const subject = did === undefined ? {} : { did };
    this.#trace.record(id ?? this.#trace.nextId(), hop, subject, {
      kind: fault.rule.spec.kind,
      fault: fault.id,
      ...rest,
    });
  }
}

function isOf({ spec }: FaultRule, did: string): boolean {
  return spec.did === undefined || spec.did === did;
}

/** A view that goes on counting. */
function view(fault: ActiveFault): FaultView {
  return {
    id: fault.id,
    spec: fault.rule.spec,
    get hits() {
      return fault.hits;
    },
  };
}
