import { formatCount } from "../core/count-text.js";
import { parseDuration } from "../core/duration.js";
import { startIoTimer } from "../core/io-timer.js";
import { requireWritable, writeNamedFile } from "../lab/named-file.js";
import { RemoteLab } from "../lab/remote-lab.js";
import { waitForInterrupt } from "./interrupt.js";
import { readLabToken } from "./lab-token.js";
import { createOutput, UsageError } from "./output.js";
import { findCloud } from "./running-lab/find-cloud.js";
import { spellControls } from "./terminal/safe-text.js";

export interface RecordArguments {
  readonly file: string;
  readonly cloud?: string;
  readonly for?: string;
  readonly secrets: boolean;
  readonly "lab-token"?: string;
  readonly json: boolean;
}

/** What yargs makes of a lone `-`. */
const STDOUT = "";
/** The longest that a timer of Node waits. */
const MAX_SPAN_MS = 2 ** 31 - 1;
/** No hop has this id: whoever follows it hears nothing but the cloud's end. */
const NO_HOP = "t0";

/** Records what happens in a running cloud and writes it to a file. Throws as `RemoteLab` does, `cloud-gone`, `file-unwritable`. */
export async function runRecord(args: RecordArguments): Promise<void> {
  const { file } = args;
  // On stdout there is the recording and nothing else.
  const output = createOutput(args.json && file !== STDOUT);
  const say = file === STDOUT ? output.note : output.line;
  const spanMs = args.for === undefined ? undefined : parseDuration(args.for);
  if (spanMs !== undefined && spanMs > MAX_SPAN_MS) throw new UsageError("--for is 24 days at most");
  const token = readLabToken(args["lab-token"]);
  const cloud = await findCloud(args.cloud, output.note);
  const lab = new RemoteLab(cloud, token);
  const { id } = await lab.startRecording(args.secrets);
  try {
    if (file !== STDOUT) requireWritable(file);
    const watch = await lab.followTrace({ id: NO_HOP }, () => {});
    try {
      output.json({ event: "recording", id, cloud, file });
      if (!output.isJson) output.note(`gizlab: recording ${cloud}; Ctrl-C stops`);
      await Promise.race([waitForInterrupt(), waitFor(spanMs), watch.gone]);
    } finally {
      watch.close();
    }
    const isFull = (await lab.recordings()).some((recording) => recording.id === id && !recording.isRunning);
    const { entries } = await lab.stopRecording(id);
    const text = await lab.readRecording(id);
    if (file === STDOUT) process.stdout.write(spellControls(text));
    else writeNamedFile(file, text);
    output.json({ event: "recorded", file, hops: entries, full: isFull });
    say(`${formatCount(entries, "hop")} in ${file === STDOUT ? "the recording" : file}`);
    if (isFull) output.note("gizlab: the recording was full before its end; gizlab up --record FILE has no limit");
  } finally {
    // Where the cloud has gone away, so has the recording.
    await lab.removeRecording(id).catch(() => {});
  }
}

function waitFor(spanMs: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (spanMs !== undefined) startIoTimer(spanMs, resolve);
  });
}
