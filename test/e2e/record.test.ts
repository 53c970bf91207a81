import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseRecording } from "../../src/record/recording.js";
import { type CliProcess, type Ready, runCli, startCli, startUp } from "../support/cli-process.js";
import { request } from "../support/http-app.js";
import { expectOneLine } from "../support/one-line.js";
import { pollUntil } from "../support/poll.js";
import { makeTempFolder } from "../support/temp-folder.js";
import { hasTshark } from "../support/tshark.js";

/** Ctrl-C closes cleanly within a second (interfaces.md); some more for a machine that runs all tests at once. */
const SOON_MS = 1500;
const LAB = ["--memory", "--clock", "virtual", "--profile", "pet-house", "--profile", "smart-meter", "--devices", "1"];

/** A pet house is controlled and reports so. */
async function control(ready: Ready, attrs: object): Promise<void> {
  const product = ready.products.find(({ name }) => name === "pet-house");
  const device = ready.devices.find(({ product_key }) => product_key === product?.product_key);
  await request(ready.urls.http, "POST", `/_lab/devices/${device?.did}/control`, { attrs });
  await request(ready.urls.http, "POST", "/_lab/clock", { advance: "5s" });
}

/** Starts to record, and waits until that is so. */
async function startRecording(ready: Ready, file: string, ...args: readonly string[]): Promise<CliProcess> {
  const record = startCli(["record", file, "--cloud", ready.urls.http, ...args]);
  await pollUntil(
    "word that it records",
    async () => record.stderr,
    (stderr) => /recording .*Ctrl-C/.test(stderr),
  );
  return record;
}

async function listRecordings({ urls }: Ready): Promise<readonly object[]> {
  return (await request<{ recordings: object[] }>(urls.http, "GET", "/_lab/recordings")).body.recordings;
}

describe("gizlab record", () => {
  it("writes every hop until Ctrl-C, over an older file, and leaves nothing in the cloud", async () => {
    const { ready } = await startUp(...LAB);
    const file = join(makeTempFolder(), "session.jsonl");
    writeFileSync(file, "older\n".repeat(10_000));
    const record = await startRecording(ready, file);
    await control(ready, { LED_R: 56 });
    const { tookMs, ...end } = await record.stop("SIGINT");
    expect(end).toEqual({ code: 0, signal: null });
    expect(tookMs).toBeLessThan(SOON_MS);
    const { header, entries } = parseRecording(readFileSync(file, "utf8"));
    expect(header).toMatchObject({ clock: "virtual", redacted: true });
    expect(entries[0]).toMatchObject({ hop: "cloud.control", detail: { attrs: { LED_R: 56 } } });
    expect(entries.map(({ hop }) => hop)).toContain("cloud.stored");
    expect(record.stdout).toBe(`${entries.length} hops in ${file}\n`);
    expect(await listRecordings(ready)).toEqual([]);
  });

  it("ends by itself after --for, and tells scripts", async () => {
    const { ready } = await startUp("--memory", "--profile", "pet-house");
    const file = join(makeTempFolder(), "session.jsonl");
    const cloud = ready.urls.http;
    const { code, stdout, stderr } = await runCli(["record", file, "--cloud", cloud, "--for", "200ms", "--json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { event: "recording", id: "r1", cloud, file },
      { event: "recorded", file, hops: 0, full: false },
    ]);
    expect(parseRecording(readFileSync(file, "utf8")).entries).toEqual([]);
  });

  it("has passcodes when asked for, and writes to stdout nothing but the recording", async () => {
    const { ready } = await startUp("--memory", "--profile", "pet-house");
    const record = await startRecording(ready, "-", "--secrets");
    await request(ready.urls.http, "POST", "/_lab/devices", { product: "pet-house" });
    expect((await record.stop("SIGINT")).code).toBe(0);
    const { header, entries } = parseRecording(record.stdout);
    expect(header.redacted).toBe(false);
    expect(entries.length).toBeGreaterThan(10);
    expect(record.stderr).toMatch(/\d+ hops in the recording\n$/);
  });

  it("says that the cloud has gone away, and leaves the older file as it was", async () => {
    const { up, ready } = await startUp("--memory", "--profile", "pet-house");
    const file = join(makeTempFolder(), "session.jsonl");
    writeFileSync(file, "older\n");
    const record = await startRecording(ready, file);
    await up.stop("SIGKILL");
    expect((await record.ended).code).toBe(1);
    expect(record.stderr).toContain(`gizlab: the cloud at ${ready.urls.http} has gone away [cloud-gone]\n`);
    expect(readFileSync(file, "utf8")).toBe("older\n");
  });

  it("says at once when there is no cloud, and when the file cannot be written", async () => {
    const folder = makeTempFolder();
    const file = join(folder, "session.jsonl");
    expectOneLine(await runCli(["record", file, "--cloud", "http://127.0.0.1:1"]), {
      code: 1,
      line: /no cloud answers/,
    });
    expect(existsSync(file)).toBe(false);
    const { ready } = await startUp("--memory", "--profile", "pet-house");
    for (const bad of [folder, join(folder, "no", "folder")]) {
      expectOneLine(await runCli(["record", bad, "--cloud", ready.urls.http]), {
        code: 2,
        line: /cannot be written: (?:it is a directory|its directory does not exist)/,
      });
    }
    expect(await listRecordings(ready)).toEqual([]);
  });
});

describe("gizlab wireshark", () => {
  /** A recording that begins long after the devices have said what they are. */
  async function makeRecording(file: string): Promise<void> {
    const { ready } = await startUp(...LAB);
    const record = await startRecording(ready, file);
    await control(ready, { LED_R: 56 });
    await record.stop("SIGINT");
  }

  it.skipIf(!hasTshark())("writes what tshark reads, datapoints and all, by the command it prints", async () => {
    const file = join(makeTempFolder(), "a session.jsonl");
    await makeRecording(file);
    const { code, stdout, stderr } = await runCli(["wireshark", file]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(
      /a session\.pcapng: \d+ packets of \d+ hops\n.*a session\.lua: dissector for pet-house, smart-meter\n/,
    );
    const command = /^ {2}(tshark .*)$/m.exec(stdout)?.[1] ?? "";
    const fields = "-T fields -e gizwits.pet_house.LED_R -Y 'gizwits.pet_house.LED_R == 56'";
    const shown = spawnSync("bash", ["-c", `${command} ${fields}`], { encoding: "utf8" });
    expect(shown.status).toBe(0);
    // The control and its report, each on MQTT and on the UART.
    expect(shown.stdout).toBe("56\n".repeat(4));
    const meter = spawnSync("bash", ["-c", `${command} -Y gizwits.smart_meter.voltage`], { encoding: "utf8" });
    expect(meter.stdout).not.toBe("");
  });

  it("tells scripts what it wrote, under names that were asked for", async () => {
    const folder = makeTempFolder();
    const file = join(folder, "session.jsonl");
    await makeRecording(file);
    const [pcapng, lua] = [join(folder, "capture"), join(folder, "gizwits.lua")];
    const { code, stdout } = await runCli(["wireshark", file, "--pcapng", pcapng, "--lua", lua, "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      event: "written",
      pcapng,
      lua,
      command: expect.stringContaining(lua) as string,
    });
    expect(readFileSync(pcapng).subarray(0, 4)).toEqual(Buffer.from([0x0a, 0x0d, 0x0d, 0x0a]));
    expect(readFileSync(lua, "utf8")).toMatch(/^-- Wireshark dissector/);
  });

  it("names the line of what is no recording", async () => {
    const file = join(makeTempFolder(), "broken.jsonl");
    writeFileSync(file, '{"kind":"recording","format":1,"profiles":[]}\n\n{"at":1}\n');
    expectOneLine(await runCli(["wireshark", file]), {
      code: 1,
      line: /broken\.jsonl:3: .*a hop has at, id and hop \[recording-invalid\]; gizlab record/,
    });
  });
});
