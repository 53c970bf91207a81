import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../../src/core/clock.js";
import { AnswerWatch, type LateAnswer, type Unanswered } from "../../../src/lab/answer-watch.js";

function createWatch() {
  const clock = new VirtualClock(0);
  const told: Unanswered[] = [];
  const late: LateAnswer[] = [];
  const watch = new AnswerWatch(clock, { unanswered: (one) => told.push(one), late: (one) => late.push(one) });
  const frame = (cmd: number, sn: number) => ({ cmd, sn, flags: 0, payload: new Uint8Array(0) });
  return {
    clock,
    told,
    late,
    ask: (cmd: number, sn: number) => watch.ask(frame(cmd, sn)),
    hear: (cmd: number, sn: number) => watch.hear(frame(cmd, sn)),
    clear: () => watch.clear(),
  };
}

describe("a request to a board", () => {
  it("is not told of when it is answered, at the third time too", async () => {
    const { clock, told, ask, hear } = createWatch();
    for (let sending = 1; sending <= 3; sending += 1) {
      ask(0x07, 5);
      await clock.advance(200);
    }
    hear(0x08, 5);
    await clock.advance(10_000);
    expect([told, clock.pending()]).toEqual([[], []]);
  });

  it("is named when the answer comes after the module has asked again (uart.md 3)", async () => {
    const { clock, told, late, ask, hear } = createWatch();
    ask(0x0d, 5);
    await clock.advance(200);
    ask(0x0d, 5);
    await clock.advance(150);
    hear(0x0e, 5);
    hear(0x0e, 5);
    await clock.advance(10_000);
    expect(told).toEqual([]);
    expect(late).toMatchObject([{ name: "wifi-status", sn: 5, transmissions: 2, afterMs: 350, clause: "uart.md 3" }]);
    expect(late[0]?.hint).toMatch(
      /^answered after 350 ms, the module asks again after 200 \(uart\.md 3\): .*sent 2 times/,
    );
  });

  it("is named as late, and not as unanswered, when the answer comes after the module has given up", async () => {
    const { clock, told, late, ask, hear } = createWatch();
    for (let sending = 1; sending <= 3; sending += 1) {
      ask(0x0d, 5);
      await clock.advance(200);
    }
    ask(0x07, 6);
    await clock.advance(100);
    hear(0x0e, 5);
    hear(0x08, 6);
    await clock.advance(10_000);
    expect(told).toEqual([]);
    expect(late).toMatchObject([{ sn: 5, transmissions: 3, afterMs: 700 }]);
  });

  it("is not late when it is answered in time, however slow the line", async () => {
    const { clock, late, ask, hear } = createWatch();
    ask(0x0d, 5);
    await clock.advance(330);
    hear(0x0e, 5);
    expect([late, clock.pending()]).toEqual([[], []]);
  });

  it("is told of when no answer comes, with the answer that is missing (uart.md 2.1)", async () => {
    const { clock, told, ask, hear } = createWatch();
    for (let sending = 1; sending <= 3; sending += 1) {
      ask(0x07, 5);
      hear(0x05, 5);
      await clock.advance(200);
    }
    await clock.advance(3000);
    const hint = "it was sent 3 times and not answered: the answer is 0x08 with sn 5";
    expect(told).toMatchObject([{ cmd: 7, name: "heartbeat", sn: 5, transmissions: 3, clause: "uart.md 2.1", hint }]);
  });

  it("is told of when the answer has another sn, as soon as the next request goes out (uart.md 1)", () => {
    const { told, ask, hear } = createWatch();
    ask(0x0d, 5);
    hear(0x0e, 0);
    ask(0x0d, 5);
    ask(0x0d, 6);
    const hint = "the answer 0x0E came with sn 0: echo the sn of the request, 5";
    expect(told).toMatchObject([{ name: "wifi-status", foundSn: 0, clause: "uart.md 1", hint }]);
  });

  it("is not told of for device info, which is asked for until it comes, unless its sn is wrong", async () => {
    const { clock, told, ask, hear } = createWatch();
    ask(0x01, 0);
    ask(0x01, 1);
    await clock.advance(5000);
    expect(told).toEqual([]);
    ask(0x01, 2);
    hear(0x02, 0);
    await clock.advance(5000);
    expect(told).toMatchObject([{ name: "get-device-info", foundSn: 0 }]);
  });

  it("is waited for longer when it is a piece of big data, which is repeated after 3 s only (uart.md 3)", async () => {
    const { clock, told, ask, hear } = createWatch();
    for (let sending = 1; sending <= 3; sending += 1) {
      ask(0x1d, 5);
      await clock.advance(3000);
    }
    expect(told).toEqual([]);
    ask(0x1d, 6);
    await clock.advance(2900);
    hear(0x1e, 6);
    await clock.advance(10_000);
    expect(told).toMatchObject([{ cmd: 0x1d, sn: 5, transmissions: 3 }]);
  });

  it("is forgotten with the port; answers and notices are no requests", async () => {
    const { clock, told, ask, clear } = createWatch();
    ask(0x07, 1);
    clear();
    ask(0x06, 1);
    ask(0x11, 1);
    await clock.advance(5000);
    expect([told, clock.pending()]).toEqual([[], []]);
  });

  it("is named as answered with always the same sn after three answers, and not when another sn was echoed between", async () => {
    const { clock, told, ask, hear } = createWatch();
    const wrong = async (sn: number) => {
      ask(0x07, sn);
      hear(0x08, 0);
      await clock.advance(3000);
    };
    for (const sn of [1, 2]) await wrong(sn);
    ask(0x07, 0);
    hear(0x08, 0);
    await wrong(3);
    expect(told.map(({ isConstantSn }) => isConstantSn)).toEqual([false, false, true]);
    expect(told.at(-1)).toMatchObject({
      foundSn: 0,
      clause: "uart.md 1",
      hint: expect.stringMatching(/all answers carry sn 0, 3 to/),
    });
    ask(0x07, 4);
    hear(0x08, 4);
    await wrong(5);
    expect(told.at(-1)).toMatchObject({ isConstantSn: false });
  });
});
