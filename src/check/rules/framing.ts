import { CMD } from "../../codec/commands.js";
import { explainItem } from "../../codec/mistakes.js";
import { type BadFrame, type BadReason, splitFrames } from "../../codec/splitter.js";
import { formatCount } from "../../core/count-text.js";
import { formatHex, formatHexNumber } from "../../core/hex.js";
import { type ModuleBench, ROUNDS, TRANSMISSIONS } from "../module-bench.js";
import { fail, PASSED, type Rule, type Verdict } from "../rule.js";

/** What is wrong where not a byte comes. */
export const CHECK_WIRING =
  "check power, RX and TX swapped, ground, baud rate (9600 8N1), level (3.3 V), and that gizwitsHandle() is called in the main loop";
const SILENT_AFTER = ROUNDS * TRANSMISSIONS;

/** What the MCU sends can be read at all (uart.md 1). */
export const FRAMING_RULES: readonly Rule[] = [
  {
    id: "frame-any",
    clause: "uart.md 1",
    words: "says something when it is asked, in frames that begin with FF FF",
    hint: CHECK_WIRING,
    async run(bench) {
      const received = await hear(bench);
      if (received.length === 0) return fail("an answer to 01", `no byte at all in ${SILENT_AFTER} transmissions`);
      if (isEcho(received, bench)) {
        return fail(
          "an answer to 01",
          "the question itself, and nothing else",
          "RX and TX are joined, or the adapter echoes; the MCU itself is silent",
        );
      }
      const hasHeader = received.some((byte, at) => byte === 0xff && received[at + 1] === 0xff);
      return hasHeader
        ? PASSED
        : fail("a frame that begins FF FF", show(received), "noise at any baud rate but the right one");
    },
  },
  {
    id: "frame-length",
    clause: "uart.md 1",
    words: "len counts cmd through checksum, big-endian",
    hint: "len is 5 + payload, most significant byte first",
    run: (bench) => findBad(bench, ["length", "truncated"], "len = 5 + payload length, big-endian"),
  },
  {
    id: "frame-checksum",
    clause: "uart.md 1",
    words: "the checksum is the sum of len through the last payload byte",
    hint: "sum from len to the last payload byte, un-stuffed, header not included",
    run: (bench) => findBad(bench, ["checksum"], "the sum of len through the last payload byte, mod 256"),
  },
];

/** Bytes that came in answer to a question that every MCU answers. */
async function hear(bench: ModuleBench): Promise<Uint8Array> {
  for (let i = 0; i < ROUNDS && bench.received.length === 0; i += 1) await bench.ask(CMD.getDeviceInfo);
  return bench.received;
}

/** True for bytes that the bench has sent itself, with nothing of the MCU's behind them. */
function isEcho(received: Uint8Array, { passages }: ModuleBench): boolean {
  const sent = passages.flatMap(({ way, wire }) => (way === "down" ? [...wire()] : []));
  return received.length <= sent.length && received.every((byte, at) => byte === sent[at]);
}

async function findBad(bench: ModuleBench, reasons: readonly BadReason[], expected: string): Promise<Verdict> {
  const items = splitFrames(await hear(bench));
  // What a board said before the question may have been cut by the plug.
  if (items.some((item) => item.kind === "frame")) return PASSED;
  const at = items.findIndex((item) => item.kind === "bad" && reasons.includes(item.bad.reason));
  const item = items[at];
  if (item?.kind !== "bad") return PASSED;
  return fail(expected, describeBad(item.bad), explainItem(items, at));
}

function describeBad({ reason, expected, found }: BadFrame): string {
  switch (reason) {
    case "checksum":
      return `checksum ${formatHexNumber(found)}, where ${formatHexNumber(expected)} belongs`;
    case "length":
      return `len ${expected}`;
    case "truncated":
      return `${formatCount(found, "byte")} of ${expected}`;
  }
}

function show(bytes: Uint8Array): string {
  return `${formatHex(bytes.subarray(0, 32))}${bytes.length > 32 ? "..." : ""}`;
}
