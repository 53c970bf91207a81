import { describe, expect, it } from "vitest";
import type { Frame } from "../../../src/codec/frame.js";
import { VirtualClock } from "../../../src/core/clock.js";
import { Retransmitter, type RetransmitterOptions } from "../../../src/link/retransmitter.js";

const ack = (cmd: number, sn: number): Frame => ({ cmd, sn, flags: 0, payload: new Uint8Array(0) });

/** A retransmitter of 200 ms and three transmissions, and what it did when. */
function createBench(options: Partial<RetransmitterOptions> = {}) {
  const clock = new VirtualClock(0);
  const events: string[] = [];
  const note = (what: string): number => events.push(`${clock.now()} ${what}`);
  const retransmitter = new Retransmitter({
    clock,
    write: ([first]) => note(`write ${first}`),
    timeoutMs: 200,
    transmissions: 3,
    matchSn: true,
    whenBusy: "queue",
    lineTime: () => 0,
    ...options,
  });
  const send = (name: number, then?: () => void): void =>
    retransmitter.send({
      bytes: Uint8Array.of(name),
      ackCmd: 0x08,
      sn: name,
      settled: (answered) => {
        note(`${name} ${answered ? "answered" : "given up"}`);
        then?.();
      },
    });
  return { clock, events, retransmitter, send };
}

describe("Retransmitter", () => {
  it("sends three times, 200 ms apart, then gives up (uart.md 3)", async () => {
    const { clock, events, retransmitter, send } = createBench();
    send(1);
    await clock.advance(5000);
    expect(events).toEqual(["0 write 1", "200 write 1", "400 write 1", "600 1 given up"]);
    expect([retransmitter.isBusy, clock.pending()]).toEqual([false, []]);
  });

  it("waits from the end of the last byte on the line", async () => {
    const { clock, events, send } = createBench({ lineTime: () => 30.2 });
    send(1);
    await clock.advance(5000);
    expect(events.map((event) => Number.parseInt(event, 10))).toEqual([0, 231, 462, 693]);
  });

  it.each([0, 150, 350, 599])("stops when the answer comes after %i ms", async (after) => {
    const { clock, events, retransmitter, send } = createBench();
    send(1);
    await clock.advance(after);
    expect(retransmitter.acknowledge(ack(0x08, 1))).toBe(true);
    const told = events.length;
    await clock.advance(5000);
    expect(events.slice(-1)).toEqual([`${after} 1 answered`]);
    expect([events.length, clock.pending()]).toEqual([told, []]);
  });

  it("takes no other command for the answer, nor an answer twice", () => {
    const { retransmitter, send } = createBench();
    expect(retransmitter.acknowledge(ack(0x08, 1))).toBe(false);
    send(1);
    expect(retransmitter.acknowledge(ack(0x07, 1))).toBe(false);
    expect(retransmitter.acknowledge(ack(0x08, 1))).toBe(true);
    expect(retransmitter.acknowledge(ack(0x08, 1))).toBe(false);
  });

  it.each([
    ["wants", true, false],
    ["does not want", false, true],
  ])("%s the sn echoed when told so (uart.md 3)", (_what, matchSn, taken) => {
    const { retransmitter, send } = createBench({ matchSn });
    send(1);
    expect(retransmitter.acknowledge(ack(0x08, 2))).toBe(taken);
  });

  it("queues messages and sends each when the one before is done, answered or not", async () => {
    const { clock, events, retransmitter, send } = createBench();
    for (const name of [1, 2, 3]) send(name);
    await clock.advance(100);
    retransmitter.acknowledge(ack(0x08, 1));
    await clock.advance(1000);
    retransmitter.acknowledge(ack(0x08, 3));
    expect(events).toEqual([
      "0 write 1",
      "100 1 answered",
      "100 write 2",
      "300 write 2",
      "500 write 2",
      "700 2 given up",
      "700 write 3",
      "900 write 3",
      "1100 write 3",
      "1100 3 answered",
    ]);
  });

  it("keeps 20 waiting and refuses the next at once", () => {
    const { events, send } = createBench();
    for (let name = 1; name <= 22; name += 1) send(name);
    expect(events).toEqual(["0 write 1", "0 22 given up"]);
  });

  it("lets a new message take the waiting one's place when told so, with transmissions of its own", async () => {
    const { clock, events, send } = createBench({ whenBusy: "replace" });
    send(1);
    await clock.advance(300);
    send(2);
    await clock.advance(5000);
    expect(events).toEqual([
      "0 write 1",
      "200 write 1",
      "300 write 2",
      "300 1 given up",
      "500 write 2",
      "700 write 2",
      "900 2 given up",
    ]);
  });

  it("lets whoever was given up send again from within the news", async () => {
    const { clock, events, send } = createBench({ transmissions: 1 });
    let rounds = 0;
    const again = (): void => {
      rounds += 1;
      if (rounds < 3) send(1, again);
    };
    send(1, again);
    send(2);
    await clock.advance(5000);
    expect(events).toEqual([
      "0 write 1",
      "200 1 given up",
      "200 write 1",
      "400 1 given up",
      "400 write 1",
      "600 1 given up",
      "600 write 2",
      "800 2 given up",
    ]);
  });

  it("forgets everything when cleared, and tells each", async () => {
    const { clock, events, retransmitter, send } = createBench();
    for (const name of [1, 2, 3]) send(name);
    retransmitter.clear();
    expect(events.slice(1).sort()).toEqual(["0 1 given up", "0 2 given up", "0 3 given up"]);
    expect([retransmitter.isBusy, clock.pending()]).toEqual([false, []]);
    retransmitter.clear();
    expect(events.length).toBe(4);
  });

  it.each(["queue", "replace"] as const)(
    "has one message under way when a replaced one sends another (%s)",
    (whenBusy) => {
      const { clock, send } = createBench({ whenBusy });
      send(1, () => send(2));
      send(3);
      expect(clock.pending()).toEqual(["ack"]);
    },
  );
});
