import { describe, expect, it, onTestFinished } from "vitest";
import { GizlabError, startLab } from "../../../src/testing.js";

async function openHouse() {
  const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: 7 });
  onTestFinished(() => lab.close());
  return { lab, device: await lab.device("pet-house", { isAlive: false }) };
}

async function failureOf(expectation: Promise<unknown>): Promise<string> {
  const error = await expectation.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof GizlabError) || error.code !== "expectation-failed") throw new Error(`unexpected: ${error}`);
  return error.message;
}

describe("an expectation", () => {
  it("is met by what came since the device was last changed, without moving time", async () => {
    const { lab, device } = await openHouse();
    await device.set({ Temperature: 25 });
    await lab.clock.advance("1h");
    const now = lab.clock.now();
    await device.expectReport({ Temperature: 25 });
    expect(lab.clock.now()).toBe(now);
  });

  it("is not met twice by the same report, nor by one from before a change", async () => {
    const { lab, device } = await openHouse();
    await device.set({ Temperature: 25 });
    await device.expectReport({ Temperature: 25 });
    await failureOf(device.expectReport({ Temperature: 25 }, { within: "5s" }));
    await lab.clock.advance("10s");
    await device.set({ Temperature: 26 });
    expect(await failureOf(device.expectReport({ Temperature: 25 }, { within: "5s" }))).toContain("Temperature is 26");
  });

  it("moves virtual time no further than it must, and at most by `within`", async () => {
    const { lab, device } = await openHouse();
    await device.set({ Temperature: 25 });
    await device.expectReport();
    const from = lab.clock.now();
    await device.set({ Temperature: 26 });
    const { at } = await device.expectReport({ Temperature: 26 }, { within: "1h" });
    // Changes of the device's own are reported 6 s after the last report at the earliest (uart.md 3.1).
    expect(at).toBe(lab.clock.now());
    expect(at - from).toBeGreaterThan(5000);
    expect(at - from).toBeLessThan(7000);
    await failureOf(device.expectReport({ Temperature: 99 }, { within: "2m" }));
    expect(lab.clock.now() - at).toBe(120_000);
  });

  it("waits on a wall clock too", async () => {
    const lab = await startLab({ profiles: ["pet-house"] });
    onTestFinished(() => lab.close());
    const device = await lab.device("pet-house", { isAlive: false, baud: 0 });
    await device.control({ LED_R: 7 });
    await device.expectReport({ LED_R: 7 });
    await failureOf(device.expectReport({ LED_R: 8 }, { within: "20ms" }));
  });

  it("takes a question instead of values, and a frame by name, way, sn and content", async () => {
    const { device } = await openHouse();
    await device.control({ Motor_Speed: 3 });
    await device.expectReport((attrs) => attrs.Motor_Speed > 2);
    const control = await device.expectFrame({ cmd: "control", way: "down", attrs: { Motor_Speed: 3 } });
    const sn = Number(control.detail?.sn);
    expect((await device.expectFrame({ cmd: "0x04", sn })).id).toBe(control.id);
    await expect(device.expectFrame({ cmd: "contol" })).rejects.toMatchObject({
      code: "command-unknown",
      hint: "did you mean control?",
    });
  });

  it("knows what must not happen", async () => {
    const { lab, device } = await openHouse();
    const from = lab.clock.now();
    await device.expectNoControl({}, { within: "3s" });
    await device.expectNoFrame({ cmd: "reboot" }, { within: "3s" });
    expect(lab.clock.now() - from).toBe(6000);
    await lab.clock.advance("10s");
    await device.set({ Temperature: 40 });
    // It left in the very moment of the change.
    expect(await failureOf(device.expectNoFrame({ cmd: "report", way: "up" }))).toContain("which should not");
    await device.set({ Temperature: 41 });
    expect(await failureOf(device.expectNoReport({ Temperature: 41 }))).toMatch(
      /which should not[\s\S]*Temperature=41/,
    );
  });

  it("sees a device go and come back", async () => {
    const { device } = await openHouse();
    await device.expectOnline();
    await device.powerOff();
    await device.expectOffline();
    expect(device.isOnline).toBe(false);
    await device.powerOn();
    await device.expectOnline();
    expect(await failureOf(device.expectOffline({ within: "1m" }))).toContain("offline");
  });
});

describe("the message of a failed expectation", () => {
  it("names what was wanted, what came nearest and how it differs, its whole road, and the last frames", async () => {
    const { lab, device } = await openHouse();
    lab.faults.add({ kind: "uart.drop", cmd: "report", count: 1 });
    await device.control({ LED_OnOff: true, LED_R: 9 });
    const message = await failureOf(device.expectReport({ LED_OnOff: true, LED_R: 10 }, { within: "5s" }));
    expect(message).toContain(`no report LED_OnOff=true LED_R=10 of pet-house ${device.did} within 5s`);
    expect(message).toContain("LED_R is 9, wanted 10");
    const road = message.slice(message.indexOf("its road"), message.indexOf("last frames"));
    const hops = [...road.matchAll(/ms {2}(\S+)/g)].map(([, hop]) => hop);
    expect(hops).toEqual([
      "cloud.control",
      "mqtt.down",
      "uart.down",
      "uart.up",
      "mcu.control",
      "uart.up",
      "fault",
      "uart.up",
      "uart.down",
      "mqtt.up",
      "cloud.stored",
    ]);
    expect(message).toMatch(/last frames:[\s\S]*uart\.up +report sn 1/);
  });

  it("says so when nothing of the kind came at all", async () => {
    const { device } = await openHouse();
    expect(await failureOf(device.expectControl({ LED_R: 1 }, { within: "1s" }))).toContain("nothing of the kind came");
  });

  it("names what the cloud refused to the device meanwhile, with the cure, and nothing of before", async () => {
    const { lab, device } = await openHouse();
    const fault = lab.faults.add({ kind: "net.refuse", did: device.did ?? "" });
    lab.faults.add({ kind: "net.disconnect", did: device.did ?? "" });
    await device.expectOffline({ within: "10s" });
    expect(await failureOf(device.expectOnline({ within: "30s" }))).toMatch(
      /gizlab refused the MQTT login of did \w{22}: .*net\.refuse.*_lab\/faults/,
    );
    lab.faults.remove(fault.id);
    await lab.clock.advance("10m");
    await device.set({ Temperature: 25 });
    expect(await failureOf(device.expectReport({ Temperature: 99 }, { within: "1m" }))).not.toContain("refused");
  });
});

describe("the trace", () => {
  it("gives a control and all that follows from it one correlation id, and each hop its time", async () => {
    const { lab, device } = await openHouse();
    await device.control({ LED_R: 1 });
    const { id } = await device.expectReport({ LED_R: 1 });
    const road = [...lab.trace].filter((entry) => entry.id === id);
    expect(road.map(({ hop }) => hop)).toEqual([
      "cloud.control",
      "mqtt.down",
      "uart.down",
      "uart.up",
      "mcu.control",
      "uart.up",
      "uart.down",
      "mqtt.up",
      "cloud.stored",
    ]);
    expect(road.every(({ at }, index) => at >= (road[index - 1]?.at ?? 0))).toBe(true);
    expect(JSON.parse(JSON.stringify(road))).toEqual(road);
  });
});
