import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { entityId, inputId } from "../../src/cloud/devices/outside-ids.js";
import type { Device } from "../../src/cloud/devices/registry.js";
import type { Lab } from "../../src/lab/lab.js";
import { startLab } from "../../src/lab/start-lab.js";
import { findDatapoint } from "../../src/profile/profile.js";
import type { AggregationAnswer } from "../support/connect-lab.js";
import { type InputAnswer, organizationHeaders } from "../support/datacooee.js";
import { bindDevice, registerDevice } from "../support/devices.js";
import { type DevoUser, enterDevo } from "../support/devo.js";
import { ask, type EnterpriseClient, enterEnterprise } from "../support/enterprise-api.js";
import { type AppUser, enterUser, inject } from "../support/open-api.js";
import { addUp, FROM, growth, makeTwoYears, type PastDevice, UNTIL, ZONE } from "../support/two-years.js";
import { WallCalendar } from "../support/wall-calendar.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const wall = new WallCalendar(ZONE);

/** A device of the cloud and what it has said. */
interface Told {
  readonly device: Device;
  readonly past: PastDevice;
  readonly input: string;
}

type Aggregator = "sum" | "avg" | "min" | "max";
interface Bucket {
  readonly datetime: string;
  readonly attrs: Readonly<Record<string, number>>;
}

let lab: Lab;
let user: AppUser;
let devo: DevoUser;
let enterprises: ReadonlyMap<string, EnterpriseClient>;
let told: Told[];

beforeAll(async () => {
  lab = await startLab({
    profiles: ["smart-meter", "air-conditioner"],
    clock: "virtual",
    startAt: UNTIL + HOUR_MS,
    seed: "five faces",
    zone: ZONE,
  });
  user = await enterUser(lab);
  devo = enterDevo(lab);
  enterprises = new Map([
    ["smart-meter", await enterEnterprise(lab, "smart-meter")],
    ["air-conditioner", await enterEnterprise(lab, "air-conditioner")],
  ]);
  told = [];
  for (const [number, past] of makeTwoYears("two years").entries()) told.push(await tell(number, past));
  const [cooler] = told.filter(({ past }) => past.product === "air-conditioner");
  const url = `/_lab/products/${cooler?.device.productKey}/energy`;
  const mapping = { positiveActiveEnergy: { total: "power_consumption" } };
  expect((await inject(lab, { method: "PUT", url, payload: mapping })).status).toBe(200);
}, 300_000);
afterAll(() => lab.close());

/** Registers a device and imports its two years, in the order in which they arrived. */
async function tell(number: number, past: PastDevice): Promise<Told> {
  const device = await registerDevice(lab, past.product, `02aabbccdd${String(number).padStart(2, "0")}`);
  await bindDevice(lab, user, device.did);
  const scale = 10 ** past.decimals;
  const lines = past.past.map(({ at, steps }) =>
    JSON.stringify({ did: device.did, ts: at, attrs: { [past.datapoint]: steps / scale } }),
  );
  const imported = await inject(lab, { method: "POST", url: "/_lab/reports", payload: lines.join("\n") });
  expect(imported.status, imported.text.slice(0, 300)).toBe(200);
  const profile = lab.products.find(({ name }) => name === past.product)?.profile;
  const datapoint = profile === undefined ? undefined : findDatapoint(profile, past.datapoint);
  if (datapoint === undefined) throw new Error(`${past.product} has no ${past.datapoint}`);
  return { device, past, input: inputId(device, datapoint) };
}

/** The stretches of local days, months or hours in [start, end), by what the clocks on the wall show. */
function stretches(unit: "HOURS" | "DAYS" | "MONTHS", start: number, end: number) {
  const starts: number[] = [];
  let key = "";
  for (let at = start; at < end; at += HOUR_MS) {
    if (wall.keyAt(unit, at) !== key) starts.push(at);
    key = wall.keyAt(unit, at);
  }
  return starts.map((from, place) => ({
    label: wall.labelAt(unit, from),
    start: from,
    end: starts[place + 1] ?? end,
  }));
}

function params(fields: Readonly<Record<string, string | number>>): string {
  return new URLSearchParams(
    Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
}

async function askOpenApi({ device, past }: Told, aggregator: Aggregator, unit: string, start: number, end: number) {
  const query = params({ start_ts: start, end_ts: end - 1, attrs: past.datapoint, aggregator, unit });
  const { status, body } = await user.call<{ data: Bucket[] }>("GET", `/app/devdata/${device.did}/agg_data?${query}`);
  expect(status).toBe(200);
  return body.data.map(({ datetime, attrs }) => [datetime, attrs[past.datapoint]]);
}

async function askEnterprise({ device, past }: Told, aggregator: Aggregator, unit: string, start: number, end: number) {
  const query = params({ start_ts: start, end_ts: end - 1, attrs: past.datapoint, aggregator, unit });
  const client = enterprises.get(past.product);
  const answer = await client?.call<{ data: Bucket[] }>("GET", `devices/${device.did}/agg_data?${query}`);
  expect(answer?.status).toBe(200);
  return answer?.body.data.map(({ datetime, attrs }) => [datetime, attrs[past.datapoint]]);
}

async function askDevo({ device, past }: Told, every: string, start: number, end: number) {
  const table = `gizlab.${past.product.replaceAll("-", "_")}.data`;
  const column = past.datapoint;
  const columns = ["sum", "avg", "min", "max"].map((name) => `${name}(${column}) as ${name}`);
  const query = `from ${table} where did = "${device.did}" group every ${every} select count() as n, ${columns.join(", ")}`;
  return devo.rows(query, { from: start, to: end, timeUnit: "MILLISECONDS", timeZone: ZONE });
}

async function askConnect({ device }: Told, path: string, query: Readonly<Record<string, string>>) {
  const headers = { authorization: `Bearer ${lab.credentials.connect.token}` };
  const { status, body } = await ask<AggregationAnswer & { data: AggregationAnswer[] }>(
    lab,
    "GET",
    `/v1/entities/${entityId(device)}/${path}?${params(query)}`,
    headers,
  );
  expect(status).toBe(200);
  return body;
}

async function askDatacooee({ input }: Told, start: number, end: number) {
  const query = params({
    inputs_ids: input,
    // Both ends are included.
    timeperiod_start: new Date(start).toISOString(),
    timeperiod_finish: new Date(end - 1).toISOString(),
  });
  const url = `/api/external/v1/get_statistics_inputdata_by_inputs/?${query}`;
  const { status, body } = await ask<InputAnswer<Record<"min" | "max" | "avg", string | null>>[]>(
    lab,
    "GET",
    url,
    organizationHeaders(lab),
  );
  expect(status).toBe(200);
  return body[0]?.inputdata[0];
}

const iso = (at: number): string => new Date(at).toISOString();

describe("two years of ten devices, asked by every face", () => {
  test("the past is as bad as it should be", () => {
    for (const { past } of told) {
      expect(past.past.length).toBeGreaterThan(30_000);
      const inOrder = past.past.every(({ at }, place) => at >= (past.past[place - 1]?.at ?? 0));
      expect(inOrder).toBe(false);
    }
    expect(wall.changes(FROM, UNTIL)).toHaveLength(4);
  });

  test.each([
    ["spring", Date.UTC(2026, 2, 1) - HOUR_MS, Date.UTC(2026, 3, 1) - 2 * HOUR_MS],
    ["autumn", Date.UTC(2025, 9, 1) - 2 * HOUR_MS, Date.UTC(2025, 10, 1) - HOUR_MS],
  ])(
    "the days of the month in which DST changes in %s",
    async (_season, start, end) => {
      const days = stretches("DAYS", start, end);
      expect(days).toHaveLength(31);
      for (const one of told) {
        const expected = days.flatMap((day) => {
          const sums = addUp(one.past, day.start, day.end);
          return sums === undefined ? [] : [{ ...day, ...sums }];
        });
        expect(expected.length).toBeGreaterThan(10);
        for (const aggregator of ["sum", "avg", "min", "max"] as const) {
          const wanted = expected.map((day) => [day.label, expect.closeTo(day[aggregator], 6)]);
          expect(await askOpenApi(one, aggregator, "DAYS", start, end)).toEqual(wanted);
          expect(await askEnterprise(one, aggregator, "DAYS", start, end)).toEqual(wanted);
        }
        expect(await askDevo(one, "1d", start, end)).toEqual(
          expected.map(({ start: eventdate, count, sum, avg, min, max }) => ({
            eventdate,
            n: count,
            sum: expect.closeTo(sum, 6),
            avg: expect.closeTo(avg, 6),
            min: expect.closeTo(min, 6),
            max: expect.closeTo(max, 6),
          })),
        );
        for (const day of expected) {
          const statistics = await askDatacooee(one, day.start, day.end);
          expect([Number(statistics?.min), Number(statistics?.max)]).toEqual([day.min, day.max]);
          expect(Number(statistics?.avg)).toBeCloseTo(day.avg, 6);
          const total = await askConnect(one, "aggregations/total", { start: iso(day.start), end: iso(day.end) });
          expect((total as AggregationAnswer).data.positiveActiveEnergy?.total).toBeCloseTo(day.avg, 6);
        }
      }
    },
    120_000,
  );

  test("the hours of the days on which DST changes, which are those of UTC", async () => {
    const start = Date.UTC(2025, 9, 25);
    const end = start + 3 * DAY_MS;
    for (const one of told) {
      const hours = stretches("HOURS", start, end).flatMap((hour) => {
        const sums = addUp(one.past, hour.start, hour.end);
        return sums === undefined ? [] : [{ ...hour, ...sums }];
      });
      const wanted = hours.map(({ label, avg }) => [label, expect.closeTo(avg, 6)]);
      expect(await askOpenApi(one, "avg", "HOURS", start, end)).toEqual(wanted);
      expect(await askEnterprise(one, "avg", "HOURS", start, end)).toEqual(wanted);
      expect((await askDevo(one, "1h", start, end)).map(({ eventdate, avg }) => [eventdate, avg])).toEqual(
        hours.map((hour) => [hour.start, expect.closeTo(hour.avg, 6)]),
      );
      const page = await askConnect(one, "aggregations", {
        start: iso(start),
        end: iso(end),
        resolution: "1 hour(s)",
        pageSize: "1000",
      });
      expect(page.data.map(({ timeframe, data }) => [timeframe.start, data.positiveActiveEnergy?.total])).toEqual(
        hours.map((hour) => [iso(hour.start).replace(".000Z", "Z"), expect.closeTo(hour.avg, 6)]),
      );
    }
  });

  test("every month of two years", async () => {
    const [start, end] = [FROM - HOUR_MS, UNTIL - HOUR_MS];
    const months = stretches("MONTHS", start, end);
    expect(months).toHaveLength(24);
    for (const one of told) {
      const expected = months.map((month) => ({ ...month, ...addUp(one.past, month.start, month.end) }));
      for (const aggregator of ["sum", "avg", "min", "max"] as const) {
        const wanted = expected.map((month) => [month.label, expect.closeTo(month[aggregator] ?? Number.NaN, 6)]);
        expect(await askOpenApi(one, aggregator, "MONTHS", start, end)).toEqual(wanted);
        expect(await askEnterprise(one, aggregator, "MONTHS", start, end)).toEqual(wanted);
      }
      for (const month of expected) {
        const statistics = await askDatacooee(one, month.start, month.end);
        expect([Number(statistics?.min), Number(statistics?.max)]).toEqual([month.min, month.max]);
        const total = await askConnect(one, "aggregations/total", { start: iso(month.start), end: iso(month.end) });
        expect((total as AggregationAnswer).data.positiveActiveEnergy?.total).toBeCloseTo(month.avg ?? Number.NaN, 6);
      }
    }
  });

  test("what a meter gained, over resets, gaps and late reports", async () => {
    for (const one of told.filter(({ past }) => past.product === "smart-meter")) {
      for (const [start, end] of [
        [FROM, UNTIL],
        [Date.UTC(2026, 1, 7, 13, 7), Date.UTC(2026, 7, 1)],
      ] as const) {
        const query = { start: iso(start), end: iso(end), gizlab_energy: "difference" };
        const total = await askConnect(one, "aggregations/total", query);
        expect((total as AggregationAnswer).data.positiveActiveEnergy?.total).toBeCloseTo(
          growth(one.past, start, end),
          6,
        );
      }
    }
  });

  test("building the rollups anew changes no answer", async () => {
    const [one] = told;
    if (one === undefined) throw new Error("nothing was told");
    const askAll = async () => [
      await askOpenApi(one, "sum", "DAYS", FROM, UNTIL),
      await askConnect(one, "aggregations", {
        start: iso(FROM),
        end: iso(UNTIL),
        resolution: "1 week",
        pageSize: "1000",
      }),
      await askDevo(one, "7d", FROM, UNTIL),
    ];
    const before = await askAll();
    lab.cloud.telemetry.rebuild(one.device.id);
    expect(await askAll()).toEqual(before);
  });
});
