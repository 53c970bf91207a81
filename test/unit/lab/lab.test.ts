import { describe, expect, it, onTestFinished } from "vitest";
import type { Lab } from "../../../src/lab/lab.js";
import type { LabOptions } from "../../../src/lab/lab-options.js";
import { startLab } from "../../../src/lab/start-lab.js";
import { makeTempFolder } from "../../support/temp-folder.js";

const HOUR_MS = 3_600_000;

/** A lab that is closed when the test has ended. */
async function openLab(options: LabOptions = {}): Promise<Lab> {
  const lab = await startLab({ profiles: ["pet-house", "ai-toy"], clock: "virtual", seed: 1, ...options });
  onTestFinished(() => lab.close());
  return lab;
}

async function readState(lab: Lab): Promise<unknown> {
  return (await lab.server.inject("/_lab/state")).json();
}

function latestOf(lab: Lab, did: string) {
  return lab.cloud.telemetry.latest(lab.cloud.registry.get(did).id);
}

/** The timers that are set, apart from those of bytes on their way over a wire. */
function pendingOf(lab: Lab): string[] {
  return lab.clock.pending();
}

/** What keeps a process alive, by kind. */
function countResources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

describe("two labs in one process", () => {
  it("never meet, even with equal seeds and equal dids", async () => {
    const [one, other] = [await openLab(), await openLab()];
    const [mine, theirs] = [await one.device("pet-house"), await other.device("pet-house")];
    const did = mine.did ?? "";
    expect(theirs.did).toBe(did);
    const before = latestOf(other, did);
    mine.mcu.set({ LED_R: 200 });
    await one.advance(10_000);
    expect(latestOf(one, did)?.attrs.LED_R).toBe(200);
    expect(latestOf(other, did)).toEqual(before);
    const user = one.cloud.users.enterAnonymously(one.credentials.app.id, "phone");
    one.cloud.bindings.bind(user.uid, one.cloud.registry.get(did), false);
    expect([one.cloud.users.count, other.cloud.users.count]).toEqual([1, 0]);
    expect(other.cloud.bindings.ofUser(user.uid)).toEqual([]);
    expect(other.clock.now()).toBeLessThan(one.clock.now());
    mine.stop();
    await one.advance(1);
    expect([one, other].map((lab) => lab.cloud.broker.presence.isOnline(did))).toEqual([false, true]);
    await one.close();
    expect((await other.addDevices("ai-toy", 1)).length).toBe(1);
  });

  it("are alike to the last reading when their seeds are equal", async () => {
    const labs = [await openLab(), await openLab()];
    for (const lab of labs) {
      await lab.addDevices("pet-house", 3);
      await lab.addDevices("ai-toy", 1);
      await lab.advance(HOUR_MS);
    }
    const [one, other] = await Promise.all(
      labs.map(async (lab) => ({
        state: await readState(lab),
        credentials: lab.credentials,
        latest: lab.devices.map(({ did = "" }) => latestOf(lab, did)),
      })),
    );
    expect(one?.latest.every((latest) => latest !== undefined)).toBe(true);
    expect(one).toEqual(other);
  });

  it("differ in everything secret when their seeds differ, or when they have none", async () => {
    const secrets: string[] = [];
    for (const seed of [{ seed: 1 }, { seed: 2 }, { seed: undefined }, { seed: undefined }]) {
      const { seed: _one, ...rest } = { profiles: ["pet-house"], clock: "virtual", ...seed } as const;
      const lab = await startLab(seed.seed === undefined ? rest : { ...rest, seed: seed.seed });
      onTestFinished(() => lab.close());
      const { did = "" } = await lab.device("pet-house");
      const { app, enterprise, connect, datacooee, devo } = lab.credentials;
      secrets.push(
        did,
        app.id,
        app.secret,
        enterprise.secret,
        connect.token,
        datacooee.organization_api_key,
        devo.token,
      );
      secrets.push(lab.cloud.registry.get(did).passcode, lab.cloud.registry.get(did).mac);
      secrets.push(lab.cloud.products.all[0]?.secret ?? "");
    }
    expect(new Set(secrets).size).toBe(secrets.length);
  });
});

describe("a lab", () => {
  it("opens no port unless asked for", async () => {
    const before = countResources().TCPServerWrap ?? 0;
    const lab = await openLab();
    expect(countResources().TCPServerWrap ?? 0).toBe(before);
    expect(() => lab.urls).toThrowError(expect.objectContaining({ code: "not-listening" }));
  });

  it("says where it listens, and answers there", async () => {
    const lab = await openLab({ http: { port: 0 }, mqtt: { port: 0 } });
    expect(lab.urls.mqtt).toMatch(/^mqtt:\/\/127\.0\.0\.1:\d+$/);
    const health = await fetch(`${lab.urls.http}/_lab/health`);
    expect(await health.json()).toMatchObject({ status: "ok" });
  });

  it("brings 50 devices online on the virtual clock, each with a did of its own", async () => {
    const lab = await openLab();
    const dids = (await lab.addDevices("pet-house", 50)).map(({ did = "" }) => did);
    expect(new Set(dids).size).toBe(50);
    expect(lab.cloud.broker.presence.onlineCount).toBe(50);
    await lab.advance(20_000);
    expect(dids.filter((did) => latestOf(lab, did) === undefined)).toEqual([]);
  });

  it("keeps devices online and reporting through a day", async () => {
    const lab = await openLab();
    const { did = "" } = await lab.device("pet-house");
    const from = lab.clock.now();
    await lab.advance(24 * HOUR_MS);
    expect(lab.clock.now()).toBe(from + 24 * HOUR_MS);
    expect(lab.cloud.broker.presence.isOnline(did)).toBe(true);
    expect((latestOf(lab, did)?.updatedAt ?? 0) > lab.clock.now() - 11 * 60_000).toBe(true);
    const query = { deviceId: lab.cloud.registry.get(did).id, after: 0, until: lab.clock.now(), skip: 0 };
    expect(lab.cloud.telemetry.logPage({ ...query, type: "online", limit: 10, order: "asc" }).total).toBe(1);
  });

  it("carries a control to the device and its report back, and a change of the device's own", async () => {
    const controls: unknown[] = [];
    const lab = await openLab();
    const device = await lab.device("pet-house", { isAlive: false, onControl: (attrs) => controls.push(attrs) });
    const { did = "" } = device;
    const registered = lab.cloud.registry.get(did);
    const product = lab.cloud.registry.productOf(registered);
    if (product === undefined) throw new Error("the product is missing");
    lab.cloud.commands.send(registered, product, Uint8Array.of(1, 0x04, 0, 0x38, 0, 0, 0), { source: "test" });
    await lab.advance(500);
    expect(controls).toEqual([{ LED_R: 56 }]);
    expect(latestOf(lab, did)?.attrs.LED_R).toBe(56);
    lab.set(lab.find(did), { Temperature: 30 });
    await lab.advance(7000);
    expect(latestOf(lab, did)?.attrs).toMatchObject({ LED_R: 56, Temperature: 30 });
  });

  it("gives a device that was reset a new did, and takes it from its users", async () => {
    const lab = await openLab();
    const device = await lab.device("pet-house", { isAlive: false });
    const old = lab.cloud.registry.get(device.did ?? "");
    const { uid } = lab.cloud.users.enterAnonymously(lab.credentials.app.id, "phone");
    lab.cloud.bindings.bind(uid, old, false);
    void device.mcu.ask(0x0b);
    await lab.advance(5000);
    expect([device.isOnline, device.did === old.did]).toEqual([true, false]);
    expect(lab.cloud.registry.get(old.did).isDisabled).toBe(true);
    expect(lab.cloud.broker.presence.isOnline(old.did)).toBe(false);
    expect(lab.cloud.bindings.ofUser(uid)).toEqual([]);
  });

  it.each([
    ["an unknown product", "product-unknown", (lab: Lab) => lab.addDevices("pet-hose", 1)],
    ["an unknown did", "device-unknown", (lab: Lab) => lab.set(lab.find("nobody"), { LED_R: 1 })],
    ["a step back in time", "duration-invalid", (lab: Lab) => lab.advance(-1)],
  ])("refuses %s with %s", async (_what, code, act) => {
    const lab = await openLab();
    await expect(async () => act(lab)).rejects.toMatchObject({ code });
  });

  it("refuses to move wall time, and to change a device that is not its own", async () => {
    const lab = await openLab({ clock: "wall" });
    await expect(lab.advance(1)).rejects.toMatchObject({ code: "clock-wall" });
    const stranger = lab.cloud.registry.register(lab.products[0]?.profile.productKey ?? "", "02aabbccddee", "P");
    expect(() => lab.set(lab.find(stranger.did), { LED_R: 1 })).toThrowError(
      expect.objectContaining({ code: "device-not-virtual" }),
    );
  });
});

describe("closing a lab", () => {
  it("is done once, however often it is asked for, and leaves no timer on the virtual clock", async () => {
    const lab = await openLab();
    await lab.addDevices("pet-house", 5);
    lab.set(lab.find(lab.devices[0]?.did ?? ""), { LED_R: 9 });
    expect(lab.clock.pending().length).toBeGreaterThan(10);
    expect(lab.close()).toBe(lab.close());
    await lab.close();
    expect(pendingOf(lab)).toEqual([]);
    expect(lab.devices).toEqual([]);
  });

  it("leaves nothing that keeps the process alive: no timer, no socket, no server", async () => {
    const before = countResources();
    const lab = await openLab({ clock: "wall", http: { port: 0 }, mqtt: { port: 0 } });
    await lab.device("pet-house", { baud: 115_200 });
    await (await fetch(`${lab.urls.http}/_lab/health`)).text();
    await lab.close();
    expect(pendingOf(lab)).toEqual([]);
    // Closed handles go with the next turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    const after = countResources();
    const left = ["Timeout", "TCPServerWrap", "TCPSocketWrap"].filter(
      (name) => (after[name] ?? 0) > (before[name] ?? 0),
    );
    expect(left).toEqual([]);
  });

  it("works while devices are still on their way online", async () => {
    const lab = await openLab();
    const online = lab.addDevices("pet-house", 5);
    online.catch(() => {});
    await lab.close();
    expect(pendingOf(lab)).toEqual([]);
  });
});

describe("a lab with a data folder", () => {
  it("finds credentials, devices, bindings and readings again, without a seed", async () => {
    const folder = makeTempFolder();
    const first = await startLab({ profiles: ["pet-house"], clock: "virtual", startAt: Date.UTC(2026, 0, 1), folder });
    const device = await first.device("pet-house");
    const { did = "" } = device;
    const { uid } = first.cloud.users.enterAnonymously(first.credentials.app.id, "phone");
    first.cloud.bindings.bind(uid, first.cloud.registry.get(did), false, { alias: "Rex" });
    await first.advance(HOUR_MS);
    const [state, latest] = [await readState(first), latestOf(first, did)];
    await first.close();

    const second = await startLab({ profiles: ["pet-house"], clock: "virtual", startAt: Date.UTC(2026, 0, 2), folder });
    onTestFinished(() => second.close());
    expect(second.credentials).toEqual(first.credentials);
    expect(latestOf(second, did)).toEqual(latest);
    expect(second.cloud.bindings.ofUser(uid)).toMatchObject([{ role: "special", alias: "Rex" }]);
    expect((await second.device("pet-house")).did).toBe(did);
    expect(await readState(second)).toEqual({
      ...(state as object),
      clock: { mode: "virtual", now: second.clock.now() },
    });
    await second.addDevices("pet-house", 1);
    expect(second.cloud.registry.list().length).toBe(2);
  });

  it("gives no id twice when a seeded lab is opened again", async () => {
    const folder = makeTempFolder();
    const uids: string[] = [];
    for (let run = 0; run < 3; run += 1) {
      const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: 7, folder });
      const { uid, token } = lab.cloud.users.enterAnonymously(lab.credentials.app.id, `phone ${run}`);
      await lab.addDevices("pet-house", run + 1);
      uids.push(uid, token);
      expect(lab.cloud.registry.list().length).toBe(run + 1);
      await lab.close();
    }
    expect(new Set(uids).size).toBe(6);
  });

  it("is refused to a second lab, and free again when the first has closed", async () => {
    const folder = makeTempFolder();
    const first = await openLab({ folder });
    await expect(startLab({ profiles: ["pet-house"], folder })).rejects.toMatchObject({ code: "store-busy" });
    await first.close();
    await openLab({ folder });
  });
});

describe("a busy port", () => {
  it.each(["http", "mqtt"] as const)("of %s gives port-busy with advice, and leaves nothing behind", async (face) => {
    const first = await openLab({ http: { port: 0 }, mqtt: { port: 0 } });
    const folder = makeTempFolder();
    const port = Number(new URL(first.urls[face]).port);
    const before = countResources().TCPServerWrap;
    const busy = { folder, profiles: ["pet-house"], http: { port: 0 }, mqtt: { port: 0 }, [face]: { port } };
    await expect(startLab(busy)).rejects.toMatchObject({
      code: "port-busy",
      message: `port ${port} is in use`,
      hint: `choose another with --${face}-port, or 0 for any free one`,
    });
    expect(countResources().TCPServerWrap).toBe(before);
    await openLab({ folder });
  });
});
