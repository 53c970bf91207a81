import { cpSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { RowRange } from "../../../../../src/cloud/linq/report-tables.js";
import { createSeededRandom, type Random } from "../../../../../src/core/random.js";
import type { Lab } from "../../../../../src/lab/lab.js";
import type { LabOptions } from "../../../../../src/lab/lab-options.js";
import { startLab } from "../../../../../src/lab/start-lab.js";
import { registerDevice } from "../../../../support/devices.js";
import { type DevoUser, enterDevo, importRows } from "../../../../support/devo.js";
import { longestHold } from "../../../../support/event-loop.js";
import { IS_LONG_RUN } from "../../../../support/long-run.js";
import { makeTempFolder } from "../../../../support/temp-folder.js";

const START = Date.UTC(2026, 2, 29, 12, 7);
const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
const TABLE = "from gizlab.pet_house.data";

/** What follows the table; in Berlin, whose clocks were put forward on the morning of START. */
const QUERIES = [
  "group every 30m by did select count() as n, avg(Temperature) as a, sum(Temperature) as s, min(Humidity), max(Humidity)",
  "group every 7m select count() as n, count(Temperature) as t",
  "where LED_OnOff = true, Temperature > 3 group every 30m by did every 2h select count() as n, stddev(Temperature) as d",
  "group every 1d by LED_Color select percentile(Temperature, 90) as p, hllppcount(did) as h",
  "group by LED_Color select count() as n where n > 3",
  "group every - select count() as n, nnavg(Humidity) as h",
  "select Temperature * 2 + 1 as x group every 1h by x, LED_OnOff select first(Humidity) as f, nnlast(Humidity) as l",
  "group every 1h by did select collectdistinct(Temperature) as c, median(Humidity) as m where c /= 5 limit 7 offset 1".replace(
    " where c /= 5",
    "",
  ),
  "where hour(eventdate) >= 6 group every 15m by did, dayofweek(eventdate) as d select var(Temperature) as v",
  "group every 20m by did select count() as n group every 1d select sum(n) as total, max(n) as busiest",
];
const ZONE = { timeZone: "Europe/Berlin" };

async function openLab(options: LabOptions = {}): Promise<Lab> {
  const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: 5, startAt: START, ...options });
  onTestFinished(() => lab.close());
  return lab;
}

/** A report that names some datapoints only, so that the others are null. */
function randomReport(random: Random, now: number, backMs: number): [number, Record<string, unknown>] {
  const attrs: Record<string, unknown> = {};
  while (Object.keys(attrs).length === 0) {
    if (random.next() < 0.7) attrs.Temperature = random.integer(0, 13);
    if (random.next() < 0.6) attrs.Humidity = random.integer(20, 25);
    if (random.next() < 0.5) attrs.LED_OnOff = random.next() < 0.5;
    if (random.next() < 0.4) attrs.LED_Color = random.integer(0, 2);
  }
  return [now - random.integer(1, backMs), attrs];
}

/** The same rows, asked for in a way that no task is kept for. */
const unlike = (query: string): string => `${TABLE} where true ${query}`;

async function expectEqual(devo: DevoUser, random: Random, what: string): Promise<void> {
  const now = Number((await devo.search(`${TABLE} limit 1`)).body && START);
  const ranges: object[] = [
    { from: 0, to: "now()" },
    { timeUnit: "MILLISECONDS", from: now - random.integer(0, 4 * DAY), to: now + random.integer(1, 2 * DAY) },
    { timeUnit: "MILLISECONDS", from: now - 3 * DAY, to: now - 3 * DAY + random.integer(0, 3 * HOUR) },
  ];
  for (const query of QUERIES) {
    for (const range of ranges) {
      const more = { ...ZONE, ...range };
      expect(await devo.rows(`${TABLE} ${query}`, more), `${what} ${query}`).toEqual(
        await devo.rows(unlike(query), more),
      );
    }
  }
}

async function makeTasks(devo: DevoUser): Promise<string[]> {
  const tasks: string[] = [];
  for (const [index, query] of QUERIES.entries()) {
    const linq = { linq: `${TABLE} ${query}`, ...ZONE };
    const { id } = await devo.make(linq.linq, { query: linq, delay: (index % 3) * 1800 });
    tasks.push(id);
  }
  return tasks;
}

describe("a query gives the same rows with a task as without", { timeout: 120_000 }, () => {
  it.each(IS_LONG_RUN ? [1, 2, 3] : [1])(
    "whatever comes in late, is stopped, started and resumed (%i)",
    async (seed) => {
      const random = createSeededRandom(`equal ${seed}`);
      const lab = await openLab();
      const { did } = await registerDevice(lab);
      const others = [did, (await registerDevice(lab, "pet-house", "02aabbccdd02")).did];
      const devo = enterDevo(lab);
      const tasks = await makeTasks(devo);
      for (let step = 0; step < 10; step += 1) {
        const backMs = random.pick([HOUR, 6 * HOUR, 4 * DAY]);
        const rows = Array.from({ length: random.integer(1, 40) }, () => randomReport(random, lab.clock.now(), backMs));
        await importRows(
          lab,
          did,
          rows.map(([at, attrs]) => [at, attrs, random.pick(others)]),
        );
        if (random.next() < 0.5) await expectEqual(devo, random, `step ${step}, before`);
        const [id, act] = [random.pick(tasks), random.pick(["stop", "resume", "start", "resume", "none"])];
        if (act !== "none") await devo.call("PUT", `/self/${id}/${act}`);
        await lab.advance(random.pick([500, MINUTE, 17 * MINUTE, 3 * HOUR]));
        await expectEqual(devo, random, `step ${step}`);
      }
      for (const id of tasks)
        if ((await devo.task(id)).status === "STOPPED") await devo.call("PUT", `/self/${id}/resume`);
      await lab.advance(2 * HOUR);
      const measures = await Promise.all(tasks.map((id) => devo.measures(id)));
      expect(measures.every(({ chunks, lateChunks }) => chunks > 2 && lateChunks === 0)).toBe(true);
      await expectEqual(devo, random, "in the end");
    },
  );

  it("and what it gives is what was reported", async () => {
    const random = createSeededRandom("brute force");
    const lab = await openLab();
    const { did } = await registerDevice(lab);
    const devo = enterDevo(lab);
    const query = `${TABLE} group every 30m by LED_Color select count() as n, sum(Temperature) as s`;
    await devo.make(query);
    const all: [number, Record<string, unknown>][] = [];
    for (let round = 0; round < 4; round += 1) {
      const rows = Array.from({ length: 50 }, () => randomReport(random, lab.clock.now(), 2 * DAY));
      all.push(...rows);
      await importRows(lab, did, rows);
      await lab.advance("40m");
    }
    const labels = lab.products[0]?.profile.datapoints.find(({ name }) => name === "LED_Color")?.labels ?? [];
    const groups = new Map<string, { n: number; s: number | null }>();
    for (const [at, { LED_Color: color, Temperature: t }] of all) {
      const key = JSON.stringify([
        Math.floor(at / 1_800_000) * 1_800_000,
        color === undefined ? null : labels[Number(color)],
      ]);
      const group = groups.get(key) ?? { n: 0, s: null };
      groups.set(key, { n: group.n + 1, s: t === undefined ? group.s : (group.s ?? 0) + Number(t) });
    }
    const found = await devo.rows(query);
    expect(
      new Map(found.map((row) => [JSON.stringify([row.eventdate, row.LED_Color]), { n: row.n, s: row.s }])),
    ).toEqual(groups);
    expect(found).toHaveLength(groups.size);
    expect([...groups.keys()].some((key) => key.includes("null"))).toBe(true);
  });
});

describe("a backfill", () => {
  const QUERY = `${TABLE} group every 30m by did select count() as n, sum(Temperature) as s`;
  const CHUNK = 15 * MINUTE;
  const DAYS = 12;
  const past = Array.from({ length: DAYS * 288 }, (_, index): [number, Record<string, unknown>] => [
    START - index * 300_000 - 1,
    { Temperature: index % 13 },
  ]);

  /** Calls `visit` with the range of each read of the table, after its first row. */
  function watchReads(lab: Lab, visit: (range: RowRange) => void | Promise<void>): void {
    const { tables } = lab.cloud.linq;
    const read = tables.rows.bind(tables);
    vi.spyOn(tables, "rows").mockImplementation(async function* (table, range, isOrdered) {
      let isFirst = true;
      for await (const row of read(table, range, isOrdered)) {
        yield row;
        if (isFirst) await visit(range);
        isFirst = false;
      }
    });
  }

  it("goes on after a restart and after a crash in its midst, and loses and doubles nothing", async () => {
    const folder = makeTempFolder();
    const crashed = join(makeTempFolder(), "crashed");
    const first = await openLab({ folder });
    const { did } = await registerDevice(first);
    await importRows(first, did, past);
    first.cloud.telemetry.flush();
    const devo = enterDevo(first);
    const { id } = await devo.make(QUERY);
    const raw = await devo.rows(QUERY);
    expect(raw.reduce((sum, { n }) => sum + Number(n), 0)).toBe(past.length);
    let reads = 0;
    let goOn: () => void = () => {};
    const midway = new Promise<void>((arrived) => {
      watchReads(first, async () => {
        reads += 1;
        if (reads !== DAYS / 2) return;
        arrived();
        await new Promise<void>((resolve) => {
          goOn = resolve;
        });
      });
    });
    const advancing = first.advance("1s");
    await midway;
    const { coveredUntil } = first.cloud.linq.tasks.measures("self", id);
    expect(Math.abs(coveredUntil - (START - (DAYS / 2) * DAY))).toBeLessThan(2 * DAY);
    // Late reports for what is computed already; nobody has folded them yet.
    await importRows(first, did, [[START - (DAYS - 1) * DAY, { Temperature: 7 }]]);
    // What a kill leaves: the files as they are.
    cpSync(folder, crashed, { recursive: true });
    const closed = first.close();
    goOn();
    await closed;
    await advancing.catch(() => {});
    const whole = Math.floor((START + 6000) / CHUNK) * CHUNK;
    for (const opened of [folder, crashed]) {
      const lab = await openLab({ folder: opened, startAt: START + 1000 });
      const user = enterDevo(lab, devo.token);
      expect(await user.task(id)).toMatchObject({ status: "RUNNING" });
      const before = await user.rows(QUERY);
      await lab.advance("5s");
      expect(await user.measures(id)).toMatchObject({
        coveredUntil: whole,
        lateChunks: 0,
        chunks: new Set(past.map(([at]) => Math.floor(at / CHUNK) * CHUNK).filter((at) => at < whole)).size,
      });
      const after = await user.rows(QUERY);
      expect(after).toEqual(before);
      expect(after).toEqual(await user.rows(unlike(QUERY.slice(TABLE.length))));
      expect(after.reduce((sum, { n }) => sum + Number(n), 0)).toBe(past.length + 1);
      await lab.close();
    }
  });

  it("counts what comes in for the very stretch that is being computed", async () => {
    const lab = await openLab();
    const { did } = await registerDevice(lab);
    await importRows(lab, did, past);
    const devo = enterDevo(lab);
    const { id } = await devo.make(QUERY);
    const { telemetry, registry, products } = lab.cloud;
    const device = registry.get(did);
    const product = products.find(device.productKey);
    if (product === undefined) throw new Error("no product");
    let added = 0;
    watchReads(lab, ({ start }) => {
      if (added >= DAYS) return;
      // One for where the reader has been, one for where it will be.
      for (const at of [start, start + 12 * HOUR]) {
        telemetry.importReport(device, product, at + added, { Temperature: 1 });
        added += 1;
      }
      telemetry.flush();
    });
    await lab.advance("1s");
    await lab.advance("5s");
    expect(added).toBe(DAYS);
    expect(await devo.measures(id)).toMatchObject({ lateChunks: 0 });
    const rows = await devo.rows(QUERY);
    expect(rows.reduce((sum, { n }) => sum + Number(n), 0)).toBe(past.length + added);
    expect(rows).toEqual(await devo.rows(unlike(QUERY.slice(TABLE.length))));
  });

  it("is in the chunks: they outlive the log", async () => {
    const lab = await openLab();
    const { did } = await registerDevice(lab);
    await importRows(lab, did, past);
    const devo = enterDevo(lab);
    await devo.make(QUERY);
    await lab.advance("1s");
    const before = await devo.rows(QUERY);
    lab.cloud.telemetry.limitRetention({ logMs: DAY });
    lab.cloud.telemetry.purge();
    expect(await devo.rows(QUERY)).toEqual(before);
    expect((await devo.rows(unlike(QUERY.slice(TABLE.length)))).length).toBeLessThan(before.length / 2);
    // Started anew from the beginning, it keeps what the log has no more.
    const [task] = lab.cloud.linq.tasks.list("self");
    await devo.call("PUT", `/self/${task?.id}/start`, { fromDate: 0 });
    await lab.advance("2s");
    expect(await devo.rows(QUERY)).toEqual(before);
  });

  it("lets the event loop go", async () => {
    const lab = await openLab();
    const { did } = await registerDevice(lab);
    for (let part = 0; part < 8; part += 1) {
      const rows = past.map(([at, attrs], index): [number, object] => [at - part * 1000 - index, attrs]);
      await importRows(lab, did, rows as [number, Record<string, unknown>][]);
      lab.cloud.telemetry.flush();
    }
    const devo = enterDevo(lab);
    const queries = [QUERY, `${TABLE} group every 1s by did, Temperature select percentile(Temperature, 5)`];
    for (const query of queries) await devo.make(query);
    const held = await longestHold(() => lab.advance("1s"));
    expect(held).toBeLessThan(50);
    expect(await devo.rows(QUERY)).toEqual(await devo.rows(unlike(QUERY.slice(TABLE.length))));
  });
});
