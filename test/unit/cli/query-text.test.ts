import { describe, expect, it } from "vitest";
import { formatCsv, formatPlot, formatTable } from "../../../src/cli/query-text.js";

const bucket = (time: string, attrs: Record<string, number>) => ({ start: 0, end: 0, time, attrs });
const DAYS = [
  bucket("2026-03-28T00:00:00+01:00", { power: 100, voltage: 230.123456 }),
  bucket("2026-03-29T00:00:00+01:00", { power: 50 }),
  bucket("2026-03-30T00:00:00+02:00", { power: 0, voltage: 229 }),
];

describe("an answer in the terminal", () => {
  it("is a table of aligned columns, days called by their date", () => {
    expect(formatTable(["power", "voltage"], DAYS)).toEqual([
      "time        power  voltage",
      "2026-03-28    100  230.123",
      "2026-03-29     50",
      "2026-03-30      0      229",
    ]);
  });

  it("shows the offset where hours are told apart by it", () => {
    const hours = [
      bucket("2026-10-25T02:00:00+02:00", { power: 1 }),
      bucket("2026-10-25T02:00:00+01:00", { power: 2 }),
    ];
    expect(formatTable(["power"], hours).slice(1)).toEqual([
      "2026-10-25 02:00+02:00      1",
      "2026-10-25 02:00+01:00      2",
    ]);
    const seconds = [bucket("2026-10-25T02:00:30Z", { power: 1 })];
    expect(formatTable(["power"], seconds)[1]).toBe("2026-10-25 02:00:30Z      1");
  });

  it("is CSV with every digit, and nothing where nothing was read", () => {
    expect(formatCsv(["power", "voltage"], DAYS)).toEqual([
      "time,power,voltage",
      "2026-03-28T00:00:00+01:00,100,230.123456",
      "2026-03-29T00:00:00+01:00,50,",
      "2026-03-30T00:00:00+02:00,0,229",
    ]);
  });

  it("is a bar for each bucket, the longest as wide as the terminal", () => {
    const [title, ...bars] = formatPlot(["power"], DAYS, 40);
    expect(title).toBe("power");
    expect(bars).toEqual([
      `2026-03-28  100  ${"█".repeat(23)}`,
      `2026-03-29   50  ${"█".repeat(11)}▌`,
      "2026-03-30    0",
    ]);
    for (const line of bars) expect(line.length).toBeLessThanOrEqual(40);
  });

  it("begins its bars near the least of values that lie close together, and says so", () => {
    const [, , title = "", most, none, least] = ["", "", ...formatPlot(["voltage"], DAYS, 60)];
    expect(title).toMatch(/^voltage, bars begin at 228\.888$/);
    expect(none).toBe("2026-03-29");
    expect((most?.match(/█/g) ?? []).length).toBeGreaterThan(5 * (least?.match(/█/g) ?? []).length);
  });

  it("draws below zero, equal values and nothing at all", () => {
    const values = (...all: number[]) => all.map((power) => bucket("2026-03-28T00:00:00Z", { power }));
    expect(formatPlot(["power"], values(-10, 0), 40).slice(1)).toEqual([
      "2026-03-28  -10",
      `2026-03-28    0  ${"█".repeat(23)}`,
    ]);
    expect(formatPlot(["power"], values(0, 0), 40).slice(1)).toEqual(["2026-03-28  0", "2026-03-28  0"]);
    expect(formatPlot(["power"], values(7, 7), 40).at(-1)).toContain("█");
    expect(formatPlot(["other"], values(1), 40)).toEqual(["other: no readings"]);
  });
});
