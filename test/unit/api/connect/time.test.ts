import { describe, expect, it } from "vitest";
import { formatTime, parseTime } from "../../../../src/api/connect/time.js";
import { createSeededRandom } from "../../../../src/core/random.js";

const read = (text: string): string => new Date(parseTime("start", text)).toISOString();

describe("a time of a query", () => {
  it.each([
    ["2024-05-27 13:00:00Z", "2024-05-27T13:00:00.000Z"],
    ["2024-05-27T13:00:00Z", "2024-05-27T13:00:00.000Z"],
    ["2024-05-27t13:00:00z", "2024-05-27T13:00:00.000Z"],
    ["2024-05-27T13:00:00", "2024-05-27T13:00:00.000Z"],
    ["2024-05-27 13:00", "2024-05-27T13:00:00.000Z"],
    ["2024-05-27", "2024-05-27T00:00:00.000Z"],
    ["  2024-05-27 ", "2024-05-27T00:00:00.000Z"],
    ["2024-05-27T13:00:00+02:00", "2024-05-27T11:00:00.000Z"],
    ["2024-05-27T13:00:00 02:00", "2024-05-27T11:00:00.000Z"],
    ["2024-05-27 13:00:00 02:00", "2024-05-27T11:00:00.000Z"],
    ["2024-05-27T13:00:00-0530", "2024-05-27T18:30:00.000Z"],
    ["2024-05-27T13:00:00+05", "2024-05-27T08:00:00.000Z"],
    ["2024-05-27T00:30+14:00", "2024-05-26T10:30:00.000Z"],
    ["2024-05-27T13:00:00.5Z", "2024-05-27T13:00:00.500Z"],
    ["2024-05-27T13:00:00.057Z", "2024-05-27T13:00:00.057Z"],
    ["2024-05-27T13:00:00.123456789Z", "2024-05-27T13:00:00.124Z"],
    ["2024-05-27T23:59:59.9999Z", "2024-05-28T00:00:00.000Z"],
    ["2024-02-29", "2024-02-29T00:00:00.000Z"],
    ["0001-01-01", "0001-01-01T00:00:00.000Z"],
    ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000Z"],
  ])("%j is read as %s", (text, time) => {
    expect(read(text)).toBe(time);
  });

  it.each([
    ..."2024-02-30|2023-02-29|2024-04-31|2024-13-01|2024-00-10|2024-01-00|2024-01-32|0000-01-01".split("|"),
    ..."1716814800|1716814800000|-1|0|now|yesterday|2024|2024-05|20240527|2024-W22-1|27.05.2024|05/27/2024".split("|"),
    ..."2024-05-27T|2024-05-27 Z|2024-05-27Z|2024-05-27T13|2024-05-27T24:00:00Z|2024-05-27T13:60:00Z".split("|"),
    ..."2024-05-27T13:00:60Z|2024-05-27T13:00:00+15:00|2024-05-27T13:00:00+01:60|2024-05-27T13:00:00 Europe".split("|"),
    ..."2024-05-27T13:00:00.Z|2024-05-27T13:00:00.1234567890Z|+002024-05-27|2024-5-7|٢٠٢٤-05-27|2024-05-27\u0000".split(
      "|",
    ),
    "",
    "2024-05-27T13:00:00ZZ",
    "2024-05-27  13:00:00Z",
    "x".repeat(100_000),
  ])("%j is refused", (text) => {
    expect(() => parseTime("start", text)).toThrow(expect.objectContaining({ code: "time-invalid" }));
    expect(() => parseTime("start", text)).toThrow(/^start /);
  });

  it("that is shown is read as the same, to the millisecond", () => {
    const random = createSeededRandom("times");
    for (let round = 0; round < 500; round += 1) {
      const at = random.integer(Date.UTC(1800, 0, 1), Date.UTC(9998, 0, 1));
      expect(parseTime("end", formatTime(at))).toBe(at);
      expect(parseTime("end", formatTime(at).replace("T", " ").replace("Z", ""))).toBe(at);
    }
  });
});

it("times are shown in UTC, with milliseconds where there are some", () => {
  expect(formatTime(Date.UTC(2024, 4, 27, 13))).toBe("2024-05-27T13:00:00Z");
  expect(formatTime(Date.UTC(2024, 4, 27, 13) + 50)).toBe("2024-05-27T13:00:00.050Z");
});
