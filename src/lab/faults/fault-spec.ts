import { type FrameName, findFrameName, suggestFrameName } from "../../codec/frame-names.js";
import { type Millis, parseDuration } from "../../core/duration.js";
import { GizlabError } from "../../core/errors.js";
import { suggestNearest } from "../../core/suggestion.js";
import { FAULT_KINDS, type FaultKind, type FaultParameter } from "./fault-kinds.js";

/** A fault as a test, a scenario or a request names it; spans are texts with their unit. */
export interface FaultSpec {
  readonly kind: FaultKind;
  /** Only this device; every one without. */
  readonly did?: string;
  /** Only this direction. */
  readonly direction?: "up" | "down";
  /** Only these frames: a name of uart.md 2.1, a code, or what a P0 does, such as `report` or `0x07`. */
  readonly cmd?: string;
  /** Only HTTP requests that match: a path, with `*` for anything, a method before it if need be. */
  readonly route?: string;
  /** The chance that a match is hit, 0 to 1; 1 without. */
  readonly probability?: number;
  /** How often it strikes at most. */
  readonly count?: number;
  /** Matches that are let pass first. */
  readonly after?: number;
  /** Draws of its own; by the lab's seed and the fault's number without. */
  readonly seed?: number | string;
  /** How long it lasts, or how long something is kept back. */
  readonly for?: string;
  readonly delay?: string;
  /** Mean time between what a persona does. */
  readonly every?: string;
  /** How far a clock is off. */
  readonly by?: string;
  /** How much faster a clock runs: 1.02 is two percent. */
  readonly rate?: number;
  /** The HTTP status of the answer. */
  readonly status?: number;
  /** The datapoints that are stuck; all numbers without. */
  readonly datapoints?: readonly string[];
}

/** Whether a request is meant. */
export type RouteMatch = (method: string, path: string) => boolean;

/** A checked fault, ready to be matched. */
export interface FaultRule {
  readonly spec: FaultSpec;
  readonly cmd: FrameName | undefined;
  readonly route: RouteMatch | undefined;
  readonly forMs: Millis;
  readonly delayMs: Millis;
  readonly everyMs: Millis;
  readonly byMs: Millis;
  readonly rate: number;
  readonly status: number;
}

const COMMON = ["kind", "seed"] as const;
/** Faults on a device's own way may be for one of them. */
const AIMED = ["did"] as const;
const MATCHED = ["probability", "count", "after"] as const;

type Field = (typeof COMMON)[number] | (typeof AIMED)[number] | (typeof MATCHED)[number] | FaultParameter;

/** Checks a fault. Throws `fault-invalid`, with the field in `at.path` and what was probably meant. */
export function readFault(value: unknown): FaultRule {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid("", "a fault is an object");
  const given = value as Record<string, unknown>;
  const kind = String(given.kind ?? "");
  if (!Object.hasOwn(FAULT_KINDS, kind)) {
    const nearest = suggestNearest(kind, Object.keys(FAULT_KINDS));
    throw invalid(
      "kind",
      nearest === undefined ? `known: ${Object.keys(FAULT_KINDS).join(", ")}` : `did you mean ${nearest}?`,
    );
  }
  const { takes, isMatched, group } = FAULT_KINDS[kind as FaultKind];
  const isAimed = group !== "http" && group !== "cloud" && kind !== "net.storm";
  const known: readonly string[] = [
    ...COMMON,
    ...(isAimed ? AIMED : []),
    ...(isMatched ? MATCHED : []),
    ...Object.keys(takes),
  ];
  for (const [field, content] of Object.entries(given)) {
    if (content === undefined) continue;
    if (!known.includes(field)) {
      const nearest = Object.hasOwn(CHECKS, field) ? undefined : suggestNearest(field, known);
      throw invalid(field, nearest === undefined ? `${kind} takes ${known.join(", ")}` : `did you mean ${nearest}?`);
    }
    const wanted = CHECKS[field as Field];
    if (!wanted.isRight(content)) throw invalid(field, wanted.hint);
  }
  const spec = given as unknown as FaultSpec;
  const span = (field: "for" | "delay" | "every" | "by"): Millis =>
    readSpan(field, spec[field] || takes[field] || "0s");
  if (takes.every !== undefined && span("every") <= 0) throw invalid("every", "a span of more than 0");
  return {
    spec,
    cmd: spec.cmd === undefined ? undefined : readCommand(spec.cmd),
    route: spec.route === undefined ? undefined : readRoute(spec.route),
    forMs: span("for"),
    delayMs: span("delay"),
    everyMs: span("every"),
    byMs: span("by"),
    rate: spec.rate ?? Number(takes.rate ?? 1),
    status: spec.status ?? Number(takes.status ?? 0),
  };
}

interface FieldCheck {
  readonly isRight: (value: unknown) => boolean;
  readonly hint: string;
}

const isText = (value: unknown): boolean => typeof value === "string" && value !== "" && value.length <= 200;
const isWhole = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
const SPAN: FieldCheck = { isRight: isText, hint: "a span with its unit, such as 200ms or 5m" };
/** A path, or `*` for any, after a method if there is one. */
const ROUTE = /^(?:([A-Z]+)\s+)?(?=[/*])(.*)$/;
const CHECKS: Readonly<Record<Field, FieldCheck>> = {
  kind: { isRight: isText, hint: "the name of a fault" },
  did: { isRight: isText, hint: "the did of a device" },
  direction: { isRight: (value) => value === "up" || value === "down", hint: "up or down" },
  cmd: { isRight: isText, hint: "a command's name or code, such as report or 0x05" },
  route: {
    isRight: (value) => isText(value) && ROUTE.test(String(value)),
    hint: 'a path, such as "/app/*" or "GET /app/devices/*"',
  },
  probability: {
    isRight: (value) => typeof value === "number" && value >= 0 && value <= 1,
    hint: "a number from 0 to 1",
  },
  count: { isRight: (value) => isWhole(value) && value !== 0, hint: "a whole number from 1" },
  after: { isRight: isWhole, hint: "a whole number from 0" },
  seed: { isRight: (value) => typeof value === "number" || isText(value), hint: "a number or a text" },
  for: SPAN,
  delay: SPAN,
  every: SPAN,
  by: SPAN,
  rate: { isRight: (value) => typeof value === "number" && value >= 0.1 && value <= 10, hint: "from 0.1 to 10" },
  status: {
    isRight: (value) => isWhole(value) && Number(value) >= 400 && Number(value) <= 599,
    hint: "an HTTP status from 400 to 599",
  },
  datapoints: { isRight: (value) => Array.isArray(value) && value.every(isText), hint: "a list of datapoint names" },
};

function readSpan(field: string, text: string): Millis {
  try {
    return text.startsWith("-") && field === "by" ? -parseDuration(text.slice(1)) : parseDuration(text);
  } catch (error) {
    throw error instanceof GizlabError ? invalid(field, error.hint ?? error.message) : error;
  }
}

function readCommand(text: string): FrameName {
  const name = findFrameName(text);
  if (name !== undefined) return name;
  const nearest = suggestFrameName(text);
  throw invalid("cmd", nearest === undefined ? "no command is called so (uart.md 2.1)" : `did you mean ${nearest}?`);
}

function readRoute(text: string): RouteMatch {
  const [, method = "*", path = ""] = ROUTE.exec(text) ?? [];
  const parts = path.split("*");
  return (asked, askedPath) => (method === "*" || method === asked) && isLike(askedPath, parts);
}

/** Whether a path is these parts with anything between them; in one pass, whatever the path. */
function isLike(path: string, parts: readonly string[]): boolean {
  const [first = "", ...rest] = parts;
  if (rest.length === 0) return path === first;
  if (!path.startsWith(first)) return false;
  const last = rest.pop() ?? "";
  let at = first.length;
  for (const part of rest) {
    const found = path.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return path.length - last.length >= at && path.endsWith(last);
}

function invalid(path: string, hint: string): GizlabError {
  return new GizlabError("fault-invalid", path === "" ? "this is no fault" : `the fault's ${path} is not right`, {
    at: { path },
    hint,
  });
}
