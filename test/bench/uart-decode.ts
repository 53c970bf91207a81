import { Parser } from "binary-parser";
import { encodeFrame } from "../../dist/codec/frame.js";
import { FrameSplitter } from "../../dist/codec/splitter.js";
import { type Benchmark, measureRate } from "./result.js";

const FRAMES = 200_000;
const CHUNK = 4096;
const FRAME_LENGTH = 29;

/** Frames of 29 bytes found and checked in a stream, next to binary-parser reading the same frames ready cut. */
export const uartDecode: Benchmark = async () => {
  const frame = encodeFrame({
    cmd: 5,
    sn: 7,
    flags: 0,
    payload: Uint8Array.from({ length: 20 }, (_, i) => (i === 0 ? 4 : i * 5)),
  });
  if (frame.length !== FRAME_LENGTH) throw new Error(`the frame has ${frame.length} bytes`);
  const stream = Buffer.concat(Array.from({ length: FRAMES }, () => frame));
  let found = 0;
  const splitter = new FrameSplitter({
    frame: () => {
      found += 1;
    },
  });
  const ours = measureRate(FRAMES, () => {
    found = 0;
    for (let at = 0; at < stream.length; at += CHUNK) splitter.push(stream.subarray(at, at + CHUNK));
    if (found !== FRAMES) throw new Error(`found ${found} of ${FRAMES} frames`);
  });
  const parser = new Parser()
    .endianness("big")
    .uint16("header")
    .uint16("len")
    .uint8("cmd")
    .uint8("sn")
    .uint16("flags")
    .buffer("payload", { length: 20 })
    .uint8("checksum");
  const cut = Array.from({ length: FRAMES }, (_, i) => stream.subarray(i * FRAME_LENGTH, (i + 1) * FRAME_LENGTH));
  const peer = measureRate(FRAMES, () => {
    for (const one of cut) parser.parse(one);
  });
  return {
    name: "uart-decode",
    value: ours,
    unit: "frames/s",
    peer: "binary-parser",
    peer_value: peer,
    ratio: Number((ours / peer).toFixed(2)),
    aim: "value >= 3000000",
    ok: ours >= 3_000_000,
  };
};
