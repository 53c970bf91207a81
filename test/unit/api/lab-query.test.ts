import { describe, expect, test } from "vitest";
import type { Lab } from "../../../src/lab/lab.js";
import { startLab } from "../../../src/lab/start-lab.js";
import { registerDevice } from "../../support/devices.js";
import { inject } from "../../support/open-api.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The night before the clocks of Berlin change. */
const START = Date.UTC(2026, 2, 27, 23);

interface Answer {
  readonly tz: string;
  readonly start: number;
  readonly end: number;
  readonly buckets: readonly { start: number; end: number; time: string; attrs: Record<string, number> }[];
}

const open = () => startLab({ profiles: ["pet-house"], clock: "virtual", seed: "query", startAt: START + 10 * DAY_MS });
const put = <Body = unknown>(lab: Lab, url: string, payload: object) =>
  inject<Body>(lab, { method: "PUT", url, payload });

/** A device that has told its temperature every hour of three days: 0, 1, 2 … up to 23. */
async function openTold() {
  const lab = await open();
  const { did } = await registerDevice(lab);
  const lines = Array.from({ length: 72 }, (_, hour) =>
    JSON.stringify({ did, ts: START + hour * HOUR_MS, attrs: { Temperature: hour % 24, LED_OnOff: hour < 24 } }),
  );
  await inject(lab, { method: "POST", url: "/_lab/reports", payload: lines.join("\n") });
  const ask = (change: object) =>
    inject<Answer & { error: { code: string; message: string; hint?: string } }>(lab, {
      method: "POST",
      url: "/_lab/query",
      payload: {
        ...{ did, attrs: ["Temperature"], aggregator: "sum", width: "1d", tz: "Europe/Berlin" },
        ...change,
      },
    });
  return { lab, did, ask };
}

describe("POST /_lab/query", () => {
  test("answers in buckets of a zone, each with the time that its clocks show", async () => {
    const { lab, ask } = await openTold();
    const { status, body } = await ask({ start: START, end: START + 3 * DAY_MS });
    expect(status).toBe(200);
    expect(body).toMatchObject({ tz: "Europe/Berlin", start: START, end: START + 3 * DAY_MS });
    // The second day has 23 hours.
    const hours = [...Array(72).keys()].map((hour) => hour % 24);
    const sums = [hours.slice(0, 24), hours.slice(24, 47), hours.slice(47, 71), hours.slice(71)].map((part) =>
      part.reduce((a, b) => a + b, 0),
    );
    expect(body.buckets.map(({ time, attrs }) => [time, attrs.Temperature])).toEqual([
      ["2026-03-28T00:00:00+01:00", sums[0]],
      ["2026-03-29T00:00:00+01:00", sums[1]],
      ["2026-03-30T00:00:00+02:00", sums[2]],
      ["2026-03-31T00:00:00+02:00", sums[3]],
    ]);
    expect((body.buckets[1]?.end ?? 0) - (body.buckets[1]?.start ?? 0)).toBe(23 * HOUR_MS);
    await lab.close();
  });

  test.each([
    ["avg", 11.5],
    ["max", 23],
    ["min", 0],
    ["count", 24],
    ["first", 0],
    ["last", 23],
    ["delta", 23],
    ["p50", 11.5],
    ["p100", 23],
    ["time-average", 11.5],
  ])("knows %s", async (aggregator, value) => {
    const { lab, ask } = await openTold();
    const { body } = await ask({ aggregator, start: START, end: START + DAY_MS });
    expect(body.buckets.map(({ attrs }) => attrs.Temperature)).toEqual([value]);
    await lab.close();
  });

  test("counts back from the end, and asks for bools and several datapoints", async () => {
    const { lab, ask } = await openTold();
    const { body } = await ask({
      attrs: ["LED_OnOff", "Temperature"],
      width: "12h",
      tz: "UTC",
      last: "1d",
      end: START + DAY_MS,
    });
    expect(body.start).toBe(START);
    expect(body.buckets.map(({ attrs }) => attrs.LED_OnOff)).toEqual([1, 12, 11]);
    const { body: all } = await ask({ width: "1y", tz: "UTC" });
    expect(all.end).toBe(lab.clock.now() + 1);
    expect(all.buckets.map(({ time, attrs }) => [time, attrs.Temperature])).toEqual([["2026-01-01T00:00:00Z", 828]]);
    await lab.close();
  });

  test("lets a value hold no longer than the gap", async () => {
    const { lab, ask } = await openTold();
    const span = {
      aggregator: "time-average",
      width: "1d",
      tz: "UTC",
      start: START + 71 * HOUR_MS,
      end: START + 9 * DAY_MS,
    };
    expect((await ask(span)).body.buckets.length).toBeGreaterThan(5);
    expect((await ask({ ...span, max_gap: "30m" })).body.buckets).toHaveLength(1);
    await lab.close();
  });

  test.each([
    [{ did: "nobody" }, 404, "device-unknown", ""],
    [{ attrs: ["Temprature"] }, 400, "attr-unknown", "did you mean Temperature?"],
    [{ attrs: ["LED_Color"] }, 400, "attr-type", "Temperature"],
    [{ aggregator: "averge" }, 400, "aggregator-invalid", "avg"],
    [{ aggregator: "p101" }, 400, "aggregator-invalid", ""],
    [{ width: "7 moons" }, 400, "bucket-invalid", "15m"],
    [{ width: "0d" }, 400, "bucket-invalid", ""],
    [{ tz: "Europe/Berln" }, 400, "zone-unknown", ""],
    [{ start: 2, end: 1 }, 400, "query-invalid", ""],
    [{ start: 2, last: "1d" }, 400, "query-invalid", ""],
    [{ last: "soon" }, 400, "duration-invalid", ""],
    [{ last: "9000y" }, 400, "query-invalid", ""],
    [{ max_gap: "1h" }, 400, "query-invalid", ""],
    [{ aggregator: "time-average", max_gap: "0s" }, 400, "aggregator-invalid", ""],
    [{ width: "1ms", aggregator: "time-average" }, 400, "too-many-buckets", "wider"],
    [{ attrs: [] }, 400, "request-invalid", ""],
    [{ start: 1.5 }, 400, "request-invalid", ""],
    [{ start: 9e15 }, 400, "request-invalid", ""],
    [{ other: 1 }, 400, "request-invalid", ""],
  ])("refuses %j", async (change, status, code, hint) => {
    const { lab, ask } = await openTold();
    const answer = await ask(change);
    expect(answer).toMatchObject({ status, body: { error: { code } } });
    expect(answer.body.error.hint ?? "").toContain(hint);
    await lab.close();
  });

  test("means somebody by a did that is nearly right", async () => {
    const { lab, did, ask } = await openTold();
    expect((await ask({ did: `${did}x` })).body.error.hint).toBe(`did you mean ${did}?`);
    await lab.close();
  });
});

describe("/_lab/retention", () => {
  test("is for ever until it is set, and drops at once and every hour what is older", async () => {
    const { lab, ask } = await openTold();
    expect((await inject(lab, { method: "GET", url: "/_lab/retention" })).body).toEqual({ log: null, rollups: null });
    expect(lab.clock.pending()).toEqual([]);
    // Half of the three days is older than eight and a half days before now.
    const set = await put<{ dropped: { log_rows: number } }>(lab, "/_lab/retention", {
      log: "8d12h",
      rollups: "8d12h",
    });
    expect(set).toMatchObject({ status: 200, body: { log: "8d12h", rollups: "8d12h" } });
    expect(set.body.dropped.log_rows).toBe(36);
    const count = async () =>
      (await ask({ width: "1y", aggregator: "count", tz: "UTC" })).body.buckets[0]?.attrs.Temperature;
    expect(await count()).toBe(36);
    await lab.advance(5 * HOUR_MS);
    expect(await count()).toBe(31);
    expect(await put(lab, "/_lab/retention", { log: "1h" })).toMatchObject({ body: { log: "1h", rollups: null } });
    expect(await count()).toBe(31);
    await put(lab, "/_lab/retention", {});
    expect(lab.clock.pending()).toEqual([]);
    await lab.close();
  });

  test.each([{ log: "1m" }, { log: "2d", rollups: "1d" }, { log: "x" }, { log: 5 }, { logs: "1d" }])(
    "refuses %j",
    async (body) => {
      await using lab = await open();
      expect((await put(lab, "/_lab/retention", body)).status).toBe(400);
      expect((await inject(lab, { method: "GET", url: "/_lab/retention" })).body).toEqual({ log: null, rollups: null });
    },
  );
});

describe("an import of many lines", () => {
  test("is stored like one of a few, or refused as a whole with the line's number", async () => {
    const { lab, did, ask } = await openTold();
    const line = (index: number, attrs: object) =>
      JSON.stringify({ did, ts: START + 30 * DAY_MS + index * 1000, attrs });
    const lines = Array.from({ length: 500 }, (_, index) => line(index, { Humidity: index % 100 }));
    const post = (text: string) => inject(lab, { method: "POST", url: "/_lab/reports", payload: text });
    const bad = [...lines.slice(0, 321), line(0, { Humidity: 1000 }), ...lines.slice(321)].join("\n");
    expect(await post(bad)).toMatchObject({
      status: 400,
      body: { error: { code: "report-line", message: expect.stringMatching(/^line 322: Humidity is out of range/) } },
    });
    const count = async () =>
      (await ask({ attrs: ["Humidity"], aggregator: "count", width: "1y", tz: "UTC", end: START + 40 * DAY_MS })).body
        .buckets;
    expect(await count()).toEqual([]);
    expect(await post(lines.reverse().join("\n"))).toMatchObject({ status: 200, body: { accepted: 500 } });
    expect((await count()).map(({ attrs }) => attrs.Humidity)).toEqual([500]);
    expect(lab.cloud.telemetry.latest(lab.cloud.registry.get(did).id)?.attrs).toMatchObject({
      Humidity: 99,
      Temperature: 23,
    });
    await lab.close();
  });
});
