import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ToolLogReader } from "../../../src/codec/tool-log.js";
import { formatHex } from "../../../src/core/hex.js";

function readAll(text: string) {
  const reader = new ToolLogReader();
  const entries = text.split("\n").flatMap((line) => reader.read(line));
  entries.push(...reader.end());
  return {
    entries: entries.map(({ bytes, ...entry }) => ({ ...entry, hex: formatHex(bytes) })),
    strange: reader.strangeLines,
    first: reader.firstStrangeLine,
  };
}

describe("a log of V2 (serial-tool.md 2.7)", () => {
  it("has what came from the module below WIFI, and what the tool answered or sent below MCU and SEND", () => {
    const text =
      "WIFI:10:20:30.456\nFF FF 00 05 07 06 00 00 12 \r\nMCU:10:20:30.460\nFF FF 00 05 08 06 00 00 13\nSEND:10:20:31.001\nFFFF\n";
    expect(readAll(text)).toEqual({
      entries: [
        { version: 2, time: "10:20:30.456", way: "down", line: 2, hex: "ffff00050706000012" },
        { version: 2, time: "10:20:30.460", way: "up", line: 4, hex: "ffff00050806000013" },
        { version: 2, time: "10:20:31.001", way: "up", line: 6, hex: "ffff" },
      ],
      strange: 0,
      first: 0,
    });
  });

  it("may have a message over several lines", () => {
    expect(readAll("WIFI:10:20:30.456\n\nFF FF\n00 05\n").entries.map(({ hex }) => hex)).toEqual(["ffff", "0005"]);
  });

  it("counts a header without bytes, and bytes without a header", () => {
    expect(readAll("FF FF 00 05\nWIFI:10:20:30.456\nMCU:10:20:30.456\n00\nSEND:1:02:03")).toMatchObject({
      entries: [{ line: 4 }],
      strange: 3,
      first: 1,
    });
  });

  it("forgets the header at a line that is none of a log", () => {
    expect(readAll("WIFI:10:20:30.456\nFF\nsomething else\nFF")).toMatchObject({
      entries: [{ line: 2 }],
      strange: 2,
      first: 3,
    });
  });
});

describe("a log of V3 (serial-tool.md 3.2)", () => {
  it("has time, direction and bytes on one line, or no time", () => {
    expect(readAll("[19-08-28 18:50:45.681][RX]FF FF 00 0C 03 35\n[TX]FF FF 00 05\n")).toEqual({
      entries: [
        { version: 3, time: "19-08-28 18:50:45.681", way: "down", line: 1, hex: "ffff000c0335" },
        { version: 3, time: "", way: "up", line: 2, hex: "ffff0005" },
      ],
      strange: 0,
      first: 0,
    });
  });

  it.each(["[19-08-28 18:50:45.681][RX]", "[RX]FF F", "[RX]FF GG", "[XX]FF", "RX FF", "[RX", "FF FF FF …"])(
    "counts %j as strange",
    (line) => {
      expect(readAll(line)).toEqual({ entries: [], strange: 1, first: 1 });
    },
  );
});

describe("the debug log of the MCU SDK", () => {
  const LOG = readFileSync(new URL("../../fixtures/cases/f04-sdk-debug.log", import.meta.url), "utf8");

  it("shows received frames without stuffing, which is put back where the length says so", () => {
    expect(readAll(LOG).entries.slice(2)).toEqual([
      {
        version: "sdk",
        time: "2568600",
        way: "up",
        line: 6,
        hex: "ffff0010057a00000401ff55000005011700000 0b0".replace(" ", ""),
      },
      { version: "sdk", time: "2568611", way: "down", line: 8, hex: "ffff0005067a000085" },
      {
        version: "sdk",
        time: "2568700",
        way: "down",
        line: 10,
        wasUnstuffed: true,
        hex: "ffff000c03220000010400ff5500000035",
      },
      { version: "sdk", time: "2568702", way: "up", line: 11, hex: "ffff000504220000 2b".replace(" ", "") },
    ]);
    expect(readAll(LOG)).toMatchObject({ strange: 5, first: 1 });
  });

  it("may be wrapped, and have a terminal's time in front", () => {
    const text = "10:20:30 WiFi2MCU[ 12:  10]: ff ff 00 06\n03 01 00 00\n02 0c\nok";
    expect(readAll(text)).toMatchObject({
      entries: [{ hex: "ffff000603010000020c", line: 1, time: "12" }],
      strange: 1,
    });
  });

  it("puts an FF 55 that was data back as FF 55 55, and leaves alone what was printed stuffed or cut off", () => {
    const frame = (length: number, hex: string) => readAll(`MCU2WiFi[1: ${length}]: ${hex}`).entries[0]?.hex;
    expect(frame(10, "ff ff 00 06 06 ff 55 00 00 60")).toBe("ffff000606ff5555000060");
    expect(frame(9, "ff ff 00 05 08 ff 55 00 00 0c")).toBe("ffff000508ff5500000c");
    expect(frame(20, "ff ff 00 05 08 ff")).toBe("ffff000508ff");
  });

  it("counts a header without bytes", () => {
    expect(readAll("WiFi2MCU[1: 9]:\nWiFi2MCU[2: 9]: zz")).toMatchObject({ entries: [], strange: 2, first: 1 });
  });
});

it("counts a line that was passed over for its length", () => {
  const reader = new ToolLogReader();
  reader.read("[RX]FF");
  reader.skip();
  expect(reader).toMatchObject({ lines: 2, strangeLines: 1, firstStrangeLine: 2 });
});
