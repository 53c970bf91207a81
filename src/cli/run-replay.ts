import { createInterface } from "node:readline/promises";
import { formatCount } from "../core/count-text.js";
import type { TraceEntry } from "../core/trace.js";
import { formatDifference, type ReplayResult } from "../lab/replay/compare.js";
import type { Pace } from "../lab/replay/player.js";
import { replayCloud } from "../lab/replay/replay-cloud.js";
import { replayLab } from "../lab/replay/replay-lab.js";
import { replaySide } from "../lab/replay/replay-side.js";
import { collectTolerated } from "../lab/replay/tolerated.js";
import { formatHop, formatMarks } from "../lab/trace-text.js";
import type { Recording } from "../record/recording.js";
import { createOutput, EXIT, type Output, UsageError } from "./output.js";
import { readRecordingFile } from "./recording-file.js";
import { isStdin } from "./stdin.js";

export interface ReplayArguments {
  readonly file: string;
  readonly against: "lab" | "mcu" | "module" | "cloud";
  readonly cloud?: string;
  readonly mac?: string;
  readonly speed?: string;
  readonly step: boolean;
  readonly json: boolean;
}

const SHOWN_DIFFERENCES = 20;

/** Plays a recording and says what came out differently; the exit code is 1 when something did. */
export async function runReplay(args: ReplayArguments): Promise<void> {
  const output = createOutput(args.json);
  if (args.cloud !== undefined && args.against !== "cloud") throw new UsageError("--cloud needs --against cloud");
  if (args.mac !== undefined && args.against !== "mcu" && args.against !== "module") {
    throw new UsageError("--mac needs --against mcu or --against module");
  }
  const recording = await readRecordingFile(args.file);
  if (args.step && isStdin(args.file)) throw new UsageError("--step reads Enter from stdin: name the recording's file");
  const lines = args.step ? createInterface({ input: process.stdin }) : undefined;
  const pace: Pace = {
    speed: readSpeed(args.speed),
    ...(lines === undefined ? {} : { step: createStepper(lines, output) }),
  };
  try {
    report(await play(recording, args, pace), recording, output);
  } finally {
    lines?.close();
  }
}

function play(recording: Recording, { against, cloud, mac }: ReplayArguments, pace: Pace): Promise<ReplayResult> {
  switch (against) {
    case "lab":
      return replayLab(recording, pace);
    case "cloud":
      return replayCloud(recording, { ...pace, ...(cloud === undefined ? {} : { cloud }) });
    default:
      return replaySide(recording, { ...pace, against, ...(mac === undefined ? {} : { mac }) });
  }
}

function report(
  { compared, differences, notes = [] }: ReplayResult,
  { header, entries }: Recording,
  output: Output,
): void {
  for (const note of notes) output.note(`gizlab: ${note}`);
  for (const difference of differences.slice(0, SHOWN_DIFFERENCES)) {
    for (const line of formatDifference(difference)) output.line(line);
    output.json({ event: "difference", ...difference });
  }
  if (differences.length > SHOWN_DIFFERENCES) output.line(`… and ${differences.length - SHOWN_DIFFERENCES} more`);
  const failure = entries.find(({ hop }) => hop === "lab.failed")?.detail?.message;
  if (failure !== undefined) {
    output.line(`the run had failed: ${String(failure)}`);
    output.json({ event: "failure", message: failure });
  }
  for (const { way, mistake, clause, hint, count, first } of collectTolerated(entries)) {
    const frames = count === 1 ? "1 frame" : `${count} frames`;
    output.line(`! ${frames} ${way}: ${hint}`);
    output.line(`    ${count === 1 ? "" : "the first: "}${formatHop(first)}`);
    output.json({ event: "tolerated", way, mistake, clause, hint, count, first });
  }
  const seed = header.seed === null ? "no seed" : `seed ${header.seed}`;
  output.line(
    `${formatCount(compared, "hop")} compared, ${formatCount(differences.length, "difference")} (${seed}, gizlab ${header.gizlab})`,
  );
  output.json({ event: "replayed", compared, differences: differences.length, seed: header.seed });
  if (differences.length > 0) process.exitCode = EXIT.failed;
}

function readSpeed(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const speed = Number(text.replace(/^x/i, ""));
  if (speed > 0 && speed <= 1e6) return speed;
  throw new UsageError(`--speed is a number above 0, not "${text}"`);
}

/** Shows the hop and waits for Enter; at the end of the input everything else is played on. */
function createStepper(
  lines: ReturnType<typeof createInterface>,
  output: Output,
): (entry: TraceEntry) => Promise<void> {
  const waiting: (() => void)[] = [];
  let unread = 0;
  let isOver = false;
  lines.on("line", () => {
    const next = waiting.shift();
    if (next === undefined) unread += 1;
    else next();
  });
  lines.once("close", () => {
    isOver = true;
    for (const next of waiting.splice(0)) next();
  });
  return (entry) => {
    output.line(`> ${formatHop(entry)}`);
    for (const line of formatMarks(entry)) output.line(line);
    if (isOver) return Promise.resolve();
    if (unread > 0) {
      unread -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => waiting.push(resolve));
  };
}
