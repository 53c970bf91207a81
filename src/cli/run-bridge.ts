import { createWallClock } from "../core/clock.js";
import { createSeededRandom } from "../core/random.js";
import { Trace, type TraceEntry } from "../core/trace.js";
import { Board } from "../lab/board.js";
import { openBoardPort } from "../lab/board-port.js";
import { openRemoteCloud } from "../lab/remote-cloud.js";
import { formatHop } from "../lab/trace-text.js";
import { createIdentity } from "../lab/virtual-device.js";
import { waitForInterrupt } from "./interrupt.js";
import { loadKnownProducts } from "./known-products.js";
import { createOutput, type Output, UsageError } from "./output.js";
import { readSerial, type SerialArguments } from "./serial-options.js";

export interface BridgeArguments extends SerialArguments {
  readonly port: string;
  readonly cloud: string;
  readonly profile?: string[];
  readonly mac?: string;
  readonly json: boolean;
}

const MAC = /^[0-9a-f]{12}$/i;
/** A board that has said nothing for so long needs a hint. */
const SILENCE_MS = 5000;

/** Makes the board at a port a device of a cloud until interrupted, and shows what passes. Throws as `openPort` does. */
export async function runBridge(args: BridgeArguments): Promise<void> {
  const output = createOutput(args.json);
  if (args.mac !== undefined && !MAC.test(args.mac)) throw new UsageError("--mac is 12 hex digits");
  const clock = createWallClock();
  const products = loadKnownProducts(args.profile);
  const cloud = openRemoteCloud(args.cloud);
  const interrupted = waitForInterrupt();
  const link = await openBoardPort(args.port, readSerial(args), (isOpen) => {
    output.json({ event: "port", port: args.port, open: isOpen });
    output.note(isOpen ? `gizlab: ${args.port} is there` : `gizlab: ${args.port} has gone; waiting for it`);
    // A board that comes back may be another one, or begin anew.
    if (isOpen) board.module.restart();
  });
  // The same port is the same device, in every run.
  const random = createSeededRandom(`board/${args.port}`);
  const identity = createIdentity(random);
  const trace = new Trace(clock);
  const board: Board = new Board({
    link,
    clock,
    random,
    identity: args.mac === undefined ? identity : { ...identity, mac: args.mac.toLowerCase() },
    ...cloud,
    trace,
    products,
    onUnknownProduct: (key) =>
      output.note(`gizlab: the board's product_key ${key} is not known here; name its datapoint JSON with --profile`),
  });
  const stop = trace.listen((entry) => show(entry, output));
  try {
    output.json({ event: "ready", port: args.port, cloud: args.cloud, mac: board.module.identity.mac });
    output.line(`${args.port} is a device of ${args.cloud} as mac ${board.module.identity.mac}. Ctrl-C stops.`);
    board.start();
    const silence = clock.setTimer("silence", SILENCE_MS, () => hintAtSilence(board, output));
    await interrupted;
    silence.cancel();
  } finally {
    stop();
    board.close();
  }
}

function show(entry: TraceEntry, output: Output): void {
  output.json(entry);
  output.line(formatHop(entry));
}

function hintAtSilence({ product, module }: Board, output: Output): void {
  if (product !== undefined || module.state.kind !== "asking") return;
  output.note(
    "gizlab: the board does not answer: is --baud right, are RX and TX crossed, do the levels fit (3.3 V), has it power?",
  );
}
