import { describe, expect, onTestFinished, test } from "vitest";
import { startLab } from "../../../src/lab/start-lab.js";
import type { DisplayValues } from "../../../src/profile/scale.js";
import { bindDevice, productKeyOf, registerDevice } from "../../support/devices.js";
import { ask, enterEnterprise } from "../../support/enterprise-api.js";
import { CONTROL_LIGHT_ON } from "../../support/frames-on-air.js";
import { logInDevice } from "../../support/mqtt-party.js";
import { enterUser, inject, refusal } from "../../support/open-api.js";
import { readLog } from "../../support/raw-data.js";

interface Page {
  readonly meta: object;
  readonly objects: readonly Record<string, unknown>[];
}

const START = Date.parse("2026-01-01T00:00:00Z");
const [HOUR_MS, DAY_MS] = [3_600_000, 86_400_000];
const ANY_DETAIL = expect.toBeOneOf([null, expect.any(String)]);

/** A cloud with a virtual device that is online in a world that stands still; `arrived` is what its MCU was told. */
async function open(product = "pet-house") {
  const lab = await startLab({ profiles: [product, "ph-meter"], clock: "virtual", seed: "enterprise" });
  onTestFinished(() => lab.close());
  const arrived: DisplayValues[] = [];
  const device = await lab.device(product, { isAlive: false, baud: 0, onControl: (attrs) => arrived.push(attrs) });
  const did = device.did ?? "";
  const client = await enterEnterprise(lab, product);
  return {
    lab,
    device,
    did,
    mac: device.mac,
    arrived,
    client,
    productKey: productKeyOf(lab, product),
    control: (body: object, id = did) => client.call("POST", `devices/${id}/control`, body),
    search: async (query = "") => (await client.call<Page>("GET", `devices/search${query}`)).body,
    /** What the search finds, by did. */
    find: async (query: string) => {
      const { body } = await client.call<Page>("GET", `devices/search?${query}`);
      return body.objects.map((found) => found.did);
    },
    past: async (...reports: [at: number, attrs: object, of?: string][]) => {
      const lines = reports.map(([ts, attrs, of = did]) => JSON.stringify({ did: of, ts, attrs }));
      await inject(lab, { method: "POST", url: "/_lab/reports", payload: lines.join("\n") });
    },
  };
}

describe("a product and its devices", () => {
  test("the datapoints are the product's own document", async () => {
    const { lab, client } = await open();
    const { body } = await client.call("GET", "datapoint");
    expect(body).toEqual(lab.products[0]?.profile.document);
  });

  test("a mac leads to did and passcode, and to the details", async () => {
    const { lab, client, did, mac, productKey } = await open();
    const { passcode } = lab.cloud.registry.get(did);
    expect((await client.call("GET", `devices?mac=${mac}`)).body).toEqual({ did, passcode });
    expect(await client.call("GET", `device_detail?mac=${mac.toUpperCase()}`)).toMatchObject({
      status: 200,
      body: { did, is_disabled: false, product_key: productKey, mac, is_online: true, type: "normal" },
    });
  });

  test.each(["devices", "device_detail"])("%s refuses a mac that is missing or unknown", async (path) => {
    const { lab, client } = await open();
    const { mac } = await registerDevice(lab, "ph-meter");
    expect((await client.call("GET", path)).body).toEqual(refusal(5002, "form invalid", expect.any(String)));
    expect(await client.call("GET", `${path}?mac=${mac}`)).toMatchObject({
      status: 404,
      body: refusal(5301, "device not exist"),
    });
  });
});

describe("the search", () => {
  test("shows a device with every documented field", async () => {
    const { lab, client, did, mac } = await open();
    const place = {
      longitude: 113.280637,
      latitude: 23.125178,
      country: "China",
      region: "Guangdong",
      city: "Guangzhou",
    };
    const put = await ask(lab, "PUT", `/_lab/devices/${did}/location`, {}, place);
    expect([put.status, put.body]).toEqual([200, place]);
    expect((await ask(lab, "GET", `/_lab/devices/${did}/location`)).body).toEqual(place);
    const { connectedAt } = lab.cloud.broker.presence.find(did) ?? { connectedAt: 0 };
    const { status, body } = await client.call("GET", "devices/search");
    expect(status).toBe(200);
    expect(body).toEqual({
      meta: { previous: null, skip: 0, total: 1, limit: 20, next: null },
      objects: [
        {
          did,
          mac,
          is_online: true,
          ...place,
          is_faulty: false,
          is_alert: false,
          online_latest: Math.floor(connectedAt / 1000),
          created_at: Math.floor(lab.cloud.registry.get(did).createdAt / 1000),
          mcu_hard_version: "03010100",
          mcu_soft_version: "03030000",
          wifi_hard_version: "00000001",
          wifi_soft_version: "04020006",
        },
      ],
    });
  });

  test("shows null for what nobody knows of a device", async () => {
    const { lab, search } = await open();
    const { did } = await registerDevice(lab);
    const { objects } = await search(`?type=did&val=${did}`);
    expect(objects[0]).toMatchObject({
      ...{ did, is_online: false, country: null, region: null, city: null, longitude: null, latitude: null },
      ...{ online_latest: null, mcu_hard_version: null, mcu_soft_version: null },
    });
    const nowhere = { longitude: null, latitude: null, country: null, region: null, city: null };
    expect((await ask(lab, "GET", `/_lab/devices/${did}/location`)).body).toEqual(nowhere);
  });

  test("keeps when an offline device was online last", async () => {
    const { lab, device, search } = await open();
    const [before] = (await search()).objects;
    device.stop();
    await lab.advance(HOUR_MS);
    expect((await search()).objects[0]).toEqual({ ...before, is_online: false });
  });

  test("finds by each filter, and by all of them together", async () => {
    const { lab, did, mac, past, find } = await open();
    const user = await enterUser(lab);
    await bindDevice(lab, user, did);
    const other = await registerDevice(lab);
    const gone = await registerDevice(lab, "pet-house", "02ffffffffff");
    lab.cloud.registry.disable(gone);
    await registerDevice(lab, "ph-meter", "02eeeeeeeeee");
    await ask(lab, "PUT", `/_lab/devices/${other.did}/location`, {}, { longitude: 1, latitude: 2, country: "France" });
    await lab.advance(5000);
    await past([lab.clock.now() - 1, { Fault_LED: 1, Alert_1: 0 }, other.did]);
    const cases: Record<string, string[]> = {
      "": [did, other.did],
      "show_disabled=0": [did, other.did],
      "show_disabled=1": [did, other.did, gone.did],
      "is_online=1": [did],
      "is_online=0": [other.did],
      "is_faulty=1": [other.did],
      "is_faulty=0": [did],
      "is_alert=1": [],
      "is_alert=0": [did, other.did],
      "country=France": [other.did],
      "country=france": [],
      "country=France&region=Alsace": [],
      [`type=did&val=${did}`]: [did],
      [`type=mac&val=${mac.toUpperCase()}`]: [did],
      [`type=uid&val=${user.uid}`]: [did],
      "type=uid&val=nobody": [],
      "is_online=0&is_faulty=1&country=France": [other.did],
      "is_online=1&is_faulty=1": [],
    };
    for (const [query, dids] of Object.entries(cases)) expect(await find(query), query).toEqual(dids);
  });

  test("finds by who has reported since a time", async () => {
    const { lab, past, find } = await open("ph-meter");
    const [old, fresh] = [await registerDevice(lab, "ph-meter"), await registerDevice(lab, "ph-meter", "02ffffffffff")];
    await lab.advance(3 * DAY_MS);
    await past([START, { pH: 7 }, old.did], [START + 2 * DAY_MS, { pH: 7 }, fresh.did]);
    const since = async (at: number) => (await find(`is_online=0&liveness_start=${at}`)).length;
    expect(await since(START / 1000)).toBe(2);
    expect(await since(START / 1000 + 86_400)).toBe(1);
    expect(await since(START + DAY_MS)).toBe(1);
    expect(await since((START + 2.5 * DAY_MS) / 1000)).toBe(0);
  });

  test("goes through pages that name each other, and keep the filters", async () => {
    const { lab, client, search } = await open();
    for (let n = 0; n < 4; n += 1) await registerDevice(lab, "pet-house", `02aabbccdd0${n}`);
    const all = (await search("?is_online=0")).objects.map(({ did }) => did);
    const path = `${client.base}/devices/search?is_online=0`;
    const first = await search("?limit=2&is_online=0");
    expect(first.meta).toEqual({ previous: null, skip: 0, total: 4, limit: 2, next: `${path}&skip=2&limit=2` });
    const second = (await client.call<Page>("GET", `${path}&skip=2&limit=2`)).body;
    expect(second.meta).toEqual({ previous: `${path}&skip=0&limit=2`, skip: 2, total: 4, limit: 2, next: null });
    expect([...first.objects, ...second.objects].map(({ did }) => did)).toEqual(all);
    expect((await search("?is_online=0&skip=9")).objects).toEqual([]);
    expect((await search("?is_online=0&limit=1000")).objects).toHaveLength(4);
  });

  test.each([
    "is_online=2",
    "is_online=true",
    "type=did",
    "val=x",
    "type=name&val=x",
    "limit=1001",
    "skip=-1",
    "liveness_start=x",
  ])("refuses %s with 5002", async (query) => {
    const { client } = await open();
    const { status, body } = await client.call("GET", `devices/search?${query}`);
    expect([status, body]).toEqual([400, refusal(5002, "form invalid", expect.any(String))]);
  });
});

describe("control", () => {
  test("answers an empty object, reaches the MCU, and is logged as whose it is", async () => {
    const { lab, client, did, control, arrived } = await open();
    const { status, body } = await control({ attrs: { LED_OnOff: true } });
    expect([status, body]).toEqual([200, {}]);
    await lab.advance(1000);
    expect(arrived).toEqual([{ LED_OnOff: true }]);
    const log = (await client.call<Page>("GET", `devices/${did}/cmd?sort=asc`)).body.objects;
    expect(log).toContainEqual({ timestamp: expect.any(Number), type: "app2dev", payload: CONTROL_LIGHT_ON });
  });

  test.each([
    ["an enum by label", { LED_Color: "Pink" }, { LED_Color: "Pink" }],
    ["an enum by index", { LED_Color: 3 }, { LED_Color: "Pink" }],
    ["a bool as 1", { LED_OnOff: 1 }, { LED_OnOff: true }],
    ["a number", { Motor_Speed: -5 }, { Motor_Speed: -5 }],
  ])("takes %s", async (_what, attrs, told) => {
    const { lab, control, arrived } = await open();
    expect((await control({ attrs })).status).toBe(200);
    await lab.advance(1000);
    expect(arrived).toEqual([told]);
  });

  test("takes binaries as upper-case hex", async () => {
    const { lab, control, arrived } = await open("doser");
    const width = lab.products[0]?.profile.datapoints.find(({ name }) => name === "ch1_schedule")?.width ?? 0;
    const value = "FF0603A2".padEnd(width * 2, "0B");
    expect((await control({ attrs: { ch1_schedule: value } })).status).toBe(200);
    await lab.advance(1000);
    expect(arrived).toEqual([{ ch1_schedule: value.toLowerCase() }]);
  });

  test.each([
    ["the bare P0", { raw: [1, 1, 1, 0, 0, 0, 0] }],
    ["the whole frame", { raw: [0, 0, 0, 3, 10, 0, 0, 144, 1, 1, 1, 0, 0, 0, 0] }],
    ["hex", { raw: "01010100000000", binary_coding: "hex" }],
    ["base64", { raw: "AQEBAAAAAA==", binary_coding: "base64" }],
  ])("takes raw as %s", async (_what, body) => {
    const { lab, client, did, control, arrived } = await open();
    expect((await control(body)).status).toBe(200);
    await lab.advance(1000);
    expect(arrived).toEqual([{ LED_OnOff: true }]);
    const log = (await client.call<Page>("GET", `devices/${did}/cmd`)).body.objects;
    expect(log.filter(({ type }) => type === "app2dev").map(({ payload }) => payload)).toEqual([CONTROL_LIGHT_ON]);
  });

  test("takes a read as the leasing client sends it", async () => {
    const { control } = await open();
    expect(await control({ raw: [18, 255, 255, 255, 255] })).toMatchObject({ status: 200, body: {} });
  });

  test.each([
    ["an unknown name", { attrs: { Nothing: 1 } }, 5401, "attr Nothing invalid or read only."],
    ["a read-only datapoint", { attrs: { Temperature: 20 } }, 5401, "attr Temperature invalid or read only."],
    ["a value out of range", { attrs: { LED_R: 255 } }, 5401, "attr LED_R invalid or read only."],
    ["nothing", {}, 5002, "attrs or raw are needed"],
    ["bytes that are none", { raw: [256] }, 5408, expect.any(String)],
    ["hex that is none", { raw: "0g" }, 5408, expect.any(String)],
    ["no bytes", { raw: "", binary_coding: "base64" }, 5408, expect.any(String)],
    ["a list for attrs", { attrs: [] }, 5002, expect.any(String)],
  ])("refuses %s", async (_what, body, code, detail) => {
    const { control, lab, arrived } = await open();
    const messages: Record<number, string> = { 5401: "attr invalid!", 5002: "form invalid", 5408: "raw data error!" };
    const answer = await control(body);
    expect([answer.status, answer.body]).toEqual([400, refusal(code, messages[code] ?? "", detail)]);
    await lab.advance(1000);
    expect(arrived).toEqual([]);
  });

  test("refuses a device that is offline, disabled, unknown or another product's", async () => {
    const { lab, control, device, did } = await open();
    const light = { attrs: { LED_OnOff: true } };
    const foreign = await registerDevice(lab, "ph-meter", "02eeeeeeeeee");
    const gone = await registerDevice(lab, "pet-house", "02ffffffffff");
    lab.cloud.registry.disable(gone);
    device.stop();
    await lab.advance(1000);
    const codes: [string, number, number, string][] = [
      [did, 400, 5305, "device offline!"],
      [gone.did, 400, 5304, "device is disabled"],
      ["nobody", 404, 5301, "device not exist"],
      [foreign.did, 403, 5302, "device not belong to this product"],
    ];
    for (const [id, status, code, message] of codes) {
      const answer = await control(light, id);
      expect([answer.status, answer.body], message).toEqual([status, refusal(code, message, ANY_DETAIL)]);
    }
  });
});

describe("the logs", () => {
  test("online shows comings and goings, newest first", async () => {
    const { lab, client, did, device } = await open();
    const { connectedAt, keepaliveS } = lab.cloud.broker.presence.find(did) ?? { connectedAt: 0, keepaliveS: 0 };
    await lab.advance(connectedAt + 1391_000 - lab.clock.now());
    device.stop();
    await lab.advance(1000);
    const { body } = await client.call<Page>("GET", `devices/${did}/online`);
    expect(body).toMatchObject({ meta: { previous: null, skip: 0, total: 2, limit: 20, next: null } });
    const [offline, online] = body.objects;
    expect(online).toEqual({
      timestamp: connectedAt / 1000,
      type: "dev_online",
      payload: { keep_alive: keepaliveS },
    });
    expect(offline).toMatchObject({
      timestamp: expect.any(Number),
      type: "dev_offline",
      payload: { duration: 1391, reason: "tcp_closed" },
    });
    const ascending = await client.call<Page>("GET", `devices/${did}/online?sort=asc`);
    expect(ascending.body.objects).toEqual([...body.objects].reverse());
  });

  test("online tells of the heartbeats between login and end", async () => {
    const { lab, client } = await open();
    const registered = await registerDevice(lab);
    const party = await logInDevice(lab, registered, { keepalive: 130 });
    const beat = async (afterS: number) => {
      await lab.advance(afterS * 1000);
      party.client.sendPing();
      await lab.advance(1);
    };
    for (const distance of [60, 40, 80]) await beat(distance);
    await lab.advance(300_000);
    const { body } = await client.call<Page>("GET", `devices/${registered.did}/online`);
    expect(body.objects[0]?.payload).toEqual({
      duration: 60 + 40 + 80 + 195,
      heartbeat: { count: 3, max: 80, avg: 60, last: 195, min: 40 },
      reason: "no_heartbeat",
    });
    const user = await enterUser(lab);
    await bindDevice(lab, user, registered.did);
    const [line] = (await readLog(lab, user, registered.did, "online")).slice(-1);
    expect(line?.payload).toEqual({ duration: 375, reason: "no_heartbeat" });
  });

  test("data shows reports as the open API shows values, whole seconds, newest first", async () => {
    const { lab, client, past } = await open();
    const { did } = await registerDevice(lab);
    await lab.advance(DAY_MS);
    const at = lab.clock.now() - HOUR_MS;
    await past(
      [at + 999, { LED_OnOff: true, LED_Color: "Pink", Temperature: -10, Fault_LED: false }, did],
      [at + 5000, { Temperature: 16 }, did],
    );
    const { body } = await client.call<Page>("GET", `devices/${did}/data`);
    expect(body).toEqual({
      meta: { previous: null, skip: 0, total: 2, limit: 20, next: null },
      objects: [
        { ts: at / 1000 + 5, attrs: { Temperature: 16 } },
        { ts: at / 1000, attrs: { LED_OnOff: 1, LED_Color: "Pink", Temperature: -10, Fault_LED: 0 } },
      ],
    });
    const ascending = await client.call<Page>("GET", `devices/${did}/data?sort=asc&limit=1&skip=1`);
    expect(ascending.body.objects).toEqual([{ ts: at / 1000 + 5, attrs: { Temperature: 16 } }]);
  });

  test("show the last two days unless asked otherwise, and both ends of a window", async () => {
    const { lab, past } = await open();
    const { did } = await registerDevice(lab);
    await lab.advance(8 * DAY_MS);
    const client = await enterEnterprise(lab);
    const now = Math.ceil(lab.clock.now() / 1000);
    await lab.advance(now * 1000 - lab.clock.now());
    const ago = (seconds: number) => (now - seconds) * 1000;
    const seconds = [10, 86_400, 2 * 86_400, 2 * 86_400 + 1, 5 * 86_400, 7 * 86_400 + 1];
    await past(...seconds.map((age): [number, object, string] => [ago(age), { Temperature: 20 }, did]));
    const ages = async (query: string) => {
      const { body } = await client.call<Page>("GET", `devices/${did}/data${query}`);
      return body.objects.map(({ ts }) => now - Number(ts));
    };
    expect(await ages("")).toEqual([10, 86_400, 2 * 86_400]);
    expect(await ages(`?start_ts=${now - 86_400}`)).toEqual([10, 86_400]);
    expect(await ages(`?start_ts=${now - 5 * 86_400}`)).toEqual([5 * 86_400]);
    expect(await ages(`?end_ts=${now - 86_400}`)).toEqual([86_400, 2 * 86_400, 2 * 86_400 + 1]);
    expect(await ages(`?start_ts=${now - 86_400}&end_ts=${now - 86_400}`)).toEqual([86_400]);
    expect(await ages(`?start_ts=${ago(86_400)}&end_ts=${now * 1000}`)).toEqual([10, 86_400]);
  });

  test.each(["online", "cmd", "data"])("of %s refuse a window, an order or a device that is not right", async (log) => {
    const { lab, did } = await open();
    await lab.advance(8 * DAY_MS);
    const client = await enterEnterprise(lab);
    const now = Math.floor(lab.clock.now() / 1000);
    const invalid = [
      `start_ts=${now - 8 * 86_400}`,
      `start_ts=${now - 3 * 86_400}&end_ts=${now}`,
      `start_ts=${now}&end_ts=${now - 10}`,
      `end_ts=${now + 3600}`,
      "start_ts=x",
      "sort=up",
      "limit=1001",
    ];
    for (const query of invalid) {
      const { status, body } = await client.call("GET", `devices/${did}/${log}?${query}`);
      expect([status, body], query).toEqual([400, refusal(5002, "form invalid", expect.any(String))]);
    }
    const { did: foreign } = await registerDevice(lab, "ph-meter", "02eeeeeeeeee");
    expect((await client.call("GET", `devices/nobody/${log}`)).body).toMatchObject({ error_code: 5301 });
    expect((await client.call("GET", `devices/${foreign}/${log}`)).body).toMatchObject({ error_code: 5302 });
  });
});
