import { describe, expect, onTestFinished, test } from "vitest";
import type { LabOptions } from "../../../src/lab/lab-options.js";
import { startLab } from "../../../src/lab/start-lab.js";
import { registerDevice } from "../../support/devices.js";
import { type DevoUser, enterDevo, importRows, makeToken, type TaskJson } from "../../support/devo.js";
import { inject } from "../../support/open-api.js";
import { makeTempFolder } from "../../support/temp-folder.js";

const START = Date.UTC(2026, 0, 1);
const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
const TABLE = "from gizlab.pet_house.data";
const COUNTED = `${TABLE} group every 30m by did select count() as n`;
/** A table that every domain has. */
const DEMO = "from demo.ecommerce.data group every 1h by client";

async function openLab(options: LabOptions = {}) {
  const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: "devo", ...options });
  onTestFinished(() => lab.close());
  return { lab, devo: enterDevo(lab) };
}

async function openLabWithDevice(options: LabOptions = {}) {
  const { lab, devo } = await openLab(options);
  const { did } = await registerDevice(lab);
  return { lab, devo, did, past: (...rows: Parameters<typeof importRows>[2]) => importRows(lab, did, rows) };
}

/** What a refusal says: HTTP status, Devo's code, and the words for it. */
async function refusalOf(devo: DevoUser, ...request: Parameters<DevoUser["call"]>) {
  const { status, body, text } = await devo.call<{ code: number; object: string[] }>(...request);
  expect(status, text).toBeGreaterThanOrEqual(400);
  return { status, code: body.code, why: body.object.at(-1) };
}

const create = (devo: DevoUser, body: object) =>
  refusalOf(devo, "POST", "/self", { name: "t", query: [COUNTED, "UTC", "en"], fromDate: 0, ...body });

describe("the seed document", () => {
  /** The request example's own URL, verbatim but for the host. */
  const SEED_URL = "/aggregations/v2/aggregations/v2/aggrtasks/self";

  test("is answered field for field, keys in its order", async () => {
    const { lab } = await openLab({ startAt: 1677087818714 });
    const { status, body, text } = await inject<TaskJson>(lab, {
      method: "POST",
      url: SEED_URL,
      headers: { standAloneToken: lab.credentials.devo.token },
      payload: {
        name: "first aggregation task",
        description: "my new aggregation task",
        query: ['from demo.ecommerce.data where client = "self" group every 30m by client', "GMT+01:00", "es"],
        delay: 0,
        fromDate: "0",
      },
    });
    expect(status, text).toBe(200);
    expect(body.id).toMatch(/^cc_self:[0-9A-Za-z]{8}$/);
    const expected = {
      id: body.id,
      name: "first aggregation task",
      table: "demo.ecommerce.data",
      wheres: ['eq(client, "self")'],
      delay: 0,
      query: {
        linq: 'from demo.ecommerce.data where eq(client, "self") group every 1800000 by client',
        timeZone: "GMT+01:00",
        locale: "es",
      },
      description: "my new aggregation task",
      domainName: "self",
      ownerEmail: "owner@self",
      creationDate: 1677087818714,
      updateDate: 1677087818714,
      status: "PENDING_CREATE",
      statusData: null,
      fromDate: 0,
    };
    expect(text).toBe(JSON.stringify(expected));
  });

  test.each(["/v2/aggrtasks", "/aggregations/v2/aggrtasks", "/aggregations/v2/aggregations/v2/aggrtasks"])(
    "is served below %s, an object for a query too",
    async (prefix) => {
      const { lab } = await openLab();
      const devo = enterDevo(lab, undefined, prefix);
      const { id } = await devo.make(DEMO);
      await lab.advance("1s");
      expect((await devo.call<TaskJson[]>("GET", "/self")).body).toEqual([await devo.task(id)]);
      expect((await devo.call("PUT", `/self/${id}/stop`)).body.status).toBe("PENDING_STOP");
      expect((await devo.call("DELETE", `/self/${encodeURIComponent(id)}`)).body.status).toBe("PENDING_DELETE");
    },
  );
});

describe("who asks", () => {
  test.each([
    ["GET", "/self"],
    ["POST", "/self"],
    ["GET", "/self/cc_self:00000000"],
    ["PUT", "/self/cc_self:00000000/start"],
    ["DELETE", "/self/cc_self:00000000"],
    ["GET", "/nothing/at/all/here"],
    ["POST", "/search/query"],
    ["GET", "/search/table/gizlab.pet_house.data"],
    ["GET", "/search/nothing"],
  ] as const)("without a valid token %s %s is 401", async (method, path) => {
    const { lab, devo } = await openLab();
    const url = path.startsWith("/search") ? path : `/v2/aggrtasks${path}`;
    const right = devo.token;
    const wrong = [
      {},
      { standAloneToken: "" },
      { standAloneToken: `${right}0` },
      { standAloneToken: right.toUpperCase() },
    ];
    const more = [
      { authorization: `Basic ${right}` },
      { authorization: "Bearer" },
      { standAloneToken: "x".repeat(9000) },
    ];
    for (const headers of [...wrong, ...more] as Record<string, string>[]) {
      const { status, body, text } = await inject(lab, {
        method,
        url,
        headers,
        ...(method === "GET" ? {} : { payload: "{" }),
      });
      expect({ status, body }, text).toMatchObject({ status: 401, body: { code: 401, msg: "Unauthorized" } });
      expect(text).not.toContain(right);
    }
  });

  test("a token may come as Bearer", async () => {
    const { lab, devo } = await openLab();
    const headers = { authorization: `Bearer ${devo.token}` };
    expect((await inject(lab, { method: "GET", url: "/v2/aggrtasks/self", headers })).body).toEqual([]);
  });

  test("T13: a token that may only view is refused what manages, with 601", async () => {
    const { lab, devo } = await openLab();
    const { id } = await devo.make(DEMO);
    const viewer = enterDevo(lab, await makeToken(lab, "view"));
    expect(await viewer.task(id)).toMatchObject({ id });
    expect((await viewer.call<TaskJson[]>("GET", "/self")).body).toHaveLength(1);
    expect((await viewer.call("GET", `/self/${id}/measures`)).status).toBe(200);
    for (const [method, path] of [
      ["POST", "/self"],
      ["PUT", `/self/${id}`],
      ["PUT", `/self/${id}/start`],
      ["PUT", `/self/${id}/stop`],
      ["PUT", `/self/${id}/resume`],
      ["DELETE", `/self/${id}`],
    ] as const) {
      const body = { name: "x", query: [DEMO], fromDate: 0 };
      expect(await refusalOf(viewer, method, path, body), path).toMatchObject({ status: 403, code: 601 });
    }
    expect(await viewer.rows("from demo.ecommerce.data")).toEqual([]);
  });

  test("a token opens its own domain only, and stays after a restart", async () => {
    const folder = makeTempFolder();
    const { lab } = await openLab({ folder });
    const token = await makeToken(lab, "manage", "other");
    await lab.close();
    const again = await openLab({ folder });
    const other = enterDevo(again.lab, token);
    expect((await other.call("GET", "/other")).body).toEqual([]);
    expect(await refusalOf(other, "GET", "/self")).toMatchObject({ status: 403, code: 601 });
    expect(await refusalOf(again.devo, "GET", "/other")).toMatchObject({ status: 403, code: 601 });
  });

  test("a table or client of another domain is refused, in tasks and queries", async () => {
    const { lab, devo } = await openLab();
    const other = enterDevo(lab, await makeToken(lab, "manage", "other"));
    const body = { name: "x", fromDate: 0 };
    expect(await refusalOf(other, "POST", "/other", { ...body, query: [COUNTED] })).toEqual({
      status: 403,
      code: 403,
      why: "Access not allowed for table 'gizlab.pet_house.data'",
    });
    expect((await other.search(TABLE)).status).toBe(403);
    expect((await other.call("GET", "/search/table/gizlab.pet_house.data")).status).toBe(403);
    const foreign = `${TABLE} where client in {"self", "other"} group every 1h`;
    expect(await refusalOf(devo, "POST", "/self", { ...body, query: [foreign] })).toMatchObject({ status: 403 });
    expect((await devo.search(foreign)).status).toBe(403);
  });
});

describe("a task", () => {
  test("T1: has a name of its own in its domain; case counts; deleting frees it", async () => {
    const { lab, devo } = await openLab();
    const { id } = await devo.make(DEMO, { name: "mine" });
    expect(await create(devo, { name: "mine" })).toMatchObject({ status: 400, why: expect.stringContaining("mine") });
    await devo.make(DEMO, { name: "Mine" });
    const second = await devo.make(DEMO, { name: "second" });
    await lab.advance("1s");
    expect(await refusalOf(devo, "PUT", `/self/${second.id}`, { name: "mine" })).toMatchObject({ status: 400 });
    const other = enterDevo(lab, await makeToken(lab, "manage", "other"));
    const elsewhere = await other.call("POST", "/other", { name: "mine", query: [DEMO], fromDate: 0 });
    expect(elsewhere.status).toBe(200);
    await devo.call("DELETE", `/self/${id}`);
    expect(await create(devo, { name: "mine" })).toMatchObject({ status: 400 });
    await lab.advance("1s");
    await devo.make(DEMO, { name: "mine" });
  });

  test("T2: with LINQ that does not parse is refused with the place and what could stand there", async () => {
    const { devo } = await openLab();
    const { status, why } = await create(devo, { query: [`${TABLE}\ngroup evry 30m`, "UTC", "en"] });
    expect(status).toBe(400);
    expect(why).toMatch(/line 2, column 7/);
    expect(why).toMatch(/expected .*every/);
    expect(why).toContain("found evry");
  });

  test.each([
    [
      "table",
      "from gizlab.pet_huose.data group every 1h",
      /unknown table 'gizlab.pet_huose.data'.*gizlab.pet_house.data/,
    ],
    ["column", `${TABLE} where Temprature > 3 group every 1h`, /no column named Temprature.*Temperature/],
    ["function", `${TABLE} where rund(Temperature) > 3 group every 1h`, /rund.*round/],
    ["zone", [COUNTED, "Mars/Base", "en"], /Mars\/Base/],
  ])("T3: with an unknown %s is refused, the nearest named", async (_what, linq, words) => {
    const { devo } = await openLab();
    const query = Array.isArray(linq) ? linq : [linq, "UTC", "en"];
    expect(await create(devo, { query })).toEqual({ status: 400, code: 400, why: expect.stringMatching(words) });
  });

  test("T4: may have longer buckets than minGrain, and no shorter ones", async () => {
    const { devo } = await openLab();
    const linq = `${TABLE} group every 7m by did select count() as n`;
    expect(await devo.make(linq, { minGrain: "5m" })).toMatchObject({ minGrain: "5m" });
    expect(await create(devo, { query: [linq], minGrain: "10m" })).toMatchObject({
      status: 400,
      why: expect.stringMatching(/420000 ms.*10m/),
    });
    for (const minGrain of ["", "5", "300000"]) {
      const { status } = await devo.call("POST", "/self", {
        name: `m${minGrain}`,
        query: [linq],
        fromDate: 0,
        minGrain,
      });
      expect(status, minGrain).toBe(minGrain === "" ? 400 : 200);
    }
    for (const minGrain of ["5 minutes", "-5m", "m", "1y"])
      expect(await create(devo, { minGrain })).toMatchObject({ status: 400 });
  });

  test.each(["0", "-"])("T5: with the period %s has one bucket for all time", async (period) => {
    const { lab, devo, did, past } = await openLabWithDevice();
    await past([START - 3 * DAY, { Temperature: 1 }], [START - 5 * HOUR, { Temperature: 2 }]);
    const linq = `${TABLE} group every ${period} by did select count() as n, sum(Temperature) as s`;
    const { id } = await devo.make(linq);
    await lab.advance("2s");
    expect(await devo.measures(id)).toMatchObject({ chunks: 2 });
    expect(await devo.rows(linq)).toEqual([{ did, n: 2, s: 3 }]);
  });

  test("T6: with a second period shorter than the first is refused, and with a longer one has its buckets", async () => {
    const { lab, devo, past } = await openLabWithDevice();
    expect(await create(devo, { query: [`${TABLE} group every 30m every 10m`] })).toMatchObject({
      status: 400,
      why: expect.stringMatching(/600000 ms.*shorter.*1800000 ms/),
    });
    await past([START - 90 * MINUTE, { Temperature: 1 }], [START - 61 * MINUTE, { Temperature: 4 }]);
    const linq = `${TABLE} group every 10m every 1h select avg(Temperature) as a`;
    await devo.make(linq);
    await lab.advance("1s");
    expect(await devo.rows(linq)).toEqual([{ eventdate: START - 2 * HOUR, a: 2.5 }]);
  });

  test.each([
    [0, 0],
    ["0", 0],
    [1677087818714, 1677087818714],
    ["1677087818714", 1677087818714],
    [1677087818, 1677087818000],
    ["1677087818", 1677087818000],
    ["2023-11-06 07:30:00", Date.UTC(2023, 10, 6, 6, 30)],
    ["2023-11-06T07:30:00Z", Date.UTC(2023, 10, 6, 7, 30)],
    [START + 10 * DAY, START + 10 * DAY],
  ])("T7: begins at the fromDate %j", async (fromDate, expected) => {
    const { lab, devo } = await openLab();
    const { id } = await devo.make(DEMO, { fromDate, query: { linq: DEMO, timeZone: "GMT+01:00" } });
    expect(await devo.task(id)).toMatchObject({ fromDate: expected });
    await lab.advance("1h");
    expect(await devo.task(id)).toMatchObject({ status: "RUNNING" });
    const { coveredUntil } = await devo.measures(id);
    expect(coveredUntil).toBe(Math.max(START + HOUR, Math.floor(expected / HOUR) * HOUR));
  });

  test.each([undefined, null, "", "yesterday", "2023-02-30", "1e12", 1.5, 1e300, [], {}, true])(
    "T7: is refused with the fromDate %j",
    async (fromDate) => {
      const { devo } = await openLab();
      expect(await create(devo, { fromDate })).toMatchObject({ status: 400, code: 400 });
    },
  );

  test.each([-1, 0.5, "5", 1e12])("T8: is refused with the delay %j", async (delay) => {
    const { devo } = await openLab();
    expect(await create(devo, { delay })).toMatchObject({ status: 400, code: 400 });
  });

  test("T9: is not stopped twice, nor resumed while it runs, nor while it is pending", async () => {
    const { lab, devo } = await openLab();
    const { id } = await devo.make(DEMO);
    expect(await refusalOf(devo, "PUT", `/self/${id}/stop`)).toMatchObject({
      status: 400,
      why: expect.stringContaining("PENDING_CREATE"),
    });
    await lab.advance("1s");
    expect(await refusalOf(devo, "PUT", `/self/${id}/resume`)).toMatchObject({
      why: expect.stringContaining("running"),
    });
    await devo.call("PUT", `/self/${id}/stop`);
    await lab.advance("1s");
    expect(await refusalOf(devo, "PUT", `/self/${id}/stop`)).toMatchObject({ why: expect.stringContaining("stopped") });
    expect(await devo.task(id)).toMatchObject({ status: "STOPPED" });
  });

  test("T10: started with an older date computes from there, and twice is the same as once", async () => {
    const { lab, devo, past } = await openLabWithDevice();
    await past([START - 3 * DAY, { Temperature: 1 }], [START - 2 * HOUR, { Temperature: 2 }]);
    const raw = await devo.rows(COUNTED);
    const { id } = await devo.make(COUNTED, { fromDate: START - DAY });
    await lab.advance("1s");
    expect(await devo.measures(id)).toMatchObject({ coveredFrom: START - DAY, chunks: 1 });
    for (const status of ["PENDING_EXTEND", "PENDING_REBUILD"]) {
      const body = { fromDate: START - 4 * DAY };
      expect((await devo.call("PUT", `/self/${id}/start`, body)).body).toMatchObject({ status, ...body });
      expect(await devo.rows(COUNTED)).toEqual(raw);
      await lab.advance("1s");
      expect(await devo.task(id)).toMatchObject({ status: "RUNNING", ...body });
      expect(await devo.measures(id)).toMatchObject({ coveredFrom: START - 4 * DAY, coveredUntil: START, chunks: 2 });
      expect(await devo.rows(COUNTED)).toEqual(raw);
    }
    expect((await devo.call("PUT", `/self/${id}/start?fromDate=1`)).body).toMatchObject({ fromDate: 1000 });
    await lab.advance("1s");
    for (const body of [{ fromDate: "x" }, { fromDate: [] }, [], "[1]"]) {
      expect(await refusalOf(devo, "PUT", `/self/${id}/start`, body)).toMatchObject({ status: 400 });
    }
  });

  test("T11: is 602 once it is deleted, and its buckets are gone", async () => {
    const { lab, devo, past } = await openLabWithDevice();
    await past([START - HOUR, { Temperature: 1 }]);
    const { id } = await devo.make(COUNTED);
    await lab.advance("1s");
    expect((await devo.call("DELETE", `/self/${id}`)).body).toMatchObject({ status: "PENDING_DELETE" });
    expect(await devo.task(id)).toMatchObject({ status: "PENDING_DELETE" });
    await lab.advance("1s");
    for (const [method, path] of [
      ["GET", ""],
      ["GET", "/measures"],
      ["PUT", "/start"],
      ["DELETE", ""],
    ] as const) {
      expect(await refusalOf(devo, method, `/self/${id}${path}`)).toMatchObject({ status: 404, code: 602 });
    }
    expect((await devo.call<TaskJson[]>("GET", "/self")).body).toEqual([]);
    expect((await devo.call<TaskJson[]>("GET", "/self?status=DELETED")).body).toMatchObject([
      { id, status: "DELETED" },
    ]);
    expect(await devo.rows(COUNTED)).toHaveLength(1);
  });

  test("T12: of another domain is 603, one that nobody has 602", async () => {
    const { lab, devo } = await openLab();
    const other = enterDevo(lab, await makeToken(lab, "manage", "other"));
    const { body } = await other.call("POST", "/other", { name: "x", query: [DEMO], fromDate: 0 });
    expect(body.id).toMatch(/^cc_other:/);
    expect(await refusalOf(devo, "GET", `/self/${body.id}`)).toMatchObject({ status: 404, code: 603 });
    expect(await refusalOf(devo, "GET", "/self/cc_self:00000000")).toMatchObject({ status: 404, code: 602 });
    expect(await refusalOf(devo, "DELETE", `/other/${body.id}`)).toMatchObject({ status: 403, code: 601 });
  });

  test("T14: is seen PENDING before whatever it becomes", async () => {
    const { lab, devo } = await openLab();
    const { id } = await devo.make(DEMO);
    const seen: string[] = [];
    const look = async (answered: { readonly status: string }): Promise<void> => {
      seen.push(answered.status);
      await lab.advance("999ms");
      seen.push((await devo.task(id)).status);
      await lab.advance("1ms");
      seen.push((await devo.task(id)).status);
    };
    await look(await devo.task(id));
    await look((await devo.call("PUT", `/self/${id}`, { description: "new" })).body);
    await look((await devo.call("PUT", `/self/${id}/stop`)).body);
    await look((await devo.call("PUT", `/self/${id}`, { delay: 5 })).body);
    await look((await devo.call("PUT", `/self/${id}/resume`)).body);
    await look((await devo.call("PUT", `/self/${id}/stop`)).body);
    await look((await devo.call("PUT", `/self/${id}/start`)).body);
    const acts = [
      ["CREATE", "RUNNING"],
      ["UPDATE", "RUNNING"],
      ["STOP", "STOPPED"],
      ["UPDATE", "STOPPED"],
      ["RESUME", "RUNNING"],
      ["STOP", "STOPPED"],
      ["START", "RUNNING"],
    ];
    expect(seen).toEqual(acts.flatMap(([act, end]) => [`PENDING_${act}`, `PENDING_${act}`, end]));
    expect(await devo.task(id)).toMatchObject({ description: "new", delay: 5 });
  });

  test("T15: with another query is computed anew, with another name is not", async () => {
    const { lab, devo, did, past } = await openLabWithDevice();
    await past([START - 2 * HOUR, { Temperature: 7 }], [START - HOUR, { Temperature: 9 }]);
    const { id } = await devo.make(COUNTED);
    await lab.advance("1s");
    const store = () => lab.cloud.linq.tasks.get("self", id).storeId;
    const before = store();
    await devo.call("PUT", `/self/${id}`, { name: "renamed", fromDate: 0 });
    await lab.advance("1s");
    expect(store()).toBe(before);
    const linq = `${TABLE} where Temperature > 8 group every 2h by did select max(Temperature) as m`;
    const { body } = await devo.call("PUT", `/self/${id}`, { query: { linq } });
    expect(body).toMatchObject({ status: "PENDING_UPDATE", wheres: ["gt(Temperature, 8)"], name: "renamed" });
    expect(await devo.measures(id)).toMatchObject({ chunks: 0 });
    await lab.advance("1s");
    expect(await devo.measures(id)).toMatchObject({ chunks: 1, chunkMs: HOUR });
    expect(await devo.rows(linq)).toEqual([{ eventdate: START - 2 * HOUR, did, m: 9 }]);
    expect(await refusalOf(devo, "PUT", `/self/${id}`, { query: { linq: `${TABLE} limit 1` } })).toMatchObject({
      status: 400,
    });
  });

  test("T16: counts a late event inside its delay and outside", async () => {
    const { lab, devo, did, past } = await openLabWithDevice();
    await past([START - 5 * HOUR, { Temperature: 1 }]);
    const { id } = await devo.make(COUNTED, { delay: 3600 });
    await lab.advance("2s");
    expect(await devo.measures(id)).toMatchObject({ coveredUntil: START - HOUR, chunks: 1, lateChunks: 0 });
    await past([START - 30 * MINUTE, { Temperature: 2 }]);
    const rows = [
      { eventdate: START - 5 * HOUR, did, n: 1 },
      { eventdate: START - 30 * MINUTE, did, n: 1 },
    ];
    expect(await devo.rows(COUNTED)).toEqual(rows);
    expect(await devo.measures(id)).toMatchObject({ chunks: 1, lateChunks: 0 });
    await past([START - 5 * HOUR + 1, { Temperature: 3 }], [START - 4 * HOUR, { Temperature: 3 }]);
    const later = [{ ...rows[0], n: 2 }, { eventdate: START - 4 * HOUR, did, n: 1 }, rows[1]];
    expect(await devo.rows(COUNTED)).toEqual(later);
    expect(await devo.measures(id)).toMatchObject({ chunks: 1, lateChunks: 2 });
    await lab.advance("1s");
    expect(await devo.measures(id)).toMatchObject({ chunks: 2, lateChunks: 0 });
    expect(await devo.rows(COUNTED)).toEqual(later);
    await lab.advance("1h");
    expect(await devo.measures(id)).toMatchObject({ coveredUntil: START, chunks: 3 });
    expect(await devo.rows(COUNTED)).toEqual(later);
  });

  test("T17: keeps null keys apart", async () => {
    const { lab, devo, past } = await openLabWithDevice();
    await past(
      [START - HOUR, { LED_OnOff: true }],
      [START - HOUR + 1, { Temperature: 1 }],
      [START - HOUR + 2, { LED_OnOff: false }],
    );
    const linq = `${TABLE} group every 1h by LED_OnOff select count() as n, count(Temperature) as t`;
    await devo.make(linq);
    await lab.advance("1s");
    const eventdate = START - HOUR;
    expect(await devo.rows(linq)).toEqual([
      { eventdate, LED_OnOff: null, n: 1, t: 1 },
      { eventdate, LED_OnOff: false, n: 1, t: 0 },
      { eventdate, LED_OnOff: true, n: 1, t: 0 },
    ]);
  });

  test("T18: may group by a computed column", async () => {
    const { lab, devo, past } = await openLabWithDevice();
    await past(
      [START - HOUR, { Temperature: 3 }],
      [START - HOUR + 1, { Temperature: 14 }],
      [START - HOUR + 2, { Temperature: 5 }],
    );
    const linq = `${TABLE} select ifthenelse(Temperature > 10, "warm", "cold") as feel group every 1h by feel select count() as n`;
    await devo.make(linq);
    await lab.advance("1s");
    expect(await devo.rows(linq)).toEqual([
      { eventdate: START - HOUR, feel: "cold", n: 2 },
      { eventdate: START - HOUR, feel: "warm", n: 1 },
    ]);
  });

  test("T19: goes on after a restart where it was, pending or not", async () => {
    const folder = makeTempFolder();
    const { lab, devo, past, did } = await openLabWithDevice({ folder });
    await past([START - HOUR, { Temperature: 3 }]);
    const running = await devo.make(COUNTED);
    await lab.advance("1s");
    const pending = await devo.make(DEMO);
    await lab.close();
    const again = await openLab({ folder, startAt: START + 1500 });
    expect(await again.devo.task(running.id)).toMatchObject({ status: "RUNNING" });
    expect(await again.devo.task(pending.id)).toMatchObject({ status: "PENDING_CREATE" });
    await importRows(again.lab, did, [[START - HOUR + 1, { Temperature: 3 }]]);
    await again.lab.advance("2s");
    expect(await again.devo.task(pending.id)).toMatchObject({ status: "RUNNING" });
    expect(await again.devo.rows(COUNTED)).toEqual([{ eventdate: START - HOUR, did, n: 2 }]);
    expect(await again.devo.measures(running.id)).toMatchObject({ coveredUntil: START, lateChunks: 0 });
  });

  test("T20: does not meet another over the same table", async () => {
    const { lab, devo, did, past } = await openLabWithDevice();
    await past([START - HOUR, { Temperature: 3 }], [START - HOUR + 1, { Temperature: 4 }]);
    const [one, two] = [COUNTED, `${TABLE} where Temperature > 3 group every 30m by did select count() as n`];
    const first = await devo.make(one);
    await devo.make(two);
    await devo.make(one, { name: "once more", fromDate: START - DAY });
    await lab.advance("1s");
    const eventdate = START - HOUR;
    expect(await devo.rows(one)).toEqual([{ eventdate, did, n: 2 }]);
    expect(await devo.rows(two)).toEqual([{ eventdate, did, n: 1 }]);
    await devo.call("DELETE", `/self/${first.id}`);
    await past([START - HOUR + 2, { Temperature: 5 }]);
    await lab.advance("5s");
    expect(await devo.rows(one)).toEqual([{ eventdate, did, n: 3 }]);
    expect(await devo.rows(two)).toEqual([{ eventdate, did, n: 2 }]);
  });

  test.each([
    ["without a group", `${TABLE} where Temperature > 3`],
    ["with a limit before the group", `${TABLE} limit 5 group every 1h`],
    ["with the present time", `${TABLE} where eventdate > now() - 1d group every 1h`],
    ["with today", `${TABLE} group every 1h select count() as n where n > epoch(today())`],
    ["inside another", "from (from x group every 1h) group every 1h"],
  ])("is refused %s", async (_what, linq) => {
    const { devo } = await openLab();
    expect(await create(devo, { query: [linq] })).toMatchObject({ status: 400, code: 400 });
  });

  test("that cannot be computed is in ERROR, says why, and can go on", async () => {
    const { lab, devo, past } = await openLabWithDevice();
    const rows = Array.from({ length: 10_001 }, (_, index): [number, object] => [
      START - HOUR + index * 80,
      { Temperature: 1 },
    ]);
    await past(...(rows as [number, Record<string, unknown>][]));
    const linq = `${TABLE} group every 1h select collect(Temperature) as c`;
    const { id } = await devo.make(linq);
    await lab.advance("1s");
    expect(await devo.task(id)).toMatchObject({
      status: "ERROR",
      statusData: expect.stringContaining("collects at most"),
    });
    expect((await devo.search(linq)).status).toBe(400);
    expect((await devo.call("PUT", `/self/${id}`, { query: [COUNTED] })).body.status).toBe("PENDING_UPDATE");
    await lab.advance("1s");
    expect(await devo.task(id)).toMatchObject({ status: "RUNNING", statusData: null });
  });

  test("goes back with the lab to where it was saved", async () => {
    const { lab, devo, did, past } = await openLabWithDevice();
    await past([START - HOUR, { Temperature: 3 }]);
    const { id } = await devo.make(COUNTED);
    await lab.advance("1s");
    await lab.snapshots.save("then");
    const [task, measures] = [await devo.task(id), await devo.measures(id)];
    await past([START - 2 * HOUR, { Temperature: 3 }]);
    await devo.call("DELETE", `/self/${id}`);
    await devo.make(DEMO);
    await lab.advance("1h");
    await lab.snapshots.restore("then");
    expect([await devo.task(id), await devo.measures(id)]).toEqual([task, measures]);
    expect((await devo.call<TaskJson[]>("GET", "/self")).body).toHaveLength(1);
    expect(await devo.rows(COUNTED)).toEqual([{ eventdate: START - HOUR, did, n: 1 }]);
    await past([START - HOUR + 1, { Temperature: 3 }]);
    await lab.advance("1h");
    expect(await devo.rows(COUNTED)).toEqual([{ eventdate: START - HOUR, did, n: 2 }]);
    expect(await devo.measures(id)).toMatchObject({ coveredUntil: START + HOUR, lateChunks: 0 });
  });
});

describe("the list", () => {
  test("is filtered by status, id and time of creation", async () => {
    const { lab, devo } = await openLab();
    const first = await devo.make(DEMO, { name: "first" });
    await lab.advance("10s");
    const second = await devo.make(DEMO, { name: "second" });
    const list = async (query: string) =>
      (await devo.call<TaskJson[]>("GET", `/self?${query}`)).body.map(({ name }) => name);
    expect(await list("skipCache=true")).toEqual(["first", "second"]);
    expect(await list("status=PENDING_CREATE")).toEqual(["second"]);
    expect(await list("status=RUNNING")).toEqual(["first"]);
    expect(await list(`id=${encodeURIComponent(first.id)}`)).toEqual(["first"]);
    expect(await list(`fromDate=${second.creationDate}`)).toEqual(["second"]);
    expect(await list(`fromDate=${START / 1000}`)).toEqual(["first", "second"]);
    for (const query of ["status=running", "fromDate=x", "skipCache=perhaps"]) {
      expect(await refusalOf(devo, "GET", `/self?${query}`), query).toMatchObject({ status: 400 });
    }
  });

  test("has an end", async () => {
    const { devo } = await openLab();
    for (let index = 0; index < 100; index += 1) await devo.make(DEMO, { name: `task ${index}` });
    expect(await create(devo, {})).toMatchObject({ status: 400, why: expect.stringContaining("100 tasks") });
  });
});

describe("what is not there", () => {
  test.each([
    ["PATCH", "/self", 405],
    ["DELETE", "/self", 405],
    ["POST", "/self/cc_self:00000000/start", 405],
    ["GET", "/self/cc_self:00000000/stop", 405],
    ["GET", "/self/cc_self:00000000/rows", 404],
    ["GET", "", 404],
    ["GET", "/search/query", 405],
    ["GET", "/search/nothing", 404],
  ] as const)("%s %s is %i", async (method, path, status) => {
    const { lab, devo } = await openLab();
    const url = path.startsWith("/search") ? path : `/v2/aggrtasks${path}`;
    const answer = await inject(lab, { method, url, headers: devo.headers });
    expect(answer).toMatchObject({ status, body: { code: status, status } });
  });

  test("has words of its own for a body that is too large or no JSON", async () => {
    const { lab, devo } = await openLab();
    const post = (payload: string) =>
      inject(lab, { method: "POST", url: "/v2/aggrtasks/self", headers: devo.headers, payload });
    expect(await post("{")).toMatchObject({ status: 400, body: { code: 400, object: expect.any(Array) } });
    expect(await post(`"${"x".repeat(300_000)}"`)).toMatchObject({ status: 413, body: { code: 413 } });
  });

  test.each([
    "/v2/aggrtasks/%zz",
    "/v2/aggrtasks/self/%C0%AF/start",
    `/v2/aggrtasks/self/${"x".repeat(600)}`,
    "/aggregations/v2/aggrtasks/%zz",
    "/aggregations/v2/aggregations/v2/aggrtasks/self/%zz",
    "/search/table/%zz",
    `/search/table/${"x".repeat(600)}`,
  ])("has words of its own for a path that never reaches a route: %s", async (url) => {
    const { lab, devo } = await openLab();
    const { status, body } = await inject<object>(lab, { method: "GET", url, headers: devo.headers });
    expect(status).toBe(400);
    expect(Object.keys(body)).toEqual(["msg", "code", "status", "timestamp", "cid", "object", "error"]);
    expect(body).toMatchObject({
      code: 400,
      status: 400,
      timestamp: START,
      object: ["Error in request", expect.stringMatching(/path/)],
    });
  });
});
