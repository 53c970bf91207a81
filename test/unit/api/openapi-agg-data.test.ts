import { describe, expect, test } from "vitest";
import type { LabOptions } from "../../../src/lab/lab-options.js";
import { startLab } from "../../../src/lab/start-lab.js";
import { bindDevice, productKeyOf, registerDevice } from "../../support/devices.js";
import { enterUser, inject, refusal } from "../../support/open-api.js";

interface AggData {
  readonly query: Record<string, unknown>;
  readonly data: { datetime: string; uid: string; product_key: string; attrs: Record<string, number> }[];
}

/** A Monday (rest.md 3.3). */
const MONDAY = "2015-07-20T10:15:00Z";
const at = (time: string): number => Date.parse(time);
const BAD_FORM = refusal(9015, "form invalid!", expect.any(String));

/** A cloud with a user and a bound device, whose past is imported. */
async function startCloud(options: LabOptions = {}) {
  const lab = await startLab({ profiles: ["pet-house", "doser"], clock: "virtual", seed: "agg", ...options });
  const user = await enterUser(lab);
  const { did } = await registerDevice(lab);
  await bindDevice(lab, user, did);
  return {
    lab,
    user,
    did,
    productKey: productKeyOf(lab, "pet-house"),
    /** Takes in past reports: when, and what was reported. */
    past: async (...reports: [time: string | number, attrs: object][]) => {
      const lines = reports.map(([time, attrs]) => ({ did, ts: typeof time === "number" ? time : at(time), attrs }));
      const payload = lines.map((line) => JSON.stringify(line)).join("\n");
      expect(await inject(lab, { method: "POST", url: "/_lab/reports", payload })).toMatchObject({ status: 200 });
    },
    /** Average Temperature by hour since 2015, but for what is asked otherwise; undefined leaves a parameter out. */
    ask: (change: Record<string, string | number | undefined> = {}, method: "GET" | "PUT" = "GET") => {
      const query = {
        start_ts: at("2015-01-01T00:00:00Z"),
        attrs: "Temperature",
        aggregator: "avg",
        unit: "HOURS",
        ...change,
      };
      const given = Object.entries(query).filter(([, value]) => value !== undefined);
      const text = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]));
      return user.call<AggData>(method, `/app/devdata/${did}/agg_data?${text}`);
    },
    [Symbol.asyncDispose]: () => lab.close(),
  };
}

describe("the answer", () => {
  test("is the query and one object a bucket, keys as in the live answer", async () => {
    await using cloud = await startCloud();
    await cloud.past([MONDAY, { Temperature: 6, Humidity: 3 }], [at(MONDAY) + 1, { Temperature: 7, Humidity: 3 }]);
    const window = { start_ts: at(MONDAY) - 1, end_ts: at(MONDAY) + 1 };
    const { status, text } = await cloud.ask({ ...window, attrs: "Humidity,Temperature" });
    expect(status).toBe(200);
    expect(text).toBe(
      JSON.stringify({
        query: {
          aggregator: "avg",
          end_ts: window.end_ts,
          start_ts: window.start_ts,
          attrs: "Humidity,Temperature",
          unit: "HOURS",
        },
        data: [
          {
            datetime: "2015072010",
            uid: cloud.user.uid,
            product_key: cloud.productKey,
            attrs: { Humidity: 3, Temperature: 6.5 },
          },
        ],
      }),
    );
  });

  test.each([
    ["HOURS", "2015072010"],
    ["DAYS", "20150720"],
    ["WEEKS", "201529"],
    ["MONTHS", "201507"],
    ["hours", "2015072010"],
    ["months", "201507"],
  ])("labels and echoes %s", async (unit, datetime) => {
    await using cloud = await startCloud();
    await cloud.past([MONDAY, { Temperature: 20 }]);
    const { body } = await cloud.ask({ unit });
    expect(body).toMatchObject({ query: { unit }, data: [{ datetime, attrs: { Temperature: 20 } }] });
    expect(body.data).toHaveLength(1);
  });

  test("labels in the lab's zone, and weeks by the lab's rule", async () => {
    await using cloud = await startCloud({ zone: "Asia/Shanghai", weekRule: "ISO" });
    await cloud.past(["2015-07-19T16:00:00Z", { Temperature: 20 }]);
    const labels = async (unit: string) => (await cloud.ask({ unit })).body.data.map(({ datetime }) => datetime);
    expect(await labels("HOURS")).toEqual(["2015072000"]);
    expect(await labels("DAYS")).toEqual(["20150720"]);
    expect(await labels("WEEKS")).toEqual(["201530"]);
  });

  test.each([
    ["sum", 200],
    ["avg", 66.66666666666667],
    ["max", 67],
    ["min", 66],
  ])("gives the %s as a number", async (aggregator, value) => {
    await using cloud = await startCloud();
    const humid = (Humidity: number) => ({ Humidity });
    await cloud.past([MONDAY, humid(66)], [at(MONDAY) + 1000, humid(67)], [at(MONDAY) + 1_000_000, humid(67)]);
    const { text, body } = await cloud.ask({ aggregator, attrs: "Humidity" });
    expect(body.query.aggregator).toBe(aggregator);
    expect(text).toContain(`"attrs":{"Humidity":${value}}`);
  });

  test("adds up an alert", async () => {
    await using cloud = await startCloud();
    await cloud.past([MONDAY, { Alert_1: 1 }], [at(MONDAY) + 1, { Alert_1: 0 }], [at(MONDAY) + 2, { Alert_1: 1 }]);
    const { body } = await cloud.ask({ aggregator: "sum", attrs: "Alert_1" });
    expect(body.data.map(({ attrs }) => attrs)).toEqual([{ Alert_1: 2 }]);
  });

  test("trims names, passes over empty and doubled ones, and echoes what was sent", async () => {
    await using cloud = await startCloud();
    await cloud.past([MONDAY, { Temperature: 20, Humidity: 50, LED_R: 1 }]);
    const attrs = " Temperature , Humidity,,LED_R, Humidity";
    const { body } = await cloud.ask({ attrs });
    expect(body.query.attrs).toBe(attrs);
    expect(body.data[0]?.attrs).toEqual({ Temperature: 20, Humidity: 50, LED_R: 1 });
  });

  test("is the same with commas as they are and as %2C", async () => {
    await using cloud = await startCloud();
    await cloud.past([MONDAY, { Temperature: 20, Humidity: 50 }]);
    const url = `/app/devdata/${cloud.did}/agg_data?start_ts=0&aggregator=avg&unit=DAYS&attrs=`;
    const plain = await cloud.user.call("GET", `${url}Temperature,Humidity`);
    const encoded = await cloud.user.call("GET", `${url}Temperature%2CHumidity`);
    expect(plain.body).toMatchObject({ data: [{ attrs: { Temperature: 20, Humidity: 50 } }] });
    expect(encoded.text).toBe(plain.text);
  });

  test("leaves out empty buckets, and in a bucket the datapoints without a reading", async () => {
    await using cloud = await startCloud();
    await cloud.past(
      ["2015-07-20T12:00:00Z", { Humidity: 2 }],
      ["2015-07-20T09:59:59.999Z", { Temperature: 1, Humidity: 1 }],
      ["2015-07-20T10:00:00Z", { Temperature: 3 }],
    );
    const { body } = await cloud.ask({ attrs: "Temperature,Humidity" });
    expect(body.data.map(({ datetime, attrs }) => [datetime, attrs])).toEqual([
      ["2015072009", { Temperature: 1, Humidity: 1 }],
      ["2015072010", { Temperature: 3 }],
      ["2015072012", { Humidity: 2 }],
    ]);
  });

  test("is empty without any reading", async () => {
    await using cloud = await startCloud();
    expect((await cloud.ask()).body.data).toEqual([]);
  });

  test("names the user who asks", async () => {
    await using cloud = await startCloud();
    await cloud.past([MONDAY, { Temperature: 20 }]);
    const second = await enterUser(cloud.lab, "phone-2");
    await bindDevice(cloud.lab, second, cloud.did);
    const url = `/app/devdata/${cloud.did}/agg_data?start_ts=0&aggregator=avg&unit=DAYS&attrs=Temperature`;
    expect((await second.call("GET", url)).body).toMatchObject({ data: [{ uid: second.uid }] });
  });

  test("is the same to PUT", async () => {
    await using cloud = await startCloud();
    await cloud.past([MONDAY, { Temperature: 20 }]);
    expect((await cloud.ask({}, "PUT")).text).toBe((await cloud.ask()).text);
  });
});

describe("the window", () => {
  test("counts readings at its start and at its end, so that both outer buckets may be partial", async () => {
    await using cloud = await startCloud();
    const readings = [-1, 0, 60_000, 3_600_000, 3_600_001].map((offset, index): [number, object] => [
      at(MONDAY) + offset,
      { LED_R: 10 ** index % 251 },
    ]);
    await cloud.past(...readings);
    const window = { start_ts: at(MONDAY), end_ts: at(MONDAY) + 3_600_000 };
    const { body } = await cloud.ask({ ...window, attrs: "LED_R", aggregator: "sum" });
    expect(body.data.map(({ attrs }) => attrs)).toEqual([{ LED_R: 10 + 100 }, { LED_R: 1000 % 251 }]);
  });

  test("without an end goes to now, and the echo says null", async () => {
    await using cloud = await startCloud();
    await cloud.past([cloud.lab.clock.now(), { Temperature: 20 }]);
    for (const end_ts of [undefined, ""]) {
      const { body } = await cloud.ask({ end_ts });
      expect(body.query.end_ts).toBeNull();
      expect(body.data).toHaveLength(1);
    }
  });

  test("may be as wide as a calendar", async () => {
    await using cloud = await startCloud();
    await cloud.past([MONDAY, { Temperature: 20 }], [0, { Temperature: 1 }], [-1, { Temperature: 2 }]);
    const { body } = await cloud.ask({ start_ts: -8.64e15, end_ts: 8.64e15, unit: "MONTHS" });
    expect(body.data.map(({ datetime }) => datetime)).toEqual(["196912", "197001", "201507"]);
  });

  test("may hold the first and the last instant that can be imported", async () => {
    await using cloud = await startCloud({ zone: "Europe/Berlin" });
    await cloud.past(["1900-01-01T00:00:00Z", { Temperature: 1 }], ["9998-12-31T23:59:59.999Z", { Temperature: 2 }]);
    for (const unit of ["HOURS", "DAYS", "WEEKS", "MONTHS"]) {
      const { status, body } = await cloud.ask({ start_ts: -8.64e15, end_ts: 8.64e15, unit });
      expect(status).toBe(200);
      expect(body.data).toHaveLength(2);
      for (const { datetime } of body.data) expect(datetime).toMatch(/^(1900|999[89])\d{2,6}$/);
    }
  });
});

describe("a refusal", () => {
  test.each([
    ["no start_ts", { start_ts: undefined }],
    ["an empty start_ts", { start_ts: "" }],
    ["a start_ts that is a date", { start_ts: "2015-07-20" }],
    ["a start_ts with a fraction", { start_ts: "1.5" }],
    ["a start_ts beyond the calendar", { start_ts: "8640000000000001" }],
    ["an end_ts that is text", { end_ts: "now" }],
    ["an end before the start", { start_ts: 10, end_ts: 9 }],
    ["no aggregator", { aggregator: undefined }],
    ["an unknown aggregator", { aggregator: "median" }],
    ["no unit", { unit: undefined }],
    ["an unknown unit", { unit: "MINUTES" }],
    ["the singular of a unit", { unit: "day" }],
    ["no attrs", { attrs: undefined }],
    ["empty attrs", { attrs: " , " }],
  ])("9015 answers %s", async (_what, change) => {
    await using cloud = await startCloud();
    expect(await cloud.ask(change)).toMatchObject({ status: 400, body: BAD_FORM });
  });

  test.each([
    ["an unknown name", "Temp", "Temp"],
    ["an unknown name among good ones", "Temperature,Temp,Humidity", "Temp"],
    ["an enum", "LED_Color", "LED_Color"],
    ["a name in another case", "temperature", "temperature"],
    ["a name every object has", "constructor", "constructor"],
  ])("9025 answers %s and names it", async (_what, attrs, name) => {
    await using cloud = await startCloud();
    const detail = expect.stringContaining(`attr ${name} `);
    expect(await cloud.ask({ attrs })).toMatchObject({ status: 400, body: refusal(9025, "attr invalid!", detail) });
  });

  test("9025 answers a binary", async () => {
    await using cloud = await startCloud();
    const { did } = await registerDevice(cloud.lab, "doser", "02aabbccddff");
    await bindDevice(cloud.lab, cloud.user, did);
    const url = `/app/devdata/${did}/agg_data?start_ts=0&aggregator=avg&unit=DAYS&attrs=ch1_schedule`;
    expect((await cloud.user.call("GET", url)).body).toMatchObject({ error_code: 9025 });
  });

  test("9017 answers a device that is not bound, 9014 an unknown one", async () => {
    await using cloud = await startCloud();
    const query = "agg_data?start_ts=0&aggregator=avg&unit=DAYS&attrs=Temperature";
    const stranger = await enterUser(cloud.lab, "phone-2");
    const unbound = await stranger.call("GET", `/app/devdata/${cloud.did}/${query}`);
    expect(unbound).toMatchObject({ status: 401, body: refusal(9017, "device not bound!", expect.any(String)) });
    const unknown = await cloud.user.call("GET", `/app/devdata/unknown/${query}`);
    expect(unknown).toMatchObject({ status: 404, body: refusal(9014, "device not found!", expect.any(String)) });
  });

  test("9039 answers when aggregation is not opened for the product", async () => {
    await using cloud = await startCloud();
    cloud.lab.cloud.products.change(cloud.productKey, { aggregation: false });
    const closed = refusal(9039, "Not allowed to call deprecated API!", expect.stringContaining("not opened"));
    expect(await cloud.ask()).toMatchObject({ status: 403, body: closed });
  });
});
