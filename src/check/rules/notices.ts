import { CMD, findCommand, REFUSAL } from "../../codec/commands.js";
import { encodeFrame } from "../../codec/frame.js";
import { packFields } from "../../codec/payload.js";
import type { ModuleBench } from "../module-bench.js";
import { defineRule, type Finding, fail, find, PASSED, type Rule, type Verdict } from "../rule.js";

/** No command of uart.md 2.1. */
const NO_COMMAND = 0x70;

/** A notice tells the person at the bench what is wrong; no clause asks an MCU for one, and GAgent itself is silent at times. */
const NOTICE_FINDINGS = {
  silent: { verdict: "advice", hint: "without a 12 the module, and who reads the line, only see that no answer comes" },
  otherSn: { verdict: "advice", hint: "the sn of 12 is that of the bad frame" },
} as const satisfies Record<string, Finding>;

/** Illegal messages and network time (uart.md 2.6, 2.9). */
export const NOTICE_RULES: readonly Rule[] = [
  defineRule({
    id: "illegal-checksum",
    clause: "uart.md 2.9",
    words: "answers a wrong checksum with 12, error 1",
    hint: "compare the checksum before the command is looked at, and send 12 with payload 01",
    findings: NOTICE_FINDINGS,
    run(bench) {
      const sn = 0x41;
      const bytes = encodeFrame({ cmd: CMD.heartbeat, sn, flags: 0, payload: new Uint8Array(0) });
      bytes[bytes.length - 1] = ((bytes[bytes.length - 1] ?? 0) + 1) & 0x7f;
      return expectRefusal(bench, REFUSAL.checksum, sn, () => bench.write(bytes));
    },
  }),
  defineRule({
    id: "illegal-command",
    clause: "uart.md 2.9",
    words: "answers an unknown command with 12, error 2",
    hint: "the default of the receive switch sends 12 with payload 02",
    findings: NOTICE_FINDINGS,
    run(bench) {
      const sn = bench.nextSn();
      return expectRefusal(bench, REFUSAL.unknownCommand, sn, () => bench.send(NO_COMMAND, undefined, sn));
    },
  }),
  {
    id: "illegal-no-echo",
    clause: "uart.md 2.9",
    words: "does not quarrel about a notice",
    hint: "11 and 12 are notices: answering each with another one never ends",
    async run(bench) {
      const sn = bench.send(CMD.illegalFromModule, Uint8Array.of(REFUSAL.checksum));
      await bench.idle(600);
      const count = bench.arrivals.filter(({ frame }) => frame.cmd === CMD.illegalFromMcu && frame.sn === sn).length;
      return count <= 1 ? PASSED : fail("one 12 at most", String(count));
    },
  },
  defineRule({
    id: "time",
    clause: "uart.md 2.6",
    words: "takes network time, also all zero when the module has none",
    hint: "18 has 11 bytes: year(2) month day hour minute second ntp(4); zero means unknown",
    findings: {
      refused: {
        verdict: "advice",
        hint: "a module sends 18 only in answer to 17: firmware that never asks for the time may refuse it",
      },
    },
    async run(bench) {
      const fields = findCommand(CMD.networkTime)?.fields ?? [];
      const some = { year: 2026, month: 1, day: 2, hour: 3, minute: 4, second: 5, ntp: 1_767_294_245 };
      const none = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0, ntp: 0 };
      for (const values of [some, none]) {
        bench.send(CMD.networkTime, packFields(fields, values));
        await bench.idle(300);
      }
      const refusal = bench.arrivals.find(({ frame }) => frame.cmd === CMD.illegalFromMcu);
      if (!(await bench.isAlive())) return fail("an MCU that goes on", "silence after 18");
      return refusal === undefined ? PASSED : find("refused", "no illegal message", refusal.words);
    },
  }),
];

/** `say` sends what is refused, with this sn; a 12 about another frame may come at any time. */
async function expectRefusal(
  bench: ModuleBench,
  error: number,
  sn: number,
  say: () => void,
): Promise<Verdict<keyof typeof NOTICE_FINDINGS>> {
  const notice = bench.next(({ frame }) => frame.cmd === CMD.illegalFromMcu && frame.sn === sn);
  say();
  const refusal = (await notice)?.frame;
  const expected = `12 with error ${error}`;
  if (refusal === undefined) {
    const other = bench.arrivals.find(({ frame }) => frame.cmd === CMD.illegalFromMcu);
    if (other === undefined) return find("silent", expected, "no illegal message");
    return find("otherSn", `sn ${sn} in 12`, `sn ${other.frame.sn}`);
  }
  const found = refusal.payload[0];
  // 3 stands for everything else, this too (uart.md 2.9).
  const isRight = found === error || found === REFUSAL.other;
  return isRight ? PASSED : fail(expected, `12 with error ${found ?? "missing"}`);
}
