import type { Whole } from "../../core/numbers/whole.js";
import type { Datapoint, Profile } from "../../profile/profile.js";
import { findDatapoint } from "../../profile/profile.js";
import { isNumeric, toDisplay } from "../../profile/scale.js";
import { VERB_NAMES } from "./verbs.js";

/** What may stand where the cursor is. */
export interface Completion {
  /** What of it has been typed. */
  readonly typed: string;
  /** Each as it would be typed, in quotes where it needs them. */
  readonly choices: readonly string[];
  /** What a number may be, which no list of choices can say. */
  readonly hint?: string;
}

/** The words of the verb before the cursor; the last is the one under way, and may be empty. */
interface Words {
  readonly before: readonly string[];
  readonly typed: string;
}

const BOOLS = ["true", "false"];
/** The words that stand behind a verb, where there is a choice of words. */
const FIXED: Readonly<Record<string, readonly string[]>> = {
  auto: ["on", "off"],
  every: ["off"],
  wait: ["module", "cloud"],
};

/** Completes a line of verbs up to the cursor: verbs, datapoints, and the values of a datapoint behind its `=`. */
export function completeVerbs(line: string, profile: Profile): Completion {
  const { before, typed } = cutWords(line);
  const [verb, ...words] = before;
  if (verb === undefined) return choose(typed, VERB_NAMES);
  const name = verb.toLowerCase();
  if (name === "set") return completeSet(typed, words, profile);
  const points = profile.datapoints.map((point) => point.name).filter((point) => !words.includes(point));
  if (name === "get") return choose(typed, points);
  return choose(typed, words.length === 0 ? (FIXED[name] ?? []) : []);
}

function completeSet(typed: string, words: readonly string[], profile: Profile): Completion {
  const plain = unquote(typed);
  const at = plain.indexOf("=");
  if (at < 0) {
    const isSet = (name: string): boolean => words.some((word) => unquote(word).startsWith(`${name}=`));
    const names = profile.datapoints.map(({ name }) => name).filter((name) => !isSet(name));
    return choose(
      typed,
      names.map((name) => `${name}=`),
    );
  }
  const name = plain.slice(0, at);
  const point = findDatapoint(profile, name);
  if (point === undefined) return { typed, choices: [] };
  const wanted = plain.slice(at + 1).toLowerCase();
  const values = listValues(point).filter((value) => value.toLowerCase().startsWith(wanted));
  const hint = describeValues(point);
  return {
    typed,
    choices: values.map((value) => `${name}=${quote(value)}`),
    ...(hint === undefined ? {} : { hint: `${name}: ${hint}` }),
  };
}

function listValues(point: Datapoint): readonly string[] {
  if (point.dataType === "bool") return BOOLS;
  if (point.dataType === "enum") return point.labels;
  return isNumeric(point) ? [...new Set([showLimit(point, point.min), showLimit(point, point.max)])] : [];
}

function describeValues(point: Datapoint): string | undefined {
  if (point.dataType === "binary") return `${point.width} bytes as hex digits, filled up with zeros`;
  if (!isNumeric(point)) return undefined;
  const step = point.ratio === 1 ? "" : `, in steps of ${point.ratio}`;
  return `${showLimit(point, point.min)} to ${showLimit(point, point.max)}${step}`;
}

function showLimit(point: Datapoint, x: Whole): string {
  return String(toDisplay(point, x));
}

function choose(typed: string, candidates: readonly string[]): Completion {
  const wanted = unquote(typed).toLowerCase();
  return { typed, choices: candidates.filter((candidate) => candidate.toLowerCase().startsWith(wanted)) };
}

/** Cuts as `splitVerbs` does, and leaves quotes where they are; one may still be open. */
function cutWords(line: string): Words {
  let before: string[] = [];
  let typed = "";
  let quoteMark = "";
  for (const char of line) {
    if (quoteMark !== "") {
      typed += char;
      if (char === quoteMark) quoteMark = "";
    } else if (char === ";") {
      before = [];
      typed = "";
    } else if (/\s/.test(char)) {
      if (typed !== "") before.push(typed);
      typed = "";
    } else {
      typed += char;
      if (char === '"' || char === "'") quoteMark = char;
    }
  }
  return { before, typed };
}

function unquote(word: string): string {
  return word.replace(/["']/g, "");
}

function quote(value: string): string {
  if (value.includes('"')) return `'${value}'`;
  return /[\s;']/.test(value) ? `"${value}"` : value;
}
