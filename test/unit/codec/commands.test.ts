import { describe, expect, it } from "vitest";
import {
  CMD,
  COMMANDS,
  findCommand,
  findCommandByName,
  nameFrame,
  suggestCommand,
} from "../../../src/codec/commands.js";
import { packFields, unpackFields } from "../../../src/codec/payload.js";
import { formatHex, parseHex } from "../../../src/core/hex.js";
import { loadUartVectors } from "../../support/vectors.js";

describe("COMMANDS", () => {
  /** uart.md 2.1, rows 01 to 2A: request, answer, sender of the request. */
  const rows: readonly [number, number, string][] = [
    [0x01, 0x02, "module"],
    [0x03, 0x04, "module"],
    [0x05, 0x06, "mcu"],
    [0x07, 0x08, "module"],
    [0x09, 0x0a, "mcu"],
    [0x0b, 0x0c, "mcu"],
    [0x0d, 0x0e, "module"],
    [0x0f, 0x10, "module"],
    [0x13, 0x14, "mcu"],
    [0x15, 0x16, "mcu"],
    [0x17, 0x18, "mcu"],
    [0x19, 0x1a, "both"],
    [0x1b, 0x1c, "both"],
    [0x1d, 0x1e, "both"],
    [0x1f, 0x20, "both"],
    [0x21, 0x22, "mcu"],
    [0x23, 0x24, "mcu"],
    [0x25, 0x26, "module"],
    [0x27, 0x28, "both"],
    [0x29, 0x2a, "mcu"],
  ];

  it.each(rows)("lets %i be answered by %i and sent by the %s", (request, ack, sender) => {
    const answerer = { module: "mcu", mcu: "module", both: "both" }[sender];
    expect(findCommand(request)).toMatchObject({ code: request, ack, sender });
    expect(findCommand(ack)).toMatchObject({ code: ack, sender: answerer });
    expect(findCommand(ack)?.ack).toBeUndefined();
  });

  it("lets neither notice of an illegal message answer the other (uart.md 2.9)", () => {
    expect(findCommand(0x11)).toMatchObject({ sender: "module", fields: [{ name: "error" }] });
    expect(findCommand(0x12)).toMatchObject({ sender: "mcu", fields: [{ name: "error" }] });
    expect([findCommand(0x11)?.ack, findCommand(0x12)?.ack]).toEqual([undefined, undefined]);
  });

  it("holds each code once, in order, and nothing beyond the table", () => {
    const codes = [...rows.map(([request]) => request), ...rows.map(([, ack]) => ack), 0x11, 0x12].sort(
      (a, b) => a - b,
    );
    expect(COMMANDS.map((command) => command.code)).toEqual(codes);
    expect(findCommand(0x2b)).toBeUndefined();
  });

  it("names a code of the table by every constant of CMD", () => {
    expect(Object.values(CMD).filter((code) => findCommand(code) === undefined)).toEqual([]);
    expect(new Set(Object.values(CMD)).size).toBe(Object.values(CMD).length);
  });
});

describe("findCommandByName", () => {
  it("finds each command by its name and by each alias, whatever the case", () => {
    for (const command of COMMANDS) {
      for (const name of [command.name, ...command.aliases]) {
        expect([name, findCommandByName(name)?.code]).toEqual([name, command.code]);
        expect(findCommandByName(name.toUpperCase())?.code).toBe(command.code);
      }
    }
  });

  it.each([
    ["0x07", 0x07],
    ["0X2a", 0x2a],
    ["07", 0x07],
    ["1D", 0x1d],
  ])("takes the code %s", (text, code) => {
    expect(findCommandByName(text)?.code).toBe(code);
  });

  it.each(["2b", "0x7", "007", "", "heart beat"])("finds nothing for %j", (text) => {
    expect(findCommandByName(text)).toBeUndefined();
  });
});

describe("suggestCommand", () => {
  it.each([
    ["hartbeat", "heartbeat"],
    ["wifi_status", "wifi-status"],
    ["CMD_GET_DEVICE_INFO", "cmd_get_device_into"],
  ])("answers %s with %s", (typed, meant) => {
    expect(suggestCommand(typed)).toBe(meant);
  });

  it("does not guess at a word that is nothing like a command", () => {
    expect(suggestCommand("xylophone-concerto")).toBeUndefined();
  });
});

describe("nameFrame", () => {
  it.each([
    [0x03, "01 01 00", "control"],
    [0x03, "11 01 00", "control"],
    [0x03, "02", "read"],
    [0x03, "12 0F", "read"],
    [0x03, "05 AA", "passthrough-down"],
    [0x03, "", "p0-down"],
    [0x04, "", "control-ack"],
    [0x04, "03 00", "read-reply"],
    [0x04, "13 00", "read-reply"],
    [0x05, "04 00", "report"],
    [0x05, "14 00", "report"],
    [0x05, "06 AA", "passthrough-up"],
    [0x05, "72", "action-0x72"],
    [0x05, "", "p0-up"],
    [0x06, "", "report-ack"],
    [0x07, "", "heartbeat"],
    [0x08, "", "heartbeat-ack"],
    [0x2b, "", "unknown"],
  ])("calls cmd %i with payload %j a %s", (cmd, payload, name) => {
    expect(nameFrame(cmd, parseHex(payload))).toBe(name);
  });
});

describe("payload shapes", () => {
  it.each(loadUartVectors())("read and write the payload of vector $id: $meaning", ({ cmd, payload }) => {
    const fields = findCommand(cmd)?.fields ?? [];
    const values = unpackFields(fields, payload);
    expect(values).not.toHaveProperty("extra");
    expect(formatHex(packFields(fields, values))).toBe(formatHex(payload));
  });

  it("name the parts of the device info of SDK 3.3 (uart.md 2.2)", () => {
    const info = loadUartVectors().find((vector) => vector.cmd === CMD.deviceInfo && vector.payload.length === 0x6a);
    expect(unpackFields(findCommand(CMD.deviceInfo)?.fields ?? [], info?.payload ?? new Uint8Array(0))).toEqual({
      protocol_version: "00000004",
      p0_version: "00000002",
      hardware_version: "03010100",
      software_version: "03030000",
      product_key: "a1b2c3d4e5f60718293a4b5c6d7e8f90",
      bind_timeout_s: 0,
      attributes: "0000000000000002",
      product_secret: "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    });
  });

  it("read device info with a data string (uart.md 2.2, v4.2)", () => {
    const fields = findCommand(CMD.deviceInfo)?.fields ?? [];
    const info = unpackFields(fields, new Uint8Array(0x6a).fill(0x30));
    const payload = packFields(fields, { ...info, data: "tz=8&LocalHT=55" });
    expect(payload.length + 5).toBe(0x71 + 15);
    expect(unpackFields(fields, payload).data).toBe("tz=8&LocalHT=55");
  });

  it("read the network time with and without the epoch seconds (uart.md 2.6)", () => {
    const fields = findCommand(CMD.networkTime)?.fields ?? [];
    const short = unpackFields(fields, parseHex("07 E8 03 0F 0C 1E 2D"));
    expect(short).toEqual({ year: 2024, month: 3, day: 15, hour: 12, minute: 30, second: 45 });
    expect(unpackFields(fields, parseHex("07 E8 03 0F 0C 1E 2D FF FF FF FE")).ntp).toBe(0xffff_fffe);
  });
});
