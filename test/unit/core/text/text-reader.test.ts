import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ErrorPlace, GizlabError } from "../../../../src/core/errors.js";
import { decodeText, type TextOptions, TextReader } from "../../../../src/core/text/text-reader.js";
import { ENCODING_NAMES, ENCODINGS } from "../../../support/encodings.js";

const TEXT = '# 温度 🌡\n{"a": 1}\n\n\n  b: é\n';

function decode(bytes: Uint8Array, options: Partial<TextOptions> = {}): string {
  return decodeText(bytes, { name: "a.txt", ...options });
}

/** The text in pieces of `size` bytes. */
function decodeInPieces(bytes: Uint8Array, size: number): string {
  const reader = new TextReader({ name: "a.txt" });
  let text = "";
  for (let at = 0; at < bytes.length; at += size) text += reader.push(bytes.subarray(at, at + size));
  return text + reader.end();
}

function refusal(bytes: Uint8Array): Pick<GizlabError, "code" | "message" | "at" | "hint"> {
  try {
    decode(bytes);
  } catch (error) {
    const { code, message, at, hint } = error as GizlabError;
    return { code, message, at, hint };
  }
  throw new Error("it was read");
}

describe("a text", () => {
  it.each(ENCODING_NAMES)("is read from %s, whole and in pieces of any size", (name) => {
    const bytes = ENCODINGS[name](TEXT);
    expect(decode(bytes)).toBe(TEXT);
    for (let size = 1; size < 9; size += 1) expect(decodeInPieces(bytes, size)).toBe(TEXT);
  });

  it("comes out as it went in, from every encoding and cut anywhere", () => {
    const line = fc.string({ unit: "grapheme" }).filter((text) => !/[\r\n\0\uFEFF]/.test(text));
    fc.assert(
      fc.property(
        fc.array(line),
        fc.constantFrom(...ENCODING_NAMES),
        fc.integer({ min: 1, max: 40 }),
        (lines, name, size) => {
          const text = ["ascii comes first", ...lines, ""].join("\n");
          expect(decodeInPieces(ENCODINGS[name](text), size)).toBe(text);
        },
      ),
    );
  });

  it("may be empty, a mark alone, or one character", () => {
    expect(decode(new Uint8Array(0))).toBe("");
    for (const name of ENCODING_NAMES) {
      expect(decode(ENCODINGS[name](""))).toBe("");
      expect(decode(ENCODINGS[name]("7"))).toBe("7");
    }
  });

  it("comes line by line as it is typed", () => {
    const reader = new TextReader({ name: "stdin" });
    expect(reader.push(Buffer.from("\n"))).toBe("\n");
    expect(reader.push(Buffer.from("q\r"))).toBe("q\n");
    expect(reader.push(Buffer.from("\nre"))).toBe("re");
    expect(reader.push(Buffer.from("\r"))).toBe("\n");
    expect(reader.push(Buffer.from("\r"))).toBe("\n");
    expect(reader.end()).toBe("");
  });

  it("keeps its carriage returns where it is data", () => {
    expect(decode(Buffer.from("a\r\nb\rc"), { keepsReturns: true })).toBe("a\r\nb\rc");
  });
});

describe("bytes that are no text", () => {
  it.each<[string, Uint8Array, RegExp, ErrorPlace]>([
    [
      "Latin-1",
      Buffer.from("a: 1\nb: caf\xe9\n", "latin1"),
      /byte 0xE9 is not UTF-8/,
      { line: 2, column: 7, offset: 11 },
    ],
    [
      "GBK",
      Buffer.from([0x0d, 0x0a, 0x41, 0xce, 0xc2, 0x0a]),
      /byte 0xCE is not UTF-8/,
      { line: 2, column: 2, offset: 3 },
    ],
    ["a cut character", Buffer.from("é").subarray(0, 1), /byte 0xC3 is not UTF-8/, { line: 1, column: 1, offset: 0 }],
    ["an overlong form", Buffer.from([0x41, 0xc0, 0x80]), /byte 0xC0 is not UTF-8/, { line: 1, column: 2, offset: 1 }],
    ["a surrogate", Buffer.from([0x41, 0xed, 0xa0, 0x80]), /byte 0xED is not UTF-8/, { line: 1, column: 2, offset: 1 }],
    [
      "after the mark",
      Buffer.from([0xef, 0xbb, 0xbf, 0x41, 0xff]),
      /byte 0xFF is not UTF-8/,
      { line: 1, column: 2, offset: 4 },
    ],
    ["binary", Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0]), /zero byte/, { line: 1, column: 8, offset: 7 }],
    [
      "half a UTF-16 character",
      ENCODINGS["UTF-16LE with a byte order mark"]("a\nb").subarray(0, -1),
      /UTF-16LE and ends in half a character/,
      { line: 2, column: 1, offset: 6 },
    ],
    [
      "a lone surrogate",
      ENCODINGS["UTF-16BE with a byte order mark"]("a\nb\ud800c"),
      /not UTF-16BE/,
      { line: 2, column: 2, offset: 8 },
    ],
    ["UTF-32LE with a mark", Buffer.from([0xff, 0xfe, 0, 0, 0x41, 0, 0, 0]), /the text is UTF-32/, {}],
    ["UTF-32BE with a mark", Buffer.from([0, 0, 0xfe, 0xff, 0, 0, 0, 0x41]), /the text is UTF-32/, {}],
    ["UTF-32LE", Buffer.from([0x41, 0, 0, 0, 0x42, 0, 0, 0]), /the text is UTF-32/, {}],
    ["UTF-32BE", Buffer.from([0, 0, 0, 0x41, 0, 0, 0, 0x42]), /the text is UTF-32/, {}],
  ])("are refused with their place and the cure: %s", (_, bytes, message, at) => {
    expect(refusal(bytes)).toEqual({
      code: "text-encoding",
      message: expect.stringMatching(message),
      at: { file: "a.txt", ...at },
      hint: expect.any(String),
    });
  });

  it("are found at the same place when they come in pieces", () => {
    const bytes = Buffer.from("a: 1\r\nb: caf\xe9\n", "latin1");
    for (let size = 1; size < 15; size += 1) {
      expect(() => decodeInPieces(bytes, size)).toThrow(
        expect.objectContaining({ at: { file: "a.txt", line: 2, column: 7, offset: 12 } }),
      );
    }
  });

  it("are read line by line in a log, which says where the first one is", () => {
    const places: ErrorPlace[] = [];
    const bytes = Buffer.concat([
      Buffer.from("\uFEFF01 温\n"),
      Buffer.from("02 \xce\xc2\n03 \xff\n", "latin1"),
      Buffer.from("04 温\n05"),
    ]);
    const text = decode(bytes, { onForeign: (at) => places.push(at) });
    expect(text).toBe("01 温\n02 \xce\xc2\n03 \xff\n04 温\n05");
    expect(places).toEqual([{ line: 2, column: 4, offset: 13 }]);
  });

  it("do not make UTF-16 of a log with a zero byte of a board that starts", () => {
    const onForeign = (): void => {};
    expect(decode(Buffer.from("\0boot\n"), { onForeign })).toBe("\0boot\n");
    expect(decode(Buffer.from("\0\0\0boot\n"), { onForeign })).toBe("\0\0\0boot\n");
  });
});
