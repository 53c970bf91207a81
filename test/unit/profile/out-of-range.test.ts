import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { encodeFrame } from "../../../src/codec/frame.js";
import { packP0 } from "../../../src/codec/p0.js";
import { parseHex } from "../../../src/core/hex.js";
import { listShippedProfiles, loadProfile } from "../../../src/lab/profiles.js";
import { describeBytes } from "../../../src/profile/describe.js";
import { parseProfile } from "../../../src/profile/load.js";
import { findOutOfRange, formatOutOfRange } from "../../../src/profile/out-of-range.js";
import { BENCH_ATTRS, printProfile } from "../../support/profile-document.js";

const { profile: petHouse } = loadProfile("pet-house");

function readCase(name: string): Uint8Array {
  return parseHex(readFileSync(new URL(`../../fixtures/cases/${name}`, import.meta.url), "utf8").trim());
}

describe("a value outside its limits", () => {
  it("is shown in engineering units, with the limits beside it", () => {
    const temperature = petHouse.datapoints.find(({ name }) => name === "Temperature")?.index ?? -1;
    const marks = (raw: number) => {
      const values: number[] = [];
      values[temperature] = raw;
      return findOutOfRange(petHouse, values);
    };
    expect(marks(201)).toEqual({ Temperature: { value: 188, min: -13, max: 187 } });
    expect(formatOutOfRange(marks(255))).toEqual(["Temperature is 242, outside -13 to 187"]);
    expect([marks(200), marks(0)]).toEqual([undefined, undefined]);
  });

  it("is an enum's that has no label", () => {
    const bench = parseProfile(printProfile(Object.values(BENCH_ATTRS)), "bench.json");
    const mode = bench.datapoints.find(({ name }) => name === "mode");
    const values: number[] = [];
    values[mode?.index ?? -1] = 7;
    const most = (mode?.labels.length ?? 0) - 1;
    expect(most).toBeLessThan(7);
    expect(findOutOfRange(bench, values)).toEqual({ mode: { value: 7, min: 0, max: most } });
  });

  it("has its limits the right way round where the ratio is below 0", () => {
    const level = { ...BENCH_ATTRS.level, uint_spec: { min: 0, max: 1400, ratio: -0.01, addition: 0 } };
    const bench = parseProfile(printProfile(Object.values({ ...BENCH_ATTRS, level })), "bench.json");
    const values: number[] = [];
    values[bench.datapoints.find(({ name }) => name === "level")?.index ?? -1] = 1500;
    expect(findOutOfRange(bench, values)).toEqual({ level: { value: -15, min: -14, max: 0 } });
  });

  it("is no value that a product allows, in every shipped product", () => {
    for (const name of listShippedProfiles()) {
      const { profile } = loadProfile(name);
      for (const edge of ["min", "max"] as const) {
        const values = profile.datapoints.map(({ dataType, width, labels, [edge]: limit }) =>
          dataType === "binary" ? new Uint8Array(width) : dataType === "enum" ? labels.length - 1 : limit,
        );
        expect([name, edge, findOutOfRange(profile, values)]).toEqual([name, edge, undefined]);
      }
    }
  });

  it("is marked beside the values of a decoded frame, which is no bad one", () => {
    const values = petHouse.datapoints.map(({ name }) => (name === "Temperature" ? 0xfa : 0));
    const payload = packP0(petHouse.layout, { kind: "report", values });
    const [found] = describeBytes(encodeFrame({ cmd: 5, sn: 0, flags: 0, payload }), petHouse);
    expect(found).toMatchObject({ kind: "frame", attrs: { Temperature: 237 } });
    expect(found?.out_of_range).toEqual({ Temperature: { value: 237, min: -13, max: 187 } });
    expect(found).not.toHaveProperty("hint");
    expect(describeBytes(encodeFrame({ cmd: 5, sn: 0, flags: 0, payload }))[0]).not.toHaveProperty("out_of_range");
  });
});

describe("a report that holds FF", () => {
  it("has a hint when the 55 behind it is missing, and none when it is there", () => {
    const [bare] = describeBytes(readCase("f01-unstuffed-report.hex"), petHouse);
    const [stuffed] = describeBytes(readCase("f01-stuffed-report.hex"), petHouse);
    expect(bare?.hint).toMatch(/FF not stuffed: send 55 .* a real GAgent drops it \(uart\.md 1\.2\)/);
    expect({ ...bare, hint: undefined }).toEqual({ ...stuffed, hint: undefined });
    expect(stuffed).not.toHaveProperty("hint");
    expect(bare).toMatchObject({ kind: "frame", attrs: { LED_R: 255, Temperature: 10 } });
  });

  it("is judged by its way where a log tells it", () => {
    const ack = parseHex("FF FF 00 05 1C FF 00 00 20");
    expect(describeBytes(ack, undefined, "down")[0]?.hint).toContain("the fault is the module's");
    expect(describeBytes(ack, undefined, "up")[0]?.hint).toContain("a real GAgent drops it");
  });
});
