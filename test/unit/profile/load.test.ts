import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createSeededRandom } from "../../../src/core/random.js";
import { findProfileFile, listShippedProfiles } from "../../../src/lab/profiles.js";
import { checkProfile, enumBits, parseProfile } from "../../../src/profile/load.js";
import type { Profile } from "../../../src/profile/profile.js";
import { BENCH_ATTRS, findPlace, printProfile } from "../../support/profile-document.js";

const SHIPPED = listShippedProfiles();

function readShipped(name: string): string {
  return readFileSync(findProfileFile(name), "utf8");
}

/** `name @byte.bit` of bit points and `name @byte` of whole ones, as uart.md 5.1 writes positions. */
function placesOf({ layout }: Profile): string[] {
  return [
    ...layout.fixed.sections.flatMap(({ byteOffset, points }) =>
      points.map(({ point, bitOffset }) => ({ point, place: `${byteOffset}.${bitOffset}` })),
    ),
    ...layout.fixed.fields.map(({ byteOffset, point }) => ({ point, place: String(byteOffset) })),
  ]
    .sort((a, b) => a.point.index - b.point.index)
    .map(({ point, place }) => `${point.name} @${place}`);
}

describe("the shipped profiles", () => {
  it("are all found and have a product_key each", () => {
    expect(SHIPPED.length).toBeGreaterThanOrEqual(8);
    const keys = SHIPPED.map((name) => parseProfile(readShipped(name), name).productKey);
    expect(new Set(keys).size).toBe(SHIPPED.length);
  });

  it.each(SHIPPED)("load without a problem: %s", (name) => {
    const { profile, problems } = checkProfile(readShipped(name));
    expect(problems).toEqual([]);
    expect(profile?.datapoints.map(({ index }) => index)).toEqual(profile?.datapoints.map((_, index) => index));
    expect(profile?.document).toEqual(JSON.parse(readShipped(name)));
  });

  it("place the pet house's datapoints as its firmware does (uart.md 5.1, PET10)", () => {
    const profile = parseProfile(readShipped("pet-house"), "pet-house");
    expect(profile.productKey).toBe("de9e8d18d9394cce9081b25a531e552b");
    expect(placesOf(profile)).toEqual([
      "LED_OnOff @0.0",
      "LED_Color @0.1",
      "LED_R @1",
      "LED_G @2",
      "LED_B @3",
      "Motor_Speed @4",
      "Infrared @5.0",
      "Temperature @6",
      "Humidity @7",
      "Alert_1 @8.0",
      "Alert_2 @8.1",
      "Fault_LED @9.0",
      "Fault_Motor @9.1",
      "Fault_TemHum @9.2",
      "Fault_IR @9.3",
    ]);
    expect(profile.layout.fixed).toMatchObject({ statusLength: 10, flagsLength: 1, writableLength: 5 });
    expect(profile.datapoints.find(({ name }) => name === "Motor_Speed")).toMatchObject({ max: 10, addition: -5 });
  });

  it("place the wave maker's datapoints as its firmware does (uart.md 5.1, WAVE7)", () => {
    const profile = parseProfile(readShipped("wave-maker"), "wave-maker");
    expect(profile.productKey).toBe("f65982cb65da43baa0c722c84dd2740b");
    const bits = ["switch", "master", "ASYC", "TimerON", "Timer", "FeedSwitch", "FeedTimer", "mode"];
    const faults = ["Overcurrent", "Overvoltage", "OverTemp", "Undervoltage", "Lockedrotor", "no_liveload", "UART"];
    expect(placesOf(profile).map((place) => place.replace("Fault_", ""))).toEqual([
      ...bits.map((name, at) => `${name} @0.${at}`),
      "flow @2",
      "frequency @3",
      "feedTime @4",
      "nightflow @5",
      ...faults.map((name, at) => expect.stringMatching(new RegExp(`${name} @6\\.${at}$`))),
    ]);
    expect(profile.layout.fixed).toMatchObject({ statusLength: 7, flagsLength: 2, writableLength: 6 });
  });

  it("never make the checker throw, however a character of them is damaged", () => {
    const random = createSeededRandom("damaged profiles");
    const alphabet = [...'{}[]:,"\\-0e9 \n\u0000\u00a0\ufeff', ""];
    const outcomes = { sound: 0, broken: 0 };
    for (let round = 0; round < 400; round += 1) {
      const text = readShipped(random.pick(SHIPPED));
      const at = random.integer(0, text.length - 1);
      const { profile, problems } = checkProfile(text.slice(0, at) + random.pick(alphabet) + text.slice(at + 1));
      expect(profile === undefined).toBe(problems.length > 0);
      outcomes[profile === undefined ? "broken" : "sound"] += 1;
      for (const { line, column } of problems) expect([line > 0, column > 0]).toEqual([true, true]);
    }
    expect(Math.min(outcomes.sound, outcomes.broken)).toBeGreaterThan(20);
  });
});

describe("checkProfile", () => {
  it("takes ids in any order of the list, and the list's order where ids are missing", () => {
    const { power, mode, target } = BENCH_ATTRS;
    expect(checkProfile(printProfile([target, power, mode])).profile?.datapoints.map(({ name }) => name)).toEqual([
      "power",
      "mode",
      "target",
    ]);
    const unnumbered = [power, mode, target].map(({ id: _id, ...rest }) => rest);
    expect(checkProfile(printProfile(unnumbered)).profile?.datapoints.map(({ index }) => index)).toEqual([0, 1, 2]);
  });

  it("does not look at positions of the variable-length protocol, which has none (uart.md 4.4)", () => {
    const { power, mode, target } = BENCH_ATTRS;
    const unplaced = [power, mode, target].map((item) => ({ ...item, position: { byte_offset: 0, len: 3 } }));
    expect(checkProfile(printProfile(unplaced, { protocolType: "var_len" })).profile?.layout.protocol).toBe("var_len");
  });

  it.each([
    [1, 1],
    [2, 1],
    [3, 2],
    [4, 2],
    [5, 3],
    [9, 4],
    [256, 8],
  ])("gives %i labels %i bits (uart.md 4.2)", (labels, bits) => {
    expect(enumBits(labels)).toBe(bits);
  });
});

describe("parseProfile", () => {
  it("throws the first problem with its place and how many there are", () => {
    const text = printProfile([{ ...BENCH_ATTRS.power, name: undefined }], { product_key: "" });
    expect(() => parseProfile(text, "dir/p.json")).toThrowError(
      expect.objectContaining({
        code: "profile-invalid",
        message: "product_key is 32 hex characters",
        at: { file: "dir/p.json", ...findPlace(text, '"product_key": '), path: "product_key" },
        hint: "and 1 more: gizlab profile check dir/p.json",
      }),
    );
  });
});
