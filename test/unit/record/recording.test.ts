import { describe, expect, it, onTestFinished } from "vitest";
import { decodeFrame, encodeFrame } from "../../../src/codec/frame.js";
import { formatHex, parseHex } from "../../../src/core/hex.js";
import { parseRecording } from "../../../src/record/recording.js";
import { redact } from "../../../src/record/redact.js";
import { startLab } from "../../../src/testing.js";

const HEADER = '{"kind":"recording","format":1,"gizlab":"0.1.0","seed":1,"clock":"virtual","profiles":[]}';

describe("a recording", () => {
  it("holds both links, hex and decoded, with correlation ids, and how to make the lab again", async () => {
    const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: 3 });
    onTestFinished(() => lab.close());
    const recording = lab.record();
    const device = await lab.device("pet-house");
    await device.control({ LED_R: 4 });
    await device.expectReport({ LED_R: 4 });
    const { header, entries } = parseRecording(recording.text);
    expect(header).toMatchObject({ seed: 3, clock: "virtual", redacted: true, from_start: true });
    expect(header.profiles.map(({ name }) => name)).toEqual(["pet-house"]);
    const report = entries.filter(({ detail }) => detail?.name === "report" || detail?.topic !== undefined);
    for (const entry of report) expect(entry.detail?.hex).toMatch(/^(ffff|00000003)/);
    const control = entries.find(({ hop }) => hop === "cloud.control");
    const road = entries.filter(({ id }) => id === control?.id).map(({ hop }) => hop);
    expect(road).toContain("uart.down");
    expect(road.at(-1)).toBe("cloud.stored");
    expect(recording.entries).toBe(entries.length);
  });

  it("does not hold passcodes, tokens or secrets unless asked", async () => {
    const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: 3 });
    onTestFinished(() => lab.close());
    const recording = lab.record();
    const device = await lab.device("pet-house");
    const user = await lab.user();
    await user.bind(device);
    const { passcode } = lab.platform.cloud.registry.get(device.did);
    const secret = lab.platform.cloud.products.all[0]?.secret ?? "";
    for (const word of [passcode, user.token, secret, lab.platform.credentials.app.secret]) {
      expect(recording.text).not.toContain(word);
    }
  });

  it.each([
    ["", 1],
    ["nonsense", 1],
    ['{"kind":"other"}', 1],
    [`${HEADER}\n{"at":1}`, 2],
    [`${HEADER}\n\n[1]`, 3],
  ])("that reads %j is refused with its line", (text, line) => {
    expect(() => parseRecording(text)).toThrowError(
      expect.objectContaining({ code: "recording-invalid", at: { line } }),
    );
  });
});

describe("redact", () => {
  it("takes the product secret out of a device-info frame, and leaves a frame that fits its checksum", () => {
    const info = Buffer.concat([
      Buffer.from("00000004"),
      Buffer.from("00000002"),
      Buffer.from("03010100"),
      Buffer.from("03030000"),
      Buffer.from("6f3074fe43894234b6a5bd8cd3d4e5f6"),
      Buffer.from([0, 0]),
      Buffer.from("0000000000000002", "hex"),
    ]);
    const secret = Buffer.from("0123456789abcdef0123456789abcdef");
    const wire = encodeFrame({ cmd: 0x02, sn: 1, flags: 0, payload: Buffer.concat([info, secret]) });
    const entry = {
      at: 0,
      id: "t1",
      hop: "uart.up",
      detail: { hex: formatHex(wire), cmd: "0x02", fields: { product_secret: String(secret), product_key: "k" } },
    };
    const said = JSON.stringify(redact(entry));
    expect(said).not.toContain(formatHex(secret));
    expect(said).not.toContain(String(secret));
    expect(said).toContain('"product_key":"k"');
  });

  it("leaves the stuffing of a frame as it was when it takes a secret out", () => {
    const payload = Buffer.concat([Buffer.alloc(64, 0x30), Buffer.alloc(10), Buffer.alloc(32, 0x31)]);
    const wire = formatHex(encodeFrame({ cmd: 0x02, sn: 0xff, flags: 0, payload }));
    const show = (hex: string) => redact({ at: 0, id: "t1", hop: "uart.up", detail: { hex, cmd: "0x02" } }).detail?.hex;
    expect(show(wire)).toMatch(/^ffff006f02ff550000/);
    expect(show(wire.replace("02ff55", "02ff"))).toMatch(/^ffff006f02ff0000/);
  });

  it("hides name and password of the router that an MCU names, and nothing of other modes (uart.md 2.4)", () => {
    const say = (payload: Uint8Array) => {
      const wire = encodeFrame({ cmd: 0x09, sn: 1, flags: 0, payload });
      const fields = { mode: payload[0], access_point: formatHex(payload.subarray(1)) };
      const detail = { hex: formatHex(wire), payload: formatHex(payload), cmd: "0x09", fields };
      return { wire, entry: { at: 0, id: "t1", hop: "uart.up", detail } };
    };
    const named = Buffer.concat([Buffer.from([4, 4]), Buffer.from("home"), Buffer.from([6]), Buffer.from("secret")]);
    const { wire, entry } = say(named);
    const shown = redact(entry).detail;
    expect(JSON.stringify(shown)).not.toContain(formatHex(Buffer.from("secret")));
    expect(shown?.fields).toEqual({ mode: 4, access_point: "redacted" });
    expect(decodeFrame(parseHex(String(shown?.hex)))?.payload[0]).toBe(4);
    const broken = { ...entry, hop: "uart.bad", detail: { hex: formatHex(wire.subarray(0, -1)), way: "up" } };
    expect(JSON.stringify(redact(broken))).not.toContain(formatHex(Buffer.from("home")));
    const plain = say(Uint8Array.of(2)).entry;
    expect(redact(plain).detail).toEqual(plain.detail);
  });

  it("hides a device-info frame altogether that it cannot read", () => {
    const secret = Buffer.from("0123456789abcdef0123456789abcdef");
    const wire = encodeFrame({ cmd: 0x02, sn: 1, flags: 0, payload: Buffer.concat([Buffer.from("0000"), secret]) });
    const detail = { hex: formatHex(wire), payload: formatHex(secret), cmd: "0x02" };
    expect(JSON.stringify(redact({ at: 0, id: "t1", hop: "uart.up", detail }))).not.toContain(formatHex(secret));
  });

  it("leaves the end out of a device-info frame that is broken, in which the secret may stand anywhere", () => {
    const secret = Buffer.from("0123456789abcdef0123456789abcdef");
    const wire = encodeFrame({ cmd: 0x02, sn: 1, flags: 0, payload: Buffer.concat([Buffer.alloc(74, 0x30), secret]) });
    for (const hop of ["uart.bad", "uart.tolerated"]) {
      const detail = { hex: formatHex(Uint8Array.of(...wire.subarray(0, 20), ...wire.subarray(23))), way: "up" };
      const said = JSON.stringify(redact({ at: 0, id: "t1", hop, detail }));
      expect(said).not.toContain(formatHex(secret.subarray(0, 8)));
      expect(said).toContain('"hex":"ffff');
      const other = { hex: "ffff000507100000", way: "up" };
      expect(redact({ at: 0, id: "t1", hop, detail: other }).detail).toEqual(other);
    }
  });
});
