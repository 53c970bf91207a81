import { describe, expect, test } from "vitest";
import type { Lab } from "../../../src/lab/lab.js";
import { startLab } from "../../../src/lab/start-lab.js";
import { addBoundDevice, productKeyOf, registerDevice } from "../../support/devices.js";
import { enterUser, inject } from "../../support/open-api.js";

interface State {
  readonly clock: object;
  readonly products: object[];
  readonly users: number;
  readonly devices: Record<string, unknown>[];
}

const open = (seed = "control") => startLab({ profiles: ["pet-house", "doser"], clock: "virtual", seed });
const get = <Body = unknown>(lab: Lab, url: string, headers: Record<string, string> = {}) =>
  inject<Body>(lab, { method: "GET", url, headers });
const post = <Body = unknown>(lab: Lab, url: string, payload: object | string) =>
  inject<Body>(lab, { method: "POST", url, payload });
const failure = (code: string, message: unknown = expect.any(String)) => ({
  error: expect.objectContaining({ code, message }),
});

describe("health and state", () => {
  test("health says that the lab runs, and which version", async () => {
    await using lab = await open();
    expect(await get(lab, "/_lab/health")).toMatchObject({
      status: 200,
      body: { status: "ok", version: expect.any(String), pid: process.pid, folder: null },
    });
  });

  test("state shows clock, products, users and devices with their outside ids", async () => {
    await using lab = await open();
    const user = await enterUser(lab);
    const { did } = await addBoundDevice(lab, user);
    await registerDevice(lab, "doser", "02aabbccddff");
    const { body } = await get<State>(lab, "/_lab/state");
    expect(body.clock).toEqual({ mode: "virtual", now: lab.clock.now() });
    expect(body.users).toBe(1);
    expect(body.products).toContainEqual({
      ...{ name: "pet-house", product_key: productKeyOf(lab, "pet-house") },
      ...{ product_secret: expect.stringMatching(/^[0-9a-f]{32}$/), sharing: false, aggregation: true },
    });
    const { mac, passcode } = lab.cloud.registry.get(did);
    expect(body.devices[0]).toEqual({
      ...{ product: "pet-house", is_virtual: true, name: "" },
      ...{ did, mac, passcode, product_key: productKeyOf(lab, "pet-house"), is_online: true },
      entity_id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      asset_id: expect.toSatisfy(Number.isInteger),
      soft_version: "03030000",
      inputs: expect.objectContaining({ Temperature: expect.stringMatching(/^sen\w{10}$/) }),
    });
    expect(body.devices[1]).toMatchObject({ is_online: false });
    // Enums and binaries have no number to give.
    expect(Object.keys((body.devices[0]?.inputs ?? {}) as object)).not.toContain("LED_Color");
    expect(Object.keys((body.devices[1]?.inputs ?? {}) as object)).not.toContain("ch1_schedule");
  });

  test("a device is shown with what it last reported, and with what a user calls it", async () => {
    await using lab = await open();
    const user = await enterUser(lab);
    const { device, did } = await addBoundDevice(lab, user);
    await device.mcu.report();
    await lab.advance("3d");
    const [row] = lab.cloud.bindings.ofUser(user.uid);
    lab.cloud.bindings.rename(user.uid, row?.deviceId ?? 0, { alias: "the cat's house" });
    const stranger = await registerDevice(lab, "doser", "02aabbccddff");
    expect(await get(lab, `/_lab/devices/${did}`)).toMatchObject({
      status: 200,
      body: { did, product: "pet-house", is_virtual: true, name: "the cat's house", attrs: { LED_OnOff: false } },
    });
    expect(await get(lab, `/_lab/devices/${stranger.did}`)).toMatchObject({
      status: 200,
      body: { product: "doser", is_online: false, is_virtual: false, name: "", updated_at: null, attrs: {} },
    });
    expect(await get(lab, "/_lab/devices/nobody")).toMatchObject({ status: 404, body: failure("device-unknown") });
  });

  test("state leaves out devices that were disabled", async () => {
    await using lab = await open();
    lab.cloud.registry.disable(await registerDevice(lab));
    expect((await get<State>(lab, "/_lab/state")).body.devices).toEqual([]);
  });
});

describe("the clock and the virtual devices", () => {
  test("the clock moves by what is asked, and says where it is", async () => {
    await using lab = await open();
    const before = lab.clock.now();
    const { status, body } = await post(lab, "/_lab/clock", { advance: "1h30m" });
    expect({ status, body }).toEqual({ status: 200, body: { mode: "virtual", now: before + 5_400_000 } });
  });

  test.each(["90", "1 hour", "-1h", "", "h", "1e3s", "99999999999999999999y", "9".repeat(60)])(
    "the clock does not move by %j",
    async (advance) => {
      await using lab = await open();
      const before = lab.clock.now();
      expect(await post(lab, "/_lab/clock", { advance })).toMatchObject({
        status: 400,
        body: failure("duration-invalid"),
      });
      expect(lab.clock.now()).toBe(before);
    },
  );

  test("the clock moves in whole milliseconds", async () => {
    await using lab = await open();
    await post(lab, "/_lab/clock", { advance: "0.0004s" });
    expect(lab.clock.now()).toSatisfy(Number.isInteger);
  });

  test("wall time cannot be moved", async () => {
    await using lab = await startLab({ profiles: ["pet-house"] });
    expect(await post(lab, "/_lab/clock", { advance: "1s" })).toMatchObject({
      status: 409,
      body: failure("clock-wall"),
    });
  });

  test("virtual devices are added and online when the answer comes", async () => {
    await using lab = await open();
    const { status, body } = await post<{ dids: string[] }>(lab, "/_lab/devices", { product: "pet-house", count: 3 });
    expect(status).toBe(200);
    expect(new Set(body.dids).size).toBe(3);
    for (const did of body.dids) expect(lab.cloud.broker.presence.isOnline(did)).toBe(true);
    expect((await post<{ dids: string[] }>(lab, "/_lab/devices", { product: "doser" })).body.dids).toHaveLength(1);
  });

  test("a device of no known product answers 404, a count that is none 400", async () => {
    await using lab = await open();
    const unknown = await post(lab, "/_lab/devices", { product: "pethouse" });
    expect(unknown).toMatchObject({ status: 404, body: failure("product-unknown") });
    for (const count of [0, -1, 1.5, 10_001, "1"]) {
      expect((await post(lab, "/_lab/devices", { product: "pet-house", count })).status).toBe(400);
    }
  });

  test("a datapoint set from the device's own side is reported", async () => {
    await using lab = await open();
    const { did } = await addBoundDevice(lab, await enterUser(lab));
    expect(await post(lab, `/_lab/devices/${did}/set`, { attrs: { Temperature: 33 } })).toMatchObject({
      status: 200,
      text: "{}",
    });
    await lab.advance(7000);
    expect(lab.cloud.telemetry.latest(lab.cloud.registry.get(did).id)?.attrs).toMatchObject({ Temperature: 33 });
  });

  test("set refuses unknown devices, devices that are not virtual, and values that do not fit", async () => {
    await using lab = await open();
    const { did } = await addBoundDevice(lab, await enterUser(lab));
    const real = await registerDevice(lab);
    const set = (of: string, attrs: object) => post(lab, `/_lab/devices/${of}/set`, { attrs });
    expect(await set("nobody", {})).toMatchObject({ status: 404, body: failure("device-unknown") });
    expect(await set(real.did, {})).toMatchObject({ status: 409, body: failure("device-not-virtual") });
    expect(await set(did, { Temperature: 900 })).toMatchObject({ status: 400, body: failure("attr-range") });
    expect(await set(did, { Temp: 1 })).toMatchObject({ status: 400, body: failure("attr-unknown") });
    expect(await set(did, { Temperature: null })).toMatchObject({ status: 400 });
  });
});

describe("the import of past reports", () => {
  test("takes lines in any order, with either line end and with empty lines between", async () => {
    await using lab = await open();
    const { did } = await registerDevice(lab);
    const line = (ts: number, attrs: object) => JSON.stringify({ did, ts, attrs });
    const text = [line(2000, { Temperature: 2, LED_Color: "Pink" }), "", line(1000, { Temperature: 1 }), "  ", ""].join(
      "\r\n",
    );
    expect(await post(lab, "/_lab/reports", text)).toMatchObject({ status: 200, body: { accepted: 2 } });
    const { id } = lab.cloud.registry.get(did);
    expect(lab.cloud.telemetry.latest(id)).toMatchObject({
      updatedAt: 2000,
      attrs: { Temperature: 2, LED_Color: "Pink" },
    });
  });

  test("takes nothing at all, too", async () => {
    await using lab = await open();
    for (const text of ["", "\n\n"]) {
      expect(await post(lab, "/_lab/reports", text)).toMatchObject({ status: 200, body: { accepted: 0 } });
    }
  });

  test("counts only the datapoints that a line names", async () => {
    await using lab = await open();
    const { did, id } = await registerDevice(lab);
    const lines = [{ Temperature: 5, Humidity: 50 }, { Temperature: 6 }].map((attrs, ts) =>
      JSON.stringify({ did, ts, attrs }),
    );
    await post(lab, "/_lab/reports", lines.join("\n"));
    expect(lab.cloud.telemetry.latest(id)?.attrs).toEqual({ Temperature: 6, Humidity: 50 });
  });

  test.each([
    ["no JSON", "{"],
    ["no object", "null"],
    ["a list", "[]"],
    ["no did", '{"ts":1,"attrs":{}}'],
    ["an unknown did", '{"did":"nobody","ts":1,"attrs":{}}'],
    ["no ts", '{"did":"DID","attrs":{}}'],
    ["a ts as text", '{"did":"DID","ts":"1","attrs":{}}'],
    ["a ts with a fraction", '{"did":"DID","ts":1.5,"attrs":{}}'],
    ["a ts beyond the calendar", '{"did":"DID","ts":8640000000000000,"attrs":{}}'],
    ["no attrs", '{"did":"DID","ts":1}'],
    ["attrs that are a list", '{"did":"DID","ts":1,"attrs":[]}'],
    ["an unknown datapoint", '{"did":"DID","ts":1,"attrs":{"Temp":1}}'],
    ["a value out of range", '{"did":"DID","ts":1,"attrs":{"Temperature":900}}'],
    ["a value of another type", '{"did":"DID","ts":1,"attrs":{"Temperature":"1"}}'],
    ["a prototype", '{"did":"DID","ts":1,"attrs":{"__proto__":{"Temperature":1}}}'],
  ])("a line with %s is refused by its number, and nothing is stored", async (_what, bad) => {
    await using lab = await open();
    const { did, id } = await registerDevice(lab);
    const good = JSON.stringify({ did, ts: 1000, attrs: { Temperature: 1 } });
    const answer = await post(lab, "/_lab/reports", [good, "", bad.replace("DID", did), good].join("\n"));
    expect(answer).toMatchObject({ status: 400, body: failure("report-line", expect.stringMatching(/^line 3: /)) });
    expect(lab.cloud.telemetry.latest(id)).toBeUndefined();
  });
});

describe("who may control a lab", () => {
  test("only this machine, whatever its address looks like", async () => {
    await using lab = await open();
    const from = (remoteAddress: string, url = "/_lab/state") =>
      lab.server.inject({ method: "GET", url, remoteAddress });
    for (const address of ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"]) {
      expect((await from(address)).statusCode, address).toBe(200);
    }
    for (const address of ["192.168.1.2", "10.0.0.1", "::ffff:192.168.1.2", "fe80::1", "1127.0.0.1"]) {
      for (const url of ["/_lab/state", "/_lab/health"]) {
        const refused = await from(address, url);
        expect([refused.statusCode, refused.json()], address).toEqual([403, failure("lab-forbidden")]);
      }
    }
  });

  test("no page of another site, not even one whose name was made to lead here", async () => {
    await using lab = await open();
    const good = [{}, { host: "127.0.0.1:8088" }, { host: "[::1]:8088" }, { host: "lab.localhost" }];
    for (const headers of [...good, { host: "localhost:8088", origin: "http://localhost:8088" }]) {
      expect((await get(lab, "/_lab/state", headers as Record<string, string>)).status, JSON.stringify(headers)).toBe(
        200,
      );
    }
    for (const headers of [
      { host: "localhost:8088", origin: "http://evil.example" },
      { host: "localhost:8088", origin: "null" },
      { host: "localhost:8088", origin: "http://localhost:8089" },
      { host: "localhost:8088", origin: "https://localhost:8088" },
      { host: "evil.example", origin: "http://evil.example" },
      { host: "evil.example:8088" },
      { host: "127.0.0.1.evil.example" },
    ]) {
      const refused = await get(lab, "/_lab/state", headers);
      expect(refused, JSON.stringify(headers)).toMatchObject({ status: 403, body: failure("lab-forbidden") });
    }
  });

  test("a stranger's request changes nothing", async () => {
    await using lab = await open();
    const before = lab.clock.now();
    const headers = { origin: "http://evil.example", "content-type": "text/plain" };
    await lab.server.inject({ method: "POST", url: "/_lab/clock", headers, payload: '{"advance":"1h"}' });
    await lab.server.inject({ method: "POST", url: "/_lab/reports", headers, payload: "" });
    expect(lab.clock.now()).toBe(before);
  });
});
