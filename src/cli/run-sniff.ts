import { createWallClock } from "../core/clock.js";
import { formatCount } from "../core/count-text.js";
import { createSeededRandom } from "../core/random.js";
import { Trace } from "../core/trace.js";
import { openBoardPort } from "../lab/board-port.js";
import type { FrameWay } from "../lab/device-trace.js";
import { parseWireFault } from "../lab/faults/fault-text.js";
import { Faults } from "../lab/faults/faults.js";
import { recordTraceToFile } from "../lab/lab-recording.js";
import type { NamedProfile } from "../lab/profiles.js";
import { createWireHeader } from "../lab/recording-header.js";
import { Tap } from "../lab/tap.js";
import { createIdentity } from "../lab/virtual-device.js";
import { createEventLog } from "./events/event-log.js";
import { endSoon, waitForInterrupt } from "./interrupt.js";
import { loadKnownProducts } from "./known-products.js";
import { createOutput, hint, type Output, UsageError } from "./output.js";
import { describePortTrouble, readSerial, type SerialArguments } from "./serial-options.js";

export interface SniffArguments extends SerialArguments {
  readonly "port-a": string;
  readonly "port-b": string;
  readonly profile?: string[];
  readonly record?: string;
  readonly fault?: string[];
  readonly seed?: string;
  readonly json: boolean;
}

/** Of the faults, where --seed names none. */
const DEFAULT_SEED = "1";
/** A side that has said nothing for so long needs a hint. */
const SILENCE_MS = 10_000;
const SIDES: Readonly<Record<FrameWay, string>> = { up: "MCU", down: "module" };
/** Ports that a listener or a pty makes may be named alike. */
const SHARED = /^(pty|tcp-listen:0|rfc2217-listen:0)$/;

/**
 * Stands between the MCU at port A and the module at port B until interrupted, and shows what passes. Throws as `openPort`
 * does, `fault-invalid`, `file-unwritable`, `profile-…`.
 */
export async function runSniff(args: SniffArguments): Promise<void> {
  const output = createOutput(args.json);
  const { "port-a": portA, "port-b": portB } = args;
  if (portA === portB && !SHARED.test(portA)) {
    throw new UsageError(`${portA} cannot be both sides`, "PORT_A leads to the MCU, PORT_B to the module");
  }
  const settings = readSerial(args);
  const products = loadKnownProducts(args.profile);
  const specs = (args.fault ?? []).map(parseWireFault);
  if (args.seed !== undefined && specs.length === 0) {
    throw new UsageError("--seed needs --fault: it seeds what the faults draw, and nothing else is drawn");
  }
  const clock = createWallClock();
  const trace = new Trace(clock);
  const faults = new Faults(trace, args.seed ?? DEFAULT_SEED);
  const closers: (() => void | Promise<void>)[] = [];
  const interrupted = waitForInterrupt();
  const open = async (port: string, way: FrameWay) => {
    const tellState = (isOpen: boolean): void => {
      if (isOver) return;
      tap?.forget(way);
      output.json({ event: "port", side: way === "up" ? "mcu" : "module", port, open: isOpen });
      output.note(
        isOpen
          ? `gizlab: ${port} (${SIDES[way]}) is there`
          : `gizlab: ${port} (${SIDES[way]}) has gone; waiting for it, the other side stays open`,
      );
    };
    const link = await openBoardPort(port, settings, tellState, (why) => {
      if (!isOver) hint(output, why.code, describePortTrouble(why));
    });
    closers.push(() => link.close());
    return link;
  };
  let tap: Tap | undefined;
  let isOver = false;
  try {
    const opening = open(portA, "up").then(async (first) => [first, await open(portB, "down")] as const);
    // A port that takes its time to open is left behind.
    const opened = await Promise.race([opening, interrupted]);
    if (opened === undefined) return endSoon();
    const [mcu, module] = opened;
    if (args.record !== undefined) {
      closers.push(await recordTraceToFile(trace, createWireHeader(clock.now(), products), args.record));
    }
    const log = createEventLog(output, { clock });
    let struck = 0;
    const stop = trace.listen((entry) => {
      if (entry.hop === "fault") struck += 1;
      log.show(entry);
    });
    closers.push(() => void stop());
    for (const spec of specs) faults.add(spec);
    const { mac } = createIdentity(createSeededRandom(`sniff/${portA}`));
    const onUnknownProduct = (key: string): void =>
      output.note(`gizlab: product_key ${key} is not known here; name its datapoint JSON with --profile`);
    const assumed = args.profile?.length === 1 ? products[0] : undefined;
    tap = new Tap({
      ...{ mcu, module, clock, trace, products, faults, subject: { mac }, onUnknownProduct },
      onProduct: (product, before) => tellProduct(product, before, output),
      ...(assumed === undefined ? {} : { assumed }),
    });
    const names = { mcu: nameOf(mcu), module: nameOf(module) };
    output.json({ event: "ready", ...names });
    output.line(`${names.mcu} (MCU) <-> ${names.module} (module). Ctrl-C stops.`);
    output.note(`gizlab: ${describeNaming(assumed)}`);
    const silence = clock.setTimer("silence", SILENCE_MS, () => hintAtSilence(tap, output));
    await interrupted;
    silence.cancel();
    // To close a port is no news any more.
    isOver = true;
    tap.settle();
    log.finish(clock.now());
    sumUp(tap, struck, output);
  } finally {
    isOver = true;
    for (const close of closers.reverse()) await close();
  }
}

/** By which profile values are named, and from when on. */
function describeNaming(assumed: NamedProfile | undefined): string {
  return assumed === undefined
    ? "values are named once a device info (02) of the MCU has passed: restart the module, or name one --profile"
    : `values are named by ${assumed.name} until a device info (02) of the MCU says another product`;
}

function tellProduct(product: NamedProfile, before: NamedProfile | undefined, output: Output): void {
  const { name, profile } = product;
  output.json({ event: "product", product: name, product_key: profile.productKey, before: before?.name });
  const said = `gizlab: the MCU's device info says product ${name}`;
  output.note(
    before === undefined
      ? `${said}; values are named by it`
      : `${said}, not ${before.name}; values are named by ${name} from here on`,
  );
}

/** What somebody else has to open or to connect to, where that is not what was asked for. */
function nameOf({ name, path }: { readonly name: string; readonly path?: string | undefined }): string {
  return path ?? name;
}

function hintAtSilence(tap: Tap | undefined, output: Output): void {
  for (const way of ["up", "down"] as const) {
    const { bytes = 0, frames = 0 } = tap?.count(way) ?? {};
    if (frames > 0) continue;
    const what = bytes === 0 ? "says nothing" : "says nothing that is a frame";
    output.note(
      `gizlab: the ${SIDES[way]} ${what}: is --baud right, does its TX lead here, do the levels fit (3.3 V), has it power?`,
    );
  }
}

function sumUp(tap: Tap, struck: number, output: Output): void {
  const [up, down] = [tap.count("up"), tap.count("down")];
  output.json({ event: "total", product: tap.product?.name, up, down, struck });
  output.line(
    `${formatCount(up.frames, "frame")} up, ${down.frames} down, ${up.bad + down.bad} bad${struck === 0 ? "" : `, ${struck} struck by faults`}`,
  );
}
