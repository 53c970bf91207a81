import { describe, expect, it, onTestFinished } from "vitest";
import { startLab, type TestLabOptions } from "../../../src/testing.js";

async function openHouse(options: TestLabOptions = {}) {
  const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: 7, ...options });
  onTestFinished(() => lab.close());
  const device = await lab.device("pet-house", { isAlive: false });
  const user = await lab.user();
  await user.bind(device);
  return { lab, device, user };
}

describe("reports of the past", () => {
  it("are taken in any order and by any kind of moment, and aggregated", async () => {
    const { lab, device, user } = await openHouse();
    const at = (hour: number): number => Date.UTC(2025, 11, 1, hour);
    const count = await lab.report(device, [
      { ts: at(14), attrs: { Temperature: 30 } },
      { ts: new Date(at(12)), attrs: { Temperature: 10 } },
      { ts: "2025-12-01T12:30:00Z", attrs: { Temperature: 20, LED_R: 4 } },
    ]);
    expect(count).toBe(3);
    const question = { attrs: ["Temperature"], start: "2025-12-01", end: "2025-12-02" } as const;
    expect(await user.aggregate(device, question)).toEqual([
      { datetime: "2025120112", attrs: { Temperature: 15 } },
      { datetime: "2025120114", attrs: { Temperature: 30 } },
    ]);
    const [day] = await user.aggregate(device, { ...question, aggregator: "max", unit: "DAYS" });
    expect(day?.attrs.Temperature).toBe(30);
    expect(await lab.report(device, [])).toBe(0);
  });

  it("are refused by number, and none of them is stored", async () => {
    const { lab, device, user } = await openHouse();
    const good = { ts: "2025-12-01", attrs: { Temperature: 1 } };
    const wrong = { ts: "2025-12-01", attrs: { Temprature: 1 } } as unknown as typeof good;
    await expect(lab.report(device, [good, wrong])).rejects.toMatchObject({
      code: "report-line",
      message: expect.stringContaining("report 2: "),
    });
    await expect(lab.report(device, [{ ...good, ts: "yesterday" }])).rejects.toMatchObject({ code: "time-invalid" });
    expect(await user.aggregate(device, { attrs: ["Temperature"], start: "2025-12-01", end: "2025-12-02" })).toEqual(
      [],
    );
  });
});

describe("a user", () => {
  it("reads latest with the types of the device", async () => {
    const { device, user } = await openHouse();
    await device.set({ LED_OnOff: true, LED_Color: "Pink" });
    await device.expectReport({ LED_OnOff: true });
    const latest = await user.latest(device);
    const isOn: 0 | 1 | undefined = latest.LED_OnOff;
    const color: "Customize" | "Yellow" | "Purple" | "Pink" | undefined = latest.LED_Color;
    expect([isOn, color]).toEqual([1, "Pink"]);
  });

  it("reads the log of messages and of presence", async () => {
    const { lab, device, user } = await openHouse();
    await user.control(device, { LED_R: 3 });
    await device.expectReport({ LED_R: 3 });
    await lab.clock.advance("1s");
    const types = (await user.rawData(device, { sort: "asc" })).map(({ type }) => type);
    expect(types.slice(-2)).toEqual(["app2dev", "dev2app"]);
    const [last] = await user.rawData(device, { limit: 1 });
    expect(last?.payload_bin).toMatch(/^00000003/);
    expect((await user.rawData(device, { type: "online" })).map(({ type }) => type)).toEqual(["dev_online"]);
    const window = { start: "2025-12-01", end: "2025-12-30" };
    await expect(user.rawData(device, window)).rejects.toMatchObject({ code: "request-failed" });
  });

  it("gives a device back once", async () => {
    const { device, user } = await openHouse();
    await user.unbind(device);
    expect((await user.get("/app/bindings")).body.devices).toEqual([]);
    await expect(user.unbind(device)).rejects.toMatchObject({ code: "request-failed" });
  });
});

describe("a lab", () => {
  it("lists its devices, of one product or of all", async () => {
    const { lab, device } = await openHouse({ profiles: ["pet-house", "smart-meter"] });
    const meter = await lab.device("smart-meter");
    expect(lab.devices()).toEqual([device, meter]);
    expect(lab.devices("smart-meter").map(({ did }) => did)).toEqual([meter.did]);
    expect(() => lab.devices("smart-metre")).toThrowError(expect.objectContaining({ code: "product-unknown" }));
    await lab.reset();
    expect(lab.devices()).toEqual([]);
  });

  it("advances to a date, a date and time, or a Date", async () => {
    const { lab } = await openHouse();
    await lab.clock.advanceTo("2026-01-02");
    expect(lab.clock.now()).toBe(Date.UTC(2026, 0, 2));
    await lab.clock.advanceTo("2026-01-02T09:30:00+08:00");
    expect(lab.clock.now()).toBe(Date.UTC(2026, 0, 2, 1, 30));
    await lab.clock.advanceTo(new Date(Date.UTC(2026, 0, 3)));
    await lab.clock.advanceTo(lab.clock.now());
    expect(lab.clock.now()).toBe(Date.UTC(2026, 0, 3));
  });

  it.each(["2026-01-01", "someday", "2026-02-30", Number.NaN, new Date("x")])(
    "does not advance to %s: past, or no time",
    async (moment) => {
      const { lab } = await openHouse();
      await lab.clock.advanceTo("2026-01-02");
      await expect(lab.clock.advanceTo(moment)).rejects.toMatchObject({ code: "time-invalid" });
      expect(lab.clock.now()).toBe(Date.UTC(2026, 0, 2));
    },
  );

  it("does not move a wall clock", async () => {
    const lab = await startLab({ profiles: ["pet-house"] });
    onTestFinished(() => lab.close());
    await expect(lab.clock.advanceTo("2999-01-01")).rejects.toMatchObject({ code: "clock-wall" });
  });

  it("quotes the last trouble of a device that does not get online", async () => {
    const { lab } = await openHouse();
    lab.faults.add({ kind: "net.refuse" });
    await expect(lab.device("pet-house")).rejects.toMatchObject({
      code: "device-offline",
      message: expect.stringMatching(/its last trouble: .+ \[mqtt-refused\]/),
    });
  });
});

describe("a failed call", () => {
  it("has the line of the test on top of its stack, and none of gizlab", async () => {
    const { lab, device } = await openHouse();
    const failures = [
      () => device.expectReport({ LED_R: 200 }, { within: "1s" }),
      () => device.set({ LED_R: 999 }),
      () => lab.clock.advance("soon"),
      () => startLab({ profiles: ["pet-hose"] }),
      async () => lab.devices("pet-hose"),
    ];
    for (const fail of failures) {
      const error = (await fail().catch((reason: unknown) => reason)) as Error;
      const frames = error.stack?.split("\n").filter((line) => line.startsWith("    at ")) ?? [];
      expect(frames[0]).toContain("verbs.test.ts");
      expect(frames.filter((frame) => frame.includes("/src/"))).toEqual([]);
    }
  });

  it("shows the wanted datapoint before all others", async () => {
    const { device } = await openHouse();
    await device.set({ LED_R: 9 });
    const error = (await device
      .expectReport({ Fault_IR: true, LED_R: 10 })
      .catch((reason: unknown) => reason)) as Error;
    expect(error.message).toMatch(/nearest: .* cloud\.stored +action "0x04" Fault_IR=false LED_R=9 LED_OnOff=/);
  });
});
