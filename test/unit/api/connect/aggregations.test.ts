import { describe, expect, test } from "vitest";
import { createSeededRandom } from "../../../../src/core/random.js";
import { parseProfile } from "../../../../src/profile/load.js";
import {
  bruteAverage,
  bruteDifference,
  evenBuckets,
  monthBuckets,
  type RegisterReading,
} from "../../../support/brute-energy.js";
import {
  type AggregationAnswer,
  at,
  type ConnectLab,
  type Past,
  type Query,
  type Refused,
  startConnectLab,
} from "../../../support/connect-lab.js";
import { findSchemaErrors } from "../../../support/connect-schemas.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const UUID = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
/** The example of the vendor's document (seed 002). */
const EXAMPLE = { start: "2024-05-27 13:00:00Z", resolution: "15 minutes", end: "2024-05-28 13:00:00Z" };

const total = (value: number) => ({ positive_energy_total: value });
const startsOf = (items: readonly AggregationAnswer[]): string[] => items.map(({ timeframe }) => timeframe.start);
const totalsOf = (items: readonly AggregationAnswer[]) => items.map(({ data }) => data.positiveActiveEnergy?.total);

/** A refusal with this code, in the vendor's shape. */
async function expectRefusal(
  answer: Promise<{ status: number; body: unknown }>,
  code: string,
  words = /./,
): Promise<void> {
  const { status, body } = await answer;
  expect(findSchemaErrors("ConnectApiErrorResult", body)).toEqual([]);
  expect(body).toEqual({
    errors: [
      { code, message: expect.stringMatching(words), description: expect.toBeOneOf([null, expect.any(String)]) },
    ],
  });
  expect(status).toBe(400);
}

/** A register that grows, is reset now and then, and is read at random times. */
function makeReadings(seed: string, count: number, from: number, to: number): RegisterReading[] {
  const random = createSeededRandom(seed);
  const times = new Set(Array.from({ length: count }, () => random.integer(from, to)));
  let value = 1000;
  return [...times]
    .sort((a, b) => a - b)
    .map((time): RegisterReading => {
      value = random.integer(0, 40) === 0 ? random.integer(0, 500) / 100 : value + random.integer(0, 300) / 100;
      return [time, Math.round(value * 100) / 100];
    });
}

async function importReadings(connect: ConnectLab, readings: readonly RegisterReading[]): Promise<void> {
  const reports = readings.map(([time, value]): Past => [time, total(value)]);
  for (let place = 0; place < reports.length; place += 1000) await connect.past(...reports.slice(place, place + 1000));
}

function expectBuckets(
  items: readonly AggregationAnswer[],
  brute: readonly { start: number; end: number; value: number }[],
): void {
  expect(items.map(({ timeframe }) => [at(timeframe.start), at(timeframe.end)])).toEqual(
    brute.map(({ start, end }) => [start, end]),
  );
  items.forEach(({ data }, place) => {
    expect(data.positiveActiveEnergy?.total, `bucket ${place}`).toBeCloseTo(brute[place]?.value ?? Number.NaN, 9);
  });
}

describe("the vendor's example", () => {
  test("is answered field for field", async () => {
    await using connect = await startConnectLab();
    await connect.past(
      ["2024-05-27T12:59:59.999Z", total(1)],
      [
        "2024-05-27T13:00:00Z",
        { ...total(10), positive_energy_t1: 2, positive_energy_t2: 3, positive_energy_t3: 4, positive_energy_t4: 1 },
      ],
      [
        "2024-05-27T13:10:00Z",
        { ...total(11), positive_energy_t1: 3, positive_energy_t2: 3, positive_energy_t3: 4, positive_energy_t4: 1 },
      ],
      ["2024-05-28T12:59:59.999Z", { ...total(20.25), negative_energy_total: 7.5, gas_volume: 3.125 }],
      ["2024-05-28T13:00:00Z", total(99)],
    );
    const url = `/v1/entities/${connect.entity}/aggregations?start=2024-05-27 13:00:00Z&resolution=15 minutes&end=2024-05-28 13:00:00Z`;
    const { status, body } = await connect.get(url);
    expect(status).toBe(200);
    expect(findSchemaErrors("PagedAggregations", body)).toEqual([]);
    expect(body).toEqual({
      data: [
        {
          data: { positiveActiveEnergy: { t1: 2.5, t2: 3, t3: 4, t4: 1, total: 10.5, unit: "kWh" } },
          entityId: connect.entity,
          id: UUID,
          timeframe: { start: "2024-05-27T13:00:00Z", end: "2024-05-27T13:15:00Z" },
        },
        {
          data: {
            negativeActiveEnergy: { total: 7.5, unit: "kWh" },
            positiveActiveEnergy: { total: 20.25, unit: "kWh" },
            positiveGasVolume: { unit: "m3", value: 3.125 },
          },
          entityId: connect.entity,
          id: UUID,
          timeframe: { start: "2024-05-28T12:45:00Z", end: "2024-05-28T13:00:00Z" },
        },
      ],
      links: { next: null },
      meta: { continuationToken: null, pageSize: 25 },
    });
    expect((await connect.get(`/connect${url}`)).body).toEqual(body);
    expect((await connect.get(url.replaceAll(" ", "%20"))).body).toEqual(body);
    expect((await connect.get(url.replaceAll(" ", "+"))).body).toEqual(body);
    expect((await connect.get(url.replace(connect.entity, connect.entity.toUpperCase()))).body).toEqual(body);
  });

  test("entity of the document is nobody's here", async () => {
    await using connect = await startConnectLab();
    const query = new URLSearchParams(EXAMPLE);
    const { status, body } = await connect.get(
      `/v1/entities/8667fb97-68f2-485a-87c7-f3bdfa9482e1/aggregations?${query}`,
    );
    expect(status).toBe(404);
    expect(findSchemaErrors("ConnectApiErrorResult", body)).toEqual([]);
    expect(body).toMatchObject({ errors: [{ code: "entity-unknown" }] });
  });

  test.each([
    ["15 minutes", "2024-05-27T13:00:00Z", "2024-05-27T13:15:00Z"],
    ["30 minutes", "2024-05-27T13:00:00Z", "2024-05-27T13:30:00Z"],
    ["1 hour(s)", "2024-05-27T13:00:00Z", "2024-05-27T14:00:00Z"],
    ["2 day(s)", "2024-05-26T00:00:00Z", "2024-05-28T00:00:00Z"],
    ["2 weeks", "2024-05-20T00:00:00Z", "2024-06-03T00:00:00Z"],
    ["5 years", "2020-01-01T00:00:00Z", "2025-01-01T00:00:00Z"],
  ])("resolution %s is taken literally", async (resolution, start, end) => {
    await using connect = await startConnectLab();
    await connect.past(["2024-05-27T13:07:31Z", total(5)]);
    const { body } = await connect.aggregations({ ...EXAMPLE, resolution });
    expect(body.data.map(({ timeframe }) => timeframe)).toEqual([{ start, end }]);
  });
});

describe("T1: a resolution", () => {
  test.each(["1 month 3 days", "2 month 3 weeks", "1 month 1 hour", "1.5 months", "P1M1D"])(
    "of months and less is refused: %s",
    async (resolution) => {
      await using connect = await startConnectLab();
      await expectRefusal(connect.aggregations({ ...EXAMPLE, resolution }), "interval-invalid", /months beside/);
    },
  );

  test.each([
    "",
    " ",
    "0 minutes",
    "-15 minutes",
    "15 minutes ago",
    "1 fortnight",
    "1e3 seconds",
    "infinity",
    "101 years",
    "x".repeat(100),
  ])("that is none is refused: %j", async (resolution) => {
    await using connect = await startConnectLab();
    await expectRefusal(connect.aggregations({ ...EXAMPLE, resolution }), "interval-invalid");
  });
});

describe("buckets", () => {
  test("T2: weeks begin on Monday", async () => {
    await using connect = await startConnectLab();
    await connect.past(["2024-05-26T23:59:59.999Z", total(1)], ["2024-05-27T00:00:00Z", total(2)]);
    const { body } = await connect.aggregations({ start: "2024-05-01", end: "2024-06-01", resolution: "1 week" });
    expect(startsOf(body.data)).toEqual(["2024-05-20T00:00:00Z", "2024-05-27T00:00:00Z"]);
  });

  test("T3: before 2000 they are counted backwards", async () => {
    await using connect = await startConnectLab();
    await connect.past(
      ["1999-12-31T23:59:59Z", total(1)],
      ["1970-01-01T00:00:00Z", total(2)],
      ["1901-02-03T04:05:06Z", total(3)],
    );
    const starts = async (resolution: string, from = "1999-01-01") =>
      startsOf((await connect.aggregations({ start: from, end: "2000-06-01", resolution })).body.data);
    expect(await starts("2 days")).toEqual(["1999-12-30T00:00:00Z"]);
    expect(await starts("7 hours")).toEqual(["1999-12-31T23:00:00Z"]);
    expect(await starts("2 months")).toEqual(["1999-11-01T00:00:00Z"]);
    expect(await starts("5 years", "1900-01-01")).toEqual([
      "1900-01-01T00:00:00Z",
      "1970-01-01T00:00:00Z",
      "1995-01-01T00:00:00Z",
    ]);
  });

  test("T4: a leap day is in the buckets of its month and year", async () => {
    await using connect = await startConnectLab();
    await connect.past(
      ["2024-02-28T12:00:00Z", total(10)],
      ["2024-02-29T12:00:00Z", total(20)],
      ["2024-03-01T00:00:00Z", total(90)],
      ["2025-01-01T00:00:00Z", total(7)],
    );
    const all = { start: "2024-01-01", end: "2026-01-01" };
    const months = (await connect.aggregations({ ...all, resolution: "1 month" })).body.data;
    expect(months[0]?.timeframe).toEqual({ start: "2024-02-01T00:00:00Z", end: "2024-03-01T00:00:00Z" });
    expect(totalsOf(months)).toEqual([15, 90, 7]);
    const years = (await connect.aggregations({ ...all, resolution: "1 year" })).body.data;
    expect(years.map(({ timeframe }) => timeframe.end)).toEqual(["2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z"]);
    expect(totalsOf(years)).toEqual([40, 7]);
    const days = (await connect.aggregations({ ...all, resolution: "1 day" })).body.data;
    expect(startsOf(days)).toContain("2024-02-29T00:00:00Z");
  });

  test("T5: five years are those of 2020 and 2025", async () => {
    await using connect = await startConnectLab();
    await connect.past(
      ["2019-12-31T23:59:59Z", total(1)],
      ["2020-01-01T00:00:00Z", total(2)],
      ["2024-12-31T23:59:59Z", total(4)],
      ["2025-01-01T00:00:00Z", total(5)],
    );
    const { body } = await connect.aggregations({ start: "2015-01-01", end: "2030-01-01", resolution: "5 years" });
    expect(startsOf(body.data)).toEqual(["2015-01-01T00:00:00Z", "2020-01-01T00:00:00Z", "2025-01-01T00:00:00Z"]);
    expect(totalsOf(body.data)).toEqual([1, 3, 5]);
  });

  test("T6: one wider than the range is whole, but counts what lies in the range alone", async () => {
    await using connect = await startConnectLab();
    await connect.past(
      ["2024-05-27T12:00:00Z", total(1)],
      ["2024-05-27T13:05:00Z", total(10)],
      ["2024-05-27T13:06:00Z", total(20)],
      ["2024-05-27T14:00:00Z", total(100)],
    );
    const { body } = await connect.aggregations({
      start: "2024-05-27 13:05:00Z",
      end: "2024-05-27 13:30:00Z",
      resolution: "1 month",
    });
    expect(body.data.map(({ timeframe }) => timeframe)).toEqual([
      { start: "2024-05-01T00:00:00Z", end: "2024-06-01T00:00:00Z" },
    ]);
    expect(totalsOf(body.data)).toEqual([15]);
  });

  test("T7: more than 200,000 are refused, as many are not", async () => {
    await using connect = await startConnectLab();
    const resolution = "1 second";
    const first = at("2024-01-01T00:00:00Z");
    const last = first + 199_999_000;
    await connect.past([last, total(1)]);
    const until = (seconds: number): Query => ({
      start: new Date(first).toISOString(),
      end: new Date(first + seconds * 1000).toISOString(),
      resolution,
    });
    await expectRefusal(connect.aggregations(until(200_001)), "too-many-buckets", /200000/);
    const years = { start: "2020-01-01", end: "2024-01-01", resolution };
    await expectRefusal(connect.aggregations(years), "too-many-buckets", /200000/);
    const { status, body } = await connect.aggregations(until(200_000));
    expect([status, startsOf(body.data).map(at)]).toEqual([200, [last]]);
  });

  test("T15: a reading on the edge belongs to the later one", async () => {
    await using connect = await startConnectLab();
    await connect.past(["2024-05-27T13:14:59.999Z", total(1)], ["2024-05-27T13:15:00Z", total(2)]);
    const { body } = await connect.aggregations(EXAMPLE);
    expect(startsOf(body.data)).toEqual(["2024-05-27T13:00:00Z", "2024-05-27T13:15:00Z"]);
    expect(totalsOf(body.data)).toEqual([1, 2]);
  });

  test.each([
    ["7 hours", evenBuckets(7 * HOUR_MS)],
    ["15 minutes", evenBuckets(15 * MINUTE_MS)],
    ["10 minutes", evenBuckets(10 * MINUTE_MS)],
    ["1 day 2 hours", evenBuckets(26 * HOUR_MS)],
    ["2 weeks", evenBuckets(14 * DAY_MS)],
    ["3 months", monthBuckets(3)],
    ["1 year", monthBuckets(12)],
  ])("of %s have the averages and differences that every reading by itself gives", async (resolution, bucketAt) => {
    await using connect = await startConnectLab();
    const readings = makeReadings(resolution, 400, at("2023-11-20T00:00:00Z"), at("2024-02-10T00:00:00Z"));
    await importReadings(connect, readings);
    const [start, end] = [at("2023-12-01T05:07:09.123Z"), at("2024-02-01T11:12:13.456Z")];
    const query = {
      start: new Date(start).toISOString(),
      end: new Date(end).toISOString(),
      resolution,
      pageSize: 1000,
    };
    expectBuckets((await connect.aggregations(query)).body.data, bruteAverage(readings, { start, end, bucketAt }));
    const differences = await connect.aggregations({ ...query, gizlab_energy: "difference" });
    expectBuckets(differences.body.data, bruteDifference(readings, { start, end, bucketAt }));
  });
});

describe("pages", () => {
  const RANGE = { start: "2023-12-01 00:00:00Z", end: "2024-01-01 00:00:00Z", resolution: "1 hour" };
  const fill = async (connect: ConnectLab) =>
    importReadings(connect, makeReadings("pages", 300, at("2023-12-01T00:00:00Z"), at("2024-01-01T00:00:00Z")));

  test.each([1, 7, 25, 100])("T8: of %i, one behind the other, are one big page", async (pageSize) => {
    await using connect = await startConnectLab();
    await fill(connect);
    for (const mode of ["average", "difference", "time-average"]) {
      const query = { ...RANGE, ...(pageSize === 1 ? { end: "2023-12-04" } : {}), gizlab_energy: mode };
      const whole = (await connect.aggregations({ ...query, pageSize: 10_000 })).body;
      expect(whole.data.length).toBeGreaterThan(20);
      expect(whole.links.next).toBeNull();
      const pages = await connect.aggregations.walk({ ...query, pageSize });
      expect(pages.flat()).toEqual(whole.data);
      expect(pages.slice(0, -1).every(({ length }) => length === pageSize)).toBe(true);
      expect(pages.at(-1)?.length).toBeGreaterThan(0);
    }
  });

  test("have the token and the link to the next, with all that was asked", async () => {
    await using connect = await startConnectLab();
    await fill(connect);
    const { body } = await connect.aggregations({
      ...RANGE,
      pageSize: 3,
      gizlab_energy: "difference",
      unknown: "kept",
    });
    const next = new URL(body.links.next ?? "");
    expect(next.pathname).toBe(`/v1/entities/${connect.entity}/aggregations`);
    expect(Object.fromEntries(next.searchParams)).toEqual({
      ...RANGE,
      pageSize: "3",
      gizlab_energy: "difference",
      unknown: "kept",
      continuationToken: body.meta.continuationToken,
    });
    expect(body.meta.continuationToken).toMatch(/^[\w-]+$/);
    const prefixed = await connect.lab.server.inject({
      url: `/connect/v1/entities/${connect.entity}/aggregations?start=2023-12-01&resolution=1+hour&pageSize=1`,
      headers: { ...connect.bearer, host: "meters.example:8443" },
    });
    expect(prefixed.json().links.next).toMatch(
      /^http:\/\/meters\.example:8443\/connect\/v1\/entities\/[0-9a-f-]+\/aggregations\?start=2023-12-01&/,
    );
    const odd = await connect.lab.server.inject({
      url: `/v1/entities/${connect.entity}/aggregations?start=2023-12-01&resolution=1+hour&pageSize=1`,
      headers: { ...connect.bearer, host: "evil.example/x?y=" },
    });
    expect(odd.json().links.next).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1\/entities\//);
  });

  test("T9: late data doubles nothing and shifts nothing", async () => {
    await using connect = await startConnectLab();
    await fill(connect);
    const before = (await connect.aggregations({ ...RANGE, pageSize: 10_000 })).body.data;
    const pages = await connect.aggregations.walk({ ...RANGE, pageSize: 20 }, async (page) => {
      // One reading where pages have been, and one where they have not.
      await connect.past([at("2023-12-01T00:30:00Z") + page, total(1)], [at("2023-12-31T23:59:00Z") - page, total(1)]);
    });
    const starts = startsOf(pages.flat());
    expect(new Set(starts).size).toBe(starts.length);
    expect(starts).toEqual([...starts].sort());
    const wanted = new Set([...startsOf(before), "2023-12-31T23:00:00Z"]);
    expect(starts).toEqual([...wanted].sort());
  });

  test("what comes late right behind a page is on the next", async () => {
    await using connect = await startConnectLab();
    await connect.past(["2023-12-01T00:00:00Z", total(1)], ["2023-12-01T10:00:00Z", total(2)]);
    const pages = await connect.aggregations.walk({ ...RANGE, pageSize: 1 }, async (page) => {
      if (page === 1) await connect.past(["2023-12-01T05:00:00Z", total(3)]);
    });
    expect(pages.map(totalsOf)).toEqual([[1], [3], [2]]);
  });

  test("an end that was not said stays the moment of the first page", async () => {
    await using connect = await startConnectLab();
    const hour = (count: number) => new Date(connect.lab.clock.now() + count * HOUR_MS).toISOString();
    await connect.past([hour(-3), total(1)], [hour(-2), total(2)], [hour(-1), total(3)]);
    const pages = await connect.aggregations.walk({ start: hour(-10), resolution: "1 hour", pageSize: 1 }, async () => {
      await connect.lab.advance("5h");
      await connect.past([hour(-1), total(9)]);
    });
    expect(pages.map(totalsOf)).toEqual([[1], [2], [3]]);
  });

  test("without an end what was reported this very moment is there", async () => {
    await using connect = await startConnectLab();
    const now = connect.lab.clock.now();
    await connect.past([now, total(4)], [now + 1, total(9)]);
    const { body } = await connect.aggregations({ start: "2024-01-01", resolution: "1 day" });
    expect(totalsOf(body.data)).toEqual([4]);
  });

  test("T10: a token that was changed in any one character is refused", async () => {
    await using connect = await startConnectLab();
    await fill(connect);
    const token = (await connect.aggregations({ ...RANGE, pageSize: 1 })).body.meta.continuationToken ?? "";
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (let place = 0; place < token.length; place += 1) {
      const code = letters.indexOf(token[place] ?? "");
      for (const other of [code ^ 1, (code + 17) % 64]) {
        const changed = token.slice(0, place) + letters[other] + token.slice(place + 1);
        await expectRefusal(
          connect.aggregations({ ...RANGE, pageSize: 1, continuationToken: changed }),
          "continuation-invalid",
        );
      }
    }
    for (const changed of [
      `${token}A`,
      token.slice(1),
      token.slice(0, -1),
      `${token}=`,
      ` ${token}`,
      "x",
      "A".repeat(1000),
      token.toLowerCase(),
    ]) {
      await expectRefusal(connect.aggregations({ ...RANGE, continuationToken: changed }), "continuation-invalid");
    }
  });

  test("a token is of one query alone; only the page size may change", async () => {
    await using connect = await startConnectLab();
    await fill(connect);
    const continuationToken = (await connect.aggregations({ ...RANGE, pageSize: 1 })).body.meta.continuationToken ?? "";
    for (const change of [
      { start: "2023-12-01 00:00:01Z" },
      { end: "2023-12-31" },
      { resolution: "2 hours" },
      { gizlab_energy: "difference" },
    ]) {
      await expectRefusal(connect.aggregations({ ...RANGE, continuationToken, ...change }), "continuation-invalid");
    }
    await expectRefusal(
      connect.readings({ start: RANGE.start, end: RANGE.end, continuationToken }),
      "continuation-invalid",
    );
    const second = await registerSecond(connect);
    await expectRefusal(
      connect.get(`/v1/entities/${second}/aggregations?${new URLSearchParams({ ...RANGE, continuationToken })}`),
      "continuation-invalid",
    );
    // The same, said in other words.
    const same = {
      start: "2023-12-01T01:00:00+01:00",
      end: "2024-01-01",
      resolution: "PT60M",
      gizlab_energy: "average",
    };
    const { status, body } = await connect.aggregations({ ...same, continuationToken, pageSize: 2 });
    expect([status, body.data.length, body.meta.pageSize]).toEqual([200, 2, 2]);
    expect((await connect.aggregations({ ...same, end: undefined, continuationToken, pageSize: 2 })).body.data).toEqual(
      body.data,
    );
  });

  test.each(["0", "-1", "10001", "1.5", "ten", "1e2", "+5", "99999999999999"])(
    "of %s are refused",
    async (pageSize) => {
      await using connect = await startConnectLab();
      await expectRefusal(connect.aggregations({ ...EXAMPLE, pageSize }), "request-invalid", /pageSize/);
    },
  );

  test("of 10,000 buckets come in one answer, 25 unless asked", async () => {
    await using connect = await startConnectLab();
    const start = at("2024-01-01T00:00:00Z");
    await importReadings(
      connect,
      Array.from({ length: 10_001 }, (_, place): RegisterReading => [start + place * MINUTE_MS, place]),
    );
    const query = { start: "2024-01-01", end: "2024-02-01", resolution: "1 minute" };
    const { body } = await connect.aggregations({ ...query, pageSize: 10_000 });
    expect([body.data.length, body.data.at(-1)?.data.positiveActiveEnergy?.total]).toEqual([10_000, 9999]);
    expect(
      (await connect.aggregations({ ...query, pageSize: 10_000, continuationToken: body.meta.continuationToken ?? "" }))
        .body.data,
    ).toHaveLength(1);
    expect((await connect.aggregations(query)).body.data).toHaveLength(25);
  });
});

/** The entity of one more meter. */
async function registerSecond(connect: ConnectLab): Promise<string> {
  const { lab, device } = connect;
  const second = lab.cloud.registry.register(device.productKey, "02aabbccdd99", "ABCDEFGHIJ");
  const { body } = await connect.get<{ devices: { did: string; entity_id: string }[] }>("/_lab/state");
  return body.devices.find(({ did }) => did === second.did)?.entity_id ?? "";
}

describe("metrics", () => {
  const HOUR = { start: "2024-05-27 13:00:00Z", end: "2024-05-27 14:00:00Z", resolution: "1 hour" };

  test("T11: an entity without energy has no aggregations", async () => {
    await using connect = await startConnectLab("pet-house");
    await connect.past(["2024-05-27T13:07:31Z", { Temperature: 20 }]);
    const { status, body } = await connect.aggregations(EXAMPLE);
    expect([status, body.data]).toEqual([200, []]);
    expect((await connect.total({ start: EXAMPLE.start, end: EXAMPLE.end })).body.data).toEqual({});
    expect(findSchemaErrors("PagedAggregations", body)).toEqual([]);
  });

  test("T12: a tier that is missing is absent, and the total is the register's own", async () => {
    await using connect = await startConnectLab();
    await connect.past(["2024-05-27T13:00:00Z", { ...total(10), positive_energy_t1: 2, positive_energy_t3: 4 }]);
    const { body } = await connect.aggregations(HOUR);
    expect(body.data[0]?.data).toEqual({ positiveActiveEnergy: { t1: 2, t3: 4, total: 10, unit: "kWh" } });
  });

  test("a bucket without a total has no such metric", async () => {
    await using connect = await startConnectLab();
    await connect.past(["2024-05-27T13:00:00Z", { positive_energy_t1: 2, gas_volume: 1 }]);
    const { body } = await connect.aggregations(HOUR);
    expect(body.data[0]?.data).toEqual({ positiveGasVolume: { unit: "m3", value: 1 } });
  });

  test("where there are only tiers, the total is their sum", async () => {
    await using connect = await startConnectLab();
    await connect.map({ positiveActiveEnergy: { t1: "positive_energy_t1", t2: "positive_energy_t2" } });
    await connect.past(
      ["2024-05-27T13:00:00Z", { positive_energy_t1: 0.1, positive_energy_t2: 0.2 }],
      ["2024-05-27T14:00:00Z", { positive_energy_t1: 0.4 }],
    );
    const later = { ...HOUR, end: "2024-05-27 15:00:00Z" };
    const { body } = await connect.aggregations(later);
    expect(body.data.map(({ data }) => data)).toEqual([
      { positiveActiveEnergy: { t1: 0.1, t2: 0.2, total: 0.3, unit: "kWh" } },
      // Of an average all tiers have to be known.
      {},
    ]);
    const gained = (await connect.aggregations({ ...later, gizlab_energy: "difference" })).body.data;
    expect(gained[1]?.data).toEqual({ positiveActiveEnergy: { t1: 0.3, total: 0.3, unit: "kWh" } });
    for (const item of [...body.data, ...gained]) expect(findSchemaErrors("Aggregation", item)).toEqual([]);
  });

  test("T13: readings by another ratio are put into the same unit", async () => {
    await using connect = await startConnectLab();
    await connect.past(["2024-05-27T13:00:00Z", total(10)], ["2024-05-27T13:10:00Z", total(12)]);
    const { lab } = connect;
    const known = lab.products.find(({ name }) => name === "smart-meter")?.profile;
    const document = JSON.parse(JSON.stringify(known?.document).replaceAll('"ratio":0.01', '"ratio":0.1'));
    lab.cloud.products.add("smart-meter", parseProfile(JSON.stringify(document), "changed"));
    await connect.past(["2024-05-27T13:20:00Z", total(14)], ["2024-05-27T13:30:00Z", total(15.5)]);
    expect(totalsOf((await connect.aggregations(HOUR)).body.data)[0]).toBeCloseTo((10 + 12 + 14 + 15.5) / 4, 9);
    expect(totalsOf((await connect.aggregations({ ...HOUR, gizlab_energy: "difference" })).body.data)[0]).toBeCloseTo(
      5.5,
      9,
    );
  });

  test("T13: a mapping's scale and unit hold for all of a metric", async () => {
    await using connect = await startConnectLab();
    await connect.past(["2024-05-27T13:00:00Z", { ...total(1234.56), positive_energy_t1: 0.07, gas_volume: 0.003 }]);
    await connect.map({
      positiveActiveEnergy: { total: "positive_energy_total", t1: "positive_energy_t1", unit: "MWh", scale: 0.001 },
      positiveGasVolume: { value: "gas_volume", unit: "l", scale: 1000 },
    });
    const { body } = await connect.aggregations(HOUR);
    expect(body.data[0]?.data).toEqual({
      positiveActiveEnergy: { t1: 0.00007, total: 1.23456, unit: "MWh" },
      positiveGasVolume: { unit: "l", value: 3 },
    });
  });

  test("T14: a register that begins anew has gained what it shows since", async () => {
    await using connect = await startConnectLab();
    await connect.past(
      ["2024-05-27T12:50:00Z", total(95)],
      ["2024-05-27T13:10:00Z", total(100)],
      ["2024-05-27T13:20:00Z", total(3)],
      ["2024-05-27T13:30:00Z", total(4.5)],
    );
    const { body } = await connect.aggregations({ ...HOUR, gizlab_energy: "difference" });
    expect(totalsOf(body.data)).toEqual([9.5]);
    expect(totalsOf((await connect.aggregations(HOUR)).body.data)).toEqual([(100 + 3 + 4.5) / 3]);
  });

  test("a difference crosses the edges of buckets, so that all together are the whole", async () => {
    await using connect = await startConnectLab();
    const readings = makeReadings("sum", 200, at("2024-01-01T00:00:00Z"), at("2024-02-01T00:00:00Z"));
    await importReadings(connect, readings);
    const range = { start: "2024-01-05", end: "2024-01-25", gizlab_energy: "difference" };
    const hours = await connect.aggregations({ ...range, resolution: "1 hour", pageSize: 1000 });
    const sum = totalsOf(hours.body.data).reduce<number>((all, value) => all + (value ?? Number.NaN), 0);
    const whole = await connect.total(range);
    expect(whole.body.data.positiveActiveEnergy?.total).toBeCloseTo(sum, 6);
    const [brute] = bruteDifference(readings, {
      start: at("2024-01-05"),
      end: at("2024-01-25"),
      bucketAt: () => [0, 1],
    });
    expect(whole.body.data.positiveActiveEnergy?.total).toBeCloseTo(brute?.value ?? Number.NaN, 9);
  });

  test("an average over time weighs each value by how long it held", async () => {
    await using connect = await startConnectLab();
    await connect.past(["2024-05-27T12:00:00Z", total(10)], ["2024-05-27T13:45:00Z", total(30)]);
    const { body } = await connect.aggregations({ ...HOUR, gizlab_energy: "time-average" });
    expect(totalsOf(body.data)).toEqual([(10 * 45 + 30 * 15) / 60]);
    expect(totalsOf((await connect.aggregations(HOUR)).body.data)).toEqual([30]);
  });

  test("an extension that does not exist is refused, other parameters are passed over", async () => {
    await using connect = await startConnectLab();
    for (const change of [
      { gizlab_energy: "sum" },
      { gizlab_energy: "Difference" },
      { gizlab_energy: "toString" },
      { gizlab_enrgy: "difference" },
      { GIZLAB_energy: "difference" },
    ]) {
      await expectRefusal(connect.aggregations({ ...HOUR, ...change } as Query), "request-invalid", /gizlab_/i);
      await expectRefusal(
        connect.total({ start: HOUR.start, end: HOUR.end, ...change } as Query),
        "request-invalid",
        /gizlab_/i,
      );
    }
    expect((await connect.aggregations({ ...HOUR, unknown: "1" })).status).toBe(200);
  });
});

describe("the id of an aggregation", () => {
  test("is the same whenever it is asked for, and another for anything else", async () => {
    await using connect = await startConnectLab();
    await connect.past(["2024-05-27T13:00:00Z", total(10)], ["2024-05-27T13:20:00Z", total(20)]);
    const ids = async (change: Query) =>
      (await connect.aggregations({ ...EXAMPLE, ...change })).body.data.map(({ id }) => id);
    const first = await ids({});
    expect(await ids({ start: "2024-05-27T12:00:00Z", resolution: "PT15M", pageSize: 1 })).toEqual(first.slice(0, 1));
    await connect.past(["2024-05-27T13:01:00Z", total(15)]);
    expect(await ids({})).toEqual(first);
    const range = { start: EXAMPLE.start, end: EXAMPLE.end };
    const others = [
      ...first,
      ...(await ids({ gizlab_energy: "difference" })),
      ...(await ids({ resolution: "30 minutes" })),
      (await connect.total(range)).body.id,
      (await connect.total({ ...range, end: "2024-05-29" })).body.id,
      (await connect.total({ ...range, gizlab_energy: "difference" })).body.id,
    ];
    expect(new Set(others).size).toBe(others.length);
  });
});

describe("the total", () => {
  // The example of the vendor's page (aggregation-apis.md 2.1).
  const RANGE = { start: "2024-05-28 13:20:00Z", end: "2024-05-28 13:45:00Z" };

  test("is one aggregation over just the range", async () => {
    await using connect = await startConnectLab();
    await connect.past(
      ["2024-05-28T13:19:59.999Z", total(1)],
      ["2024-05-28T13:20:00Z", total(10)],
      ["2024-05-28T13:44:59.999Z", total(13)],
      ["2024-05-28T13:45:00Z", total(99)],
    );
    const { status, body } = await connect.total(RANGE);
    expect(status).toBe(200);
    expect(findSchemaErrors("Aggregation", body)).toEqual([]);
    expect(body).toEqual({
      data: { positiveActiveEnergy: { total: 11.5, unit: "kWh" } },
      entityId: connect.entity,
      id: UUID,
      timeframe: { start: "2024-05-28T13:20:00Z", end: "2024-05-28T13:45:00Z" },
    });
    expect(totalsOf([(await connect.total({ ...RANGE, gizlab_energy: "difference" })).body])).toEqual([12]);
    const weighed = await connect.total({ ...RANGE, gizlab_energy: "time-average" });
    expect(weighed.body.data.positiveActiveEnergy?.total).toBeCloseTo((10 * (25 * 60_000 - 1) + 13) / (25 * 60_000), 9);
  });

  test("of nothing has no data", async () => {
    await using connect = await startConnectLab();
    expect((await connect.total(RANGE)).body.data).toEqual({});
    expect((await connect.total({ ...RANGE, end: RANGE.start })).body.data).toEqual({});
  });

  test("needs both ends, the first before the second", async () => {
    await using connect = await startConnectLab();
    await expectRefusal(connect.total({ start: RANGE.start }), "request-invalid", /end is missing/);
    await expectRefusal(connect.total({ end: RANGE.end }), "request-invalid", /start is missing/);
    await expectRefusal(connect.total({ start: RANGE.end, end: RANGE.start }), "request-invalid", /after/);
  });
});

describe("bad input", () => {
  test("T17: a resolution, start or end that is missing or repeated is refused", async () => {
    await using connect = await startConnectLab();
    await expectRefusal(
      connect.aggregations({ ...EXAMPLE, resolution: undefined }),
      "request-invalid",
      /resolution is missing/,
    );
    await expectRefusal(connect.aggregations({ ...EXAMPLE, start: undefined }), "request-invalid", /start is missing/);
    const url = `/v1/entities/${connect.entity}/aggregations?${new URLSearchParams(EXAMPLE)}`;
    for (const name of ["start", "end", "resolution", "pageSize", "continuationToken", "gizlab_energy"]) {
      await expectRefusal(
        connect.get<Refused>(`${url}&${name}=1&${name}=1`),
        "request-invalid",
        new RegExp(`${name} is given more than once`),
      );
    }
    await expectRefusal(
      connect.aggregations({ ...EXAMPLE, start: EXAMPLE.end, end: EXAMPLE.start }),
      "request-invalid",
      /after/,
    );
    expect((await connect.aggregations({ ...EXAMPLE, end: EXAMPLE.start })).body.data).toEqual([]);
  });

  test("an entity's id that is no UUID is refused", async () => {
    await using connect = await startConnectLab();
    for (const id of [
      "x",
      connect.device.did,
      connect.entity.slice(1),
      `${connect.entity}0`,
      `{${connect.entity}}`,
      "%00",
      "a".repeat(300),
    ]) {
      for (const path of ["aggregations", "aggregations/total", "readings", "readings/last"]) {
        const query = new URLSearchParams(EXAMPLE);
        await expectRefusal(connect.get(`/v1/entities/${encodeURIComponent(id)}/${path}?${query}`), "request-invalid");
      }
    }
  });

  test("an entity whose device is out of service is nobody's", async () => {
    await using connect = await startConnectLab();
    await connect.past(["2024-05-27T13:00:00Z", total(1)]);
    expect((await connect.aggregations(EXAMPLE)).status).toBe(200);
    connect.lab.cloud.registry.disable(connect.device);
    expect((await connect.aggregations(EXAMPLE)).status).toBe(404);
  });
});
