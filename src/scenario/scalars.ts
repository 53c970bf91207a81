import { type Millis, parseDuration } from "../core/duration.js";
import type { JsonSchema } from "./fields.js";
import type { Located } from "./located-yaml.js";
import type { Problems } from "./problems.js";

/** A span as people write it, read and checked. */
export interface Span {
  readonly text: string;
  readonly ms: Millis;
}

export const SPAN_SCHEMA: JsonSchema = {
  type: "string",
  pattern: "^\\s*(\\d+(\\.\\d+)?(ms|s|m|h|d|w|y))+\\s*$",
  examples: ["200ms", "10s", "1h30m", "30d"],
};
/** What stands for a power that is there, besides YAML's own booleans: `on` and `off` are words in YAML 1.2. */
export const SWITCH_SCHEMA: JsonSchema = { enum: [true, false, "on", "off"] };
/** A test that waits longer waits for ever, and dates end somewhere. */
const MAX_SPAN = "10y";

/** A span with its unit. */
export function readSpan(problems: Problems, node: Located, min: Millis = 0): Span | undefined {
  const text = node.kind === "scalar" ? String(node.value) : "";
  const ms = problems.guard(node.spot, () => parseDuration(text));
  if (ms === undefined) return undefined;
  if (ms >= min && ms <= parseDuration(MAX_SPAN)) return { text, ms };
  problems.add(node.spot, "the span is out of range", { expected: `${min}ms to ${MAX_SPAN}`, found: text });
  return undefined;
}

export function readText(problems: Problems, node: Located, what: string): string | undefined {
  if (node.kind === "scalar" && typeof node.value === "string" && node.value.trim() !== "") return node.value;
  return refuse(problems, node, `${what} is a text`);
}

export function readSwitch(problems: Problems, node: Located, what: string): boolean | undefined {
  const value = node.kind === "scalar" ? node.value : undefined;
  if (value === true || value === "on") return true;
  if (value === false || value === "off") return false;
  return refuse(problems, node, `${what} is true or false`);
}

export function readInteger(
  problems: Problems,
  node: Located,
  what: string,
  min: number,
  max: number,
): number | undefined {
  const value = node.kind === "scalar" ? node.value : undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
  return refuse(problems, node, `${what} is a whole number from ${min} to ${max}`);
}

/** Notes what was expected and what stands there. */
export function refuse(problems: Problems, node: Located, message: string, hint?: string): undefined {
  const found = node.kind === "scalar" ? JSON.stringify(node.value) : `a ${node.kind === "map" ? "mapping" : "list"}`;
  problems.add(node.spot, `${message}, not ${found}`, hint === undefined ? {} : { hint });
  return undefined;
}
