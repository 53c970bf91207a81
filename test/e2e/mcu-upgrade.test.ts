import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { packOffer, packPiece } from "../../src/codec/big-data.js";
import { CMD } from "../../src/codec/commands.js";
import { encodeFrame, type Frame } from "../../src/codec/frame.js";
import { FrameSplitter } from "../../src/codec/splitter.js";
import { packTransactionResult } from "../../src/codec/transactions.js";
import { openPort } from "../../src/link/open-port.js";
import { createFile } from "../support/bulk-bench.js";
import { type CliProcess, startCli } from "../support/cli-process.js";
import { pollUntil } from "../support/poll.js";
import { makeTempFolder } from "../support/temp-folder.js";

const NOTHING = new Uint8Array(0);

/** A module that is played by the test: it acknowledges everything, and says what the test says. */
async function playModule(mcu: CliProcess) {
  const { port } = await mcu.event("ready");
  const link = await openPort(String(port).replace("tcp-listen:", "tcp:127.0.0.1:"));
  onTestFinished(() => link.close());
  const heard: Frame[] = [];
  let sn = 0;
  let seen = 0;
  const write = (cmd: number, frameSn: number, payload: Uint8Array = NOTHING): void =>
    link.write(encodeFrame({ cmd, sn: frameSn, flags: 0, payload }));
  const module = {
    heard,
    /** What an upload is answered with instead of a plain 1B. */
    ready: undefined as Uint8Array | undefined,
    /** Says a message, and waits for a frame of this command. */
    async say(cmd: number, payload: Uint8Array, answer: number): Promise<Frame> {
      write(cmd, sn++, payload);
      return module.hear(answer);
    },
    /** The next frame of this command that was not heard before. */
    async hear(cmd: number): Promise<Frame> {
      const at = await pollUntil(
        `frame ${cmd}`,
        async () => heard.findIndex((frame, n) => n >= seen && frame.cmd === cmd),
        (found) => found >= 0,
      );
      seen = at + 1;
      return heard[at] as Frame;
    },
    async give(file: Uint8Array): Promise<void> {
      const md5 = createHash("md5").update(file).digest("hex");
      await module.say(CMD.bigDataOffer, packOffer({ size: file.length, md5, md5Form: "text" }), CMD.bigDataReady);
      const pieceCount = Math.ceil(file.length / 128);
      for (let pieceNo = 1; pieceNo <= pieceCount; pieceNo += 1) {
        const data = file.subarray((pieceNo - 1) * 128, pieceNo * 128);
        await module.say(CMD.bigDataPiece, packPiece({ pieceNo, pieceCount, data }), CMD.bigDataPiece + 1);
      }
      await module.hear(CMD.restartModule);
    },
    /** The software version of the device info. */
    async version(): Promise<string> {
      const { payload } = await module.say(CMD.getDeviceInfo, NOTHING, CMD.deviceInfo);
      return Buffer.from(payload.subarray(24, 32)).toString("latin1");
    },
  };
  const splitter = new FrameSplitter({
    frame: (frame) => {
      heard.push(frame);
      if (frame.cmd % 2 === 1)
        write(frame.cmd + 1, frame.sn, frame.cmd === CMD.bigDataOffer ? Uint8Array.of(0) : NOTHING);
      if (frame.cmd === CMD.bigDataOffer && module.ready !== undefined) write(CMD.bigDataReady, sn++, module.ready);
    },
  });
  link.onData((bytes) => splitter.push(bytes));
  return module;
}

function startMcu(...more: readonly string[]): CliProcess {
  return startCli(["mcu", "tcp-listen:0", "--profile", "pet-house", ...more, "--json"], { isInteractive: true });
}

describe("gizlab mcu takes firmware", () => {
  it("and comes up with the version of 25, takes the same MD5 no second time, and says what to do", async () => {
    const mcu = startMcu("--ota-version", "06000000");
    const module = await playModule(mcu);
    const result = packTransactionResult({ kind: "update", softVersion: "03030009", url: "http://x/1" });
    await module.say(CMD.transactionResult, result, CMD.transactionRequest);
    await module.give(createFile(300));
    expect(await module.version()).toBe("03030009");
    expect(await mcu.event("mcu.upgraded")).toMatchObject({
      detail: { before: "03030000", soft_version: "03030009", version_from: "module" },
    });

    const md5 = createHash("md5").update(createFile(300)).digest("hex");
    await module.say(CMD.bigDataOffer, packOffer({ size: 300, md5, md5Form: "text" }), CMD.bigDataOffer + 1);
    await module.hear(CMD.bigDataReceiverCancels);
    expect(await mcu.event("mcu.upgrade-failed")).toMatchObject({ detail: { code: "ota-same" } });
    expect(await module.version()).toBe("03030009");
    expect(module.heard.filter(({ cmd }) => cmd === CMD.bigDataReady)).toHaveLength(1);
    await pollUntil(
      "hint",
      async () => mcu.stderr,
      (said) => /firmware: .* \[ota-same\]; .*--ota-version/.test(said),
    );

    // Nothing names the version of the next one but the person.
    await module.give(createFile(301));
    expect(await module.version()).toBe("06000000");
  });

  it("and sends a file up to a module that answers 1B without a payload, and names that once", async () => {
    const mcu = startMcu();
    const module = await playModule(mcu);
    module.ready = NOTHING;
    const file = join(makeTempFolder(), "up.bin");
    writeFileSync(file, createFile(900));
    for (const [times] of [[1], [2]] as const) {
      mcu.type(`bigdata ${file}\n`);
      await pollUntil(
        `upload ${times}`,
        async () => mcu.events.filter(({ event }) => event === "uploaded").length,
        (count) => count === times,
      );
    }
    const pieces = module.heard.filter(({ cmd }) => cmd === CMD.bigDataPiece);
    expect(pieces.slice(0, 4).map(({ payload }) => payload.length - 4)).toEqual([256, 256, 256, 132]);
    const said = mcu.events
      .filter(({ event }) => event === "uart.tolerated")
      .map(({ detail }) => (detail as { hint: string }).hint);
    expect(said.sort()).toEqual([
      expect.stringMatching(/^0x1A has a payload/),
      expect.stringMatching(/^0x1B has no payload; .* 256 bytes/),
    ]);
  });

  it.each([
    ["--ota-version", "12"],
    ["--ota-version", "0300000é"],
  ])("refuses %s %s", async (...option) => {
    const mcu = startCli(["mcu", "exec:false", "--profile", "pet-house", ...option]);
    expect(await mcu.ended).toMatchObject({ code: 2 });
    expect(mcu.stderr).toMatch(/--ota-version has 8 characters/);
  });
});
