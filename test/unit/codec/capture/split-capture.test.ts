import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CaptureItem, splitCapture } from "../../../../src/codec/capture/split-capture.js";
import { encodeFrame } from "../../../../src/codec/frame.js";
import { encodeBusinessFrame } from "../../../../src/codec/m2m.js";
import { splitFrames } from "../../../../src/codec/splitter.js";
import { formatHex, parseHex } from "../../../../src/core/hex.js";
import { anyFrame, concat } from "../../../support/frames.js";
import { loadM2mVectors, loadUartVectors } from "../../../support/vectors.js";

const HEARTBEAT = "ffff0005071000001c";
const READ = "000000030400009002";
const APPS = "0000000302100001";

function show(item: CaptureItem): string {
  switch (item.kind) {
    case "frame":
      return `${item.offset} frame ${item.frame.cmd.toString(16)}`;
    case "m2m":
      return `${item.offset} m2m ${item.frame.cmd.toString(16)}${item.note === undefined ? "" : "!"}`;
    case "bad":
      return `${item.offset} bad ${item.bad.reason} ${item.bad.bytes.length}`;
    case "bad-m2m":
      return `${item.offset} bad-m2m ${item.error.code} ${formatHex(item.bytes)}`;
    case "garbage":
      return `${item.offset} garbage ${formatHex(item.bytes)}`;
  }
}
const split = (hex: string): string[] => [...splitCapture(parseHex(hex))].map(show);

describe("a capture of UART and M2M frames", () => {
  it.each<[string, string, string[]]>([
    ["one after the other", HEARTBEAT + READ + HEARTBEAT, ["0 frame 7", "9 m2m 90", "18 frame 7"]],
    [
      "control frames without a length",
      APPS + READ + APPS + HEARTBEAT,
      ["0 m2m 210", "8 m2m 90", "17 m2m 210", "25 frame 7"],
    ],
    [
      "noise in front of a frame",
      `3012${APPS}0d${READ}`,
      ["0 garbage 3012", "2 m2m 210", "10 garbage 0d", "11 m2m 90"],
    ],
    [
      "an M2M frame as data of a UART frame",
      formatHex(encodeFrame({ cmd: 5, sn: 1, flags: 0, payload: parseHex(`06${READ}${READ}`) })) + READ,
      ["0 frame 5", "28 m2m 90"],
    ],
    ["a UART frame as data of an M2M frame", `000000030d00009106${HEARTBEAT}${HEARTBEAT}`, ["0 m2m 91", "18 frame 7"]],
    ["a UART frame that breaks off", `ffff00100507${READ}`, ["0 bad truncated 6", "6 m2m 90"]],
    [
      "an M2M frame that breaks off",
      `000000030b00009104${READ}`,
      [`0 bad-m2m m2m-truncated 000000030b00009104`, "9 m2m 90"],
    ],
    [
      "an M2M frame that breaks off before a UART frame",
      `000000030b00009104${HEARTBEAT}`,
      [`0 bad-m2m m2m-truncated 000000030b00009104`, "9 frame 7"],
    ],
    ["an M2M frame cut at the end", `${READ}000000030b0000`, ["0 m2m 90", "9 bad-m2m m2m-truncated 000000030b0000"]],
    ["a length that counts nothing", "0000000301aa", ["0 bad-m2m m2m-length 0000000301aa"]],
    ["a did that ends behind its frame", "0000000306010091001641", ["0 bad-m2m m2m-truncated 0000000306010091001641"]],
    ["00 00 00 03 by chance", `aa00000003ff${HEARTBEAT}`, ["0 garbage aa00000003ff", "6 frame 7"]],
    ["a passcode reply outside the bind window", `000000030f0000070000${READ}`, ["0 m2m 7!", "10 m2m 90"]],
    ["nothing", "", []],
  ])("reads %s", (_what, hex, items) => {
    expect(split(hex)).toEqual(items);
  });

  it("gives what the splitter gives for the UART vectors, and every M2M vector its command", () => {
    const uart = concat(...loadUartVectors().map(({ wire }) => wire));
    expect([...splitCapture(uart)]).toEqual(splitFrames(uart));
    const m2m = loadM2mVectors();
    const found = [...splitCapture(concat(...m2m.map(({ bytes }) => bytes)))];
    expect(found.map((item) => item.kind === "m2m" && item.frame.cmd)).toEqual(m2m.map(({ cmd }) => cmd));
  });

  it("finds every frame of any mixture, in order", () => {
    const anyM2m = fc
      .record({
        cmd: fc.constantFrom(0x90, 0x91, 0x93, 0x94),
        sn: fc.nat(0xffff_ffff),
        p0: fc.uint8Array({ maxLength: 40 }).map((data) => concat(Uint8Array.of(4), data)),
      })
      .map((frame) => ({ cmd: `m2m ${frame.cmd.toString(16)}`, bytes: encodeBusinessFrame(frame) }));
    const anyUart = anyFrame().map((frame) => ({ cmd: `frame ${frame.cmd.toString(16)}`, bytes: encodeFrame(frame) }));
    fc.assert(
      fc.property(fc.array(fc.oneof(anyM2m, anyUart), { maxLength: 8 }), (list) => {
        const items = [...splitCapture(concat(...list.map(({ bytes }) => bytes)))].map(show);
        expect(items.map((text) => text.replace(/^\d+ /, ""))).toEqual(list.map(({ cmd }) => cmd));
      }),
    );
  });

  it("accounts for every byte of any noise, and takes linear time for hostile bytes", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 0, 0, 3, 0xff, 0xff, 0x55, 5, 0x91), { maxLength: 200 }), (bytes) => {
        const items = [...splitCapture(Uint8Array.from(bytes))];
        const offsets = items.map(({ offset }) => offset);
        expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
      }),
    );
    const prefixes = Buffer.alloc(400_000, parseHex("00000003"));
    const headers = Buffer.alloc(400_000, parseHex("ffff1000"));
    for (const hostile of [prefixes, headers]) {
      let count = 0;
      for (const _ of splitCapture(hostile)) count += 1;
      expect(count).toBeGreaterThan(0);
    }
  }, 60_000);
});
