import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  describeWifiStatus,
  listWifiBits,
  packWifiStatus,
  reservedWifiBits,
  unpackWifiStatus,
  WIFI_OFF,
} from "../../../src/codec/wifi-status.js";

const DOCUMENTED_BITS = 0x1f3f;

describe("Wi-Fi status (uart.md 2.3)", () => {
  it.each([
    [0x0000, "off", {}],
    [0x0004, "onboarding", { onboarding: true }],
    [0x0005, "softAp onboarding", { softAp: true, onboarding: true }],
    [0x000d, "softAp onboarding binding", { softAp: true, onboarding: true, binding: true }],
    [0x0012, "station router rssi=0", { station: true, router: true }],
    [0x071a, "station binding router rssi=7", { station: true, binding: true, router: true, rssi: 7 }],
    [
      0x073a,
      "station binding router cloud rssi=7",
      { station: true, binding: true, router: true, cloud: true, rssi: 7 },
    ],
    [0x0800, "app", { app: true }],
    [0x1000, "productionTest", { productionTest: true }],
  ])("reads, writes and names %i as %s", (bits, words, set) => {
    expect(unpackWifiStatus(bits)).toEqual({ ...WIFI_OFF, ...set });
    expect(packWifiStatus({ ...WIFI_OFF, ...set })).toBe(bits);
    expect(describeWifiStatus(bits)).toBe(words);
  });

  it("keeps every documented bit and no other", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff }), (bits) => {
        expect(packWifiStatus(unpackWifiStatus(bits))).toBe(bits & DOCUMENTED_BITS);
      }),
      { numRuns: 2000 },
    );
  });

  it("does not name a signal level without a router", () => {
    expect(describeWifiStatus(0x0702)).toBe("station");
  });

  it("keeps a level that is too large from touching other bits", () => {
    expect(packWifiStatus({ ...WIFI_OFF, rssi: 0x1f })).toBe(0x0700);
  });

  it("lists every bit with its meaning, and those without one apart", () => {
    const isOn = (bits: number) =>
      listWifiBits(bits)
        .filter(({ value }) => value !== false && value !== 0)
        .map(({ bits: at }) => at);
    expect(listWifiBits(0)).toHaveLength(9);
    expect(isOn(0x073a)).toEqual(["1", "3", "4", "5", "8-10"]);
    expect(isOn(0x1805)).toEqual(["0", "2", "11", "12"]);
    expect([0x1f3f, 0xffff, 0x2040].map(reservedWifiBits)).toEqual([0, 0xe0c0, 0x2040]);
  });
});
