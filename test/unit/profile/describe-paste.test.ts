import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readPaste } from "../../../src/codec/paste/read-paste.js";
import { loadProfile } from "../../../src/lab/profiles.js";
import { describePaste } from "../../../src/profile/describe-paste.js";

const PET_HOUSE = loadProfile("pet-house").profile;
const DID = "FakeDid000000000000001";

function decode(text: string) {
  return [...describePaste(readPaste({ text, bytes: Buffer.from(text) }), PET_HOUSE)];
}
const decodeCase = (name: string) =>
  decode(readFileSync(new URL(`../../fixtures/cases/${name}`, import.meta.url), "utf8"));

describe("M2M and LAN frames", () => {
  it("have their did between sn and P0 with flag 01", () => {
    const status = { LED_OnOff: true, Motor_Speed: 0, Infrared: true, Temperature: 10, Humidity: 0 };
    const reply = { offset: 0, kind: "m2m", cmd: "0x0094", name: "read-reply", sn: 2, action: "0x03" };
    const [withDid, ...more] = decodeCase("f05-reply-with-did.hex");
    const [plain] = decodeCase("f05-reply-plain.hex");
    expect(more).toEqual([]);
    expect(withDid).toMatchObject({ ...reply, did: DID, payload: "0301000000050117000000", attrs: status });
    expect(plain).toMatchObject({ ...reply, payload: "0301000000050117000000", attrs: status });
    expect(plain).not.toHaveProperty("did");
    expect(withDid?.attrs).toEqual(plain?.attrs);
  });

  it("may be an ack without a P0, which has no action", () => {
    const [ack, ...more] = decodeCase("f05-ack-with-did.hex");
    expect(more).toEqual([]);
    expect(ack).toEqual({
      ...{ offset: 0, kind: "m2m", cmd: "0x0094", name: "ack", framing: "business", sn: 1, did: DID, payload: "" },
    });
  });

  it("of the LAN have names and fields, and an action only where the body is a P0", () => {
    const found = decodeCase("f05-lan-session.hex");
    expect(found.map(({ cmd, name, fields, action }) => [cmd, name, fields ?? action])).toEqual([
      ["0x0006", "get-passcode", undefined],
      ["0x0007", "passcode", { passcode: "ABCDEFGHIJ" }],
      ["0x0008", "login", { passcode: "ABCDEFGHIJ" }],
      ["0x0009", "login-reply", { result: 0 }],
      ["0x0062", "session-notice", { value: 0 }],
      ["0x0093", "read", "0x02"],
      ["0x0094", "read-reply", "0x03"],
      ["0x0015", "heartbeat", undefined],
      ["0x0016", "heartbeat-ack", undefined],
    ]);
    expect(decodeCase("f05-discovery-reply.hex")).toMatchObject([
      {
        name: "discover-reply",
        fields: {
          did: DID,
          mac: "020000000001",
          firmware_version: "04D30Q29",
          product_key: "de9e8d18d9394cce9081b25a531e552b",
          mcu_attributes: "0000000000000002",
          server: "usapi.gizwits.com:80",
          protocol_version: "4.1.4",
        },
      },
    ]);
  });

  it("are bad one by one: the others are decoded", () => {
    const found = decode("000000030400009002 000000030b00009104 000000030400009002 0000000301");
    expect(found.map(({ offset, kind, reason }) => [offset, kind, reason])).toEqual([
      [0, "m2m", undefined],
      [9, "bad", "truncated"],
      [18, "m2m", undefined],
      [27, "bad", "length"],
    ]);
  });

  it("that only repeat an action in their ack are no problem", () => {
    expect(decode("000000030800009400000001 01")).toMatchObject([{ name: "ack", action: "0x01", payload: "01" }]);
    expect(decode("000000030800009400000001 01")[0]).not.toHaveProperty("problem");
  });
});

describe("the MCU SDK's debug log", () => {
  it("has six frames with their way, none of them bad or marked as unstuffed", () => {
    const found = decodeCase("f04-sdk-debug.log");
    expect(found.map(({ kind, name, way, hint }) => [kind, name, way, hint])).toEqual([
      ["frame", "big-data-ask-to-send", "down", undefined],
      ["frame", "big-data-ask-to-send-ack", "up", undefined],
      ["frame", "report", "up", undefined],
      ["frame", "report-ack", "down", undefined],
      ["frame", "control", "down", undefined],
      ["frame", "control-ack", "up", undefined],
    ]);
    expect(found[4]).toMatchObject({ sn: 34, payload: "010400ff000000", attrs: { LED_R: 255 } });
  });
});

describe("a log of two directions", () => {
  it("is two streams: a frame goes on behind what was sent in between, and offsets count all bytes", () => {
    const found = decode("RX: FF FF 00 05\nTX: FF FF 00 05 08 10 00 00 1D\nRX: 07 10 00 00 1C\nTX: FF FF 00 05");
    expect(found.map(({ offset, kind, name }) => [offset, kind, name])).toEqual([
      [0, "frame", "heartbeat"],
      [4, "frame", "heartbeat-ack"],
      [18, "bad", undefined],
    ]);
  });
});
