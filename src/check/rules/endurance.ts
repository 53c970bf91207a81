import { CMD } from "../../codec/commands.js";
import { encodeFrame } from "../../codec/frame.js";
import { type ModuleBench, NO_ANSWER, ROUNDS, TRANSMISSIONS } from "../module-bench.js";
import { defineRule, fail, find, PASSED, type Rule, type Verdict } from "../rule.js";

/** The module pings every 55 s, and gives an MCU up after four without an answer (uart.md 3). */
const HEARTBEAT_MS = 55_000;
const HEARTBEATS = 4;
/** The MCU waits 600 ms after its ack of 0F (uart.md 3); no clause says how long it may take to come up. */
const REBOOT_MS = 700;
const REBOOT_LIMIT_MS = 5000;
const REBOOT_PATIENCE_MS = 15_000;
const DEAF =
  "garbage before a header is skipped: look for FF FF again after every error, and never wait for bytes for ever";

/** Heartbeats in a row, a reboot, and noise: an MCU is still there after each (uart.md 1.2, 2.1, 3). */
export const ENDURANCE_RULES: readonly Rule[] = [
  {
    id: "heartbeat-wrap",
    clause: "uart.md 3",
    words: "lives through heartbeats, the sn wrapping from FF to 00",
    hint: "sn is one byte that wraps; any value may come, and the same one twice",
    async run(bench) {
      for (const sn of [0xfe, 0xff, 0x00, 0x00]) {
        bench.send(CMD.heartbeat, undefined, sn);
        await bench.idle(500);
        const refusal = bench.arrivals.find(({ frame }) => frame.cmd === CMD.illegalFromMcu && frame.sn === sn);
        if (refusal !== undefined) return fail(`07 with sn ${sn} taken`, refusal.words);
      }
      return expectAlive(bench, "after four heartbeats");
    },
  },
  {
    id: "heartbeat-idle",
    clause: "uart.md 3",
    words: "is still there after minutes in which nothing but heartbeats is said",
    hint: "a watchdog, a sleep or a session timer of the MCU must outlive the 55 s between heartbeats",
    longMs: HEARTBEATS * HEARTBEAT_MS,
    async run(bench) {
      for (let i = 0; i < HEARTBEATS; i += 1) {
        bench.send(CMD.heartbeat);
        await bench.idle(HEARTBEAT_MS);
      }
      return expectAlive(bench, `after ${HEARTBEATS} heartbeats, 55 s apart`);
    },
  },
  defineRule({
    id: "reboot",
    clause: "uart.md 2.1",
    words: "acknowledges 0F, restarts after 600 ms and is back",
    hint: "send 10 first, wait 600 ms so that it leaves the line, then reset",
    findings: {
      slow: {
        verdict: "advice",
        hint: "the module asks for the device info as soon as it is up: answer before slow sensors are set up",
      },
    },
    async run(bench) {
      const ack = await bench.ask(CMD.rebootMcu);
      if (ack === undefined) return fail("10", NO_ANSWER);
      const ackedAt = bench.now();
      await bench.idle(REBOOT_MS);
      while (bench.now() < ackedAt + REBOOT_PATIENCE_MS) {
        if ((await bench.ask(CMD.getDeviceInfo)) === undefined) continue;
        const tookMs = bench.now() - ackedAt;
        if (tookMs <= REBOOT_LIMIT_MS + bench.slackMs) return PASSED;
        return find(
          "slow",
          `an answer to 01 within ${REBOOT_LIMIT_MS / 1000} s`,
          `after ${(tookMs / 1000).toFixed(1)} s`,
        );
      }
      return fail(`an answer to 01 within ${REBOOT_PATIENCE_MS / 1000} s`, "silence");
    },
  }),
  noiseRule("noise-truncated", "half a frame", Uint8Array.of(0xff, 0xff, 0x00, 0x05, 0x07, 0x10)),
  noiseRule("noise-header", "a header and nothing else", Uint8Array.of(0xff, 0xff)),
  noiseRule("noise-length", "a length without its bytes", Uint8Array.of(0xff, 0xff, 0x03, 0x00, 0x07, 0x10, 0, 0)),
  noiseRule("noise-checksum", "wrong checksums in a row", spoil(3)),
  noiseRule(
    "noise-garbage",
    "garbage without a header",
    Uint8Array.from({ length: 64 }, (_, at) => (at * 73 + 5) & 0x7f),
  ),
];

function noiseRule(id: string, what: string, bytes: Uint8Array): Rule {
  return {
    id,
    clause: "uart.md 1.2",
    words: `finds the next frame after ${what}`,
    hint: DEAF,
    async run(bench) {
      bench.write(bytes);
      await bench.idle(300);
      return expectAlive(bench, `after ${what}`);
    },
  };
}

/** The first question may be lost to what came before it. */
async function expectAlive(bench: ModuleBench, when: string): Promise<Verdict> {
  return (await bench.isAlive())
    ? PASSED
    : fail(`an answer to 01 ${when}`, `silence, ${ROUNDS * TRANSMISSIONS} transmissions`);
}

function spoil(count: number): Uint8Array {
  const frame = encodeFrame({ cmd: CMD.heartbeat, sn: 0x50, flags: 0, payload: new Uint8Array(0) });
  frame[frame.length - 1] = ((frame[frame.length - 1] ?? 0) + 7) & 0x7f;
  return Uint8Array.from(Array.from({ length: count }, () => [...frame]).flat());
}
