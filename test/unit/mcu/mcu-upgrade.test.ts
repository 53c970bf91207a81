import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { packOffer, packPiece } from "../../../src/codec/big-data.js";
import { encodeFrame } from "../../../src/codec/frame.js";
import { packTransactionResult } from "../../../src/codec/transactions.js";
import { loadProfile } from "../../../src/lab/profiles.js";
import { readFirmwareVersion } from "../../../src/mcu/mcu-upgrade.js";
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

describe("the version of a firmware", () => {
  it.each([
    ["gizlab-mcu/04000000", "04000000"],
    ["gizlab-mcu/04000000 and more", "04000000"],
    ["gizlab-mcu/0400 000", "03030001"],
    ["gizlab-mcu/0400", "03030001"],
    ["something else", "03030001"],
  ])("%j is %s after 03030000", (file, version) => {
    expect(readFirmwareVersion(Buffer.from(file), "03030000")).toBe(version);
  });

  it("stays when there is none above", () => {
    expect(readFirmwareVersion(FILE, "99999999")).toBe("99999999");
  });
});
