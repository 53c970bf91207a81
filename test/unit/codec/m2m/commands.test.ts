import { describe, expect, it } from "vitest";
import { findM2mCommand, M2M_COMMANDS, nameM2m } from "../../../../src/codec/m2m/commands.js";
import { packFields, unpackFields } from "../../../../src/codec/payload.js";
import { formatHex, parseHex } from "../../../../src/core/hex.js";

const fieldsOf = (framing: "business" | "control", code: number) => {
  const body = findM2mCommand(framing, code)?.body;
  return body?.kind === "fields" ? body.fields : [];
};
const counted = (text: string): string =>
  `00${text.length.toString(16).padStart(2, "0")}${Buffer.from(text).toString("hex")}`;

describe("the M2M commands (cloud.md 3.3, 4.2)", () => {
  it("stand once for each framing, and have names that differ", () => {
    const keys = M2M_COMMANDS.map(({ framing, code }) => `${framing} ${code}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(new Set(M2M_COMMANDS.map(({ name }) => name)).size).toBe(keys.length);
  });

  it.each<["business" | "control", number, string, object]>([
    ["business", 0x0001, `${counted("home")}${counted("secret")}`, { ssid: "home", password: "secret" }],
    ["business", 0x0007, counted("ABCDEFGHIJ"), { passcode: "ABCDEFGHIJ" }],
    ["business", 0x0009, "01", { result: 1 }],
    [
      "business",
      0x000d,
      `${counted("one")}64${counted("two")}0a`,
      { ssid_1: "one", power_1: 100, ssid_2: "two", power_2: 10 },
    ],
    [
      "business",
      0x0019,
      `0006020000000001${counted("k".repeat(32))}${counted("d".repeat(22))}`,
      { mac: "020000000001", product_key: "k".repeat(32), did: "d".repeat(22) },
    ],
    ["business", 0x0062, "00", { value: 0 }],
    ["business", 0x001b, "0102", { data: "0102" }],
    ["control", 0x0210, "0001", { count: 1 }],
    ["control", 0x0211, `02${counted("d".repeat(22))}`, { type: 2, did: "d".repeat(22) }],
    ["control", 0x020e, `0100000001${counted("http://a/b")}`, { type: 1, firmware_id: "00000001", url: "http://a/b" }],
    [
      "control",
      0x021c,
      `00050000${counted("sub")}${counted("1,2")}`,
      { flags: 5, data_length: 0, sub_device_id: "sub", mcu_versions: "1,2" },
    ],
    [
      "control",
      0x021d,
      `01020000${counted("1,2")}${counted("abc")}`,
      { flags: 0x102, data_length: 0, module_versions: "1,2", md5: "abc" },
    ],
    [
      "control",
      0x022c,
      `0002000032${counted("1,2")}${counted("ok")}`,
      { flags: 2, data_length: 0, progress: 50, versions: "1,2", status: "ok" },
    ],
  ])("read and write the fields of %s %i", (framing, code, hex, fields) => {
    const found = unpackFields(fieldsOf(framing, code), parseHex(hex));
    expect(found).toEqual(fields);
    expect(formatHex(packFields(fieldsOf(framing, code), found))).toBe(hex);
  });

  it("read a discovery reply of old firmware, without its tail, and of newer firmware", () => {
    const old = `${counted("d".repeat(22))}0006020000000001${counted("04020006")}${counted("k".repeat(32))}`;
    const fields = fieldsOf("business", 0x0004);
    expect(unpackFields(fields, parseHex(old))).toMatchObject({ mac: "020000000001", firmware_version: "04020006" });
    const tail = `0000000000000002${Buffer.from("api.gizwits.com:80\0" + "4.1.2\0").toString("hex")}`;
    const found = unpackFields(fields, parseHex(old + tail));
    expect(found).toMatchObject({ server: "api.gizwits.com:80", protocol_version: "4.1.2" });
    expect(found).not.toHaveProperty("extra");
    expect(formatHex(packFields(fields, found))).toBe(old + tail);
  });

  it.each<[number, string, string]>([
    [0x91, "04", "report"],
    [0x93, "0101", "control"],
    [0x94, "0301", "read-reply"],
    [0x94, "01", "ack"],
    [0x94, "", "ack"],
    [0x90, "", "send"],
    [0x15, "", "heartbeat"],
    [0x7777, "", "unknown"],
  ])("name 0x%s with body %j: %s", (code, body, name) => {
    expect(nameM2m("business", code, parseHex(body))).toBe(name);
  });
});
