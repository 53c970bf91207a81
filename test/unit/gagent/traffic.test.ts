import { describe, expect, it } from "vitest";
import { encodeFrame } from "../../../src/codec/frame.js";
import { encodeBusinessFrame, M2M } from "../../../src/codec/m2m.js";
import { parseHex } from "../../../src/core/hex.js";
import { createSeededRandom } from "../../../src/core/random.js";
import { ModuleBench } from "../../support/module-bench.js";
import { spellHex } from "../../support/wire-bench.js";

const DID = "GdzuSRncfDPGHGo2LxwgM2";
const OTHER_DID = "aKtXHNbhhQxcNnCSkfdQ9a";
const APP = `app2dev/${DID}/usr6U9jtyINX27hmwBGLV05`;
const REPORT = "04 01 38 00 00 00 01 00 0A 00 00";

async function createOnline(): Promise<ModuleBench> {
  const bench = await ModuleBench.create();
  await bench.goOnline();
  bench.heard();
  return bench;
}

/** Sends from an app, and takes what the module makes of it for the MCU. */
async function send(bench: ModuleBench, topic: string, hex: string): Promise<string[]> {
  await bench.cloud.publish(topic, hex);
  await bench.settle();
  return bench.heard();
}

/** A business frame in hex. */
function business(cmd: number, p0: string, sn?: number): string {
  return spellHex(encodeBusinessFrame({ cmd, p0: parseHex(p0), ...(sn === undefined ? {} : { sn }) }));
}

describe("a module that is online", () => {
  it("acknowledges a report and sends its P0 up unchanged as 0091 (cloud.md 3.3)", async () => {
    const bench = await createOnline();
    expect(await bench.say(0x05, 0x11, REPORT)).toEqual(["06"]);
    expect(bench.cloud.published).toEqual([`dev2app/${DID} 00 00 00 03 0E 00 00 91 ${REPORT}`]);
  });

  it("sends a read reply up as a report is", async () => {
    const bench = await createOnline();
    expect(await bench.say(0x04, 0, "03 00 00")).toEqual([]);
    expect(bench.cloud.published).toEqual([`dev2app/${DID} 00 00 00 03 06 00 00 91 03 00 00`]);
  });

  it("hands the P0 of 0090 down unchanged, and answers nothing to the app", async () => {
    const bench = await createOnline();
    expect(await send(bench, APP, "00 00 00 03 0A 00 00 90 01 01 01 00 00 00 00")).toEqual(["03 01 01 01 00 00 00 00"]);
    expect(bench.cloud.published).toEqual([]);
  });

  it("takes a frame with flag 01, in which a did stands before the P0", async () => {
    const bench = await createOnline();
    const frame = encodeBusinessFrame({ cmd: M2M.sendWithAck, sn: 7, did: DID, p0: parseHex("01 01 01 00 00 00 00") });
    expect(await send(bench, APP, spellHex(frame))).toEqual(["03 01 01 01 00 00 00 00"]);
    expect(bench.cloud.published).toEqual([
      `dev2app/${DID}/usr6U9jtyINX27hmwBGLV05 00 00 00 03 07 00 00 94 00 00 00 07`,
    ]);
  });

  it("answers 0093 with 0094 and its sn, to that app alone, once the MCU has acknowledged", async () => {
    const bench = await createOnline();
    bench.unanswered.add(0x03);
    expect(await send(bench, APP, business(M2M.sendWithAck, "02", 0x12345678))).toEqual(["03 02"]);
    expect(bench.cloud.published).toEqual([]);
    bench.unanswered.clear();
    await bench.advance(200);
    expect(bench.cloud.published).toEqual([
      `dev2app/${DID}/usr6U9jtyINX27hmwBGLV05 00 00 00 03 07 00 00 94 12 34 56 78`,
    ]);
  });

  it("answers no 0093 that the MCU never acknowledged", async () => {
    const bench = await createOnline();
    bench.unanswered.add(0x03);
    await send(bench, APP, business(M2M.sendWithAck, "02", 1));
    await bench.advance(5000);
    expect(bench.cloud.published).toEqual([]);
  });

  it("carries any P0 both ways: passthrough, gateway actions, FF and 55 in any place", async () => {
    const bench = await createOnline();
    const random = createSeededRandom("p0");
    for (let round = 0; round < 40; round += 1) {
      const length = random.pick([1, 2, 30, 123, 124, 125, 900]);
      const p0 = spellHex(Uint8Array.from({ length }, () => random.pick([0xff, 0x55, 0, random.integer(0, 255)])));
      expect(await send(bench, APP, business(M2M.send, p0))).toEqual([`03 ${p0}`]);
      bench.cloud.published.length = 0;
      expect(await bench.say(0x05, round, p0)).toEqual(["06"]);
      expect(bench.cloud.published).toEqual([`dev2app/${DID} ${business(M2M.report, p0)}`]);
    }
  });

  it("has one message under way and the others wait for it, in order", async () => {
    const bench = await createOnline();
    bench.unanswered.add(0x03);
    const three = ["01 AA", "01 BB", "01 CC"].map((p0) => business(M2M.send, p0));
    expect(await send(bench, APP, three.join(" "))).toEqual(["03 01 AA"]);
    await bench.advance(600);
    expect(bench.heard()).toEqual(["03 01 AA", "03 01 AA", "03 01 BB"]);
    bench.unanswered.clear();
    await bench.advance(200);
    expect(bench.heard()).toEqual(["03 01 BB", "03 01 CC"]);
  });

  it("takes for its answer only a frame with its own sn (uart.md 3)", async () => {
    const bench = await createOnline();
    bench.unanswered.add(0x03);
    await bench.cloud.publish(APP, business(M2M.send, "01 AA"));
    await bench.settle();
    const sn = bench.wire.takeSayings()[0]?.bytes[5] ?? 0;
    bench.wire.write(encodeFrame({ cmd: 0x04, sn: sn ^ 1, flags: 0, payload: new Uint8Array(0) }));
    await bench.advance(200);
    expect(bench.heard()).toEqual(["03 01 AA"]);
    bench.wire.write(encodeFrame({ cmd: 0x04, sn, flags: 0, payload: new Uint8Array(0) }));
    await bench.advance(5000);
    expect(bench.heard()).toEqual([]);
  });

  it("tells the MCU whether any app is there: bit 11 follows 0210", async () => {
    const bench = await createOnline();
    const tell = (count: string) => send(bench, `ser2cli_res/${DID}`, `00 00 00 03 02 10 ${count}`);
    expect(await tell("00 01")).toEqual(["0D 0F 3A"]);
    expect(await tell("01 00")).toEqual([]);
    expect(await tell("00 00")).toEqual(["0D 07 3A"]);
    await tell("00 05");
    bench.cloud.drop();
    await bench.advance(5000);
    expect(bench.heard()).toEqual(["0D 07 1A", "0D 07 3A"]);
  });

  it.each([
    ["no M2M frame", APP, "01 02 03", "m2m-prefix"],
    ["a frame cut off", APP, "00 00 00 03 0A 00 00 90 01", "m2m-truncated"],
    ["a control frame that is empty", `ser2cli_res/${DID}`, "00 00 00", "m2m-prefix"],
  ])("stays online when the cloud sends %s, and tells of it", async (_what, topic, hex, code) => {
    const bench = await createOnline();
    expect(await send(bench, topic, hex)).toEqual([]);
    expect([bench.module.state.kind, bench.troubles]).toEqual(["online", [code]]);
  });

  it.each([
    ["another command", APP, "00 00 00 03 03 00 00 91"],
    ["an OTA notice", `ser2cli_res/${DID}`, "00 00 00 03 02 11 01 00 00"],
    ["a notice to the product", "ser2cli_noti/a1b2c3d4e5f60718293a4b5c6d7e8f90", "00 00 00 03 02 10 00 01"],
  ])("lets %s pass", async (_what, topic, hex) => {
    const bench = await createOnline();
    expect(await send(bench, topic, hex)).toEqual([]);
    expect(bench.troubles).toEqual([]);
  });

  it("acknowledges reports it cannot send up while the cloud is out of reach", async () => {
    const bench = await createOnline();
    bench.cloud.drop();
    await bench.settle();
    expect(await bench.say(0x05, 3, REPORT)).toEqual(["06"]);
    await bench.advance(60_000);
    expect(bench.cloud.published).toEqual([]);
  });
});

describe("a module that the MCU asks something of", () => {
  it.each([
    ["configuration mode", 0x09, "01", ["0A"]],
    ["production test", 0x13, "", ["14"]],
    ["bindable mode", 0x15, "", ["16"]],
    ["the network time, local at +8 and in UTC seconds", 0x17, "", ["18 07 EA 01 01 08 00 00 69 55 B9 00"]],
    ["something unknown", 0x2b, "", []],
    ["nothing: a notice", 0x12, "01", []],
    ["nothing: an acknowledgement", 0x08, "", []],
  ])("answers to %s", async (_what, cmd, payload, answers) => {
    const bench = await createOnline();
    expect(await bench.say(cmd, 0x42, payload)).toEqual(answers);
  });

  it("echoes the sn of what it answers", async () => {
    const bench = await createOnline();
    bench.wire.take();
    await bench.wire.ask("FF FF 00 05 15 FF 55 00 00 19");
    bench.wire.write(parseHex("FF FF 00 05 15 FF 55 00 00 19"));
    await bench.settle();
    expect(bench.wire.take()).toEqual(["FF FF 00 05 16 FF 55 00 00 1A"]);
  });

  it("tells about itself in 65 bytes: type, versions, mac, ip, attributes (uart.md 2.7)", async () => {
    const bench = await createOnline();
    const [info = ""] = await bench.say(0x21, 1, "00");
    const bytes = Buffer.from(parseHex(info)).subarray(1);
    expect(parseHex(info)[0]).toBe(0x22);
    expect(bytes.length).toBe(65);
    const text = (from: number, to: number): string => bytes.subarray(from, to).toString("latin1");
    expect([bytes[0], text(1, 9), text(17, 25)]).toEqual([1, "00000004", "04020006"]);
    expect([text(25, 41), text(41, 57)]).toEqual([`02aabbccddee\0\0\0\0`, `127.0.0.1${"\0".repeat(7)}`]);
  });

  it.each([
    ["a report", 0x05, ["11 01"]],
    ["bindable mode", 0x15, ["11 01"]],
    ["a piece of big data", 0x1d, ["11 02"]],
    ["module info", 0x21, ["11 02"]],
    ["an acknowledgement", 0x08, []],
    ["a notice", 0x12, []],
  ])("refuses %s whose checksum is wrong as GAgent does (uart.md 2.9)", async (_what, cmd, answers) => {
    const bench = await createOnline();
    const frame = encodeFrame({ cmd, sn: 9, flags: 0, payload: new Uint8Array(0xfa) });
    frame[frame.length - 1] = (frame[frame.length - 1] ?? 0) ^ 1;
    bench.wire.write(frame);
    await bench.settle();
    const said = bench.wire.takeSayings();
    expect(said.map(({ bytes }) => bytes[5])).toEqual(answers.map(() => 9));
    expect(said.map(({ bytes }) => spellHex(Uint8Array.of(bytes[4] ?? 0, bytes[8] ?? 0)))).toEqual(answers);
  });

  it("does not answer a frame that was cut off", async () => {
    const bench = await createOnline();
    bench.wire.write(parseHex("FF FF 00 10 05 11 00 00 04 01 38"));
    expect(await bench.say(0x08, 0)).toEqual([]);
  });
});

describe("a module that is told to start anew", () => {
  it("restarts 100 ms after 29 and keeps who it is", async () => {
    const bench = await createOnline();
    expect(await bench.say(0x29, 6)).toEqual(["2A"]);
    await bench.advance(99);
    expect(bench.module.state.kind).toBe("online");
    await bench.advance(1);
    expect(bench.heard()).toEqual(["01", "0D 07 1A", "0D 07 3A"]);
    expect(bench.cloud.calls.filter((call) => call.startsWith("POST")).length).toBe(1);
    expect([bench.module.state.kind, bench.module.identity.did, bench.cloud.connected]).toEqual(["online", DID, 1]);
  });

  it("takes a new passcode and did 2 s after 0B, and gives the old ones up (cloud.md 2.1)", async () => {
    const bench = await createOnline();
    bench.cloud.dids.unshift(OTHER_DID);
    bench.cloud.calls.length = 0;
    expect(await bench.say(0x0b, 1)).toEqual(["0C"]);
    expect(await bench.say(0x0b, 1)).toEqual(["0C"]);
    expect(await bench.say(0x05, 2, REPORT)).toEqual(["06"]);
    expect(bench.cloud.published).toEqual([]);
    await bench.advance(1999);
    expect(bench.cloud.calls).toEqual([]);
    await bench.advance(1);
    const [registered, givenUp] = bench.cloud.calls;
    expect(registered).toMatch(/^POST \/dev\/devices passcode=NEWPASS\d&mac=02aabbccddee/);
    expect(givenUp).toBe(`DELETE /dev/devices did=${DID}&passcode=PASSCODEAA`);
    expect(bench.cloud.logins.at(-1)).toMatchObject({ clientId: OTHER_DID, password: bench.module.identity.passcode });
    expect(bench.identities.at(-1)).toMatchObject({ did: OTHER_DID });
    expect(bench.module.state.kind).toBe("online");
  });

  it("stays off when its power is cut meanwhile, and leaves nothing under way", async () => {
    for (const cmd of [0x29, 0x0b]) {
      const bench = await createOnline();
      await bench.say(cmd, 1);
      bench.module.stop();
      await bench.advance(5000);
      expect(bench.module.state.kind).toBe("off");
      expect([bench.wire.clock.pending(), bench.cloud.connected]).toEqual([[], 0]);
    }
  });

  it.each(["http-down", "no-suback", "broker-down", "none"] as const)(
    "can be cut off at any stage (%s)",
    async (trouble) => {
      const bench = await ModuleBench.create();
      bench.cloud.trouble = trouble;
      bench.isMcuDead = trouble === "none";
      bench.module.start();
      await bench.turn();
      if (trouble === "no-suback") expect(bench.module.state.kind).toBe("subscribing");
      bench.module.stop();
      await bench.turn();
      const heard = bench.heard().length;
      await bench.advance(60_000);
      expect([bench.module.state.kind, bench.wire.clock.pending(), heard > 0]).toEqual(["off", [], true]);
      expect(bench.heard()).toEqual([]);
    },
  );
});
