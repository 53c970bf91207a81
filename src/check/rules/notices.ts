import { CMD, findCommand, REFUSAL } from "../../codec/commands.js";
import { encodeFrame } from "../../codec/frame.js";
import { packFields } from "../../codec/payload.js";
import type { ModuleBench } from "../module-bench.js";
import { fail, PASSED, type Rule, type Verdict } from "../rule.js";

/** No command of uart.md 2.1. */
const NO_COMMAND = 0x70;

/** Illegal messages and network time (uart.md 2.6, 2.9). */
export const NOTICE_RULES: readonly Rule[] = [
  {
    id: "illegal-checksum",
    clause: "uart.md 2.9",
    words: "answers a wrong checksum with 12, error 1",
    hint: "compare the checksum before the command is looked at, and send 12 with payload 01",
    run(bench) {
      const bytes = encodeFrame({ cmd: CMD.heartbeat, sn: 0x41, flags: 0, payload: new Uint8Array(0) });
      bytes[bytes.length - 1] = ((bytes[bytes.length - 1] ?? 0) + 1) & 0x7f;
      return expectRefusal(bench, REFUSAL.checksum, () => bench.write(bytes));
    },
  },
  {
    id: "illegal-command",
    clause: "uart.md 2.9",
    words: "answers an unknown command with 12, error 2",
    hint: "the default of the receive switch sends 12 with payload 02",
    run: (bench) => expectRefusal(bench, REFUSAL.unknownCommand, () => bench.send(NO_COMMAND)),
  },
  {
    id: "illegal-no-echo",
    clause: "uart.md 2.9",
    words: "does not quarrel about a notice",
    hint: "11 and 12 are notices: answering each with another one never ends",
    async run(bench) {
      bench.send(CMD.illegalFromModule, Uint8Array.of(REFUSAL.checksum));
      await bench.idle(600);
      const count = bench.arrivals.filter(({ frame }) => frame.cmd === CMD.illegalFromMcu).length;
      return count <= 1 ? PASSED : fail("one 12 at most", String(count));
    },
  },
  {
    id: "time",
    clause: "uart.md 2.6",
    words: "takes network time, also all zero when the module has none",
    hint: "18 has 11 bytes: year(2) month day hour minute second ntp(4); zero means unknown",
    async run(bench) {
      const fields = findCommand(CMD.networkTime)?.fields ?? [];
      const some = { year: 2026, month: 1, day: 2, hour: 3, minute: 4, second: 5, ntp: 1_767_294_245 };
      const none = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0, ntp: 0 };
      for (const values of [some, none]) {
        bench.send(CMD.networkTime, packFields(fields, values));
        await bench.idle(300);
      }
      const refusal = bench.arrivals.find(({ frame }) => frame.cmd === CMD.illegalFromMcu);
      if (refusal !== undefined) return fail("no illegal message", refusal.words);
      return (await bench.isAlive()) ? PASSED : fail("an MCU that goes on", "silence after 18");
    },
  },
];

async function expectRefusal(bench: ModuleBench, error: number, say: () => void): Promise<Verdict> {
  const notice = bench.next(({ frame }) => frame.cmd === CMD.illegalFromMcu);
  say();
  const found = (await notice)?.frame.payload[0];
  if (found === error) return PASSED;
  return fail(`12 with error ${error}`, found === undefined ? "no illegal message" : `12 with error ${found}`);
}
