import { describe, expect, it } from "vitest";
import { openTestLab } from "../../support/lab-bench.js";
import { dumpStore } from "../../support/lab-store.js";
import { pollUntil } from "../../support/poll.js";

/** A lab with a user, a device bound to it, and readings of an hour. */
async function openLivedInLab(options: Parameters<typeof openTestLab>[0] = {}) {
  const lab = await openTestLab(options);
  const device = await lab.device("pet-house", { reportEveryMs: 60_000 });
  const user = await lab.user();
  await user.bind(device);
  await lab.clock.advance("1h");
  return { lab, device, user };
}

describe("what is restored", () => {
  it("is every row of the store: users, bindings, tokens, log, latest values and rollups", async () => {
    const { lab, device, user } = await openLivedInLab();
    await lab.save("then");
    const then = dumpStore(lab);
    const latest = await user.latest(device);
    expect(Object.values(then).filter((rows) => (rows as unknown[]).length > 0).length).toBeGreaterThan(8);

    const stranger = await lab.user("phone-2");
    await stranger.bind(device);
    await user.request("PUT", "/app/users", { remark: "later" });
    lab.faults.add({ kind: "cloud.expire-tokens" });
    await device.set({ LED_R: 99 });
    await lab.clock.advance("2h");
    expect(dumpStore(lab)).not.toEqual(then);
    expect((await user.get("/app/users")).status).toBe(400);

    await lab.restore("then");
    expect(dumpStore(lab)).toEqual(then);
    expect(await user.latest(device)).toEqual(latest);
    expect((await stranger.get("/app/users")).body).toMatchObject({ error_code: 9004 });
    expect((await user.get("/app/bindings")).body).toMatchObject({ devices: [{ did: device.did, is_online: true }] });
    await device.set({ LED_R: 5 });
    await device.expectReport({ LED_R: 5 });
  });

  it("leaves no doubt about when a device came online", async () => {
    const { lab, device } = await openLivedInLab();
    await lab.save("then");
    const { find } = lab.platform.cloud.broker.presence;
    const connectedAt = () => find.call(lab.platform.cloud.broker.presence, device.did)?.connectedAt;
    const then = connectedAt();
    await lab.clock.advance("1h");
    lab.faults.add({ kind: "net.disconnect" });
    await lab.clock.advance("1m");
    await lab.restore("then");
    expect(connectedAt()).toBe(then);
  });

  it("is without devices made since, and with those lost since", async () => {
    const { lab, device } = await openLivedInLab();
    await lab.save("one");
    const newcomer = await lab.device("pet-house");
    const { did } = newcomer;
    await lab.save("two");
    await lab.restore("one");
    expect(lab.platform.devices.map((known) => known.did)).toEqual([device.did]);
    expect(() => newcomer.did).toThrowError(expect.objectContaining({ code: "device-gone" }));
    await expect(newcomer.set({ LED_R: 1 })).rejects.toMatchObject({ code: "device-gone" });
    await expect(newcomer.control({ LED_R: 1 })).rejects.toMatchObject({ code: "device-gone" });
    await expect(newcomer.expectReport()).rejects.toMatchObject({ code: "device-gone" });
    await lab.restore("two");
    expect(lab.platform.devices.map((known) => known.did)).toEqual([device.did, did]);
    const back = lab.platform.find(did);
    expect(back.isOnline).toBe(true);
    lab.platform.set(back, { LED_R: 77 });
    await lab.clock.advance("7s");
    const { id } = lab.platform.cloud.registry.get(did);
    expect(lab.platform.cloud.telemetry.latest(id)?.attrs.LED_R).toBe(77);
  });

  it("is another device where one of the same number was made differently", async () => {
    const lab = await openTestLab();
    await lab.device("pet-house", { reportEveryMs: 60_000 });
    await lab.save("minutely");
    await lab.reset();
    const slow = await lab.device("pet-house", { isAlive: false });
    await lab.restore("minutely");
    expect(() => slow.did).toThrowError(expect.objectContaining({ code: "device-gone" }));
    expect(lab.platform.devices[0]?.save().traits).toEqual({ reportEveryMs: 60_000 });
  });
});

describe("reset", () => {
  it("leaves no timer, no device, no fault and no row, and the lab is as good as new", async () => {
    const { lab } = await openLivedInLab();
    const fresh = await openTestLab();
    expect(fresh.platform.clock.pending()).toEqual([]);
    await lab.device("pet-house");
    for (const fault of [
      { kind: "net.latency", delay: "10s" },
      { kind: "http.slow", delay: "1h", route: "/nowhere" },
      { kind: "cloud.skew", by: "1h" },
      { kind: "persona.brown-out", every: "1m" },
      { kind: "net.half-open" },
      { kind: "net.take-over", for: "1h" },
      { kind: "uart.stall", for: "5m", probability: 0.5 },
    ] as const) {
      lab.faults.add(fault);
    }
    await lab.clock.advance("10m");
    await lab.reset();
    expect(lab.platform.clock.pending()).toEqual([]);
    expect([lab.platform.devices.length, lab.faults.list().length, [...lab.trace].length]).toEqual([0, 0, 0]);
    expect(lab.clock.now()).toBe(fresh.clock.now());
    expect(lab.platform.cloud.clock.now()).toBe(fresh.clock.now());
    expect(dumpStore(lab)).toEqual(dumpStore(fresh));
    const devices = [await lab.device("pet-house"), await fresh.device("pet-house")];
    expect(devices[0]?.did).toBe(devices[1]?.did);
    for (const again of [lab, fresh]) await again.clock.advance("1h");
    expect(JSON.stringify([...lab.trace])).toBe(JSON.stringify([...fresh.trace]));
  });

  it("can be done again and again, with nothing on the clock after each", async () => {
    const lab = await openTestLab();
    const dids = new Set<string>();
    for (let n = 0; n < 20; n += 1) {
      const device = await lab.device("pet-house");
      dids.add(device.did);
      await device.control({ LED_R: n });
      await lab.reset();
      expect(lab.platform.clock.pending()).toEqual([]);
    }
    expect(dids.size).toBe(1);
  });
});

describe("a lab on the wall clock", () => {
  it("saves, restores and resets as well, and time goes on", async () => {
    const lab = await openTestLab({ clock: "wall" });
    const device = await lab.device("pet-house", { baud: 0, isAlive: false });
    await device.control({ LED_R: 10 });
    await device.expectReport({ LED_R: 10 });
    await lab.save("ten");
    await device.control({ LED_R: 20 });
    await device.expectReport({ LED_R: 20 });
    const before = lab.clock.now();
    await lab.restore("ten");
    expect(lab.clock.now()).toBeGreaterThanOrEqual(before);
    expect([device.attrs.LED_R, device.isOnline]).toEqual([10, true]);
    await device.control({ LED_R: 30 });
    await device.expectReport({ LED_R: 30 });
    await lab.reset();
    // Closed connections end with the next turns of the event loop.
    await pollUntil(
      "quiet clock",
      async () => lab.platform.clock.pending(),
      (pending) => pending.length === 0,
    );
    expect(lab.platform.devices).toEqual([]);
  });
});
