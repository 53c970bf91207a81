import { describe, expect, it } from "vitest";
import { findSeparator, splitCsv } from "../../../src/cli/csv.js";
import { type ReportFileOptions, readReportFile } from "../../../src/cli/report-rows.js";
import { loadProfile } from "../../../src/lab/profiles.js";

const { profile } = loadProfile("pet-house");
const OPTIONS: ReportFileOptions = {
  did: "one",
  time: undefined,
  profileOf: (did) => (did === "stranger" ? "no device has the did stranger" : profile),
  toInstant: (local) => local - 3_600_000,
};

async function read(text: string, options: Partial<ReportFileOptions> = {}) {
  async function* lines() {
    yield* text.split("\n");
  }
  const found: unknown[] = [];
  for await (const one of readReportFile(lines(), { ...OPTIONS, ...options })) found.push(one);
  return found;
}

describe("a line of CSV", () => {
  it.each([
    ["a,b", ["a", "b"], [1, 3]],
    ["a,,", ["a", "", ""], [1, 3, 4]],
    ["", [""], [1]],
    ['"a,b",c', ["a,b", "c"], [1, 7]],
    ['"say ""hi""",x', ['say "hi"', "x"], [1, 14]],
    [" a , b ", ["a", "b"], [1, 5]],
    ['a"b,c', ['a"b', "c"], [1, 5]],
  ])("%j has the cells %j", (line, texts, columns) => {
    const cells = splitCsv(line, ",");
    expect(cells?.map(({ text }) => text)).toEqual(texts);
    expect(cells?.map(({ column }) => column)).toEqual(columns);
  });

  it.each(['"a', 'a,"b', '"a"b', '"a" ,b'])("%j has a quote that is wrong", (line) => {
    expect(splitCsv(line, ",")).toBeUndefined();
  });

  it("is separated by what its header has most of", () => {
    expect(["a,b", "a;b,c;d", "a\tb", "alone"].map(findSeparator)).toEqual([",", ";", "\t", ","]);
  });
});

describe("a CSV file", () => {
  it("holds typed values under the names of datapoints; empty cells are not reported", async () => {
    const text = "time,LED_OnOff,LED_Color,Temperature\n2026-01-01 01:00,on,Pink,-5\n\n1767225600,0,,21\n";
    expect(await read(text)).toEqual([
      { line: 2, did: "one", at: Date.UTC(2026, 0, 1), attrs: { LED_OnOff: true, LED_Color: "Pink", Temperature: -5 } },
      { line: 4, did: "one", at: Date.UTC(2026, 0, 1), attrs: { LED_OnOff: false, Temperature: 21 } },
    ]);
  });

  it("may name the device of each row, and the column of the time", async () => {
    const text = "did;when;Humidity\ntwo;1767225600000;40";
    const wanted = [{ line: 2, did: "two", at: Date.UTC(2026, 0, 1), attrs: { Humidity: 40 } }];
    expect(await read(text, { time: "when", did: undefined })).toEqual(wanted);
  });

  it.each([
    ["ts,Temprature\n1,2", 1, 4, /did you mean Temperature/],
    ["Temperature\n2", 1, 1, /has no time/],
    ["ts,Temperature\n2026-02-30,2", 2, 1, /is no time/],
    ["ts,Temperature\n1,999", 2, 3, /out of range.*999/],
    ["ts,Temperature\n1,warm", 2, 3, /a number, found "warm"/],
    ["ts,LED_OnOff\n1,maybe", 2, 3, /true, false/],
    ["ts,LED_Color\n1,Pnk", 2, 3, /LED_Color/],
    ["ts,Temperature\n1,2,3", 2, 1, /3 cells under a header of 2/],
    ['ts,Temperature\n1,"2', 2, 1, /quote/],
    ["ts,Temperature\n,2", 2, 1, /the time is missing/],
    ["did,ts,Temperature\nstranger,1,2", 2, 1, /no device/],
  ])("says where %j is wrong", async (text, line, column, why) => {
    expect(await read(text)).toEqual([{ line, column, why: expect.stringMatching(why) }]);
  });

  it("wants to know the device", async () => {
    const [problem] = await read("ts,Temperature\n1,2", { did: undefined });
    expect(problem).toMatchObject({ line: 2, why: expect.stringContaining("--did") });
  });
});

describe("a JSONL file", () => {
  it("holds reports as the lab takes them, or flat ones", async () => {
    const text =
      '{"did":"two","ts":1767225600000,"attrs":{"Temperature":5}}\n{"time":"2026-01-01T00:00Z","Humidity":"40"}\n';
    expect(await read(text)).toEqual([
      { line: 1, did: "two", at: Date.UTC(2026, 0, 1), attrs: { Temperature: 5 } },
      { line: 2, did: "one", at: Date.UTC(2026, 0, 1), attrs: { Humidity: 40 } },
    ]);
  });

  it("goes on behind a line that is wrong", async () => {
    const text =
      '{"ts":1,"Temperature":1}\n{"ts":2,"Temperature":}\n{"ts":3,"Temperature":true}\n{"Temperature":1}\n[1]';
    expect(await read(text)).toEqual([
      expect.objectContaining({ line: 1, at: 1000 }),
      { line: 2, column: expect.any(Number), why: "not JSON" },
      { line: 3, column: 9, why: expect.stringContaining("Temperature") },
      { line: 4, column: 1, why: expect.stringContaining("no time") },
      { line: 5, column: 1, why: expect.any(String) },
    ]);
  });
});
