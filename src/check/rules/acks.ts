import { CMD } from "../../codec/commands.js";
import { packP0 } from "../../codec/p0.js";
import { formatHexNumber } from "../../core/hex.js";
import type { ModuleBench } from "../module-bench.js";
import { fail, PASSED, type Rule, type Verdict } from "../rule.js";

/** Every request of the module is answered by its command + 1, with its sn (uart.md 1, 2.1). */
export const ACK_RULES: readonly Rule[] = [
  ackRule("ack-control", "a control", CMD.p0Down, (bench) =>
    packP0(bench.profile.layout, { kind: "control", values: [] }),
  ),
  ackRule("ack-passthrough", "passthrough", CMD.p0Down, (bench) =>
    packP0(bench.profile.layout, { kind: "passthrough-down", data: Uint8Array.of(1, 2, 3) }),
  ),
  ackRule("ack-status", "a Wi-Fi status", CMD.wifiStatus, () => Uint8Array.of(0x07, 0x3a)),
  ackRule("ack-heartbeat", "a heartbeat", CMD.heartbeat),
  {
    id: "sn-echo",
    clause: "uart.md 1",
    words: "an answer has the sn of its request",
    hint: "copy sn from the request into the answer; the MCU's own counter is for its own messages",
    async run(bench) {
      for (const sn of [0x00, 0x01, 0x7f, 0xfe]) {
        for (const cmd of [CMD.getDeviceInfo, CMD.heartbeat, CMD.wifiStatus]) {
          const answer = await bench.ask(cmd, cmd === CMD.wifiStatus ? Uint8Array.of(0x07, 0x3a) : undefined, sn);
          // A missing answer is another rule's.
          if (answer !== undefined && answer.frame.sn !== sn)
            return fail(`sn ${sn} in ${formatHexNumber(cmd + 1)}`, `sn ${answer.frame.sn}`);
        }
      }
      return PASSED;
    },
  },
  {
    id: "ack-in-time",
    clause: "uart.md 3",
    words: "answers within 200 ms, or the module sends again",
    hint: "something blocks the main loop (a delay, a sensor, printf); answer first, work later",
    isTimed: true,
    async run(bench) {
      for (let i = 0; i < 5; i += 1) {
        const sentAt = bench.now();
        const answer = await bench.ask(CMD.getDeviceInfo);
        if (answer === undefined) return fail("an answer to 01", "none");
        // Both frames take their time on the line (uart.md 1), a USB adapter some more.
        const lineMs = bench.lineTime(answer.wire().length + 9) + 20 + bench.slackMs;
        const tookMs = answer.at - sentAt;
        if (tookMs > 200 + lineMs) return fail("within 200 ms", `${Math.round(tookMs - lineMs)} ms`);
      }
      return PASSED;
    },
  },
  {
    id: "ack-of-nothing",
    clause: "uart.md 2.9",
    words: "does not answer an answer",
    hint: "an ack that nobody waits for is dropped in silence",
    async run(bench) {
      bench.send(CMD.p0UpAck, undefined, 0xe0);
      const answer = await bench.next(({ frame }) => frame.sn === 0xe0 && frame.cmd !== CMD.p0Up, 400 + bench.slackMs);
      return answer === undefined ? PASSED : fail("nothing", answer.words);
    },
  },
  {
    id: "back-to-back",
    clause: "uart.md 1.2",
    words: "two frames without a gap are both answered",
    hint: "the ring buffer was emptied after the first frame, or is too small for two",
    async run(bench) {
      const first = Uint8Array.of(0xff, 0xff, 0, 5, 1, 0x20, 0, 0, 0x26);
      const second = Uint8Array.of(0xff, 0xff, 0, 5, 1, 0x21, 0, 0, 0x27);
      bench.write(Uint8Array.of(...first, ...second));
      await bench.idle(1000);
      const count = bench.arrivals.filter(({ frame }) => frame.cmd === CMD.deviceInfo).length;
      return count >= 2 ? PASSED : fail("two device infos", String(count));
    },
  },
];

function ackRule(id: string, what: string, cmd: number, payload?: (bench: ModuleBench) => Uint8Array): Rule {
  const ack = formatHexNumber(cmd + 1);
  return {
    id,
    clause: "uart.md 2.1",
    words: `acknowledges ${what} with ${ack}`,
    hint: "send cmd + 1 with an empty payload for every request, also where nothing is to be done",
    async run(bench): Promise<Verdict> {
      const answer = await bench.ask(cmd, payload?.(bench));
      if (answer === undefined) return fail(ack, "no answer");
      return answer.frame.payload.length === 0 ? PASSED : fail("an empty payload", answer.words);
    },
  };
}
