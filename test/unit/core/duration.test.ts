import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDuration, parseDuration } from "../../../src/core/duration.js";

describe("parseDuration", () => {
  it.each([
    ["200ms", 200],
    ["10s", 10_000],
    ["90m", 5_400_000],
    ["1h", 3_600_000],
    ["30d", 30 * 86_400_000],
    ["2w", 14 * 86_400_000],
    ["1y", 365 * 86_400_000],
    ["1h30m", 5_400_000],
    ["1m1ms", 60_001],
    ["1.5h", 5_400_000],
    ["0.25s", 250],
    ["1.001s", 1001],
    ["0s", 0],
    ["  5s ", 5000],
  ])("reads %j as %i ms", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    "",
    " ",
    "10",
    "s",
    "10 s",
    "1h 30m",
    "-5s",
    "+5s",
    "1,5s",
    "5S",
    "5sec",
    "1h30",
    "s10",
    "1e3s",
    ".5s",
    "5.s",
  ])("refuses %j, and says how to write it", (text) => {
    expect(() => parseDuration(text)).toThrow(
      expect.objectContaining({ code: "duration-invalid", hint: expect.stringContaining("200ms, 10s") }),
    );
  });

  it("reads decimals of seconds to the exact millisecond", () => {
    fc.assert(
      fc.property(fc.nat(10_000_000), (ms) => {
        expect(parseDuration(`${(ms / 1000).toFixed(3)}s`)).toBe(ms);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("formatDuration", () => {
  it.each([
    [0, "0s"],
    [1, "1ms"],
    [1000, "1s"],
    [5_400_000, "1h30m"],
    [86_400_000, "1d"],
    [14 * 86_400_000, "14d"],
    [90_061_001, "1d1h1m1s1ms"],
    [0.4, "0s"],
    [-0.4, "0s"],
    [-1500, "-1s500ms"],
  ])("writes %d ms as %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it("gives a text that reads as the same span", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (ms) => {
        fc.pre(ms < 2 ** 50);
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
      { numRuns: 2000 },
    );
  });
});
