import { describe, expect, it } from "vitest";
import { reportColumns, reportTableName } from "../../../../src/cloud/linq/catalog.js";
import { parseLinq } from "../../../../src/cloud/linq/parser.js";
import { planLinq } from "../../../../src/cloud/linq/plan.js";
import { parseTimestamp, parseTimeZone } from "../../../../src/cloud/linq/time.js";
import { loadProfile } from "../../../../src/lab/profiles.js";
import { METER_CATALOG } from "../../../support/linq-meter.js";

describe("a table", () => {
  it.each([
    ["from gizlab.foreign.data", "linq-forbidden", "access not allowed for table 'gizlab.foreign.data'"],
    ["from gizlab.metre.data", "linq-table", "unknown table 'gizlab.metre.data'"],
    ["from constructor", "linq-table", "unknown table 'constructor'"],
  ])("is refused: %s", (text, code, message) => {
    expect(() => planLinq(parseLinq(text), METER_CATALOG)).toThrow(
      expect.objectContaining({ code, message, position: { offset: 5, line: 1, column: 6 } }),
    );
  });

  it("is suggested when the name is nearly right", () => {
    expect(() => planLinq(parseLinq("from gizlab.metre.data"), METER_CATALOG)).toThrow(
      expect.objectContaining({ suggestion: "gizlab.meter.data" }),
    );
  });

  it("of a product has eventdate, client, did, mac and the datapoints", () => {
    expect(reportTableName("smart-meter")).toBe("gizlab.smart_meter.data");
    const columns = reportColumns(loadProfile("pet-house").profile);
    expect(columns.slice(0, 4).map(({ name }) => name)).toEqual(["eventdate", "client", "did", "mac"]);
    expect(columns.length).toBe(4 + loadProfile("pet-house").profile.datapoints.length);
    expect(new Set(columns.map(({ type }) => type))).toContain("bool");
  });
});

describe("a time zone", () => {
  it.each([
    ["GMT+01:00", 3_600_000],
    ["GMT-3", -10_800_000],
    ["UTC+0530", 19_800_000],
    ["GMT", 0],
    ["UTC", 0],
    ["Asia/Shanghai", 28_800_000],
  ])("%s is read", (name, offset) => expect(parseTimeZone(name).toLocal(0)).toBe(offset));

  it.each(["", "GMT+99:00", "Mars/Base", "+01:00x"])("%j is refused", (name) => {
    expect(() => parseTimeZone(name)).toThrow(expect.objectContaining({ code: "linq-time-zone" }));
  });
});

describe("a timestamp", () => {
  const berlin = parseTimeZone("Europe/Berlin");
  it.each([
    ["2023-11-06", Date.UTC(2023, 10, 5, 23)],
    ["2023-11-06 07:30:00", Date.UTC(2023, 10, 6, 6, 30)],
    ["2023-11-06T07:30:00.5Z", Date.UTC(2023, 10, 6, 7, 30, 0, 500)],
    ["2023-11-06 07:30-05:00", Date.UTC(2023, 10, 6, 12, 30)],
    ["2024-02-29", Date.UTC(2024, 1, 28, 23)],
    ["2023-02-29", null],
    ["2023-13-01", null],
    ["2023-11-06 24:00", null],
    ["yesterday", null],
  ])("%s is read in its zone", (text, at) => expect(parseTimestamp(text, berlin)).toBe(at));
});
