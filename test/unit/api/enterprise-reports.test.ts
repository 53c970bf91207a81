import { describe, expect, onTestFinished, test } from "vitest";
import type { LabOptions } from "../../../src/lab/lab-options.js";
import { startLab } from "../../../src/lab/start-lab.js";
import { bindDevice, productKeyOf, registerDevice } from "../../support/devices.js";
import { ask, enterEnterprise, enterpriseHeaders } from "../../support/enterprise-api.js";
import { signMac } from "../../support/http-app.js";
import { enterUser, inject, refusal } from "../../support/open-api.js";

/** A Wednesday. */
const START = Date.parse("2026-04-01T00:00:00Z");
const [HOUR_MS, DAY_MS] = [3_600_000, 86_400_000];
const GUANGZHOU = { longitude: 113.28, latitude: 23.12, country: "China", region: "Guangdong", city: "Guangzhou" };
const SHENZHEN = { longitude: 114.06, latitude: 22.54, country: "China", region: "Guangdong", city: "Shenzhen" };
const BERLIN = { longitude: 13.4, latitude: 52.5, country: "Germany", region: "Berlin", city: "" };

async function open(options: LabOptions = {}) {
  const profiles = ["pet-house", "ph-meter"];
  const lab = await startLab({ profiles, clock: "virtual", seed: "reports", startAt: START, ...options });
  onTestFinished(() => lab.close());
  let count = 0;
  return {
    lab,
    /** One more registered device, at a place if one is given. */
    add: async (place?: object, product = "pet-house") => {
      count += 1;
      const device = await registerDevice(lab, product, `02000000000${count}`);
      if (place !== undefined) await ask(lab, "PUT", `/_lab/devices/${device.did}/location`, {}, place);
      return device;
    },
    past: async (did: string, ...reports: [at: number, attrs: object][]) => {
      const lines = reports.map(([ts, attrs]) => JSON.stringify({ did, ts, attrs }));
      expect(await inject(lab, { method: "POST", url: "/_lab/reports", payload: lines.join("\n") })).toMatchObject({
        status: 200,
      });
    },
    get: async <Body = unknown>(path: string) => (await (await enterEnterprise(lab)).call<Body>("GET", path)).body,
  };
}

const count = (total: number, resolved: number, unresolved: number) => ({ total, resolved, unresolved });

describe("where devices are", () => {
  test("is counted by country, region and city", async () => {
    const { lab, add, get, past } = await open();
    for (const place of [GUANGZHOU, GUANGZHOU, SHENZHEN, BERLIN, undefined]) await add(place);
    await add(GUANGZHOU, "ph-meter");
    const location = {
      China: { count: 3, Guangdong: { count: 3, Guangzhou: 2, Shenzhen: 1 } },
      Germany: { count: 1, Berlin: { count: 1 } },
    };
    expect(await get("devices/locations")).toEqual({ gid: null, total: 5, location });
    const shenzhen = lab.cloud.registry.list()[2]?.did ?? "";
    await past(shenzhen, [START, { Alert_1: 1 }]);
    expect(await get("devices/locations?is_alert=1")).toEqual({
      gid: null,
      total: 1,
      location: { China: { count: 1, Guangdong: { count: 1, Shenzhen: 1 } } },
    });
    expect(await get("devices/locations?is_online=1")).toEqual({ gid: null, total: 0, location: {} });
  });

  test("survives any name of a place", async () => {
    const { add, get } = await open();
    for (const country of ["__proto__", "constructor", "count", "<b>"]) await add({ ...BERLIN, country });
    const { location } = await get<{ location: object }>("devices/locations");
    expect(Object.keys(location)).toEqual(["__proto__", "constructor", "count", "<b>"]);
  });

  test.each([
    ["no longitude", { longitude: undefined }],
    ["a longitude that is none", { longitude: 180.1 }],
    ["a latitude that is none", { latitude: -91 }],
    ["a number for a city", { city: 5 }],
    ["an unknown field", { street: "x" }],
  ])("is not set with %s", async (_what, change) => {
    const { lab, add } = await open();
    const { did } = await add();
    const answer = await ask(lab, "PUT", `/_lab/devices/${did}/location`, {}, { ...GUANGZHOU, ...change });
    expect(answer).toMatchObject({ status: 400, body: { error: { code: "request-invalid" } } });
    const unknown = await ask(lab, "PUT", "/_lab/devices/nobody/location", {}, GUANGZHOU);
    expect(unknown).toMatchObject({ status: 404, body: { error: { code: "device-unknown" } } });
  });

  test("is told by did to whoever signs with the product's secret", async () => {
    const { lab, add } = await open();
    const [here, nowhere, foreign] = [await add(GUANGZHOU), await add(), await add(BERLIN, "ph-meter")];
    const productKey = productKeyOf(lab, "pet-house");
    const secret = lab.cloud.products.find(productKey)?.secret ?? "";
    const nowS = START / 1000;
    const headers = (change: Record<string, string> = {}) => ({
      "X-Gizwits-ProductKey": productKey,
      ...signMac(secret, nowS),
      ...change,
    });
    const look = (dids: string, given: Record<string, string> = headers(), key = productKey) =>
      ask(lab, "GET", `/dataapi/location/bs/dids/v1?product_key=${key}&dids=${dids}`, given);
    const place = { did: here.did, province: "Guangdong", city: "Guangzhou", district: "", road: "", street: "" };
    expect(await look(`${here.did},${nowhere.did},${foreign.did},nobody`)).toMatchObject({ status: 200 });
    expect((await look(`${here.did},${nowhere.did},${foreign.did},nobody`)).body).toEqual([
      { ...place, longitude: 113.28, latitude: 23.12 },
    ]);
    expect(await look(nowhere.did)).toMatchObject({ status: 200, body: {} });
    expect((await look(nowhere.did)).body).toEqual({});
    const codes: [number, Record<string, string>][] = [
      [5005, headers({ "x-gizwits-signature": "0".repeat(32) })],
      [5005, headers(signMac(lab.cloud.products.find(foreign.productKey)?.secret ?? "", nowS))],
      [5002, headers(signMac(secret, nowS - 301))],
      [5002, headers({ "x-gizwits-timestamp": "x" })],
      [5015, headers({ "X-Gizwits-ProductKey": "x" })],
      [5015, {}],
    ];
    for (const [code, given] of codes) expect((await look(here.did, given)).body).toMatchObject({ error_code: code });
    expect((await look(here.did, headers(), foreign.productKey)).body).toMatchObject({ error_code: 5002 });
  });
});

describe("how many devices there are", () => {
  test("the summary counts by days of the lab's zone", async () => {
    const { lab, add, past, get } = await open({ zone: "Asia/Shanghai", startAt: START - 40 * DAY_MS });
    const at = (text: string) => Date.parse(`${text}+08:00`);
    const ages: [string, string][] = [
      ["2026-02-25T12:00", "2026-03-31T00:00"],
      ["2026-03-02T23:59", "2026-03-25T23:59"],
      ["2026-03-03T00:00", "2026-03-26T00:00"],
      ["2026-03-26T00:00", "2026-04-01T00:00"],
      ["2026-03-31T23:59", "2026-03-31T23:59"],
      ["2026-04-01T08:00", ""],
    ];
    for (const [created, reported] of ages) {
      await lab.advance(at(created) - lab.clock.now());
      const { did } = await add();
      if (reported !== "" && at(reported) >= at(created)) await past(did, [at(reported), { Temperature: 20 }]);
    }
    expect(lab.clock.now()).toBe(START);
    await lab.device("pet-house", { isAlive: false });
    await lab.advance(10_000);
    // Active: 03-31, 03-25, 03-26, 04-01, 03-31, and the device that has just come online and reports.
    expect(await get("devices/summary")).toEqual({
      active: { "7_day": 5, yesterday: 2 },
      new: { "7_day": 4, "30_day": 5, yesterday: 1, today: 2 },
      total: 7,
      online: 1,
    });
  });

  test("the report of now counts those that are faulty", async () => {
    const { add, past, get } = await open();
    const [one, two] = [await add(GUANGZHOU), await add(GUANGZHOU)];
    await add();
    await past(one.did, [START - 2, { Fault_LED: 1 }], [START - 1, { Alert_1: 1 }]);
    await past(two.did, [START - 2, { Fault_LED: 1 }], [START - 1, { Fault_LED: 0 }]);
    const inside = { count: { faulty: 1, activated: 2, alert: 1 } };
    const report = {
      count: { faulty: 1, activated: 3, alert: 1 },
      gid: null,
      location: { China: { ...inside, Guangdong: { ...inside, Guangzhou: inside } } },
    };
    for (const path of ["devices/report/rt", "devices/report/devices/report/rt"])
      expect(await get(path)).toEqual(report);
  });

  test("new devices are listed by their days", async () => {
    const { lab, add, get } = await open();
    const first = await add(GUANGZHOU);
    await lab.advance(DAY_MS + 45_296_000);
    const second = await add();
    const row = (report_date: string, mac: string, created_at: string, place: object) => ({
      ...{ report_date, product_key: first.productKey, mac, created_at },
      ...place,
    });
    const china = { country: "China", region: "Guangdong", city: "Guangzhou" };
    const nowhere = { country: null, region: null, city: null };
    const rows = [
      row("2026-04-01", first.mac, "2026-04-01 00:00:00", china),
      row("2026-04-02", second.mac, "2026-04-02 12:34:56", nowhere),
    ];
    const list = async (query: string) => (await get<{ objects: object[] }>(`incr_devices${query}`)).objects;
    expect(await list("")).toEqual(rows);
    expect(await list("?start=2026-04-02&end=2026-04-02")).toEqual([rows[1]]);
    expect(await list("?end=2026-04-01")).toEqual([rows[0]]);
    expect(await list("?country=China&region=Guangdong&city=Guangzhou")).toEqual([rows[0]]);
    expect(await get("incr_devices?limit=1")).toMatchObject({
      meta: { total: 2, next: expect.stringMatching(/skip=1/) },
    });
    for (const query of [
      "?start=2026-02-30",
      "?start=x",
      "?start=2026-04-03&end=2026-04-02",
      "?start=2020-01-01&end=2026-01-01",
    ]) {
      expect(await get(`incr_devices${query}`), query).toEqual(refusal(5002, "form invalid", expect.any(String)));
    }
  });

  test("active devices are listed by the days on which they reported", async () => {
    const { lab, add, past, get } = await open();
    const [one, two] = [await add(), await add()];
    await lab.advance(3 * DAY_MS);
    await past(
      one.did,
      [START, { Temperature: 1 }],
      [START + 1, { Temperature: 1 }],
      [START + 2 * DAY_MS, { Temperature: 1 }],
    );
    await past(two.did, [START + DAY_MS - 1, { Temperature: 1 }]);
    const list = async (query = "") => {
      const { objects } = await get<{ objects: { report_date: string; mac: string }[] }>(`active_devices${query}`);
      return objects.map(({ report_date: date, mac }) => [date, mac]);
    };
    const all = [
      ["2026-04-01", one.mac],
      ["2026-04-01", two.mac],
      ["2026-04-03", one.mac],
    ];
    expect(await list()).toEqual(all);
    expect(await list("?start=2026-04-02&end=2026-04-03")).toEqual(all.slice(2));
    expect(await list("?limit=1&skip=1")).toEqual([all[1]]);
  });
});

describe("liveness", () => {
  test("is how many have reported in the last 1, 7 and 30 days", async () => {
    const { lab, add, past, get } = await open();
    const devices = [await add(), await add(), await add(), await add()];
    await lab.advance(40 * DAY_MS);
    const ages = [0.5, 1.5, 20, 35];
    for (const [at, { did }] of devices.entries()) {
      await past(did, [lab.clock.now() - (ages[at] ?? 0) * DAY_MS, { Temperature: 1 }]);
    }
    expect(await get("devices/report/liveness")).toEqual({ gid: null, latest_1: 1, latest_7: 2, latest_30: 3 });
  });

  test("by cycle counts each device once, with where they are", async () => {
    const { add, past, get } = await open();
    const [one, two] = [await add(GUANGZHOU), await add()];
    await past(one.did, [START - DAY_MS, { Temperature: 1 }], [START - HOUR_MS, { Temperature: 1 }]);
    await past(two.did, [START - HOUR_MS, { Temperature: 1 }], [START - 60 * DAY_MS, { Temperature: 1 }]);
    const china = { China: { count: 1, Guangdong: { count: 1, Guangzhou: { count: 1 } } } };
    expect(await get("devices/report/liveness/history?cycle=month&start=2026-01&end=2026-04")).toEqual({
      start: "2026-01",
      gid: null,
      end: "2026-04",
      data: [
        { count: 1, location: {}, month: "2026-01" },
        { count: 0, location: {}, month: "2026-02" },
        { count: 2, location: china, month: "2026-03" },
        { count: 0, location: {}, month: "2026-04" },
      ],
      cycle: "month",
    });
    const dates = await get<{ data: { count: number; date: string }[] }>(
      "devices/report/liveness/history?start=2026-03-30&end=2026-04-01",
    );
    expect(dates.data.map(({ count: found, date }) => [date, found])).toEqual([
      ["2026-03-30", 0],
      ["2026-03-31", 2],
      ["2026-04-01", 0],
    ]);
  });

  test.each([
    [
      "W",
      "2026-12",
      [
        ["2026-12", 0],
        ["2026-13", 2],
      ],
    ],
    [
      "ISO",
      "2026-13",
      [
        ["2026-13", 0],
        ["2026-14", 2],
      ],
    ],
  ] as const)("counts weeks by the lab's rule: %s", async (weekRule, start, expected) => {
    const { add, past, get } = await open({ weekRule });
    const [one, two] = [await add(), await add()];
    // Monday 2026-03-30 begins a week.
    await past(one.did, [Date.parse("2026-03-30T00:00:00Z"), { Temperature: 1 }]);
    await past(two.did, [Date.parse("2026-04-05T23:59:59Z"), { Temperature: 1 }]);
    const end = expected[1][0];
    const { data } = await get<{ data: { count: number; week: string }[] }>(
      `devices/report/liveness/history?cycle=week&start=${start}&end=${end}`,
    );
    expect(data.map(({ count: found, week }) => [week, found])).toEqual(expected);
  });

  test.each([
    "start=2026-01-01&end=2026-01-31",
    "cycle=week&start=2025-01&end=2026-03",
    "cycle=month&start=2025-01&end=2026-01",
    "cycle=month&start=2026-13&end=2026-13",
    "cycle=week&start=2026-54&end=2026-54",
    "cycle=year&start=2026&end=2026",
    "start=2026-01-02&end=2026-01-01",
    "start=2026-01&end=2026-01",
    "start=2026-01-01",
  ])("refuses %s", async (query) => {
    const { get } = await open();
    expect(await get(`devices/report/liveness/history?${query}`)).toEqual(
      refusal(5002, "form invalid", expect.any(String)),
    );
  });

  test("goes as far as 30 days, 53 weeks and 12 months", async () => {
    const { get } = await open();
    const lengths: [string, number][] = [
      ["start=2026-01-01&end=2026-01-30", 30],
      ["cycle=week&start=2024-01&end=2024-53", 53],
      ["cycle=month&start=2025-01&end=2025-12", 12],
    ];
    for (const [query, length] of lengths) {
      const { data } = await get<{ data: object[] }>(`devices/report/liveness/history?${query}`);
      expect(data, query).toHaveLength(length);
    }
  });
});

describe("faults and alerts", () => {
  test("are counted as they come and go, by device and by datapoint", async () => {
    const { lab, add, past, get } = await open();
    const [one, two, three] = [await add(GUANGZHOU), await add(SHENZHEN), await add()];
    const fault = (at: number, Fault_LED: number, Fault_Motor = 0): [number, object] => [
      START + at * HOUR_MS,
      { Fault_LED, Fault_Motor, Alert_1: 0 },
    ];
    // Comes twice and goes twice; is there from the first report on and stays; never comes.
    await lab.advance(DAY_MS);
    await past(one.did, fault(0, 0), fault(1, 1), fault(1.1, 1), fault(2, 0), fault(3, 1, 1), fault(4, 0, 1));
    await past(two.did, fault(0, 1), fault(5, 1));
    await past(three.did, fault(0, 0));
    expect(await get("fault/report/devices")).toEqual({
      gid: null,
      count: count(2, 0, 2),
      location: {
        China: {
          count: count(2, 0, 2),
          Guangdong: {
            count: count(2, 0, 2),
            Guangzhou: { count: count(1, 0, 1) },
            Shenzhen: { count: count(1, 0, 1) },
          },
        },
      },
    });
    const guangzhou = {
      count: count(3, 2, 1),
      detail: { Fault_LED: count(2, 2, 0), Fault_Motor: count(1, 0, 1) },
    };
    const shenzhen = { count: count(1, 0, 1), detail: { Fault_LED: count(1, 0, 1) } };
    const all = { count: count(4, 2, 2), detail: { Fault_LED: count(3, 2, 1), Fault_Motor: count(1, 0, 1) } };
    expect(await get("fault/report/events")).toEqual({
      ...all,
      gid: null,
      location: { China: { ...all, Guangdong: { ...all, Guangzhou: guangzhou, Shenzhen: shenzhen } } },
    });
    expect(await get("alert/report/events")).toEqual({ count: count(0, 0, 0), gid: null, detail: {}, location: {} });
    await past(one.did, fault(6, 0), [START + 7 * HOUR_MS, { Alert_2: 1 }], [START + 8 * HOUR_MS, { Alert_2: 0 }]);
    expect(await get("fault/report/devices")).toMatchObject({ count: count(2, 1, 1) });
    expect(await get("alert/report/devices")).toMatchObject({ count: count(1, 1, 0) });
    expect(await get("alert/report/events")).toMatchObject({ detail: { Alert_2: count(1, 1, 0) } });
  });
});

describe("users", () => {
  test("are counted as they bind, by cycle and in all", async () => {
    const { lab, add, get } = await open();
    const [device, other] = [await add(), await add()];
    const [ann, bob] = [await enterUser(lab), await enterUser(lab, "phone-2")];
    await bindDevice(lab, ann, device.did);
    await lab.advance(DAY_MS);
    await bindDevice(lab, ann, other.did);
    await bindDevice(lab, bob, other.did);
    expect(await get("users/report/new?cycle=date&start=2026-04-01&end=2026-04-03")).toEqual({
      start: "2026-04-01",
      gid: null,
      end: "2026-04-03",
      data: [
        { count: 1, date: "2026-04-01" },
        { count: 1, date: "2026-04-02" },
        { count: 0, date: "2026-04-03" },
      ],
      cycle: "date",
    });
    expect(await get("users/report/total")).toEqual({ gid: null, total: 2 });
    const client = await enterEnterprise(lab);
    const { gid } = (await client.call<{ gid: string }>("POST", "device_groups")).body;
    await client.call("PUT", `device_groups/${gid}`, { action: "assign", macs: [device.mac] });
    expect(await get(`users/report/total?gid=${gid}`)).toEqual({ gid, total: 1 });
    expect(await get("users/report/total?gid=x")).toEqual(refusal(5206, "group not exist", expect.any(String)));
  });

  test("are active on the days they log in, and are where their devices are", async () => {
    const { lab, add } = await open();
    const [here, there] = [await add(GUANGZHOU), await add(BERLIN)];
    const [ann, bob] = [await enterUser(lab), await enterUser(lab, "phone-2")];
    await bindDevice(lab, ann, here.did);
    await bindDevice(lab, bob, there.did);
    await lab.advance(1);
    await bindDevice(lab, bob, here.did);
    await lab.advance(DAY_MS);
    await enterUser(lab);
    await enterUser(lab);
    const look = async (path: string) => (await ask(lab, "GET", `/v1/users/${path}`, enterpriseHeaders(lab))).body;
    expect(await look("liveness_total?start_date=2026-04-01&end_date=2026-04-02")).toEqual({
      data: [
        { count: 2, date: "2026-04-01" },
        { count: 1, date: "2026-04-02" },
      ],
    });
    lab.faults.add({ kind: "cloud.expire-tokens" });
    const { id: appId } = lab.credentials.app;
    const mine = `liveness_total?appid=${appId}&start_date=2026-04-01&end_date=2026-04-02`;
    expect(await look(mine)).toMatchObject({ data: [{ count: 2 }, { count: 1 }] });
    expect(await look(`liveness_total?appid=x&start_date=2026-04-01&end_date=2026-04-02`)).toMatchObject({
      error_code: 5016,
    });
    expect(await look("liveness_total")).toMatchObject({ error_code: 5002 });
    const one = { count: 1 };
    expect(await look("location")).toEqual({
      China: { ...one, Guangdong: { ...one, Guangzhou: one } },
      Germany: { ...one, Berlin: one },
    });
  });
});
