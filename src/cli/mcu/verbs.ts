import { CMD } from "../../codec/commands.js";
import { ACTION } from "../../codec/p0.js";
import { type Millis, parseDuration } from "../../core/duration.js";
import { GizlabError } from "../../core/errors.js";
import { parseHex } from "../../core/hex.js";
import { suggestNearest } from "../../core/suggestion.js";
import { findDatapoint, type Profile } from "../../profile/profile.js";
import { type DisplayValues, wireValues } from "../../profile/scale.js";
import { readAssignments } from "./attr-text.js";
import { splitVerbs } from "./verb-words.js";

/** Something a person tells the MCU to do. */
export type Verb =
  /** A request to the module, which answers it. */
  | { readonly kind: "ask"; readonly cmd: number; readonly payload: Uint8Array }
  | { readonly kind: "set"; readonly attrs: DisplayValues }
  /** An empty list is all of them. */
  | { readonly kind: "get"; readonly names: readonly string[] }
  | { readonly kind: "report" }
  /** Undefined ends the timed reports. */
  | { readonly kind: "every"; readonly periodMs: Millis | undefined }
  | { readonly kind: "auto"; readonly isOn: boolean }
  /** Bytes as they are, checked by nobody. */
  | { readonly kind: "send"; readonly bytes: Uint8Array }
  /** Runs beside what is typed next. */
  | { readonly kind: "upload"; readonly file: string }
  | { readonly kind: "stop-upload" }
  | { readonly kind: "update" }
  | { readonly kind: "wait"; readonly spanMs: Millis }
  | { readonly kind: "wait-for"; readonly what: "module" | "cloud"; readonly withinMs: Millis }
  | { readonly kind: "help" }
  | { readonly kind: "quit" };

/** A verb as it was typed. */
export interface TypedVerb {
  readonly text: string;
  readonly verb: Verb;
}

interface VerbShape {
  readonly name: string;
  readonly usage: string;
  readonly help: string;
  /** Throws any `GizlabError`; an undefined result says that the words do not fit `usage`. */
  readonly read: (words: readonly string[], profile: Profile) => Verb | undefined;
}

const MODE = { softAp: 1, airLink: 2, direct: 4 } as const;
const MODULE_INFO_TYPE = 0;
/** Long enough for a module to boot and to find its cloud. */
const PATIENCE_MS: Millis = 60_000;
/** Timed reports come no faster; a report takes 20 ms at 9600 baud. */
export const LEAST_PERIOD_MS: Millis = 50;
/** One length byte stands before each text of a direct connection (uart.md 2.4). */
const MAX_COUNTED = 255;

const ask = (cmd: number, ...payload: readonly number[]): Verb => ({
  kind: "ask",
  cmd,
  payload: Uint8Array.from(payload),
});
const plain = (name: string, help: string, verb: Verb): VerbShape => ({
  name,
  usage: name,
  help,
  read: (words) => (words.length === 0 ? verb : undefined),
});

/** Every verb of `gizlab mcu`, in the order in which `help` shows them (serial-tool.md 2.8, 3.2). */
const VERBS: readonly VerbShape[] = [
  {
    name: "set",
    usage: "set NAME=VALUE …",
    help: "change datapoints, in engineering units; reported unless auto is off",
    read: (words, profile) => (words.length === 0 ? undefined : { kind: "set", attrs: readAttrs(words, profile) }),
  },
  { name: "get", usage: "get [NAME …]", help: "show what datapoints hold", read: readGet },
  plain("report", "send one full report", { kind: "report" }),
  { name: "every", usage: "every SPAN|off", help: "send a report every 2s, 500ms, …", read: readEvery },
  { name: "auto", usage: "auto on|off", help: "report changes and controls without being told", read: readAuto },
  plain("airlink", "configuration mode AirLink (09)", ask(CMD.enterConfig, MODE.airLink)),
  plain("softap", "configuration mode SoftAP (09)", ask(CMD.enterConfig, MODE.softAp)),
  {
    name: "direct",
    usage: "direct SSID [PASSWORD [BSSID]]",
    help: "join a router at once (09, mode 4)",
    read: ([ssid, password = "", bssid = "", ...more]) =>
      ssid === undefined || more.length > 0 ? undefined : readDirect(ssid, password, bssid),
  },
  plain("reset", "the module forgets its Wi-Fi, did and bindings (0B)", ask(CMD.resetModule)),
  plain("time", "ask for the network time (17)", ask(CMD.getNetworkTime)),
  plain("bind", "make the device bindable (15)", ask(CMD.enterBindable)),
  plain("test", "production-test mode (13)", ask(CMD.productionTest)),
  plain("info", "ask for the module's versions, mac and ip (21)", ask(CMD.getModuleInfo, MODULE_INFO_TYPE)),
  plain("restart", "restart the module, which then asks for device info (29)", ask(CMD.restartModule)),
  plain("update", "ask the cloud for newer firmware, and take it (23)", { kind: "update" }),
  {
    name: "bigdata",
    usage: "bigdata FILE",
    help: "send a file up (19, 1D), beside what is typed next",
    read: ([file, ...more]) => (file === undefined || more.length > 0 ? undefined : { kind: "upload", file }),
  },
  plain("stop", "stop sending the file (1F)", { kind: "stop-upload" }),
  {
    name: "pass",
    usage: "pass HEX",
    help: "bytes for the app, unread (05, action 06)",
    read: (words) => readP0([ACTION.passthroughUp.toString(16).padStart(2, "0"), ...words], 1),
  },
  {
    name: "p0",
    usage: "p0 HEX",
    help: "a P0 from its action byte on, made a whole frame (05)",
    read: (words) => readP0(words, 0),
  },
  {
    name: "send",
    usage: "send HEX",
    help: "bytes exactly as typed, mistakes and all",
    read: (words) => {
      const bytes = parseHex(words.join(" "));
      return bytes.length === 0 ? undefined : { kind: "send", bytes };
    },
  },
  {
    name: "wait",
    usage: "wait SPAN|module|cloud [SPAN]",
    help: "a while, or until the module speaks or is at its cloud (60s)",
    read: readWait,
  },
  plain("help", "this list", { kind: "help" }),
  plain("quit", "end", { kind: "quit" }),
];

/** The narrowest terminal has 80, and the list is indented by two. */
export const HELP_COLUMNS = 78;

/** The names of all verbs. */
export const VERB_NAMES: readonly string[] = VERBS.map(({ name }) => name);

/** What there is to type, a line each; what is longer than a line goes on below. */
export function listVerbs(columns = Number.POSITIVE_INFINITY): string[] {
  const width = Math.max(...VERBS.map(({ usage }) => usage.length)) + 2;
  return VERBS.flatMap(({ usage, help }) =>
    wrapWords(help, columns - width).map((line, at) => `${(at === 0 ? usage : "").padEnd(width)}${line}`),
  );
}

function wrapWords(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Reads verbs, `;` between them. Throws as `parseVerb`, and `verb-invalid` for an open quote. */
export function parseVerbs(text: string, profile: Profile): TypedVerb[] {
  return splitVerbs(text).map((words) => ({ text: words.map(quote).join(" "), verb: readVerb(words, profile) }));
}

/**
 * Reads one verb. Throws `verb-unknown`, with what was probably meant; `verb-invalid` for words that do not fit it;
 * `attr-unknown`, `attr-type`, `attr-range` for datapoints; `hex-invalid`, `duration-invalid`.
 */
export function parseVerb(text: string, profile: Profile): Verb {
  const [first, second] = parseVerbs(text, profile);
  if (first === undefined) throw new GizlabError("verb-invalid", "there is no verb", { hint: "help lists them" });
  if (second !== undefined) throw new GizlabError("verb-invalid", `one verb is expected, not also "${second.text}"`);
  return first.verb;
}

function quote(word: string): string {
  return word === "" || /[\s;]/.test(word) ? `"${word}"` : word;
}

function readVerb([name = "", ...words]: readonly string[], profile: Profile): Verb {
  const shape = VERBS.find((verb) => verb.name === name.toLowerCase());
  if (shape === undefined) {
    const nearest = suggestNearest(name, VERB_NAMES);
    const hint = nearest === undefined ? "help lists the verbs" : `did you mean ${nearest}?`;
    throw new GizlabError("verb-unknown", `there is no verb "${name}"`, { hint });
  }
  const verb = shape.read(words, profile);
  if (verb === undefined) throw new GizlabError("verb-invalid", `write it as: ${shape.usage}`);
  return verb;
}

function readAttrs(words: readonly string[], profile: Profile): DisplayValues {
  return readAssignments(
    words,
    profile,
    (message, hint) => new GizlabError("verb-invalid", message, hint === undefined ? {} : { hint }),
  );
}

function readGet(names: readonly string[], profile: Profile): Verb {
  const strange = names.find((name) => findDatapoint(profile, name) === undefined);
  // The same words as for a datapoint that is set.
  if (strange !== undefined) wireValues(profile, { [strange]: 0 });
  return { kind: "get", names };
}

function readEvery([text, ...more]: readonly string[]): Verb | undefined {
  if (text === undefined || more.length > 0) return undefined;
  return { kind: "every", periodMs: text.toLowerCase() === "off" ? undefined : readPeriod(text) };
}

/** The time between timed reports. Throws `duration-invalid`, `verb-invalid`. */
export function readPeriod(text: string): Millis {
  const periodMs = parseDuration(text);
  if (periodMs >= LEAST_PERIOD_MS) return periodMs;
  throw new GizlabError("verb-invalid", `reports come ${LEAST_PERIOD_MS}ms apart at least, not ${text}`);
}

function readAuto([word, ...more]: readonly string[]): Verb | undefined {
  if (more.length > 0 || (word !== "on" && word !== "off")) return undefined;
  return { kind: "auto", isOn: word === "on" };
}

function readDirect(...texts: readonly string[]): Verb {
  const counted = texts.flatMap((text) => {
    const bytes = Buffer.from(text, "utf8");
    if (bytes.length <= MAX_COUNTED) return [bytes.length, ...bytes];
    throw new GizlabError("verb-invalid", `"${text}" is longer than ${MAX_COUNTED} bytes`);
  });
  return ask(CMD.enterConfig, MODE.direct, ...counted);
}

function readP0(words: readonly string[], actionLength: number): Verb | undefined {
  const p0 = parseHex(words.join(" "));
  return p0.length <= actionLength ? undefined : { kind: "ask", cmd: CMD.p0Up, payload: p0 };
}

function readWait([word, limit, ...more]: readonly string[]): Verb | undefined {
  if (word === undefined || more.length > 0) return undefined;
  if (word === "module" || word === "cloud") {
    return { kind: "wait-for", what: word, withinMs: limit === undefined ? PATIENCE_MS : parseDuration(limit) };
  }
  const meant = suggestNearest(word, ["module", "cloud"]);
  if (meant !== undefined)
    throw new GizlabError("verb-invalid", `nobody waits for "${word}"`, { hint: `did you mean ${meant}?` });
  return limit === undefined ? { kind: "wait", spanMs: parseDuration(word) } : undefined;
}
