import { describe, expect, it } from "vitest";
import { type FuzzReport, rebootMcu, runFuzz } from "../../../src/check/fuzz.js";
import { makeSequence, PIECES } from "../../../src/check/fuzz-pieces.js";
import { ModuleBench } from "../../../src/check/module-bench.js";
import { CMD } from "../../../src/codec/commands.js";
import { ACTION, unpackP0 } from "../../../src/codec/p0.js";
import { splitFrames } from "../../../src/codec/splitter.js";
import { VirtualClock } from "../../../src/core/clock.js";
import { formatHex, parseHex } from "../../../src/core/hex.js";
import { createSeededRandom } from "../../../src/core/random.js";
import { startLoneMcu } from "../../../src/lab/lone-mcu.js";
import { listShippedProfiles, loadProfile } from "../../../src/lab/profiles.js";
import type { Link } from "../../../src/link/link.js";
import { paceLink } from "../../../src/link/paced.js";
import { createLinkPair } from "../../../src/link/pair.js";
import type { Behaviour } from "../../../src/mcu/behaviour.js";
import { VENDOR_BEHAVIOURS } from "../../../src/mcu/vendor-behaviours.js";
import { VirtualMcu } from "../../../src/mcu/virtual-mcu.js";
import type { Profile } from "../../../src/profile/profile.js";
import { createBrokenMcus, createDeafAfterTruncation, startBrokenMcu } from "../../support/broken-mcus.js";

interface Run {
  readonly profile: Profile;
  readonly sequences: number;
  readonly seed?: number;
  /** Powers a fresh MCU on; its power switch. */
  readonly start: (link: Link, clock: VirtualClock) => () => void;
}

/** Fuzzes an MCU on a paced wire, a fresh one at each restart. */
function fuzz({ profile, sequences, seed = 1, start }: Run): Promise<FuzzReport> {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  clock.hearsEverything = true;
  let stop = (): void => {};
  const restart = async (): Promise<ModuleBench> => {
    stop();
    const [mcuEnd, moduleEnd] = createLinkPair();
    stop = start(paceLink(mcuEnd, clock, 9600), clock);
    return new ModuleBench({ link: paceLink(moduleEnd, clock, 9600), clock, profile });
  };
  return clock.resolve(runFuzz({ profile, sequences, seed, restart }));
}

async function fuzzGood(name: string, sequences: number, seed = 1): Promise<FuzzReport> {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  clock.hearsEverything = true;
  const product = loadProfile(name);
  const { profile } = product;
  let mcu: ReturnType<typeof startLoneMcu> | undefined;
  const restart = async (): Promise<ModuleBench> => {
    mcu?.close();
    mcu = startLoneMcu({ product, clock, seed });
    return new ModuleBench({ link: mcu.link, clock, profile });
  };
  const report = await clock.resolve(runFuzz({ profile, sequences, seed, restart }));
  mcu?.close();
  return report;
}

describe("the virtual MCU", () => {
  it("survives 2,000 generated sequences", async () => {
    expect(await fuzzGood("pet-house", 2000)).toMatchObject({ ok: true, sequences: 2000 });
  }, 60_000);

  it.each(listShippedProfiles())(
    "survives some as %s",
    async (name) => {
      expect(await fuzzGood(name, 100, 3)).toMatchObject({ ok: true });
    },
    60_000,
  );
});

describe("a broken MCU", () => {
  const { profile } = loadProfile("air-conditioner");

  it("that is deaf after half a frame is found, and half a frame is all that is left", async () => {
    const start = (link: Link, clock: VirtualClock) => {
      const mcu = startBrokenMcu(createDeafAfterTruncation(), { profile, clock, link });
      return () => mcu.stop();
    };
    const { ok, failure } = await fuzz({ profile, sequences: 500, start });
    expect(ok).toBe(false);
    expect(failure).toMatchObject({ kind: "deaf", clause: "uart.md 1.2", isSmallest: true });
    expect(failure?.pieces.length).toBeLessThanOrEqual(2);
    const [piece] = failure?.pieces ?? [];
    expect(piece?.words).toMatch(/bad frame \(truncated\)/);
    expect(piece?.hex.length).toBeLessThanOrEqual(8);
    expect(failure?.attempts).toBeGreaterThan(1);
  });

  it("that takes an enum without a label gives one advice, and every sequence is sent", async () => {
    const broken = createBrokenMcus().find(({ takesAnything }) => takesAnything === true);
    const start = (link: Link, clock: VirtualClock) => {
      const mcu = startBrokenMcu(broken ?? {}, { profile, clock, link });
      return () => mcu.stop();
    };
    const { ok, sequences, advice } = await fuzz({ profile, sequences: 200, start });
    expect({ ok, sequences }).toEqual({ ok: true, sequences: 200 });
    expect(advice).toMatchObject([{ kind: "out of range", found: "mode 5, of 0..4" }]);
    expect(advice[0]?.count).toBeGreaterThan(1);
  });

  it("that does not look at attr_flags is found by one control", async () => {
    const greedy: Behaviour = {
      name: "greedy",
      answer({ cmd, payload }) {
        const { flagsLength, writableLength } = profile.layout.fixed;
        const isControl = cmd === CMD.p0Down && payload[0] === ACTION.control;
        if (!isControl || payload.length !== 1 + flagsLength + writableLength) return undefined;
        const content = unpackP0(profile.layout, Uint8Array.from(payload).fill(0xff, 1, 1 + flagsLength));
        if (content.kind !== "control") return undefined;
        return [
          { kind: "reply", cmd: CMD.p0DownAck, payload: new Uint8Array(0) },
          { kind: "control", values: content.values },
          { kind: "report" },
        ];
      },
    };
    const start = (link: Link, clock: VirtualClock) => {
      const mcu = new VirtualMcu({ profile, clock, link, behaviours: [greedy, ...VENDOR_BEHAVIOURS] });
      mcu.start();
      return () => mcu.stop();
    };
    const { failure } = await fuzz({ profile, sequences: 500, start });
    expect(failure).toMatchObject({ kind: "not asked for", clause: "uart.md 4.3", isSmallest: true });
    expect(failure?.pieces).toHaveLength(1);
  });

  it("that fails once and never again is told as it was, and why it is no smaller", async () => {
    let starts = 0;
    const start = (link: Link, clock: VirtualClock) => {
      starts += 1;
      const mcu = startBrokenMcu(starts === 1 ? createDeafAfterTruncation() : {}, { profile, clock, link });
      return () => mcu.stop();
    };
    const { failure } = await fuzz({ profile, sequences: 500, start });
    expect(failure).toMatchObject({ kind: "deaf", isSmallest: false, why: expect.stringMatching(/not fail again/) });
    expect(failure?.pieces).toHaveLength(failure?.piecesBefore ?? 0);
  });

  it("that does not fail again with what was left is told as it was, and that this was tried", async () => {
    let starts = 0;
    const start = (link: Link, clock: VirtualClock) => {
      starts += 1;
      // Well once more, just when the smallest sequence is sent for the last time.
      const mcu = startBrokenMcu(starts === lastStart ? {} : createDeafAfterTruncation(), { profile, clock, link });
      return () => mcu.stop();
    };
    let lastStart = Number.POSITIVE_INFINITY;
    await fuzz({ profile, sequences: 500, start });
    lastStart = starts;
    starts = 0;
    const { failure } = await fuzz({ profile, sequences: 500, start });
    expect(failure).toMatchObject({
      kind: "deaf",
      isSmallest: false,
      why: expect.stringMatching(/did not fail again/),
    });
    expect(failure?.pieces).toHaveLength(failure?.piecesBefore ?? 0);
  });

  it("that sends a broken frame once gets an advice, and one that always does fails", async () => {
    const spoilOnce = (times: number) => {
      let count = 0;
      const spoil = (wire: Uint8Array): Uint8Array => {
        count += 1;
        const isSpoilt = count === 20 || (count > 20 && times > 1);
        return isSpoilt ? wire.with(wire.length - 1, ((wire.at(-1) ?? 0) ^ 1) & 0x7f) : wire;
      };
      return (link: Link, clock: VirtualClock) => {
        const mcu = startBrokenMcu({ spoil }, { profile, clock, link });
        return () => mcu.stop();
      };
    };
    const once = await fuzz({ profile, sequences: 30, start: spoilOnce(1) });
    expect(once).toMatchObject({ ok: true, sequences: 30, advice: [{ kind: "broken once", count: 1 }] });
    expect(await fuzz({ profile, sequences: 30, start: spoilOnce(2) })).toMatchObject({ ok: false });
  });

  it("that cannot be restarted any more is told as it was, with what to do", async () => {
    const clock = new VirtualClock(Date.UTC(2026, 0, 1));
    clock.hearsEverything = true;
    const [link, moduleEnd] = createLinkPair();
    const mcu = startBrokenMcu(createDeafAfterTruncation(), { profile, clock, link });
    const bench = new ModuleBench({ link: moduleEnd, clock, profile });
    let starts = 0;
    const restart = async () => {
      starts += 1;
      return starts === 1 ? bench : rebootMcu(bench);
    };
    const { failure } = await clock.resolve(runFuzz({ profile, sequences: 500, seed: 1, restart }));
    mcu.stop();
    expect(failure).toMatchObject({ kind: "deaf", isSmallest: false, why: expect.stringMatching(/press its reset/) });
    expect(starts).toBe(2);
  });

  it("that is deaf to begin with is no matter of sequences", async () => {
    const run = fuzz({ profile, sequences: 1, start: () => () => {} });
    await expect(run).rejects.toMatchObject({ code: "mcu-silent", hint: expect.stringMatching(/without --fuzz/) });
  });
});

describe("a sequence", () => {
  it("is the same for the same seed, and another for another", () => {
    const { profile } = loadProfile("pet-house");
    const show = (seed: string) => makeSequence(createSeededRandom(seed), profile).map(formatHex).join(" ");
    expect(show("a")).toBe(show("a"));
    expect(show("a")).not.toBe(show("b"));
  });

  it.each(listShippedProfiles())("has pieces of every kind for %s, each of some bytes", (name) => {
    const { profile } = loadProfile(name);
    const random = createSeededRandom(name);
    for (const [kind, make] of Object.entries(PIECES)) {
      for (let i = 0; i < 20; i += 1) expect(make(random, profile).length, kind).toBeGreaterThan(0);
    }
  });

  it("has valid pieces that a splitter finds nothing wrong with, and never the reboot", () => {
    const { profile } = loadProfile("smart-light");
    const random = createSeededRandom(1);
    for (let i = 0; i < 300; i += 1) {
      const [item, ...rest] = splitFrames((PIECES.valid as (typeof PIECES)[string])(random, profile));
      expect(rest).toEqual([]);
      expect(item).toMatchObject({ kind: "frame" });
      expect(item?.kind === "frame" && item.frame.cmd).not.toBe(CMD.rebootMcu);
    }
  });
});

describe("a restart by the wire", () => {
  it("fills what waits for the rest of a frame, and knows an MCU that does not come back", async () => {
    const clock = new VirtualClock(Date.UTC(2026, 0, 1));
    clock.hearsEverything = true;
    const product = loadProfile("pet-house");
    const { profile } = product;
    const mcu = startLoneMcu({ product, clock, seed: 1 });
    const bench = new ModuleBench({ link: mcu.link, clock, profile });
    bench.write(parseHex("FF FF 03 00 03 01 00 00"));
    expect(await clock.resolve(rebootMcu(bench))).toBe(bench);
    expect(bench.passages.some(({ frame }) => frame?.cmd === CMD.rebootMcuAck)).toBe(true);
    mcu.close();
    const [, open] = createLinkPair();
    const dead = new ModuleBench({ link: open, clock, profile });
    expect(await clock.resolve(rebootMcu(dead))).toBeUndefined();
  });
});
