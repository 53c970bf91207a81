import { describe, expect, test } from "vitest";
import type { TraceEntry } from "../../../src/core/trace.js";
import { loadProfile } from "../../../src/lab/profiles.js";
import { findProductKeys } from "../../../src/record/device-products.js";

const [house, meter] = ["pet-house", "smart-meter"].map((name) => loadProfile(name).profile);
const both = [house, meter].filter((profile) => profile !== undefined);

const hop = (entry: Partial<TraceEntry>): TraceEntry => ({ at: 0, id: "t1", hop: "uart.up", ...entry });
const info = (mac: string, productKey: string): TraceEntry =>
  hop({ mac, detail: { cmd: "0x02", fields: { product_key: productKey } } });

/** The product_keys of all entries. */
function keysOf(entries: readonly TraceEntry[], profiles = both): (string | undefined)[] {
  return entries.map(findProductKeys(entries, profiles));
}

describe("the product of a recorded device", () => {
  test("is what its MCU states, for earlier and later hops, by mac and by did", () => {
    const key = "0123456789abcdef0123456789abcdef";
    const entries = [
      hop({ mac: "aa" }),
      info("aa", key.toUpperCase()),
      info("bb", meter?.productKey ?? ""),
      hop({ mac: "aa", did: "DID" }),
      hop({ did: "DID", hop: "mqtt.up" }),
    ];
    expect(keysOf(entries)).toEqual([key, key, meter?.productKey, key, key]);
  });

  test("is the only one that has all its datapoints, where it was not stated", () => {
    const entries = [
      hop({ did: "A", detail: { attrs: { LED_R: 1 } } }),
      hop({ did: "B", mac: "bb", detail: { attrs: { voltage: 230 } } }),
      hop({ mac: "bb" }),
      hop({ did: "C", detail: { attrs: { LED_R: 1, voltage: 230 } } }),
      hop({ did: "D", detail: { attrs: {} } }),
      hop({}),
    ];
    const [houseKey, meterKey] = [house?.productKey, meter?.productKey];
    expect(keysOf(entries)).toEqual([houseKey, meterKey, meterKey, undefined, undefined, undefined]);
  });

  test("is the only one there is", () => {
    expect(keysOf([hop({ did: "A" }), hop({})], [both[0] as never])).toEqual([house?.productKey, house?.productKey]);
  });
});
