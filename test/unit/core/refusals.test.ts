import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../../src/core/clock.js";
import { type Refusal, Refusals } from "../../../src/core/refusals.js";
import { Trace, type TraceEntry } from "../../../src/core/trace.js";

function createRefusals() {
  const clock = new VirtualClock(0);
  const trace = new Trace(clock);
  const refusals = new Refusals(trace);
  const heard: TraceEntry[] = [];
  refusals.listen((entry) => heard.push(entry));
  const note = (change: Partial<Refusal> = {}): void =>
    refusals.note({
      hop: "mqtt.refused",
      subject: { did: "GdzuSRncfDPGHGo2LxwgM2" },
      code: "did-unknown",
      reason: "no device has this did here",
      hint: "reset the module",
      ...change,
    });
  const counts = () => [...trace].map(({ detail }) => detail?.count);
  return { clock, trace, refusals, heard, note, counts };
}

describe("refusals in the trace", () => {
  it("are one entry that counts, however often a device tries", async () => {
    const { clock, trace, heard, note, counts } = createRefusals();
    for (let second = 0; second < 300; second += 1) {
      note();
      await clock.advance(1000);
    }
    expect(counts()).toEqual([300]);
    expect(heard).toHaveLength(1);
    expect([...trace][0]).toMatchObject({
      at: 0,
      hop: "mqtt.refused",
      did: "GdzuSRncfDPGHGo2LxwgM2",
      detail: { code: "did-unknown", reason: expect.any(String), hint: "reset the module", last_at: 299_000 },
    });
  });

  it("begin another entry after a quiet minute, and at the latest after ten minutes", async () => {
    const { clock, note, counts } = createRefusals();
    note();
    await clock.advance(60_000);
    note();
    expect(counts()).toEqual([1, 1]);
    for (let count = 0; count < 30; count += 1) {
      await clock.advance(30_000);
      note();
    }
    expect(counts()).toEqual([1, 20, 11]);
  });

  it("are apart by hop, device, client, code and what they are about", () => {
    const { note, counts } = createRefusals();
    note();
    note({ hop: "http.refused" });
    note({ subject: { did: "another" } });
    note({ subject: { mac: "02aabbccddee" } });
    note({ detail: { client: "usr1" } });
    note({ code: "passcode-wrong" });
    note({ about: "dev2app/x" });
    expect(counts()).toEqual([1, 1, 1, 1, 1, 1, 1]);
  });

  it("of a crowd of made-up names are told by kind, so that the trace keeps the rest", () => {
    const { note, counts, trace } = createRefusals();
    for (let number = 0; number < 5000; number += 1) note({ subject: { did: `did-${number}` } });
    expect(counts()).toHaveLength(101);
    expect(counts().at(-1)).toBe(4900);
    expect([...trace].at(-1)?.did).toBe("did-100");
  });

  it("carry no control characters of a stranger", () => {
    const { note, trace } = createRefusals();
    note({ subject: { did: `\u001b[31m${"x".repeat(200)}`, mac: "\u0007" } });
    expect([...trace][0]).toMatchObject({ did: `?[31m${"x".repeat(59)}…`, mac: "?" });
  });
});
