import { describe, expect, it } from "vitest";
import { type ParameterArguments, readParameters } from "../../../../src/cli/mcu/parameters.js";

const SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const read = (args: Partial<ParameterArguments>) =>
  readParameters({ central: false, gateway: false, safe: false, ...args });

describe("the parameters of an MCU on the command line (serial-tool.md 2.9, 3.1)", () => {
  it("are those of the vendor's SDK unless given", () => {
    expect(read({})).toEqual({
      bindTimeoutS: 0,
      attributes: { isGenerated: true, isCentral: false, isGateway: false, isSafe: false, resetScope: 0 },
    });
  });

  it("make a device info", () => {
    const given = read({
      "hardware-version": "00000006",
      "software-version": "00000005",
      "bind-timeout": "3",
      secret: SECRET.toUpperCase(),
      central: true,
      "reset-scope": "7",
      "module-set": ["server=m2m.example.com", "port=1883", "apPwd=", "cfgMode=2", "tz=28800"],
    });
    expect(given).toMatchObject({
      hardwareVersion: "00000006",
      softwareVersion: "00000005",
      bindTimeoutS: 3,
      productSecret: SECRET,
      attributes: { isCentral: true, resetScope: 7 },
      data: "server=m2m.example.com&port=1883&apPwd=&cfgMode=2&tz=28800",
    });
    expect(read({ attributes: "0000000000000103" }).attributes).toBe("0000000000000103");
  });

  it.each<[string, Partial<ParameterArguments>, RegExp]>([
    ["a version too short", { "software-version": "5" }, /--software-version has 8 characters/],
    ["a version that is no ASCII", { "hardware-version": "0000000é" }, /--hardware-version/],
    ["a time-out of more than two bytes", { "bind-timeout": "65536" }, /0 to 65535/],
    ["a short secret", { secret: "12ab" }, /32 hex digits/],
    ["two kinds of device", { central: true, gateway: true }, /not both/],
    ["a scope of nothing", { "reset-scope": "1" }, /--central or --gateway/],
    ["a scope that a gateway has not", { gateway: true, "reset-scope": "3" }, /0 to 2/],
    ["attributes too short", { attributes: "02" }, /16 hex digits/],
    ["attributes told twice", { attributes: "0000000000000002", safe: true }, /leave out/],
    ["module parameters without a secret", { "module-set": ["port=1"] }, /needs --secret/],
    ["no key", { secret: SECRET, "module-set": ["1883"] }, /key=value/],
    ["a port out of range", { secret: SECRET, "module-set": ["port=65536"] }, /1 to 65535/],
    ["a mode that is none", { secret: SECRET, "module-set": ["cfgMode=3"] }, /1 to 2/],
    ["a password too short", { secret: SECRET, "module-set": ["apPwd=1234567"] }, /8 to 63/],
    ["a value with &", { secret: SECRET, "module-set": ["server=a&b"] }, /without &/],
    ["a key twice", { secret: SECRET, "module-set": ["port=1", "port=2"] }, /twice/],
  ])("with %s are refused", (_what, args, message) => {
    const refusal = { code: "usage", message: expect.stringMatching(message) as unknown };
    expect(() => read(args)).toThrow(expect.objectContaining(refusal));
  });

  it("with a misspelt key are told the right one", () => {
    const refusal = { code: "usage", hint: "did you mean apName?" };
    expect(() => read({ secret: SECRET, "module-set": ["apNmae=x"] })).toThrow(expect.objectContaining(refusal));
  });
});
