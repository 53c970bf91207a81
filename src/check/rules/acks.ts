import { CMD } from "../../codec/commands.js";
import { packP0 } from "../../codec/p0.js";
import type { Millis } from "../../core/duration.js";
import { formatHexNumber } from "../../core/hex.js";
import { type ModuleBench, NO_ANSWER } from "../module-bench.js";
import { defineRule, fail, find, PASSED, type Rule, type Verdict } from "../rule.js";

const ONLINE = Uint8Array.of(0x07, 0x3a);
/** A module asks again after 200 ms, and GAgent 04020006 gives up 600 ms after the first question (uart.md 3). */
const AGAIN_MS = 200;
const GIVEN_UP_MS = 600;
const SAMPLES = 5;
/** Both frames take their time on the line (uart.md 1), and the receiver some more. */
const HANDLING_MS = 20;

/** Every request of the module is answered by its command + 1, with its sn (uart.md 1, 2.1). */
export const ACK_RULES: readonly Rule[] = [
  ackRule("ack-control", "a control", CMD.p0Down, (bench) =>
    packP0(bench.profile.layout, { kind: "control", values: [] }),
  ),
  ackRule("ack-passthrough", "passthrough", CMD.p0Down, (bench) =>
    packP0(bench.profile.layout, { kind: "passthrough-down", data: Uint8Array.of(1, 2, 3) }),
  ),
  ackRule("ack-status", "a Wi-Fi status", CMD.wifiStatus, () => ONLINE),
  ackRule("ack-heartbeat", "a heartbeat", CMD.heartbeat),
  {
    id: "sn-echo",
    clause: "uart.md 1",
    words: "an answer has the sn of its request",
    hint: "copy sn from the request into the answer; the MCU's own counter is for its own messages",
    async run(bench) {
      for (const sn of [0x00, 0x01, 0x7f, 0xfe]) {
        for (const cmd of [CMD.getDeviceInfo, CMD.heartbeat, CMD.wifiStatus]) {
          const other = await findOtherSn(bench, cmd, sn);
          if (other !== undefined) return fail(`sn ${sn} in ${formatHexNumber(cmd + 1)}`, `sn ${other}`);
        }
      }
      return PASSED;
    },
  },
  defineRule({
    id: "ack-in-time",
    clause: "uart.md 3",
    words: "answers before the module sends again, or gives up",
    hint: "something blocks the main loop (a delay, a sensor, printf); answer first, work later",
    isTimed: true,
    findings: {
      late: {
        verdict: "advice",
        hint: "something blocks the main loop (a delay, a sensor, printf); a module asks again after 200 ms",
      },
    },
    async run(bench) {
      const times: Millis[] = [];
      for (let i = 0; i < SAMPLES; i += 1) {
        const sentAt = bench.now();
        const answer = await bench.ask(CMD.getDeviceInfo);
        if (answer === undefined) return fail("an answer to 01", NO_ANSWER);
        times.push(answer.at - sentAt - bench.lineTime(answer.wire().length + 9) - HANDLING_MS - bench.slackMs);
      }
      const [slowest = 0, second = 0] = times.sort((a, b) => b - a);
      // One late answer may be due to a sensor reading, or to the load of this machine.
      if (second > GIVEN_UP_MS) return fail(`within ${GIVEN_UP_MS} ms`, `${Math.round(second)} ms`);
      return slowest > AGAIN_MS ? find("late", `within ${AGAIN_MS} ms`, `${Math.round(slowest)} ms`) : PASSED;
    },
  }),
  defineRule({
    id: "ack-of-nothing",
    clause: "uart.md 2.9",
    words: "does not answer an answer",
    hint: "an ack that nobody waits for is dropped in silence",
    findings: {
      refused: { verdict: "advice", hint: "an ack that nobody waits for is dropped in silence, without a 12" },
    },
    async run(bench) {
      const sn = 0xe0;
      bench.send(CMD.p0UpAck, undefined, sn);
      const answers: readonly number[] = [CMD.p0UpAck + 1, CMD.illegalFromMcu];
      const answer = await bench.next(
        ({ frame }) => frame.sn === sn && answers.includes(frame.cmd),
        400 + bench.slackMs,
      );
      if (answer === undefined) return PASSED;
      return answer.frame.cmd === CMD.illegalFromMcu
        ? find("refused", "nothing", answer.words)
        : fail("nothing", answer.words);
    },
  }),
  {
    id: "back-to-back",
    clause: "uart.md 1.2",
    words: "two frames without a gap are both answered",
    hint: "the ring buffer was emptied after the first frame, or is too small for two",
    async run(bench) {
      let count = 0;
      for (let i = 0; i < 2 && count < 2; i += 1) {
        bench.begin();
        const first = Uint8Array.of(0xff, 0xff, 0, 5, 1, 0x20, 0, 0, 0x26);
        const second = Uint8Array.of(0xff, 0xff, 0, 5, 1, 0x21, 0, 0, 0x27);
        bench.write(Uint8Array.from([...first, ...second]));
        await bench.idle(1000);
        count = bench.arrivals.filter(({ frame }) => frame.cmd === CMD.deviceInfo).length;
      }
      return count >= 2 ? PASSED : fail("two device infos", `${count}, twice`);
    },
  },
];

/** The sn of an answer that has another than its request, while none has the right one. */
async function findOtherSn(bench: ModuleBench, cmd: number, sn: number): Promise<number | undefined> {
  const from = bench.arrivals.length;
  const payload = cmd === CMD.wifiStatus ? ONLINE : undefined;
  const right = await bench.ask(cmd, payload, {
    sn,
    isAnswer: ({ frame }) => frame.cmd === cmd + 1 && frame.sn === sn,
  });
  if (right !== undefined) return undefined;
  // A missing answer is another rule's.
  return bench.arrivals.slice(from).find(({ frame }) => frame.cmd === cmd + 1)?.frame.sn;
}

function ackRule(id: string, what: string, cmd: number, payload?: (bench: ModuleBench) => Uint8Array): Rule {
  const ack = formatHexNumber(cmd + 1);
  return {
    id,
    clause: "uart.md 2.1",
    words: `acknowledges ${what} with ${ack}`,
    hint: "send cmd + 1 with an empty payload for every request, also where nothing is to be done",
    async run(bench): Promise<Verdict> {
      const answer = await bench.ask(cmd, payload?.(bench));
      if (answer === undefined) return fail(ack, NO_ANSWER);
      return answer.frame.payload.length === 0 ? PASSED : fail("an empty payload", answer.words);
    },
  };
}
