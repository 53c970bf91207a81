import { describe, expect, it } from "vitest";
import { parsePortSpec } from "../../../src/link/port-spec.js";

describe("a PORT", () => {
  it.each([
    ["/dev/ttyUSB0", { kind: "serial", path: "/dev/ttyUSB0" }],
    ["COM3", { kind: "serial", path: "COM3" }],
    ["\\\\.\\COM12", { kind: "serial", path: "\\\\.\\COM12" }],
    ["pty", { kind: "pty" }],
    ["tcp:192.0.2.7:4000", { kind: "tcp", host: "192.0.2.7", port: 4000 }],
    ["tcp:[::1]:4000", { kind: "tcp", host: "::1", port: 4000 }],
    ["tcp-listen:0", { kind: "tcp-listen", port: 0 }],
    ["unix:/run/uart.sock", { kind: "unix", path: "/run/uart.sock" }],
    ["rfc2217:ser2net:2217", { kind: "rfc2217", host: "ser2net", port: 2217 }],
    ["rfc2217-listen:2217", { kind: "rfc2217-listen", port: 2217 }],
    ["exec:./mcu --port 1:2", { kind: "exec", command: "./mcu --port 1:2" }],
  ])("is read: %s", (text, spec) => {
    expect(parsePortSpec(text)).toEqual(spec);
  });

  it.each([
    ["pty/x", "pty/x"],
    ["./ttyV0", "./ttyV0"],
    ["../run/ttyV0", "../run/ttyV0"],
    ["boards/left:1", "boards/left:1"],
  ])("with a slash is a path, there or not: %s", (text, path) => {
    expect(parsePortSpec(text, () => false)).toEqual({ kind: "serial", path });
  });

  it.each(["ttyV0", "tcp:4000", "pty:3", "board", "exec"])(
    "that is a file of the present folder is its path: %s",
    (text) => {
      const asked: string[] = [];
      const isThere = (path: string): boolean => asked.push(path) > 0;
      expect(parsePortSpec(text, isThere)).toEqual({ kind: "serial", path: `./${text}` });
      expect(asked).toEqual([text]);
    },
  );

  it.each(["pty", "tcp-listen:0", "exec:./mcu", "unix:x"])("that is a form is no file of that name: %s", (text) => {
    expect(parsePortSpec(text, () => true).kind).not.toBe("serial");
  });

  it("is not the present folder for an empty word", () => {
    expect(() => parsePortSpec("", () => true)).toThrow(expect.objectContaining({ code: "port-spec" }));
  });

  it.each([
    ["ttyUSB0", /did you mean \/dev\/ttyUSB0\?/],
    ["tpc:localhost:4000", /did you mean tcp:localhost:4000\?/],
    ["ptty", /did you mean pty\?/],
    ["tcp:4000", /write tcp:host:port/],
    ["tcp:host:70000", /from 1 to 65535/],
    ["tcp-listen:", /write tcp-listen:port/],
    ["unix:", /write unix:path/],
    ["exec:", /write exec:command/],
    ["pty:3", /nothing after it/],
    ["", /a port is one of/],
    ["carrier-pigeon", /a port is one of .*COM3/],
  ])("that is none is refused with what was meant: %s", (text, hint) => {
    expect(() => parsePortSpec(text)).toThrow(
      expect.objectContaining({ code: "port-spec", hint: expect.stringMatching(hint) }),
    );
  });
});
