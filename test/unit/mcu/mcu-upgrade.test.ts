import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { packOffer, packPiece } from "../../../src/codec/big-data.js";
import { encodeFrame } from "../../../src/codec/frame.js";
import { packTransactionResult } from "../../../src/codec/transactions.js";
import { loadProfile } from "../../../src/lab/profiles.js";
import { readFirmwareVersion } from "../../../src/mcu/firmware-version.js";
import type { McuUpgradeNews } from "../../../src/mcu/mcu-upgrade.js";
import { createFile } from "../../support/bulk-bench.js";
import { createMcuBench } from "../../support/mcu-bench.js";
import { spellHex } from "../../support/wire-bench.js";

const PET_HOUSE = loadProfile("pet-house").profile;
const FILE = createFile(200);
const MD5 = createHash("md5").update(FILE).digest("hex");

function createBench(options: Parameters<typeof createMcuBench>[1] = {}) {
  const bench = createMcuBench(PET_HOUSE, options);
  return {
    ...bench,
    /** Says a frame and hears what is said at once in answer, as command and payload. */
    async say(cmd: number, sn: number, payload: Uint8Array = new Uint8Array(0)): Promise<string[]> {
      const said = await bench.wire.ask(spellHex(encodeFrame({ cmd, sn, flags: 0, payload })));
      return said.map((one) => `${one.slice(12, 14)} ${one.slice(24, -3)}`.trim());
    },
    async give(file: Uint8Array): Promise<void> {
      await this.say(
        0x19,
        1,
        packOffer({ size: file.length, md5: createHash("md5").update(file).digest("hex"), md5Form: "text" }),
      );
      const pieceCount = Math.ceil(file.length / 128);
      for (let pieceNo = 1; pieceNo <= pieceCount; pieceNo += 1) {
        const data = file.subarray((pieceNo - 1) * 128, pieceNo * 128);
        await this.say(0x1d, pieceNo + 1, packPiece({ pieceNo, pieceCount, data }));
      }
    },
  };
}

describe("an MCU that is given firmware", () => {
  it("is ready for pieces of 128 bytes, and restarts with the next version, which it has the module read", async () => {
    const { say, mcu, clock, wire } = createBench();
    const ready = `1B 00 20 ${spellHex(Buffer.from(MD5))} 00 80`;
    expect(await say(0x19, 1, packOffer({ size: 200, md5: MD5, md5Form: "text" }))).toEqual(["1A", ready]);
    await say(0x1c, 0);
    expect(mcu.softwareVersion).toBe("03030000");
    expect(await say(0x1d, 2, packPiece({ pieceNo: 1, pieceCount: 2, data: FILE.subarray(0, 128) }))).toEqual(["1E"]);
    expect(await say(0x1d, 3, packPiece({ pieceNo: 2, pieceCount: 2, data: FILE.subarray(128) }))).toEqual(["1E"]);
    expect(mcu.softwareVersion).toBe("03030001");
    await clock.advance(600);
    expect(wire.take()).toEqual(["FF FF 00 05 29 00 00 00 2E"]);
    expect((await say(0x01, 4))[0]).toContain(spellHex(Buffer.from("0301010003030001")));
  });

  it("keeps the old version when the MD5 is another, and takes the file when it comes again", async () => {
    const bench = createBench();
    await bench.say(0x19, 1, packOffer({ size: 3, md5: "0".repeat(32), md5Form: "text" }));
    const piece = packPiece({ pieceNo: 1, pieceCount: 1, data: Uint8Array.of(1, 2, 3) });
    expect(await bench.say(0x1d, 2, piece)).toContain("1E");
    await bench.clock.advance(5000);
    expect(bench.mcu.softwareVersion).toBe("03030000");
    await bench.give(FILE);
    expect(bench.mcu.softwareVersion).toBe("03030001");
  });

  it("says so after a power cut before the restart, too, and only once", async () => {
    const bench = createBench();
    await bench.give(FILE);
    bench.mcu.stop();
    await bench.clock.advance(5000);
    bench.wire.take();
    bench.mcu.start();
    expect(await bench.say(0x2a, 0)).toEqual(["29"]);
    bench.mcu.stop();
    bench.mcu.start();
    await bench.clock.advance(5000);
    expect(bench.wire.take()).toEqual([]);
  });

  it("remembers its version, and what it has still to say, over a saved state", async () => {
    const bench = createBench();
    await bench.give(FILE);
    const state = JSON.parse(JSON.stringify(bench.mcu.save())) as ReturnType<typeof bench.mcu.save>;
    const other = createBench();
    other.mcu.load(state);
    other.mcu.resume();
    expect(other.mcu.softwareVersion).toBe("03030001");
    await other.clock.advance(600);
    expect(other.wire.take()).toEqual(["FF FF 00 05 29 00 00 00 2E"]);
  });

  it("does not know big data when its firmware was made without (uart.md 2.1)", async () => {
    const { say } = createBench({ takesUpgrades: false });
    expect(await say(0x19, 1, packOffer({ size: 200, md5: MD5, md5Form: "text" }))).toEqual(["12 02"]);
  });
});

describe("an MCU that sends for itself", () => {
  it("is told when nobody takes its file, and sends one at a time", async () => {
    const { mcu, clock } = createBench();
    const sent = expect(mcu.upload(FILE)).rejects.toMatchObject({ code: "big-data-silent" });
    await expect(mcu.upload(FILE)).rejects.toMatchObject({ code: "big-data-busy" });
    await clock.advance(1000);
    await sent;
  });

  it("has newer firmware downloaded when it is told of some, and no other", async () => {
    const { mcu, wire, clock, say } = createBench();
    void mcu.askUpdate();
    await clock.settle();
    expect(wire.take()[0]?.slice(12, 14)).toBe("23");
    await say(0x24, 0);
    const result = (softVersion: string) => packTransactionResult({ kind: "update", softVersion, url: "http://x/7" });
    expect(await say(0x25, 1, result("03030000"))).toEqual(["26"]);
    expect(await say(0x25, 2, packTransactionResult({ kind: "no-update" }))).toEqual(["26"]);
    expect(await say(0x25, 3, result("03030001"))).toEqual([
      "26",
      `23 03 00 0A ${spellHex(Buffer.from("http://x/7"))}`,
    ]);
    expect(await say(0x25, 4, Uint8Array.of(9))).toEqual(["12 03"]);
  });
});

describe("the version that an MCU comes up with", () => {
  const told = (softVersion: string) => packTransactionResult({ kind: "update", softVersion, url: "http://x/7" });

  function createNewsBench(options: Parameters<typeof createMcuBench>[1] = {}) {
    const news: McuUpgradeNews[] = [];
    return { news, ...createBench({ ...options, onUpgrade: (one) => news.push(one) }) };
  }

  it("is the one that the module has named in 25, and only for the file that follows", async () => {
    const bench = createNewsBench({ otaVersion: "07000000" });
    await bench.say(0x25, 1, told("03030009"));
    await bench.give(FILE);
    expect(bench.mcu.softwareVersion).toBe("03030009");
    await bench.clock.advance(600);
    expect((await bench.say(0x01, 4))[0]).toContain(spellHex(Buffer.from("0301010003030009")));
    await bench.give(createFile(90));
    expect(bench.news).toMatchObject([
      { kind: "taken", before: "03030000", softVersion: "03030009", source: "module", md5: MD5 },
      { kind: "taken", before: "03030009", softVersion: "07000000", source: "option" },
    ]);
  });

  it.each([
    ["nothing newer", packTransactionResult({ kind: "no-update" })],
    ["a download that failed", packTransactionResult({ kind: "downloaded", isOk: false })],
  ])("is no longer the named one after %s", async (_what, result) => {
    const bench = createNewsBench();
    await bench.say(0x25, 1, told("03030009"));
    await bench.say(0x25, 2, result);
    await bench.give(FILE);
    expect(bench.news).toMatchObject([{ softVersion: "03030001", source: "count" }]);
  });

  it("is remembered over a saved state, with the MD5 that runs", async () => {
    const bench = createNewsBench();
    await bench.give(FILE);
    await bench.say(0x25, 1, told("04000000"));
    const other = createNewsBench();
    other.mcu.load(JSON.parse(JSON.stringify(bench.mcu.save())) as ReturnType<typeof bench.mcu.save>);
    other.mcu.resume();
    await other.clock.advance(600);
    await other.say(0x2a, 0);
    await other.give(FILE);
    await other.give(createFile(77));
    expect(other.news).toMatchObject([
      { kind: "failed", problem: { code: "ota-same" } },
      { kind: "taken", softVersion: "04000000", source: "module" },
    ]);
  });

  it.each<[string, Parameters<typeof readFirmwareVersion>[1], string, string]>([
    ["gizlab-mcu/04000000", { present: "03030000", told: "05000000" }, "04000000", "file"],
    ["gizlab-mcu/04000000 and more", { present: "03030000" }, "04000000", "file"],
    ["gizlab-mcu/0400 000", { present: "03030000" }, "03030001", "count"],
    ["gizlab-mcu/0400", { present: "03030000" }, "03030001", "count"],
    ["x", { present: "03030000", told: "00000007", given: "06000000" }, "00000007", "module"],
    ["x", { present: "03030000", told: "03030000", given: "06000000" }, "06000000", "option"],
    ["x", { present: "06000000", given: "06000000" }, "06000001", "count"],
    ["x", { present: "99999999" }, "99999999", "count"],
  ])("is read from %j with %j: %s by %s", (file, known, softVersion, source) => {
    expect(readFirmwareVersion(Buffer.from(file), known)).toEqual({ softVersion, source });
  });
});

describe("the same firmware again", () => {
  it("is acknowledged and cancelled at its offer, as a module understands it, and no piece goes", async () => {
    const news: McuUpgradeNews[] = [];
    const bench = createBench({ onUpgrade: (one) => news.push(one) });
    await bench.give(FILE);
    await bench.clock.advance(600);
    await bench.say(0x2a, 0);
    expect(await bench.say(0x19, 9, packOffer({ size: 200, md5: MD5, md5Form: "text" }))).toEqual(["1A", "27"]);
    await bench.say(0x28, 1);
    expect(bench.mcu.softwareVersion).toBe("03030001");
    expect(news.at(-1)).toMatchObject({
      kind: "failed",
      problem: {
        code: "ota-same",
        found: `md5 ${MD5}, which it runs as 03030001`,
        hint: expect.stringContaining("--ota-version"),
      },
    });
    await bench.give(createFile(201));
    expect(bench.mcu.softwareVersion).toBe("03030002");
  });

  it("is found out behind the last piece when its offer names no MD5", async () => {
    const news: McuUpgradeNews[] = [];
    const bench = createBench({ onUpgrade: (one) => news.push(one) });
    await bench.give(FILE);
    await bench.clock.advance(600);
    await bench.say(0x2a, 0);
    expect(await bench.say(0x19, 1, Uint8Array.of(0, 0, 0, 200))).toEqual(["1A", "1B 00 00 00 80"]);
    await bench.say(0x1c, 1);
    for (const pieceNo of [1, 2]) {
      const data = FILE.subarray((pieceNo - 1) * 128, pieceNo * 128);
      await bench.say(0x1d, pieceNo + 1, packPiece({ pieceNo, pieceCount: 2, data }));
    }
    expect(bench.mcu.softwareVersion).toBe("03030001");
    expect(news.map((one) => (one.kind === "failed" ? one.problem.code : one.kind))).toEqual(["taken", "ota-same"]);
  });

  it("is not what a frame is that nobody can read: that is said too", async () => {
    const news: McuUpgradeNews[] = [];
    const bench = createBench({ onUpgrade: (one) => news.push(one) });
    expect(await bench.say(0x19, 1, Uint8Array.of(1))).toEqual(["12 03"]);
    expect(await bench.say(0x1b, 2, Uint8Array.of(0, 9, 1))).toEqual(["12 03"]);
    expect(news).toMatchObject([
      { kind: "failed", problem: { code: "bytes-short" } },
      { kind: "failed", problem: { code: "bytes-short" } },
    ]);
  });
});
