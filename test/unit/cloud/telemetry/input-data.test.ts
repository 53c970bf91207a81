import { describe, expect, it } from "vitest";
import { Organizations } from "../../../../src/cloud/accounts/organizations.js";
import { type Input, Inputs } from "../../../../src/cloud/devices/inputs.js";
import { Registry } from "../../../../src/cloud/devices/registry.js";
import { Settings } from "../../../../src/cloud/store/settings.js";
import { InputData, type InputStatistics } from "../../../../src/cloud/telemetry/input-data.js";
import { createSeededRandom, type Random } from "../../../../src/core/random.js";
import { printProfile } from "../../../support/profile-document.js";
import { openReportStore, type ReportStoreOptions } from "../../../support/report-store.js";
import { makeTempFolder } from "../../../support/temp-folder.js";

const NOW = Date.UTC(2026, 5, 15, 10, 7);
const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];

interface Point {
  readonly at: number;
  /** The number as it is written. */
  readonly text: string;
}

/** A store with an organisation and what reads and writes inputs of their own. */
function openInputs(options: Partial<ReportStoreOptions> = {}) {
  const store = openReportStore({ profile: printProfile(), now: NOW, ...options });
  const settings = new Settings(store.database);
  const random = createSeededRandom("inputs");
  const organizations = new Organizations(store.database, settings, random);
  const inputs = new Inputs(store.database, new Registry(store.database, store.products, store.clock, random));
  return { ...store, organizations, inputs, data: new InputData(store.telemetry, settings) };
}
type OpenInputs = ReturnType<typeof openInputs>;

function addInput({ organizations, inputs }: OpenInputs, name = "tank"): Input {
  const organization = organizations.add();
  return inputs.get(organization, inputs.add(organization, { name }).inputId);
}

/** Numbers with 0 to 6 decimals, of a sensor that changes its mind about them; some at the same time, in any order. */
function makePoints(random: Random, count: number, spanMs: number): Point[] {
  let at = NOW - spanMs;
  const points = Array.from({ length: count }, (): Point => {
    if (random.next() > 0.05) at += random.integer(1, Math.floor((2 * spanMs) / count));
    const decimals = random.pick([0, 1, 1, 1, 2, 3, 6]);
    const digits = random.integer(-99_999_999, 99_999_999);
    return { at: Math.min(at, NOW), text: (digits / 10 ** decimals).toFixed(decimals) };
  });
  for (let place = points.length - 1; place > 0; place -= 1) {
    const other = Math.max(0, place - random.integer(0, 20));
    [points[place], points[other]] = [points[other] as Point, points[place] as Point];
  }
  return points;
}

/** Millionths, in which all of the points are whole and sums exact. */
const MILLION = 1_000_000n;
function toMillionths(text: string): bigint {
  const [whole = "0", fraction = ""] = text.replace("-", "").split(".");
  const size = BigInt(whole) * MILLION + BigInt(fraction.padEnd(6, "0"));
  return text.startsWith("-") ? -size : size;
}

/** Smallest, largest and mean by going through all points, with nothing of the engine: exact until the last division. */
function sumUp(points: readonly Point[], start: number, end: number): InputStatistics {
  const inside = points.filter(({ at }) => at >= start && at < end).map(({ text }) => toMillionths(text));
  if (inside.length === 0) return {};
  const sorted = [...inside].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const sum = inside.reduce((total, value) => total + value, 0n);
  const mean = Number((sum * 10n ** 20n) / BigInt(inside.length)) / 1e26;
  const shown = (value: bigint | undefined) => Number(value ?? 0n) / 1e6;
  return { min: shown(sorted[0]), max: shown(sorted.at(-1)), avg: mean };
}

/** The mean has 15 digits, of which the last may be one off. */
function expectAlike(found: InputStatistics | undefined, wanted: InputStatistics, what: string): void {
  const { avg: mean, ...ends } = wanted;
  const { avg, ...foundEnds } = found ?? {};
  expect(foundEnds, what).toEqual(ends);
  if (mean === undefined) expect(avg, what).toBeUndefined();
  else expect(Math.abs((avg ?? Number.NaN) - mean), what).toBeLessThanOrEqual(Math.abs(mean) * 1e-14);
}

async function uploadAll({ data, telemetry }: OpenInputs, input: Input, points: readonly Point[], foldEvery: number) {
  for (const [place, { at, text }] of points.entries()) {
    const taken = data.upload(input, { at, value: Number(text) });
    if (place % foldEvery === 0) telemetry.flush();
    await taken;
  }
}

const ALL = ["min", "max", "avg"] as const;

describe("statistics of an input of its own", () => {
  it.each([
    [1, 400, 2 * DAY],
    [2, 400, 3 * HOUR],
    [3, 300, 40 * DAY],
    [4, 50, 10 * MINUTE],
  ])("are those of brute force, whatever the range (%i: %i readings)", async (seed, count, span) => {
    const store = openInputs();
    const input = addInput(store);
    const random = createSeededRandom(seed);
    const points = makePoints(random, count, span);
    await uploadAll(store, input, points, 37);
    const ranges = Array.from({ length: 60 }, (): [number, number] => {
      const [a, b] = [random.integer(NOW - span - HOUR, NOW + HOUR), random.integer(NOW - span, NOW + HOUR)];
      return [Math.min(a, b), Math.max(a, b)];
    });
    const quarter = Math.floor((NOW - span / 2) / (15 * MINUTE)) * 15 * MINUTE;
    ranges.push([Date.UTC(1900, 0, 1), NOW + 1], [NOW, NOW], [NOW, NOW + 1], [quarter, quarter + 15 * MINUTE]);
    let found = 0;
    for (const [start, end] of ranges) {
      const [statistics] = await store.data.statistics([input], { start, end, functions: ALL });
      expectAlike(statistics, sumUp(points, start, end), `${start} ${end}`);
      found += Number(statistics?.avg !== undefined);
    }
    expect(found).toBeGreaterThan(20);
  });

  it("of the newest so many are those of brute force", async () => {
    const store = openInputs();
    const input = addInput(store);
    const points = makePoints(createSeededRandom(9), 200, DAY);
    await uploadAll(store, input, points, 50);
    const byTime = [...points].sort((a, b) => b.at - a.at);
    for (const limit of [1, 2, 17, 199, 200, 500]) {
      const oldest = byTime[Math.min(limit, 200) - 1]?.at ?? 0;
      const [statistics] = await store.data.statistics([input], { start: 0, end: NOW + 1, limit, functions: ALL });
      expectAlike(statistics, sumUp(points, oldest, NOW + 1), String(limit));
    }
  });

  it("do not add up the errors of decimals", async () => {
    const store = openInputs();
    const input = addInput(store);
    await uploadAll(
      store,
      input,
      Array.from({ length: 1000 }, (_, at) => ({ at: NOW - at * MINUTE, text: "0.1" })),
      7,
    );
    const [statistics] = await store.data.statistics([input], { start: 0, end: NOW + 1, functions: ALL });
    expect(statistics).toEqual({ min: 0.1, max: 0.1, avg: 0.1 });
  });
});

describe("what is uploaded", () => {
  it("is rolled up with the devices' reports, and rebuilding from the log gives the same rows", async () => {
    const store = openInputs();
    const input = addInput(store);
    await uploadAll(store, input, makePoints(createSeededRandom(5), 300, 5 * HOUR), 11);
    store.telemetry.flush();
    const before = store.rollups();
    expect(before.length).toBeGreaterThan(20);
    store.telemetry.rebuild(input.source.id);
    expect(store.rollups()).toEqual(before);
  });

  it("survives a crash once it was answered, folded or not, with what came along and its number", async () => {
    const folder = makeTempFolder();
    const first = openInputs({ folder });
    const input = addInput(first);
    const receipts = [await first.data.upload(input, { at: NOW, value: 1.25, detail: '{"metadata":"m"}' })];
    first.telemetry.flush();
    receipts.push(await first.data.upload(input, { at: NOW - DAY, value: -2 }));
    first.crash();

    const second = openInputs({ folder });
    const organization = second.organizations.add();
    expect(second.inputs.list()).toMatchObject([{ inputId: input.id, organization: 1 }]);
    expect(organization.number).toBe(2);
    const range = { start: 0, end: NOW + 1 };
    const [rows] = await second.data.rows([input], { ...range, limit: 10, orderBy: "timestamp", direction: "asc" });
    expect(rows).toEqual([
      { at: NOW - DAY, value: -2 },
      { at: NOW, value: 1.25, detail: '{"metadata":"m"}' },
    ]);
    const [statistics] = await second.data.statistics([input], { ...range, functions: ALL });
    expect(statistics).toEqual({ min: -2, max: 1.25, avg: -0.375 });
    receipts.push(await second.data.upload(input, { at: NOW, value: 3 }));
    expect(receipts.map(({ id }) => id)).toEqual([1, 2, 3]);
  });

  it("is refused in one way when the store refuses", async () => {
    const store = openInputs();
    const input = addInput(store);
    store.database.exec("DROP TABLE journal");
    const write = process.stderr.write.bind(process.stderr);
    process.stderr.write = () => true;
    const refused = store.data.upload(input, { at: NOW, value: 1 });
    await expect(refused).rejects.toMatchObject({ code: "upload-failed" });
    process.stderr.write = write;
  });
});

describe("rows", () => {
  it("are the first of all in either order, with a limit and without", async () => {
    const store = openInputs();
    const input = addInput(store);
    const points = makePoints(createSeededRandom(6), 500, DAY);
    await uploadAll(store, input, points, 60);
    for (const direction of ["asc", "desc"] as const) {
      const sign = direction === "asc" ? 1 : -1;
      for (const orderBy of ["timestamp", "value"] as const) {
        // The sort is stable, and arrival turns around with time.
        const arrived = direction === "asc" ? points : points.toReversed();
        const byTime = [...arrived].sort((a, b) => sign * (a.at - b.at));
        const sorted =
          orderBy === "timestamp" ? byTime : byTime.sort((a, b) => sign * (Number(a.text) - Number(b.text)));
        const expected = sorted.map(({ at, text }) => ({ at, value: Number(text) || 0 }));
        for (const limit of [1, 7, 499, 500, 1000]) {
          const query = { start: 0, end: NOW + 1, limit, orderBy, direction };
          const [rows] = await store.data.rows([input], query);
          expect(rows, `${orderBy} ${direction} ${limit}`).toEqual(expected.slice(0, limit));
        }
      }
    }
  });
});
