import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { findCommandPlace } from "../../../../src/cli/command-line/parser.js";
import { complete } from "../../../../src/cli/completion/complete.js";
import type { Lab } from "../../../../src/lab/lab.js";
import { startLab } from "../../../../src/lab/start-lab.js";

/** The candidates for the last word of a line; a blank at its end begins a new word. */
const completeLine = (line: string): Promise<string[]> => complete(line.split(" "), findCommandPlace);

describe("completion without a lab", () => {
  it.each([
    ["gizlab de", ["devices", "decode"]],
    ["gizlab tools c", ["checksum"]],
    ["gizlab scenario ", ["run", "check", "schema"]],
    ["gizlab tools aes ", ["encrypt", "decrypt"]],
    ["gizlab completion ", ["bash", "zsh"]],
    ["gizlab up --clock ", ["wall", "virtual"]],
    ["gizlab up --me", ["--memory"]],
    ["gizlab set pet-house --w", ["--within"]],
    ["gizlab sim ph", ["ph-meter"]],
    ["gizlab decode FF --profile smart-", ["smart-light", "smart-meter"]],
    ["gizlab profile check wave", ["wave-maker"]],
    ["gizlab nonsense --x", []],
    ["gizlab decode -- F", []],
    ["gizlab up --help --me", ["--memory"]],
  ])("%s", async (line, candidates) => {
    expect(await completeLine(line)).toEqual(candidates);
  });

  it("is silent where no lab answers", async () => {
    vi.stubEnv("GIZLAB_HTTP", "http://127.0.0.1:1");
    expect(await completeLine("gizlab get ")).toEqual([]);
    expect(await completeLine("gizlab set pet-house LED_OnOff=")).toEqual([]);
    vi.unstubAllEnvs();
  });
});

describe("completion with a lab", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab({ http: true, mqtt: true, profiles: ["pet-house", "smart-meter"] });
    await lab.addDevices("pet-house", 1, { isAlive: false, baud: 0 });
    await lab.addDevices("smart-meter", 2, { isAlive: false, baud: 0 });
  });
  afterAll(() => lab.close());
  beforeEach(() => {
    vi.stubEnv("GIZLAB_HTTP", lab.urls.http);
    return () => vi.unstubAllEnvs();
  });

  it("knows dids, and products of which there is one device", async () => {
    const dids = lab.devices.map(({ did }) => String(did));
    const words = await completeLine("gizlab get ");
    expect(words[0]).toBe("pet-house");
    expect(words.slice(1).sort()).toEqual(dids.sort());
    expect((await completeLine("gizlab trace --did ")).sort()).toEqual(dids);
    expect(await completeLine("gizlab devices smart")).toEqual(["smart-meter"]);
    expect(await completeLine(`gizlab tools qr ${dids[0]?.slice(0, 6)}`)).toEqual([dids[0]]);
  });

  it.each([
    ["gizlab get pet-house Hum", ["Humidity"]],
    ["gizlab get pet-house Humidity Hum", []],
    ["gizlab set pet-house Temp", ["Temperature="]],
    ["gizlab control pet-house Temp", []],
    ["gizlab control pet-house --within 5s LED_C", ["LED_Color="]],
    ["gizlab control pet-house LED_R=1 LED_", ["LED_OnOff=", "LED_Color=", "LED_G=", "LED_B="]],
    ["gizlab set pet-house LED_OnOff=", ["LED_OnOff=true", "LED_OnOff=false"]],
    ["gizlab set pet-house LED_Color=P", ["LED_Color=Purple", "LED_Color=Pink"]],
    ["gizlab set pet-house Motor_Speed=", ["Motor_Speed=-5", "Motor_Speed=5"]],
    ["gizlab control pet-house Humidity=", []],
    ["gizlab set smart-meter relay=", []],
  ])("%s", async (line, candidates) => {
    expect(await completeLine(line)).toEqual(candidates);
  });
});
