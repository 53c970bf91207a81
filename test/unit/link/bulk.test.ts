import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { FLAG_HEX, packOffer, packPiece, packReady } from "../../../src/codec/big-data.js";
import { CMD } from "../../../src/codec/commands.js";
import { encodeFrame, spoilFrame } from "../../../src/codec/frame.js";
import { createBulkBench, createFile } from "../../support/bulk-bench.js";

const OFFER_ACK = CMD.bigDataOffer + 1;
const READY_ACK = CMD.bigDataReady + 1;
const PIECE_ACK = CMD.bigDataPiece + 1;
const MINUTE_MS = 60_000;

const md5Of = (file: Uint8Array): string => createHash("md5").update(file).digest("hex");

describe("big data over a wire of 9600 baud", () => {
  it.each([1, 127, 128, 129, 255, 256, 300])("carries %i bytes", async (length) => {
    const bench = createBulkBench();
    const file = createFile(length);
    bench.send(file);
    await bench.clock.advance(MINUTE_MS);
    expect(bench.received).toEqual([{ file, md5: md5Of(file) }]);
    expect([bench.sent, bench.problems]).toEqual([1, { sender: [], receiver: [] }]);
    const pieces = Math.ceil(length / 128);
    expect(bench.cmds("sender")).toEqual([CMD.bigDataOffer, READY_ACK, ...Array(pieces).fill(CMD.bigDataPiece)]);
    expect(bench.cmds("receiver")).toEqual([OFFER_ACK, CMD.bigDataReady, ...Array(pieces).fill(PIECE_ACK)]);
    expect(bench.clock.pending()).toEqual([]);
  });

  it("carries 100 kB in about two minutes", async () => {
    const bench = createBulkBench();
    const file = createFile(100_000);
    bench.send(file);
    await bench.clock.advance(4 * MINUTE_MS);
    expect(bench.received.map(({ md5 }) => md5)).toEqual([md5Of(file)]);
    expect((bench.said.at(-1)?.at ?? 0) / MINUTE_MS).toBeGreaterThan(1.7);
    expect((bench.said.at(-1)?.at ?? 0) / MINUTE_MS).toBeLessThan(2.5);
  });

  it("carries one file after the other, and refuses two at once", async () => {
    const bench = createBulkBench();
    bench.send(createFile(300));
    expect(() => bench.send(createFile(10))).toThrowError(expect.objectContaining({ code: "big-data-busy" }));
    expect(() => createBulkBench().send(new Uint8Array(0))).toThrowError(
      expect.objectContaining({ code: "big-data-size" }),
    );
    await bench.clock.advance(MINUTE_MS);
    bench.send(createFile(10));
    await bench.clock.advance(MINUTE_MS);
    expect(bench.received.map(({ file }) => file.length)).toEqual([300, 10]);
  });

  it.each([OFFER_ACK, CMD.bigDataOffer, CMD.bigDataReady, READY_ACK, CMD.bigDataPiece, PIECE_ACK])(
    "survives the loss of every first command %s",
    async (cmd) => {
      const bench = createBulkBench();
      const lost = new Set<string>();
      bench.meddle = ({ frame }) => {
        const key = `${frame.cmd} ${frame.payload.slice(0, 2)} ${frame.cmd === PIECE_ACK ? frame.sn : ""}`;
        if (frame.cmd !== cmd || lost.has(key)) return undefined;
        lost.add(key);
        return [];
      };
      const file = createFile(500);
      bench.send(file);
      await bench.clock.advance(MINUTE_MS);
      expect(lost.size).toBeGreaterThan(0);
      expect([bench.received, bench.sent, bench.problems]).toEqual([
        [{ file, md5: md5Of(file) }],
        1,
        { sender: [], receiver: [] },
      ]);
      expect(bench.clock.pending()).toEqual([]);
    },
  );

  it("takes everything that comes twice once", async () => {
    const bench = createBulkBench();
    bench.meddle = ({ frame }) => {
      const bytes = encodeFrame(frame);
      return [bytes, bytes];
    };
    const file = createFile(1000);
    bench.send(file);
    await bench.clock.advance(MINUTE_MS);
    expect([bench.received, bench.sent]).toEqual([[{ file, md5: md5Of(file) }], 1]);
  });

  it("repeats a piece after 3 s, three times in all, and then cancels", async () => {
    const bench = createBulkBench();
    bench.meddle = ({ frame }) => (frame.cmd === CMD.bigDataPiece && frame.payload[1] === 2 ? [] : undefined);
    bench.send(createFile(300));
    await bench.clock.advance(MINUTE_MS);
    const second = bench.said.filter(({ frame }) => frame.cmd === CMD.bigDataPiece && frame.payload[1] === 2);
    expect(second.length).toBe(3);
    const gaps = second.slice(1).map(({ at }, n) => at - (second[n]?.at ?? 0));
    for (const gap of gaps) expect(Math.abs(gap - 3150)).toBeLessThan(20);
    expect(bench.problems).toEqual({ sender: ["big-data-silent"], receiver: ["big-data-cancelled"] });
    expect(bench.cmds("sender").at(-1)).toBe(CMD.bigDataSenderCancels);
    expect(bench.clock.pending()).toEqual([]);
  });

  it("ends on both sides when one of them cancels", async () => {
    const bench = createBulkBench();
    bench.send(createFile(3000));
    await bench.clock.advance(1000);
    bench.sender.stop();
    await bench.clock.advance(1000);
    expect(bench.problems).toEqual({ sender: ["big-data-stopped"], receiver: ["big-data-cancelled"] });
    bench.send(createFile(3000));
    await bench.clock.advance(1000);
    bench.receiver.stop();
    await bench.clock.advance(MINUTE_MS);
    expect(bench.problems).toEqual({
      sender: ["big-data-stopped", "big-data-cancelled"],
      receiver: ["big-data-cancelled", "big-data-stopped"],
    });
    expect([bench.received, bench.clock.pending()]).toEqual([[], []]);
  });

  it("begins anew after a power cut of either side", async () => {
    const bench = createBulkBench();
    const file = createFile(3000);
    bench.send(file);
    await bench.clock.advance(1000);
    bench.sender.reset();
    bench.senderPort.reset();
    bench.send(file);
    await bench.clock.advance(MINUTE_MS);
    expect(bench.received).toEqual([{ file, md5: md5Of(file) }]);
    bench.send(file);
    await bench.clock.advance(1000);
    bench.receiver.reset();
    bench.receiverPort.reset();
    await bench.clock.advance(MINUTE_MS);
    bench.send(file);
    await bench.clock.advance(MINUTE_MS);
    expect(bench.received.length).toBe(2);
    expect(bench.problems.sender).toEqual(["big-data-stopped", "big-data-silent"]);
  });

  it("says that the MD5 is wrong when a piece was changed on the way", async () => {
    const bench = createBulkBench();
    bench.meddle = ({ frame }) =>
      frame.cmd === CMD.bigDataPiece
        ? [encodeFrame({ ...frame, payload: frame.payload.map((byte, at) => (at === 9 ? byte ^ 1 : byte)) })]
        : undefined;
    bench.send(createFile(300));
    await bench.clock.advance(MINUTE_MS);
    expect([bench.received, bench.problems.receiver, bench.sent]).toEqual([[], ["big-data-md5"], 1]);
  });

  it("gets a file through random loss of one frame in ten", async () => {
    let seed = 7;
    const isLost = (): boolean => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      return seed / 2 ** 31 < 0.1;
    };
    const bench = createBulkBench();
    bench.meddle = ({ frame }) =>
      isLost()
        ? [
            spoilFrame(encodeFrame(frame), (body) => {
              body[2] = 0x77;
            }),
          ]
        : undefined;
    const file = createFile(5000);
    for (let round = 0; round < 5 && bench.received.length === 0; round += 1) {
      bench.send(file);
      await bench.clock.advance(5 * MINUTE_MS);
    }
    expect(bench.received[0]?.md5).toBe(md5Of(file));
  });
});

describe("a receiver of big data", () => {
  it("refuses what is too large", async () => {
    const bench = createBulkBench({ sizeLimit: 299 });
    bench.send(createFile(300));
    await bench.clock.advance(MINUTE_MS);
    expect(bench.problems).toEqual({ sender: ["big-data-cancelled"], receiver: ["big-data-size"] });
    bench.send(createFile(299));
    await bench.clock.advance(MINUTE_MS);
    expect(bench.received.length).toBe(1);
  });

  it("gives up after 15 s without a piece, and tells the sender", async () => {
    const bench = createBulkBench();
    bench.senderPort.request(CMD.bigDataOffer, packOffer({ size: 300, md5: md5Of(createFile(300)), md5Form: "text" }));
    await bench.clock.advance(14_900);
    expect(bench.problems.receiver).toEqual([]);
    await bench.clock.advance(MINUTE_MS);
    expect(bench.problems.receiver).toEqual(["big-data-silent"]);
    expect(bench.cmds("receiver")).toContain(CMD.bigDataReceiverCancels);
  });

  it("takes an MD5 of 16 bytes, and says it back in that form", async () => {
    const bench = createBulkBench();
    const file = createFile(100);
    const offer = { size: 100, md5: md5Of(file), md5Form: "raw" } as const;
    bench.senderPort.request(CMD.bigDataOffer, packOffer(offer));
    await bench.clock.advance(1000);
    const ready = bench.said.find(({ frame }) => frame.cmd === CMD.bigDataReady);
    expect(ready?.frame.payload).toEqual(packReady({ ...offer, pieceLength: 128 }));
    bench.senderPort.request(CMD.bigDataPiece, packPiece({ pieceNo: 1, pieceCount: 1, data: file }));
    await bench.clock.advance(1000);
    expect(bench.received).toEqual([{ file, md5: offer.md5 }]);
  });

  it.each([
    ["the third after the first", { pieceNo: 3, pieceCount: 3, length: 128 }],
    ["one with another count", { pieceNo: 2, pieceCount: 4, length: 128 }],
    ["a short one in the middle", { pieceNo: 2, pieceCount: 3, length: 100 }],
    ["number 0", { pieceNo: 0, pieceCount: 3, length: 128 }],
  ])("cancels at a wrong piece: %s", async (_what, { pieceNo, pieceCount, length }) => {
    const bench = createBulkBench();
    bench.senderPort.request(CMD.bigDataOffer, packOffer({ size: 384, md5: "0".repeat(32), md5Form: "text" }));
    await bench.clock.advance(1000);
    for (const piece of [
      { pieceNo: 1, pieceCount: 3, data: createFile(128) },
      { pieceNo, pieceCount, data: createFile(length) },
    ]) {
      bench.senderPort.request(CMD.bigDataPiece, packPiece(piece));
      await bench.clock.advance(1000);
    }
    expect(bench.problems.receiver).toEqual(["big-data-piece"]);
  });

  it("answers what it cannot read with a notice, and pieces of no transfer not at all", async () => {
    const bench = createBulkBench();
    for (const payload of [Uint8Array.of(1), Uint8Array.of(0, 0, 0, 9, 0, 1, 65)]) {
      bench.senderPort.reply(CMD.bigDataOffer, 1, payload);
    }
    bench.senderPort.reply(CMD.bigDataPiece, 3, packPiece({ pieceNo: 1, pieceCount: 1, data: createFile(5) }));
    bench.senderPort.reply(CMD.bigDataSenderCancels, 4);
    await bench.clock.advance(1000);
    expect(bench.cmds("receiver")).toEqual([CMD.illegalFromMcu, CMD.illegalFromMcu, CMD.bigDataSenderCancels + 1]);
  });
});

describe("a sender of big data", () => {
  it("uses pieces of 256 bytes when the receiver leaves the length to it", async () => {
    const bench = createBulkBench();
    const file = createFile(600);
    bench.meddle = ({ from, frame }) => {
      if (from === "receiver" && frame.cmd === CMD.bigDataReady) {
        return [encodeFrame({ ...frame, payload: packReady({ md5: md5Of(file), md5Form: "text", pieceLength: 0 }) })];
      }
      return undefined;
    };
    bench.send(file);
    await bench.clock.advance(1000);
    const piece = bench.said.find(({ frame }) => frame.cmd === CMD.bigDataPiece);
    expect(piece?.frame.payload.length).toBe(4 + 256);
  });

  it.each<[string, Uint8Array]>([
    ["no payload, as GAgent 04020006 sends it", new Uint8Array(0)],
    [
      "an MD5 without a length of pieces",
      packReady({ md5: md5Of(createFile(600)), md5Form: "text", pieceLength: 0 }).subarray(0, 34),
    ],
    ["neither MD5 nor length", Uint8Array.of(0, 0)],
    ["a length without an MD5", Uint8Array.of(0, 0, 1, 0)],
  ])("takes a 1B with %s, and sends pieces of 256 bytes", async (_what, payload) => {
    const bench = createBulkBench({ pieceLength: 256 });
    const file = createFile(600);
    bench.meddle = ({ frame }) => (frame.cmd === CMD.bigDataReady ? [encodeFrame({ ...frame, payload })] : undefined);
    bench.send(file);
    await bench.clock.advance(MINUTE_MS);
    expect([bench.received, bench.sent]).toEqual([[{ file, md5: md5Of(file) }], 1]);
    const piece = bench.said.find(({ frame }) => frame.cmd === CMD.bigDataPiece);
    expect(piece?.frame.payload.length).toBe(4 + 256);
  });

  it("takes acknowledgements that carry a payload, on both sides", async () => {
    const bench = createBulkBench();
    const file = createFile(600);
    bench.meddle = ({ frame }) =>
      frame.cmd % 2 === 0 ? [encodeFrame({ ...frame, payload: Uint8Array.of(0, 1, 2) })] : undefined;
    bench.send(file);
    await bench.clock.advance(MINUTE_MS);
    expect([bench.received, bench.sent]).toEqual([[{ file, md5: md5Of(file) }], 1]);
    expect(bench.clock.pending()).toEqual([]);
  });

  it("may leave the MD5 out of its offer: the file is taken unchecked", async () => {
    const bench = createBulkBench();
    const file = createFile(300);
    bench.meddle = ({ frame }) =>
      frame.cmd === CMD.bigDataOffer ? [encodeFrame({ ...frame, payload: frame.payload.subarray(0, 4) })] : undefined;
    bench.send(file);
    await bench.clock.advance(MINUTE_MS);
    expect([bench.received, bench.sent]).toEqual([[{ file, md5: md5Of(file) }], 1]);
  });

  it("cuts nothing for a receiver that wants a large file in single bytes", async () => {
    const bench = createBulkBench();
    const file = createFile(70_000);
    bench.meddle = ({ frame }) =>
      frame.cmd === CMD.bigDataReady
        ? [encodeFrame({ ...frame, payload: packReady({ md5: md5Of(file), md5Form: "text", pieceLength: 1 }) })]
        : undefined;
    bench.send(file);
    await bench.clock.advance(MINUTE_MS);
    expect(bench.problems).toEqual({ sender: ["big-data-size"], receiver: ["big-data-cancelled"] });
  });

  it("cancels when the receiver is ready for another file", async () => {
    const bench = createBulkBench();
    bench.meddle = ({ frame }) =>
      frame.cmd === CMD.bigDataReady
        ? [encodeFrame({ ...frame, payload: packReady({ md5: "0".repeat(32), md5Form: "text", pieceLength: 0 }) })]
        : undefined;
    bench.send(createFile(300));
    await bench.clock.advance(MINUTE_MS);
    expect(bench.problems).toEqual({ sender: ["big-data-md5"], receiver: ["big-data-cancelled"] });
  });

  it("sends the lines of an Intel HEX file where they are asked for (uart.md 2.8)", async () => {
    const bench = createBulkBench();
    bench.meddle = ({ frame }) =>
      frame.cmd === CMD.bigDataReady ? [encodeFrame({ ...frame, flags: FLAG_HEX })] : undefined;
    bench.send(new Uint8Array(Buffer.from(":0100000041BE\r\n:00000001FF\r\n")));
    await bench.clock.advance(1000);
    const [first] = bench.said.filter(({ frame }) => frame.cmd === CMD.bigDataPiece).map(({ frame }) => frame);
    expect([first?.flags, Buffer.from(first?.payload ?? []).toString("latin1")]).toEqual([
      1,
      "\0\u0001\0\0:0100000041BE",
    ]);
    const binary = createBulkBench();
    binary.meddle = bench.meddle;
    binary.send(createFile(300));
    await binary.clock.advance(1000);
    expect(binary.problems.sender).toEqual(["big-data-form"]);
  });

  it("is told when the receiver does not know big data, by a notice of an illegal message", async () => {
    const bench = createBulkBench();
    bench.meddle = ({ from, frame }) => {
      if (from === "sender" || frame.cmd !== OFFER_ACK) return from === "sender" ? undefined : [];
      return [encodeFrame({ cmd: CMD.illegalFromMcu, sn: frame.sn, flags: 0, payload: Uint8Array.of(2) })];
    };
    bench.send(createFile(300));
    await bench.clock.advance(5000);
    expect(bench.problems.sender).toEqual(["big-data-refused"]);
  });

  it("waits 15 s for a receiver to get ready, and says when nobody answers at all", async () => {
    const bench = createBulkBench();
    bench.meddle = ({ from, frame }) => (from === "receiver" && frame.cmd !== OFFER_ACK ? [] : undefined);
    bench.send(createFile(300));
    await bench.clock.advance(14_900);
    expect(bench.problems.sender).toEqual([]);
    await bench.clock.advance(1000);
    bench.meddle = () => [];
    bench.send(createFile(300));
    await bench.clock.advance(1000);
    expect(bench.problems.sender).toEqual(["big-data-silent", "big-data-silent"]);
  });
});
