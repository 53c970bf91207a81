import { describe, expect, it, onTestFinished } from "vitest";
import { startLab, type TestLab, type TestLabOptions } from "../../../src/testing.js";

async function openLab(options: TestLabOptions = {}): Promise<TestLab> {
  const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: 7, ...options });
  onTestFinished(() => lab.close());
  return lab;
}

const still = { isAlive: false } as const;

describe("a lab of the test kit", () => {
  it("carries a device's own change to the store, and an app's control to the device", async () => {
    const lab = await openLab();
    const device = await lab.device("pet-house", still);
    await device.set({ Temperature: 21 });
    await device.expectReport({ Temperature: 21 });
    const user = await lab.user();
    await user.bind(device);
    await user.control(device, { LED_OnOff: true });
    await device.expectControl({ LED_OnOff: true });
    await device.expectReport({ LED_OnOff: true, Temperature: 21 });
    expect(await user.latest(device)).toMatchObject({ LED_OnOff: 1, Temperature: 21 });
    expect(device.attrs).toMatchObject({ LED_OnOff: true, Temperature: 21 });
  });

  it("opens no port unless asked, and any free one when it is", async () => {
    const closed = await openLab();
    expect(() => closed.http.url).toThrowError(expect.objectContaining({ code: "not-listening" }));
    expect(() => closed.mqtt.url).toThrowError(expect.objectContaining({ code: "not-listening" }));
    const open = await openLab({ http: true });
    expect((await fetch(`${open.http.url}/_lab/health`)).status).toBe(200);
    expect(() => open.mqtt.url).toThrowError(expect.objectContaining({ hint: "start it with mqtt: true" }));
  });

  it("answers HTTP without a port, refusals too", async () => {
    const lab = await openLab();
    expect(await (await lab.fetch("/_lab/health")).json()).toMatchObject({ status: "ok" });
    const refused = await lab.fetch("/app/users", { method: "POST", body: { phone_id: "p" } });
    expect([refused.status, await refused.json()]).toMatchObject([400, { error_code: 9003 }]);
  });

  it("moves time by texts with units and by milliseconds, and refuses what is neither", async () => {
    const lab = await openLab();
    const from = lab.clock.now();
    await lab.clock.advance("1h30m");
    await lab.clock.advance(1500);
    expect(lab.clock.now() - from).toBe(5_401_500);
    await expect(lab.clock.advance("90")).rejects.toMatchObject({ code: "duration-invalid" });
    await expect((await openLab({ clock: "wall" })).clock.advance("1s")).rejects.toMatchObject({ code: "clock-wall" });
  });

  it("says what was probably meant by a product that is not there", async () => {
    const lab = await openLab();
    await expect(lab.device("pet-hous")).rejects.toMatchObject({
      code: "product-unknown",
      hint: "did you mean pet-house?",
    });
  });

  it("gives a device up that a fault keeps off", async () => {
    const lab = await openLab();
    lab.faults.add({ kind: "net.refuse" });
    await expect(lab.device("pet-house")).rejects.toMatchObject({ code: "device-offline" });
  });

  it("does not meet another lab of the same seed in the same process", async () => {
    const [one, two] = [await openLab(), await openLab()];
    const [device, twin] = [await one.device("pet-house", still), await two.device("pet-house", still)];
    expect(device.did).toBe(twin.did);
    await device.set({ Temperature: 33 });
    await device.expectReport({ Temperature: 33 });
    await two.clock.advance("1m");
    expect(twin.attrs.Temperature).not.toBe(33);
    expect([...two.trace].some(({ hop, detail }) => hop === "lab.set" && detail?.attrs !== undefined)).toBe(false);
  });
});

describe("reset", () => {
  it("leads back to the seed: no devices, no users, the same time and the same ids to come", async () => {
    const lab = await openLab();
    const from = lab.clock.now();
    const device = await lab.device("pet-house");
    const { did } = device;
    const user = await lab.user();
    await user.bind(device);
    lab.faults.add({ kind: "uart.drop", probability: 0.5 });
    await lab.clock.advance("3h");
    await lab.reset();
    expect(lab.clock.now()).toBe(from);
    expect([lab.platform.cloud.registry.list(), lab.platform.cloud.users.count, lab.faults.list()]).toEqual([
      [],
      0,
      [],
    ]);
    expect(lab.platform.clock.pending()).toEqual([]);
    await expect(device.set({ Temperature: 1 })).rejects.toMatchObject({ code: "device-gone" });
    expect((await lab.device("pet-house")).did).toBe(did);
    expect((await lab.user()).uid).toBe(user.uid);
  });
});

describe("a restore", () => {
  it("brings devices back, which are found by their dids, and ends an advance under way", async () => {
    const lab = await openLab();
    const { did } = await lab.device("pet-house", still);
    await lab.save("one");
    const from = lab.clock.now();
    const hops: string[] = [];
    const stop = lab.listen(({ hop }) => hops.push(hop));
    const advance = lab.clock.advance("100d");
    await lab.restore("one");
    await advance;
    stop();
    expect(lab.clock.now()).toBe(from);
    expect(hops).toContain("lab.restored");
    const device = lab.find<"pet-house">(did);
    await device.set({ Temperature: 44 });
    await device.expectReport({ Temperature: 44 });
    expect(() => lab.find("nobody")).toThrowError(expect.objectContaining({ code: "device-unknown" }));
  });
});

describe("a month of one device", () => {
  it("brings a report a minute through every part, 43,200 of them, into log and rollups", async () => {
    const lab = await openLab();
    const device = await lab.device("pet-house", { reportEveryMs: 60_000 });
    const from = lab.clock.now();
    await lab.clock.advance("30d");
    const { cloud } = lab.platform;
    const stored = cloud.registry.get(device.did);
    const product = cloud.registry.productOf(stored);
    const until = lab.clock.now();
    const log = { deviceId: stored.id, after: from, until, skip: 0, limit: 1, order: "asc" } as const;
    const { total } = cloud.telemetry.logPage({ ...log, type: "cmd" });
    expect(total).toBe(43_200);
    const temperature = product?.profile.datapoints.find(({ name }) => name === "Temperature");
    const id = product?.rollupIds[temperature?.index ?? -1];
    expect(id).toBeDefined();
    expect(cloud.broker.presence.isOnline(device.did)).toBe(true);
    const user = await lab.user();
    await user.bind(device);
    const path = `/app/devdata/${device.did}/agg_data?start_ts=${from}&end_ts=${until}&attrs=Temperature&aggregator=avg&unit=DAYS`;
    const { status, body } = await user.get(path);
    expect(status).toBe(200);
    expect((body.data as unknown[]).length).toBe(31);
  }, 60_000);
});
