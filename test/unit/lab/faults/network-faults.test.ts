import { describe, expect, it } from "vitest";
import type { TestLab } from "../../../../src/testing.js";
import { openTestLab, Story } from "../../../support/lab-bench.js";
import { readLog } from "../../../support/lab-store.js";

const WAY = ["device.online", "device.offline", "module.state", "module.trouble", "cloud.stored"];

/** A pet house that has nothing of its own to report. Its module comes back 5 s after its connection has ended. */
async function openPetHouse() {
  const lab = await openTestLab();
  const device = await lab.device("pet-house", { isAlive: false });
  await lab.clock.advance("7s");
  const story = new Story(lab);
  story.begin();
  return { lab, device, story };
}

/** The whole way back to the cloud, and the report that follows (uart.md 3.1). */
function comeBack(at: number): string[] {
  return [
    ...["provisioning", "connecting", "subscribing"].map((state) => `${at} module.state ${state}`),
    `${at} device.online`,
    `${at} module.state online`,
    `${at + 43} cloud.stored`,
  ];
}

/** The comings and goings of the device's log, oldest first. */
function onlineLog(lab: TestLab, did: string): unknown[] {
  return readLog(lab, did, "online").map(({ detail = "{}" }) => JSON.parse(detail).reason ?? "online");
}

async function expectControlWorks(device: Awaited<ReturnType<typeof openPetHouse>>["device"]): Promise<void> {
  await device.control({ LED_B: 123 });
  await device.expectControl({ LED_B: 123 });
  await device.expectReport({ LED_B: 123 });
}

describe("a connection", () => {
  it("that breaks is made again after 5 s, and the log says why", async () => {
    const { lab, device, story } = await openPetHouse();
    lab.faults.add({ kind: "net.disconnect", did: device.did });
    await lab.clock.advance("1m");
    expect(story.lines(...WAY)).toEqual(["0 device.offline tcp_closed", "0 module.state waiting", ...comeBack(5000)]);
    expect(onlineLog(lab, device.did)).toEqual(["online", "tcp_closed", "online"]);
    expect(lab.faults.list()).toEqual([]);
    await expectControlWorks(device);
  });

  it("of a device that is not online cannot break", async () => {
    const { lab, device } = await openPetHouse();
    await device.powerOff();
    await lab.clock.advance("1s");
    expect(lab.faults.add({ kind: "net.disconnect", did: device.did }).hits).toBe(0);
    expect(lab.faults.add({ kind: "net.disconnect", did: "nobody" }).hits).toBe(0);
  });

  it("that is half open loses everything, until the module misses an answer to its ping", async () => {
    const { lab, device, story } = await openPetHouse();
    const fault = lab.faults.add({ kind: "net.half-open", did: device.did, for: "4m" });
    await device.set({ LED_R: 200 });
    await device.expectNoReport({}, { within: "2m" });
    expect(device.isOnline).toBe(true);
    await lab.clock.advance("20m");
    const lines = story.lines("device.offline", "module.trouble", "lab.fault-removed");
    // The login gets no CONNACK either: each is given up after 15 s.
    expect(lines.slice(0, 3)).toEqual([
      "172935 device.offline tcp_closed",
      "192935 module.trouble cloud-unreachable",
      "192935 device.offline tcp_closed",
    ]);
    expect(lines).toContain("240000 lab.fault-removed net.half-open");
    expect(fault.hits).toBeGreaterThan(3);
    expect([device.isOnline, device.attrs.LED_R]).toEqual([true, 200]);
    expect(story.of("cloud.stored").length).toBeGreaterThan(0);
    await expectControlWorks(device);
  });

  it("that is half open hears no control, and its end is a break", async () => {
    const { lab, device, story } = await openPetHouse();
    lab.faults.add({ kind: "net.half-open", for: "1m" });
    await device.control({ LED_R: 7 });
    await device.expectNoControl({}, { within: "90s" });
    expect(story.lines("device.offline", "device.online")).toEqual([
      "60000 device.offline tcp_closed",
      "65000 device.online",
    ]);
    await expectControlWorks(device);
  });

  it("that is refused is asked for again and again, each time later", async () => {
    const { lab, device, story } = await openPetHouse();
    lab.faults.add({ kind: "net.refuse", count: 3 });
    lab.faults.add({ kind: "net.disconnect" });
    await lab.clock.advance("2m");
    expect(story.lines("fault", "module.trouble", "device.online")).toEqual([
      "0 fault net.disconnect",
      ...[5000, 20_000, 45_000].flatMap((at) => [`${at} fault net.refuse`, `${at} module.trouble mqtt-refused`]),
      "80000 device.online",
    ]);
    await expectControlWorks(device);
  });

  it("that somebody else takes over comes back, and the intruder with it at most once", async () => {
    const { lab, device, story } = await openPetHouse();
    lab.faults.add({ kind: "net.take-over", did: device.did, for: "1s" });
    await lab.clock.advance("1m");
    expect(story.lines(...WAY)).toEqual([
      "0 module.state waiting",
      "0 device.online",
      "1000 device.offline tcp_closed",
      ...comeBack(5000),
    ]);
    await expectControlWorks(device);
  });

  it("of an intruder who stays is taken over in turn", async () => {
    const { lab, device, story } = await openPetHouse();
    lab.faults.add({ kind: "net.take-over", did: device.did, for: "1h" });
    await lab.clock.advance("2h");
    expect(story.of("device.offline")).toEqual([]);
    expect(story.lines("device.online")).toEqual(["0 device.online", "5000 device.online"]);
    await expectControlWorks(device);
  });
});

describe("latency", () => {
  it.each<["up" | "down" | undefined, number, number]>([
    ["up", 2000, 0],
    ["down", 0, 2000],
    [undefined, 2000, 2000],
  ])("%s delays the hops of that direction and no other", async (direction, up, down) => {
    const { lab, device, story } = await openPetHouse();
    lab.faults.add({ kind: "net.latency", delay: "2s", ...(direction === undefined ? {} : { direction }) });
    await device.control({ LED_R: 200 });
    await device.expectReport({ LED_R: 200 });
    expect(story.lines("mqtt.down", "mcu.control", "cloud.stored")).toEqual([
      "0 mqtt.down control",
      `${down + 17} mcu.control`,
      `${down + up + 48} cloud.stored`,
    ]);
    const [control] = story.of("cloud.control");
    const road = story.entries.filter(({ id, hop }) => id === control?.id && hop !== "fault").map(({ hop }) => hop);
    expect(road).toEqual([
      ...["cloud.control", "mqtt.down", "uart.down", "uart.up", "mcu.control"],
      ...["uart.up", "uart.down", "mqtt.up", "cloud.stored"],
    ]);
  });

  it("lets no packet overtake another", async () => {
    const { lab, device, story } = await openPetHouse();
    lab.faults.add({ kind: "net.latency", delay: "3s", direction: "down", probability: 0.5 });
    for (let n = 0; n < 20; n += 1) {
      await device.control({ LED_R: n });
      await lab.clock.advance("400ms");
    }
    await lab.clock.advance("10s");
    const values = story.of("mcu.control").map(({ detail }) => detail?.attrs);
    expect(values).toEqual(Array.from({ length: 20 }, (_, n) => ({ LED_R: n })));
  });

  it("loses what is on its way when the connection ends", async () => {
    const { lab, device, story } = await openPetHouse();
    lab.faults.add({ kind: "net.latency", delay: "10s" });
    await device.set({ LED_R: 200 });
    await lab.clock.advance("100ms");
    await device.powerOff();
    await lab.clock.advance("1m");
    expect(story.of("mqtt.up")).toEqual([]);
    expect(lab.platform.clock.pending()).toEqual([]);
  });
});

describe("a lost PUBACK", () => {
  it("is of a report that is stored once, and the next ones are acknowledged", async () => {
    const { lab, device, story } = await openPetHouse();
    const fault = lab.faults.add({ kind: "net.lost-puback", count: 1 });
    await device.set({ LED_R: 200 });
    await device.expectReport({ LED_R: 200 });
    await lab.clock.advance("30m");
    expect(fault.hits).toBe(1);
    expect(story.lines("cloud.stored")).toEqual([21, 600_021, 1_200_021, 1_800_021].map((at) => `${at} cloud.stored`));
    expect(story.of("device.offline")).toEqual([]);
    await expectControlWorks(device);
  });
});

describe("a storm", () => {
  it("throws all devices off at once, and brings all of them back", async () => {
    const lab = await openTestLab({ profiles: ["pet-house", "smart-light"] });
    const added = [
      ...(await lab.platform.addDevices("pet-house", 40)),
      ...(await lab.platform.addDevices("smart-light", 20)),
    ];
    const story = new Story(lab);
    const storm = lab.faults.add({ kind: "net.storm" });
    await lab.clock.advance("1ms");
    expect([storm.hits, lab.platform.cloud.broker.presence.onlineCount]).toEqual([60, 0]);
    expect(new Set(story.of("device.offline").map(({ did }) => did)).size).toBe(60);
    await lab.clock.advance("10s");
    expect(lab.platform.cloud.broker.presence.onlineCount).toBe(60);
    expect(new Set(story.of("cloud.stored").map(({ did }) => did))).toEqual(new Set(added.map(({ did }) => did)));
    expect(lab.faults.list()).toEqual([]);
  });
});
