import { describe, expect, it } from "vitest";
import { packDeviceAttributes } from "../../../src/codec/device-attributes.js";
import { unpackModuleInfo } from "../../../src/codec/module-info.js";

/** Texts, each padded with zeros to its length. */
function print(...fields: readonly (readonly [string, number])[]): Buffer {
  return Buffer.concat(fields.map(([text, length]) => Buffer.from(text.padEnd(length, "\0"), "latin1")));
}

const VERSIONS = print(["00000004", 8], ["00ESP826", 8], ["04020034", 8]);

describe("module info (uart.md 2.7)", () => {
  it("of a Wi-Fi module has mac and ip", () => {
    const payload = Uint8Array.of(
      1,
      ...VERSIONS,
      ...print(["5ccf7fb6bbff", 16], ["192.168.1.7", 16]),
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      2,
    );
    expect(payload.length).toBe(65);
    expect(unpackModuleInfo(payload)).toEqual({
      kind: "wifi",
      serialVersion: "00000004",
      hardwareVersion: "00ESP826",
      softwareVersion: "04020034",
      mac: "5ccf7fb6bbff",
      ip: "192.168.1.7",
      attributes: "0000000000000002",
    });
  });

  it("of a GPRS module has the SIM and the cells", () => {
    const sim = print(["866104020000001", 16], ["460001234567890", 16], ["460", 8], ["00", 8]);
    const payload = Uint8Array.of(
      2,
      ...VERSIONS,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      2,
      ...sim,
      2,
      5,
      0x25,
      0x10,
      0x0e,
      0x1f,
      40,
      1,
      2,
      3,
      4,
      5,
    );
    expect(unpackModuleInfo(payload)).toMatchObject({
      kind: "gprs",
      imei: "866104020000001",
      imsi: "460001234567890",
      mcc: "460",
      mnc: "00",
      cells: [
        { lac: 0x2510, cell: 0x0e1f, rssi: 40 },
        { lac: 0x0102, cell: 0x0304, rssi: 5 },
      ],
    });
  });

  it.each([
    ["nothing", Uint8Array.of(), "bytes-short"],
    ["half of it", Uint8Array.of(1, ...VERSIONS), "bytes-short"],
    ["another type", Uint8Array.of(3, ...VERSIONS), "module-type"],
  ])("that is %s is refused", (_what, payload, code) => {
    expect(() => unpackModuleInfo(payload)).toThrow(expect.objectContaining({ code }));
  });
});

describe("device attributes (uart.md 2.2)", () => {
  it.each([
    [{}, "0000000000000000"],
    [{ isGenerated: true }, "0000000000000002"],
    [{ isGenerated: true, isVariable: true }, "0000000000000082"],
    [{ isCentral: true, isGenerated: true, resetScope: 5 }, "0000000000000017"],
    [{ isSafe: true }, "0000000000000040"],
    [{ isGateway: true, resetScope: 2 }, "0000000000000500"],
  ])("%j are %s", (attributes, hex) => {
    expect(packDeviceAttributes(attributes)).toBe(hex);
  });

  it.each([
    [{ resetScope: 1 }],
    [{ isCentral: true, resetScope: 8 }],
    [{ isGateway: true, resetScope: 3 }],
    [{ isGateway: true, resetScope: 0.5 }],
  ])("%j do not exist", (attributes) => {
    expect(() => packDeviceAttributes(attributes)).toThrow(expect.objectContaining({ code: "attributes-invalid" }));
  });
});
