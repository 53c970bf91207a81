import { describeWifiStatus, listWifiBits } from "../codec/wifi-status.js";
import { createWallClock } from "../core/clock.js";
import { formatCount } from "../core/count-text.js";
import { GizlabError } from "../core/errors.js";
import { formatHex, formatHexNumber } from "../core/hex.js";
import { Trace } from "../core/trace.js";
import { openBoardPort } from "../lab/board-port.js";
import { loadProfile } from "../lab/profiles.js";

import { type McuUpgradeNews, StandInMcu } from "../lab/stand-in-mcu.js";
import type { Profile } from "../profile/profile.js";
import { createEventLog } from "./events/event-log.js";
import { endSoon, waitForSignal } from "./interrupt.js";
import { describeRefusal, describeUpgrade, describeWifiChange } from "./mcu/answers.js";
import { completeVerbs } from "./mcu/completion.js";
import { type ParameterArguments, readOtaVersion, readParameters } from "./mcu/parameters.js";
import { createPrompt, type Prompt } from "./mcu/prompt.js";
import { parseReportScript, type ScriptRow } from "./mcu/report-script.js";
import { nameRow, VerbRunner } from "./mcu/verb-runner.js";
import { parseVerbs, readPeriod, type TypedVerb } from "./mcu/verbs.js";
import { EXIT, explainInLine, hint, type Output, UsageError } from "./output.js";
import { describePortTrouble, readSerial, type SerialArguments } from "./serial-options.js";
import { nameInput, readInput } from "./stdin.js";

export interface McuArguments extends SerialArguments, ParameterArguments {
  readonly port: string;
  readonly profile: string | string[];
  readonly do?: string[];
  readonly script?: string;
  readonly every?: string;
  readonly "auto-report": boolean;
  readonly "exit-when-done": boolean;
  readonly json: boolean;
}

/** What is to be done before anything is typed. */
interface Plan {
  readonly verbs: readonly TypedVerb[];
  readonly rows: readonly ScriptRow[];
  readonly periodMs: number | undefined;
}

const SCRIPT_PERIOD_MS = 1000;
/** A module that has said nothing for so long needs a hint. */
const SILENCE_MS = 5000;

/**
 * Is the MCU of the Wi-Fi module at a port until interrupted, or until it has done what it was told.
 * Throws as `openPort` does, `usage`, `script-invalid`, and `verbs-failed` when a verb of a script, not of a person, failed.
 */
export async function runMcu(args: McuArguments): Promise<void> {
  if (Array.isArray(args.profile)) throw new UsageError("--profile is given twice; an MCU is of one product");
  const { name, profile } = loadProfile(args.profile);
  const deviceInfo = readParameters(args);
  const otaVersion = readOtaVersion(args);
  const plan = await readPlan(args, profile);
  const serial = readSerial(args);
  const prompt = createPrompt(args.json, (line) => completeVerbs(line, profile));
  const { output } = prompt;
  const interrupted = waitForSignal();
  void interrupted.then(endSoon);
  const clock = createWallClock();
  const trace = new Trace(clock);
  let isClosing = false;
  let wasOpen: boolean | undefined;
  const tellState = (isOpen: boolean): void => {
    if (isClosing || isOpen === wasOpen) return;
    wasOpen = isOpen;
    output.json({ event: "port", port: args.port, open: isOpen });
    output.note(isOpen ? `gizlab: ${args.port} is there` : `gizlab: ${args.port} has gone; waiting for it`);
  };
  const opening = openBoardPort(args.port, serial, tellState, (why) => {
    if (!isClosing) hint(output, why.code, describePortTrouble(why));
  });
  // A port that takes its time to open is left behind.
  const link = await Promise.race([opening, interrupted.then(() => undefined)]);
  if (link === undefined) {
    process.exitCode = EXIT.failed;
    return output.note(`gizlab: interrupted before ${args.port} was open`);
  }
  const log = createEventLog(output, { clock });
  const stop = trace.listen((entry) => log.show(entry));
  const mcu = new StandInMcu({ link, clock, trace, profile, deviceInfo, otaVersion, events: tell(output) });
  mcu.reportByItself(args["auto-report"]);
  const runner = new VerbRunner(mcu, clock, output);
  try {
    mcu.start();
    output.json({ event: "ready", port: link.name, path: link.path, product: name, product_key: profile.productKey });
    output.line(`The module at ${link.name} has a ${name} for its MCU. help lists the verbs, Ctrl-C stops.`);
    const silence = clock.setTimer("silence", SILENCE_MS, () => hintAtSilence(mcu, link, output));
    const isThere = new Promise<void>((resolve) => link.onState((isOpen) => (isOpen ? resolve() : undefined)));
    const done = isThere.then(() => work(runner, plan, prompt, profile, args["exit-when-done"]));
    const signal = await Promise.race([done.then(() => undefined), interrupted]);
    silence.cancel();
    if (signal !== undefined) {
      const planned = [...plan.verbs.map(({ text }) => text), ...plan.rows.map(nameRow)];
      if (runner.interrupt(signal, planned)) process.exitCode = EXIT.failed;
    } else if (!prompt.isTerminal && runner.failures > 0) {
      throw new GizlabError("verbs-failed", `${runner.failures} of ${formatCount(runner.count, "verb")} failed`);
    }
  } finally {
    isClosing = true;
    mcu.settle();
    log.finish(clock.now());
    prompt.close();
    runner.close();
    stop();
    mcu.close();
  }
}

/** Everything that can be wrong with what was asked for is said before the port is opened. */
async function readPlan(args: McuArguments, profile: Profile): Promise<Plan> {
  const verbs = (args.do ?? []).flatMap((text) => read(`--do "${text}"`, () => parseVerbs(text, profile)));
  const { script, every } = args;
  return {
    verbs,
    rows: script === undefined ? [] : parseReportScript(await readInput(script), nameInput(script), profile),
    periodMs: every === undefined ? undefined : read("--every", () => readPeriod(every)),
  };
}

function read<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof GizlabError)) throw error;
    // One code is enough for one mistake.
    throw new UsageError(`${what}: ${explainInLine(error).replace(` [${error.code}]`, "")}`);
  }
}

/** Resolves when there is nothing more to do. */
async function work(
  runner: VerbRunner,
  { verbs, rows, periodMs }: Plan,
  prompt: Prompt,
  profile: Profile,
  endsWhenDone: boolean,
): Promise<void> {
  if (rows.length === 0) runner.every(periodMs);
  for (const verb of verbs) if (!(await runner.run(verb))) return;
  await runner.play(rows, periodMs ?? SCRIPT_PERIOD_MS);
  if (endsWhenDone && verbs.length + rows.length > 0) return runner.settle();
  for await (const line of prompt.lines()) {
    for (const verb of readLine(line, runner, profile)) if (!(await runner.run(verb))) return;
  }
  await runner.settle();
  // A pipe that has ended has said all it has to say; a person who presses Ctrl-D wants to go.
  if (!endsWhenDone && !prompt.isTerminal) await new Promise<never>(() => {});
}

function readLine(line: string, runner: VerbRunner, profile: Profile): TypedVerb[] {
  if (line.trimStart().startsWith("#")) return [];
  try {
    return parseVerbs(line, profile);
  } catch (error) {
    runner.refuse(line.trim(), error);
    return [];
  }
}

function tell(output: Output) {
  return {
    control: (attrs: object) => output.json({ event: "control", attrs }),
    passthrough: (data: Uint8Array) => {
      output.json({ event: "passthrough", data: formatHex(data) });
      output.line(`bytes from the app: ${formatHex(data)}`);
    },
    wifiStatus: (bits: number, before: number) => {
      output.json({ event: "wifi-status", status: formatHexNumber(bits, 4), flags: listWifiBits(bits) });
      output.line(`Wi-Fi status ${formatHexNumber(bits, 4)}: ${describeWifiStatus(bits)}`);
      for (const line of describeWifiChange(bits, before)) output.line(line);
    },
    refused: (error: number, sn: number) => {
      output.json({ event: "refused", sn, error });
      output.note(`gizlab: the module does not take the frame with sn ${sn}: ${describeRefusal(error)} (uart.md 2.9)`);
    },
    upgrade: (news: McuUpgradeNews) => {
      if (news.kind === "failed") output.note(`gizlab: firmware: ${explainInLine(news.problem)}`);
      else output.line(describeUpgrade(news));
    },
  };
}

function hintAtSilence(mcu: StandInMcu, link: { name: string; isOpen: boolean }, output: Output): void {
  if (mcu.hasSpoken) return;
  if (!link.isOpen) return output.note(`gizlab: nobody is at ${link.name} yet; verbs wait until somebody is`);
  output.note(
    mcu.noise > 0
      ? `gizlab: ${formatCount(mcu.noise, "byte")} came and no frame among them: is --baud right, and the level (3.3 V)?`
      : "gizlab: the module has said nothing yet. It asks for device info when it starts: switch it off and on, or type restart. Otherwise: are RX and TX crossed, is --baud right?",
  );
}
