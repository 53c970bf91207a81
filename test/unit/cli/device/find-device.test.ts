import { describe, expect, it } from "vitest";
import { findDevice } from "../../../../src/cli/device/find-device.js";
import type { RemoteDevice, RemoteState } from "../../../../src/lab/remote-lab.js";

const PRODUCTS = ["pet-house", "smart-meter", "doser"];

function makeState(devices: readonly (readonly [did: string, product: string | null])[]): RemoteState {
  return {
    clock: { mode: "wall", now: 0 },
    app: { id: "" },
    products: PRODUCTS.map((name) => ({ name, product_key: name })),
    devices: devices.map(([did, product]): RemoteDevice => {
      const unused = { mac: "", passcode: "", product_key: "", entity_id: "", inputs: {}, name: "" };
      return { ...unused, did, product, is_online: true, is_virtual: true };
    }),
  };
}

const STATE = makeState([
  ["abcdefgh", "pet-house"],
  ["abcxyz", "smart-meter"],
  ["q1w2e3", "smart-meter"],
  ["abc", null],
]);

describe("the device that a word means", () => {
  it.each([
    ["abcdefgh", "abcdefgh"],
    ["pet-house", "abcdefgh"],
    ["abcd", "abcdefgh"],
    ["q1w", "q1w2e3"],
    // A whole did is meant before the beginning of others.
    ["abc", "abc"],
  ])("%s is %s", (word, did) => {
    expect(findDevice(STATE, word).did).toBe(did);
  });

  it.each([
    ["smart-meter", "device-ambiguous", /2 devices are a smart-meter/, /abcxyz, q1w2e3/],
    ["doser", "device-unknown", /there is no doser yet/, /gizlab sim doser/],
    ["smart-metr", "device-unknown", /no device smart-metr/, /did you mean smart-meter\?/],
    ["q1", "device-unknown", /no device q1/, /gizlab devices/],
    ["", "device-unknown", /no device/, /gizlab devices/],
  ])("%s is refused as %s", (word, code, message, hint) => {
    expect(() => findDevice(STATE, word)).toThrow(
      expect.objectContaining({
        code,
        message: expect.stringMatching(message) as string,
        hint: expect.stringMatching(hint) as string,
      }),
    );
  });

  it("names some of many, and says where all are", () => {
    const many = makeState(Array.from({ length: 9 }, (_, index) => [`abc${index}`, "pet-house"] as const));
    expect(() => findDevice(many, "abc")).toThrow(
      expect.objectContaining({
        message: "9 dids begin with abc",
        hint: expect.stringMatching(/abc0, .*abc4, … \(gizlab devices lists them all\)$/) as string,
      }),
    );
    expect(() => findDevice(makeState([]), "x")).toThrow(expect.objectContaining({ code: "device-unknown" }));
  });
});
