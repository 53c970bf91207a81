import { type FrameName, findFrameName, suggestFrameName } from "../codec/frame-names.js";
import { describeUnstuffed } from "../codec/paste/vendor-log.js";
import { type LogEntry, ToolLogReader } from "../codec/tool-log.js";
import { type ErrorPlace, GizlabError } from "../core/errors.js";
import { formatHexNumber } from "../core/hex.js";
import { loadProfile } from "../lab/profiles.js";
import { LogDescriber, type LoggedItem } from "../profile/describe-log.js";
import type { Found } from "../profile/found.js";
import { readBoundedLines } from "./bounded-lines.js";
import { formatFound } from "./found-text.js";
import { createOutput, EXIT, UsageError } from "./output.js";
import { nameInput, streamInput } from "./stdin.js";

export interface LogArguments {
  readonly file: string;
  readonly profile?: string;
  readonly cmd?: string;
  readonly way?: "up" | "down";
  readonly json: boolean;
}

/** Twice what the largest frame takes, written as hex with spaces. */
const LINE_LIMIT = 65_536;

/**
 * Decodes a log of the vendor's serial tool. Throws `file-unreadable`, `profile-missing`, `profile-invalid`, and
 * `log-strange` when not one line is of such a log.
 */
export async function runLog({ file, profile, cmd, way, json }: LogArguments): Promise<void> {
  const output = createOutput(json);
  const wanted = cmd === undefined ? undefined : readName(cmd);
  const describer = new LogDescriber(profile === undefined ? undefined : loadProfile(profile).profile);
  const reader = new ToolLogReader();
  let foreign: ErrorPlace | undefined;
  // Of a log only ASCII counts: comments may be of the code page of the machine that wrote it.
  const onForeign = (at: ErrorPlace): void => {
    foreign = at;
  };
  const count = { entries: 0, frames: 0, bad: 0, garbage: 0, shown: 0 };
  const show = (item: LoggedItem): void => {
    const { found, line, time } = item;
    if (found.kind === "bad") count.bad += 1;
    else if (found.kind === "garbage") count.garbage += 1;
    else count.frames += 1;
    if ((way !== undefined && item.way !== way) || (wanted !== undefined && !isWanted(found, wanted))) return;
    count.shown += 1;
    output.json({ line, time, way: item.way, ...found });
    if (output.isJson) return;
    const head = `${String(line).padStart(5)}  ${time === "" ? "" : `${time}  `}${item.way.padEnd(4)}`;
    for (const text of formatFound(found, head)) output.line(text);
  };
  let unstuffed = 0;
  const take = (entry: LogEntry): void => {
    count.entries += 1;
    if (entry.wasUnstuffed === true) unstuffed += 1;
    for (const item of describer.describe(entry)) show(item);
  };
  for await (const line of readBoundedLines(streamInput(file, { onForeign }), LINE_LIMIT)) {
    for (const entry of line === undefined ? reader.skip() : reader.read(line)) take(entry);
  }
  for (const entry of reader.end()) take(entry);
  for (const item of describer.end()) show(item);
  const { lines, strangeLines, firstStrangeLine } = reader;
  if (count.entries === 0) throw describeStrange(file, lines);
  output.json({
    event: "log",
    lines,
    ...count,
    strange_lines: strangeLines,
    first_strange_line: firstStrangeLine,
    ...(foreign === undefined ? {} : { first_foreign_line: foreign.line }),
  });
  if (foreign !== undefined)
    output.note(`gizlab: ${nameInput(file)}:${foreign.line} is not UTF-8 (GBK or Latin-1?); only its ASCII is read`);
  output.line(
    `${plural(count.frames, "frame")}, ${count.bad} bad, ${count.garbage} garbage, in ${plural(count.entries, "entry", "entries")}` +
      `${wanted === undefined && way === undefined ? "" : `; ${count.shown} shown`}`,
  );
  if (unstuffed > 0) output.note(`gizlab: ${describeUnstuffed(unstuffed)}`);
  if (count.bad > 0) process.exitCode = EXIT.failed;
  if (strangeLines > 0)
    output.line(
      `${plural(strangeLines, "line")} of ${lines} are not of the tool's log, the first is line ${firstStrangeLine}`,
    );
}

function readName(cmd: string): FrameName {
  const name = findFrameName(cmd);
  if (name !== undefined) return name;
  const nearest = suggestFrameName(cmd);
  throw new UsageError(
    `there is no command "${cmd}"`,
    nearest === undefined ? "such as report, control, heartbeat, 0x0D" : `did you mean ${nearest}?`,
  );
}

function isWanted(found: Found, { cmd, name }: FrameName): boolean {
  return found.kind === "frame" && found.cmd === formatHexNumber(cmd) && (name === undefined || found.name === name);
}

function describeStrange(file: string, lines: number): GizlabError {
  const where = nameInput(file);
  if (lines === 0) return new GizlabError("log-strange", `${where} is empty`);
  return new GizlabError(
    "log-strange",
    `not one of the ${plural(lines, "line")} of ${where} is of the vendor tool's log`,
    {
      hint: "V2 writes WIFI:10:20:30.456 and the bytes below, V3 [19-08-28 18:50:45.681][RX]FF FF …, the MCU SDK WiFi2MCU[tick: length]: ff ff …; gizlab decode reads bare hex",
    },
  );
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
