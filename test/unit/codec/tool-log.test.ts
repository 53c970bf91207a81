import { describe, expect, it } from "vitest";
import { ToolLogReader } from "../../../src/codec/tool-log.js";
import { formatHex } from "../../../src/core/hex.js";

function readAll(text: string) {
  const reader = new ToolLogReader();
  const entries = text.split("\n").flatMap((line) => reader.read(line) ?? []);
  reader.end();
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

it("counts a line that was passed over for its length", () => {
  const reader = new ToolLogReader();
  reader.read("[RX]FF");
  reader.skip();
  expect(reader).toMatchObject({ lines: 2, strangeLines: 1, firstStrangeLine: 2 });
});
