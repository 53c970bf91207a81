import { formatCount } from "../core/count-text.js";
import type { Whole } from "../core/numbers/whole.js";
import { suggestNearest } from "../core/suggestion.js";
import type { DocumentPath, LocatedDocument } from "./problem.js";
import { widthLimit } from "./scale.js";
import { readWireLimit } from "./wire-limit.js";

export type Json = Readonly<Record<string, unknown>>;

const TYPES = ["status_writable", "status_readonly", "alert", "fault"];
const DATA_TYPES = ["bool", "enum", "uint8", "uint16", "uint32", "uint64", "binary"];
/** A name becomes a JSON key, a TypeScript property and a C identifier. */
const NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const MAX_BINARY_LENGTH = 4096;
const MAX_LABELS = 256;

/** Reports what is wrong with one datapoint by itself; false when it cannot be used further. */
export function checkAttr(document: LocatedDocument, path: DocumentPath, attr: Json): boolean {
  const before = document.problems.length;
  const report = (key: string, message: string): void => document.report([...path, key], message);
  if (typeof attr.name !== "string") report("name", missing(attr, "name"));
  else if (!NAME.test(attr.name)) {
    report("name", `"${attr.name}" is no datapoint name: a letter, then letters, digits and _, at most 64`);
  }
  checkWord(report, attr, "type", TYPES);
  checkWord(report, attr, "data_type", DATA_TYPES);
  if ((attr.type === "alert" || attr.type === "fault") && attr.data_type !== "bool") {
    report("data_type", `${attr.type === "alert" ? "an alert" : "a fault"} is always bool (uart.md 4.1)`);
  }
  if (attr.data_type === "enum") checkEnum(report, attr);
  if (typeof attr.data_type === "string" && attr.data_type.startsWith("uint")) checkNumber(document, path, attr);
  if (attr.data_type === "binary") checkBinary(report, attr);
  if (typeof (attr.position ?? {}) !== "object" || Array.isArray(attr.position)) {
    report("position", "position is an object");
  }
  return document.problems.length === before;
}

type Report = (key: string, message: string) => void;

function checkWord(report: Report, attr: Json, key: string, words: readonly string[]): void {
  const value = attr[key];
  if (typeof value !== "string") report(key, missing(attr, key));
  else if (!words.includes(value)) {
    const nearest = suggestNearest(value, words);
    const advice = nearest === undefined ? `one of ${words.join(", ")}` : `did you mean "${nearest}"?`;
    report(key, `"${value}" is no ${key}: ${advice}`);
  }
}

function missing(attr: Json, key: string): string {
  const nearest = suggestNearest(
    key,
    Object.keys(attr).filter((other) => other !== key && !["type", "enum", "desc", "id", "name"].includes(other)),
  );
  return nearest === undefined ? `${key} is missing` : `${key} is missing; is "${nearest}" a slip for it?`;
}

function checkEnum(report: Report, attr: Json): void {
  const labels = attr.enum;
  if (!Array.isArray(labels) || labels.length === 0 || labels.some((label) => typeof label !== "string")) {
    report("enum", "enum is a list of labels");
    return;
  }
  if (labels.length > MAX_LABELS) report("enum", `an enum has at most ${MAX_LABELS} labels, not ${labels.length}`);
  if (new Set(labels).size !== labels.length) report("enum", "two labels are equal");
  const len = lengthOf(attr);
  if (len !== undefined && (!Number.isInteger(len) || len > 8 || 2 ** len < labels.length)) {
    report(
      "position",
      `${len} bits cannot hold ${formatCount(labels.length, "label")} (1 to 8 bits, 2^len at least the labels)`,
    );
  }
}

function checkNumber(document: LocatedDocument, path: DocumentPath, attr: Json): void {
  const report = (key: string, message: string): void => document.report([...path, key], message);
  const spec = attr.uint_spec as Json | undefined;
  // The vendor's documents leave it out where all 8 bytes are allowed.
  if (spec === undefined && attr.data_type === "uint64") return;
  if (typeof spec !== "object" || spec === null) {
    report("uint_spec", missing(attr, "uint_spec"));
    return;
  }
  const limit = widthLimit(String(attr.data_type));
  const min = readWireLimit(document, path, attr, "min");
  const max = readWireLimit(document, path, attr, "max");
  if (!isWire(min, limit)) report("uint_spec", `min is a wire value of ${attr.data_type}, 0..${limit}, not ${min}`);
  if (!isWire(max, limit)) report("uint_spec", `max is a wire value of ${attr.data_type}, 0..${limit}, not ${max}`);
  if (isWire(min, limit) && isWire(max, limit) && (min as Whole) > (max as Whole)) {
    report("uint_spec", `min ${min} is above max ${max}`);
  }
  const ratio = spec.ratio ?? 1;
  if (typeof ratio !== "number" || !Number.isFinite(ratio) || ratio === 0) {
    report("uint_spec", "ratio is a number other than 0");
  }
  if (!Number.isFinite(spec.addition ?? 0)) report("uint_spec", "addition is a number");
}

function isWire(value: unknown, limit: Whole): boolean {
  return (typeof value === "bigint" || Number.isInteger(value)) && (value as Whole) >= 0 && (value as Whole) <= limit;
}

function checkBinary(report: Report, attr: Json): void {
  const len = lengthOf(attr);
  if (len === undefined || !Number.isInteger(len) || len < 1 || len > MAX_BINARY_LENGTH) {
    report("position", `a binary needs position.len, 1..${MAX_BINARY_LENGTH} bytes`);
  }
}

function lengthOf(attr: Json): number | undefined {
  const len = (attr.position as Json | undefined)?.len;
  return typeof len === "number" ? len : undefined;
}
