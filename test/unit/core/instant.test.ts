import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseInstant } from "../../../src/core/instant.js";

const AT = Date.UTC(2026, 2, 1, 12, 30, 15);

describe("parseInstant", () => {
  it.each([
    ["2026-03-01T12:30:15Z", AT],
    ["2026-03-01 12:30:15", AT],
    ["2026-03-01T12:30:15.250Z", AT + 250],
    ["2026-03-01T12:30:15,2509999", AT + 250],
    ["2026-03-01T13:30:15+01:00", AT],
    ["2026-03-01T07:00:15-0530", AT],
    ["2026-03-01T12:30", AT - 15_000],
    ["2026-03-01", Date.UTC(2026, 2, 1)],
    ["2024-02-29", Date.UTC(2024, 1, 29)],
    [" 1772368215 ", AT],
    ["1772368215000", AT],
    ["1772368215.5", AT + 500],
    ["-60", -60_000],
  ])("reads %s", (text, instant) => {
    expect(parseInstant(text)).toBe(instant);
  });

  it.each([
    ...["", "now", "2026", "2026-3-1", "2026-02-29", "2026-13-01", "2026-03-01T24:00", "2026-03-01T12:60"],
    ...["2026-03-01T12:30:15Zx", "2026-03-01Z", "2026-03-01T12", "20260301", "20260301T123015", "1e9", "0x10", "12:30"],
  ])("does not take %j for a time", (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  it("puts local times where it is told, and only those", () => {
    const toInstant = (local: number): number => local - 3_600_000;
    expect(parseInstant("2026-03-01T13:30:15", toInstant)).toBe(AT);
    expect(parseInstant("2026-03-01T12:30:15Z", toInstant)).toBe(AT);
    expect(parseInstant("1772368215", toInstant)).toBe(AT);
  });

  it("reads what Date writes", () => {
    fc.assert(
      fc.property(fc.integer({ min: -2e12, max: 4e12 }), (at) => {
        expect(parseInstant(new Date(at).toISOString())).toBe(at);
      }),
    );
  });
});
