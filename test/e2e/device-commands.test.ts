import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Lab } from "../../src/lab/lab.js";
import { startLab } from "../../src/lab/start-lab.js";
import type { VirtualDevice } from "../../src/lab/virtual-device.js";
import { runCli, startCli } from "../support/cli-process.js";
import { enterHttpUser } from "../support/http-app.js";
import { expectOneLine } from "../support/one-line.js";

describe("devices, get, set and control", () => {
  let lab: Lab;
  let house: VirtualDevice;
  beforeAll(async () => {
    lab = await startLab({ http: true, mqtt: true });
    // A wire without pacing and a world that stands still: what is set stays.
    house = await lab.device("pet-house", { isAlive: false });
    await lab.addDevices("smart-meter", 2, { isAlive: false });
  });
  afterAll(() => lab.close());

  const run = (...args: string[]) => runCli([...args, "--cloud", lab.urls.http]);
  async function runJson(...args: string[]): Promise<Record<string, unknown>[]> {
    const { code, stdout } = await run(...args, "--json");
    expect(code).toBe(0);
    return stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }
  const did = () => String(house.did);

  it("list the devices, without a secret of theirs", async () => {
    const listed = await runJson("devices");
    expect(listed.map(({ did: id }) => id).sort()).toEqual(lab.devices.map((device) => device.did).sort());
    expect(listed).toContainEqual({
      did: did(),
      product: "pet-house",
      product_key: house.product.profile.productKey,
      mac: house.mac,
      online: true,
      virtual: true,
      name: "",
    });
    const { stdout } = await run("devices", "smart-meter");
    expect(stdout).toMatch(
      /^did +product +mac +state +kind +name\n(\w{22} {2}smart-meter {2}[0-9a-f]{12} {2}online +virtual\n){2}$/,
    );
    const none = await run("devices", "doser");
    expect(none).toMatchObject({
      code: 0,
      stdout: "",
      stderr: expect.stringMatching(/no doser yet.*sim doser/) as string,
    });
  });

  it("control a device as an app does, and show the report that follows", async () => {
    const users = lab.cloud.users.count;
    const first = await run("control", "pet-house", "LED_OnOff=on", "LED_Color=Pink", "Motor_Speed=-3");
    expect(first).toMatchObject({
      code: 0,
      stderr: `gizlab: the app user "gizlab-control" has bound pet-house ${did()}\n`,
    });
    expect(first.stdout).toMatch(
      new RegExp(`^pet-house ${did()} reported after \\d+ ms\n {2}LED_OnOff {2}false -> true\n`),
    );
    expect(first.stdout).toContain("  LED_Color  Customize -> Pink\n  Motor_Speed  -5 -> -3\n");
    expect(house.mcu.attrs).toMatchObject({ LED_OnOff: true, LED_Color: "Pink", Motor_Speed: -3 });
    // The Open API's own log names the user.
    expect([...lab.trace].some(({ hop }) => hop === "cloud.control")).toBe(true);

    // A phone_id is all that an anonymous user needs, so that of this user must not be guessed.
    const guess = await enterHttpUser(lab.urls.http, lab.credentials.app.id, "gizlab-control");
    const guessed = await guess.call("POST", `/app/control/${did()}`, { attrs: { LED_OnOff: false } });
    expect(guessed).toMatchObject({ status: 401, body: { error_code: 9017 } });

    const second = await run("control", did().slice(0, 8), "LED_OnOff=off");
    expect(second).toMatchObject({ code: 0, stderr: "" });
    expect(lab.cloud.users.count).toBe(users + 2);
    expect(await runJson("control", "pet-house", "LED_OnOff=off")).toEqual([
      {
        did: did(),
        product: "pet-house",
        attrs: { LED_OnOff: false },
        before: { LED_OnOff: false },
        reported: expect.any(Boolean) as boolean,
        after_ms: expect.toSatisfy((ms) => ms === null || typeof ms === "number") as number,
      },
    ]);
  });

  it("set a device from its own side, and get what it reported", async () => {
    const set = await runJson("set", did(), "Temperature=25", "Alert_1=1");
    expect(set).toMatchObject([{ attrs: { Temperature: 25, Alert_1: true }, reported: true }]);
    expect(await runJson("get", "pet-house", "Temperature", "Alert_1")).toEqual([
      {
        did: did(),
        product: "pet-house",
        online: true,
        updated_at: expect.any(Number) as number,
        attrs: { Temperature: 25, Alert_1: true },
      },
    ]);
    const { stdout } = await run("get", "pet-house");
    const lines = stdout.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^pet-house \w{22}, online, reported (just now|\d+[sm] ago)$/);
    expect(lines).toHaveLength(1 + house.product.profile.datapoints.length);
    expect(lines.every((line) => line.length <= 80)).toBe(true);
    expect(stdout).toMatch(/^ {2}Temperature=25 +read-only {2}-13\.\.187$/m);
  });

  it.each<[string[], number, RegExp]>([
    [["get", "pet-hous"], 1, /there is no device pet-hous.*did you mean pet-house\?/],
    [["get", "doser"], 1, /there is no doser yet.*gizlab sim doser/],
    [["get", "smart-meter"], 1, /2 devices are a smart-meter.*name one by its did: \w{22}, \w{22}/],
    [["get", "pet-house", "Temprature"], 1, /no datapoint Temprature.*did you mean Temperature\?/],
    [["get", "pet-house", "Pressure"], 1, /no datapoint Pressure.*it has LED_OnOff, LED_Color/],
    [
      ["set", "pet-house", "Temperature=500"],
      1,
      /^gizlab: Temperature is out of range \(expected -13\.\.187, found 500\)/,
    ],
    [["set", "pet-house", "LED_Color=Pnk"], 1, /LED_Color is out of range.*did you mean "Pink"\?/],
    [["set", "pet-house", "LED_OnOff=maybe"], 1, /^gizlab: LED_OnOff is a bool \(expected true, false, 1 or 0/],
    [["set", "pet-house", "Temperature"], 2, /"Temperature" is no NAME=VALUE/],
    [["set", "pet-house", "Humidity=1", "Humidity=2"], 2, /Humidity is set twice/],
    [["control", "pet-house", "Temperature=20"], 1, /^gizlab: Temperature is read-only/],
    [["control", "pet-house", "LED_OnOff=on", "--within", "soon"], 2, /soon/],
  ])("refuse %j in one line", async (args, code, line) => {
    expectOneLine(await run(...args), { code, line });
  });

  it("say of a device of another program that only control changes it", async () => {
    const sim = startCli(["sim", "wave-maker", "--cloud", lab.urls.http]);
    await sim.line(/Ctrl-C stops/);
    expectOneLine(await run("set", "wave-maker", "mode=1"), {
      code: 1,
      line: /wave-maker \w{22} is no virtual device of this lab \[device-not-virtual\]; .*gizlab control wave-maker mode=1/,
    });
    await sim.stop("SIGINT");
  });

  it("draw the QR code of a device of the lab", async () => {
    const { passcode } = lab.cloud.registry.get(did());
    const [qr] = await runJson("tools", "qr", "pet-house");
    const key = house.product.profile.productKey;
    expect(qr).toMatchObject({ form: "did", content: `product_key=${key}&did=${did()}&passcode=${passcode}` });
    expectOneLine(await run("tools", "qr", "smart-meter"), { code: 1, line: /2 devices are a smart-meter/ });
  });

  it("say what came instead of the report that was waited for, and how a device that is off is refused", async () => {
    const lost = lab.faults.add({ kind: "uart.drop", cmd: "control", direction: "down" });
    expectOneLine(await run("control", "pet-house", "Motor_Speed=4", "--within", "1500ms"), {
      code: 1,
      line: /did not report Motor_Speed=4 within 1500ms \[report-missing\]; no report came; gizlab trace --did \w{22}/,
    });
    lab.faults.remove(lost.id);
    lab.power(house, false);
    await expect.poll(() => lab.cloud.broker.presence.isOnline(did()), { timeout: 10_000 }).toBe(false);
    expectOneLine(await run("control", "pet-house", "Motor_Speed=4"), {
      code: 1,
      line: /device offline! .*\[device-offline\]/,
    });
    await house.start();
  });
});

describe("on a virtual clock", () => {
  it("what is set is sent, and the report is not waited for", async () => {
    await using lab = await startLab({ profiles: ["pet-house"], clock: "virtual", http: true, mqtt: true });
    const device = await lab.device("pet-house", { isAlive: false });
    const result = await runCli(["set", "pet-house", "Temperature=30", "--cloud", lab.urls.http]);
    expect(result).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/time stands still.*POST \/_lab\/clock/) as string,
    });
    expect(device.mcu.attrs.Temperature).toBe(30);
  });
});
