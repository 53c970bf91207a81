import { describe, expect, onTestFinished, test } from "vitest";
import type { LabOptions } from "../../../src/lab/lab-options.js";
import { startLab } from "../../../src/lab/start-lab.js";
import { AGGREGATORS, BruteAggregation, type PlainReport } from "../../support/brute-aggregation.js";
import { bindDevice, productKeyOf, registerDevice } from "../../support/devices.js";
import { ask, enterEnterprise } from "../../support/enterprise-api.js";
import { enterUser, inject, refusal } from "../../support/open-api.js";
import { UNITS } from "../../support/wall-calendar.js";

/** A Monday (rest.md 3.3). */
const MONDAY = Date.parse("2015-07-20T10:15:00Z");
const DAY_MS = 86_400_000;

async function open(options: LabOptions = {}) {
  const lab = await startLab({ profiles: ["pet-house", "ph-meter"], clock: "virtual", seed: "agg", ...options });
  onTestFinished(() => lab.close());
  const { did } = await registerDevice(lab);
  const client = await enterEnterprise(lab);
  return {
    lab,
    did,
    client,
    past: async (reports: readonly PlainReport[]) => {
      const payload = reports.map(({ at, values }) => JSON.stringify({ did, ts: at, attrs: values })).join("\n");
      expect(await inject(lab, { method: "POST", url: "/_lab/reports", payload })).toMatchObject({ status: 200 });
    },
    /** Average Temperature by hour since 2015, but for what is asked otherwise; undefined leaves a parameter out. */
    ask: (change: Record<string, string | number | undefined> = {}, id = did) => {
      const query = { start_ts: MONDAY, attrs: "Temperature", aggregator: "avg", unit: "HOURS", ...change };
      const given = Object.entries(query).filter(([, value]) => value !== undefined);
      const text = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]));
      return client.call("GET", `devices/${id}/agg_data?${text}`);
    },
  };
}

describe("the answer", () => {
  test("is the query and one object a bucket, attrs before datetime, without did, uid and product_key", async () => {
    const { lab, did, client, past } = await open();
    await past([
      { at: MONDAY, values: { Temperature: 6, Humidity: 3 } },
      { at: MONDAY + 1, values: { Temperature: 7 } },
    ]);
    const query = `start_ts=${MONDAY}&end_ts=${MONDAY + 1}&attrs=Humidity%2C%20Temperature&aggregator=avg&unit=HOURS`;
    const url = `${client.base}/devices/${did}/agg_data?${query}`;
    const response = await lab.server.inject({ method: "GET", url, headers: client.headers });
    expect(response.headers["content-type"]).toMatch("application/json");
    expect([response.statusCode, response.body]).toEqual([
      200,
      JSON.stringify({
        query: {
          aggregator: "avg",
          end_ts: MONDAY + 1,
          start_ts: MONDAY,
          attrs: "Humidity, Temperature",
          unit: "HOURS",
        },
        data: [{ attrs: { Humidity: 3, Temperature: 6.5 }, datetime: "2015072010" }],
      }),
    ]);
  });

  test("is what going through the reports one by one gives, by every unit and aggregator", async () => {
    const { ask: askFor, past } = await open({ zone: "Asia/Shanghai" });
    const reports = Array.from({ length: 300 }, (_, at): PlainReport => {
      const values = { Temperature: ((at * 7) % 60) - 10, ...(at % 3 === 0 ? { Humidity: (at * 11) % 100 } : {}) };
      return { at: MONDAY + at * 5_000_000, values };
    });
    await past(reports);
    const brute = new BruteAggregation("Asia/Shanghai");
    const [start, end] = [MONDAY + 3 * DAY_MS + 1, MONDAY + 12 * DAY_MS - 1];
    const attrs = ["Temperature", "Humidity"];
    for (const unit of UNITS) {
      for (const aggregator of AGGREGATORS) {
        const { body } = await askFor({ start_ts: start, end_ts: end, attrs: attrs.join(","), aggregator, unit });
        const expected = brute.answer(reports, { start, end, attrs, aggregator, unit });
        expect((body as { data: unknown }).data, `${aggregator} by ${unit}`).toEqual(expected);
      }
    }
  });

  test("is the open API's, but for whose it is", async () => {
    const { lab, did, ask: askFor, past } = await open();
    await past([{ at: MONDAY, values: { Temperature: 6 } }]);
    const user = await enterUser(lab);
    await bindDevice(lab, user, did);
    const query = `start_ts=${MONDAY}&attrs=Temperature&aggregator=avg&unit=hours`;
    const own = await user.call<{ data: object[] }>("GET", `/app/devdata/${did}/agg_data?${query}`);
    const { body } = await askFor({ unit: "hours" });
    expect(own.body).toEqual({
      ...(body as object),
      data: [
        {
          datetime: "2015072010",
          uid: user.uid,
          product_key: productKeyOf(lab, "pet-house"),
          attrs: { Temperature: 6 },
        },
      ],
    });
  });

  test("is empty without data, and echoes null without an end", async () => {
    const { ask: askFor } = await open();
    expect(await askFor()).toMatchObject({
      status: 200,
      body: {
        query: { aggregator: "avg", end_ts: null, start_ts: MONDAY, attrs: "Temperature", unit: "HOURS" },
        data: [],
      },
    });
  });
});

describe("what is refused", () => {
  test.each([
    ["an unknown attr", { attrs: "Temperature,Nothing" }, 404, 5405, "attrs not exist!"],
    ["an enum", { attrs: "LED_Color" }, 400, 5401, "attr invalid!"],
    ["no attrs", { attrs: undefined }, 400, 5002, "form invalid"],
    ["no start", { start_ts: undefined }, 400, 5002, "form invalid"],
    ["a start that is none", { start_ts: "x" }, 400, 5002, "form invalid"],
    ["an end before the start", { end_ts: MONDAY - 1 }, 400, 5002, "form invalid"],
    ["an unknown aggregator", { aggregator: "median" }, 400, 5002, "form invalid"],
    ["an unknown unit", { unit: "YEARS" }, 400, 5002, "form invalid"],
  ])("%s", async (_what, change, status, code, message) => {
    const { ask: askFor } = await open();
    const answer = await askFor(change);
    expect([answer.status, answer.body]).toEqual([status, refusal(code, message, expect.any(String))]);
  });

  test("a device that is unknown, or another product's", async () => {
    const { lab, ask: askFor } = await open();
    const { did } = await registerDevice(lab, "ph-meter", "02eeeeeeeeee");
    const foreign = await askFor({}, did);
    expect([foreign.status, foreign.body]).toEqual([403, refusal(5302, "device not belong to this product")]);
    const unknown = await askFor({}, "nobody");
    expect([unknown.status, unknown.body]).toEqual([404, refusal(5301, "device not exist")]);
  });

  test("a product that is closed, until it is opened again", async () => {
    const { lab, ask: askFor } = await open();
    const set = (aggregation: boolean) =>
      ask(lab, "PUT", `/_lab/products/${productKeyOf(lab, "pet-house")}`, {}, { aggregation });
    await set(false);
    const closed = await askFor();
    expect([closed.status, closed.body]).toEqual([403, refusal(5024, "api deny to visit!", expect.any(String))]);
    await set(true);
    expect((await askFor()).status).toBe(200);
  });

  test("more than a month back, where the lab is told so", async () => {
    const { lab, ask: askFor } = await open();
    const now = lab.clock.now();
    await ask(lab, "PUT", "/_lab/enterprise", {}, { month_limit: true });
    expect((await askFor({ start_ts: now - 31 * DAY_MS })).status).toBe(200);
    expect((await askFor({ start_ts: now - 31 * DAY_MS - 1 })).body).toMatchObject({ error_code: 5002 });
    await ask(lab, "PUT", "/_lab/enterprise", {}, { month_limit: false });
    expect((await askFor()).status).toBe(200);
  });
});
