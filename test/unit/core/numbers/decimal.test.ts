import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimalOf, divideNearest, parseDecimal, showDecimal } from "../../../../src/core/numbers/decimal.js";
import { parseExactJson, stringifyExactJson } from "../../../../src/core/numbers/exact-json.js";
import { MAX_UINT64, showWhole, toNumber, toWhole } from "../../../../src/core/numbers/whole.js";

describe("a decimal", () => {
  it.each<[string, bigint, number]>([
    ["0", 0n, 0],
    ["-12.50", -1250n, 2],
    ["+7", 7n, 0],
    ["1e21", 10n ** 21n, 0],
    ["1.5e-7", 15n, 8],
    [" 18446744073709551615 ", MAX_UINT64, 0],
  ])("is read from %j", (text, digits, places) => {
    expect(parseDecimal(text)).toEqual({ digits, places });
  });

  it.each(["", " ", "1,5", "0x10", "NaN", "Infinity", "1n", "1e9999", "--1"])("is not %j", (text) => {
    expect(parseDecimal(text)).toBeUndefined();
  });

  it("is shown as a number only where that keeps every digit", () => {
    expect(showDecimal({ digits: 9007199254740991n, places: 0 })).toBe(9007199254740991);
    expect(showDecimal({ digits: 9007199254740992n, places: 0 })).toBe("9007199254740992");
    expect(showDecimal({ digits: -5n, places: 2 })).toBe(-0.05);
    expect(showDecimal({ digits: 184467440737095516150n, places: 2 })).toBe("1844674407370955161.5");
    expect(showDecimal({ digits: 90071992547409910n, places: 1 })).toBe(9007199254740991);
  });

  it("is the number it came from, for every number with 15 digits", () => {
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 15), max: 10 ** 15 }), fc.nat(8), (digits, places) => {
        const number = Number(`${digits}e-${places}`);
        expect(showDecimal(decimalOf(number))).toBe(number + 0);
      }),
    );
  });
});

describe("divideNearest", () => {
  it("rounds as Math.round does", () => {
    fc.assert(
      fc.property(fc.integer({ min: -9999, max: 9999 }), fc.integer({ min: -99, max: 99 }), (dividend, divisor) => {
        fc.pre(divisor !== 0);
        expect(Number(divideNearest(BigInt(dividend), BigInt(divisor)))).toBe(Math.round(dividend / divisor) + 0);
      }),
    );
  });
});

describe("whole numbers", () => {
  it("are numbers up to 2^53-1, and beyond that a bigint inside and a text outside", () => {
    expect([toWhole(5n), toWhole(2n ** 53n - 1n), toWhole(2n ** 53n)]).toEqual([5, 2 ** 53 - 1, 2n ** 53n]);
    expect([showWhole(5n), showWhole(5), showWhole(MAX_UINT64)]).toEqual([5, 5, "18446744073709551615"]);
    expect(["18446744073709551615", "1844674407370955161.5", "red", "00ff", true, 7].map(toNumber)).toEqual([
      2 ** 64,
      Number("1844674407370955161.5"),
      null,
      null,
      null,
      7,
    ]);
  });
});

describe("exact JSON", () => {
  it("keeps the digits of whole numbers beyond 2^53, and nothing else of the text changes", () => {
    const text =
      '{"a":18446744073709551615,"b":[-9007199254740993, 9007199254740991],"c":"18446744073709551615 \\" 18446744073709551615","d":1.25,"e":1e30,"\\\\":1}';
    expect(parseExactJson(text)).toEqual({
      a: "18446744073709551615",
      b: ["-9007199254740993", 9007199254740991],
      c: '18446744073709551615 " 18446744073709551615',
      d: 1.25,
      e: 1e30,
      "\\": 1,
    });
    expect(() => parseExactJson('{"a":18446744073709551615')).toThrow(SyntaxError);
    expect(() => parseExactJson('{"a":018446744073709551615}')).toThrow(SyntaxError);
  });

  it("reads what JSON.parse reads, the same", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!/\d{16}/.test(text));
        expect(parseExactJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it("is written with bigints as numbers or texts", () => {
    expect(stringifyExactJson({ a: 1n, b: [MAX_UINT64] })).toBe('{"a":1,"b":["18446744073709551615"]}');
  });
});
