import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createSeededRandom } from "../../../../src/core/random.js";
import { wireValues } from "../../../../src/profile/scale.js";
import { printProfile } from "../../../support/profile-document.js";
import { attrsOf, makeReadings, type Reading, SCALES_PROFILE, storeReading } from "../../../support/reading-list.js";
import { openReportStore, type ReportStore } from "../../../support/report-store.js";
import { makeTempFolder } from "../../../support/temp-folder.js";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const WRITER = fileURLToPath(new URL("../../../support/backfill-writer.ts", import.meta.url));
const QUARTER_MS = 900_000;
const DAY_MS = 96 * QUARTER_MS;
const AT = Date.UTC(2026, 5, 1, 12);

function backfill({ telemetry, device, product }: ReportStore, readings: readonly Reading[]): number {
  return telemetry.backfill(
    readings.map(({ at, values }) => ({
      deviceId: device.id,
      product,
      at,
      values: wireValues(product.profile, attrsOf(values)),
    })),
  );
}

/** Everything that can be read of a store's reports. */
function readAll({ telemetry, device, rollups, database }: ReportStore) {
  const latest = telemetry.latest(device.id);
  const readings = [...telemetry.readings({ device, start: -8e15, end: 8e15 })];
  const stored = database
    .prepare<[], { updated_at: number; attrs: string }>("SELECT updated_at, attrs FROM latest")
    .all()
    .map((row) => ({ ...row, attrs: JSON.parse(row.attrs) as object }));
  return { latest, readings, stored, rollups: rollups() };
}

describe("many past reports at once", () => {
  it.each([
    ["in time order", true],
    ["in any order, late and twice", false],
  ])("leave the rows that they leave one by one, %s, between live ones", (_what, isOrdered) => {
    const random = createSeededRandom(`backfill ${isOrdered}`);
    const [single, bulk] = [openReportStore({ profile: SCALES_PROFILE }), openReportStore({ profile: SCALES_PROFILE })];
    const drawn = makeReadings(random, 1500, AT, AT + 9 * DAY_MS);
    const readings = isOrdered ? drawn.sort((a, b) => a.at - b.at) : [...drawn, ...drawn.slice(0, 100)];
    let batch: Reading[] = [];
    const flush = (): void => {
      expect(backfill(bulk, batch)).toBe(batch.length);
      batch = [];
    };
    for (const reading of readings) {
      storeReading(single, reading);
      if (random.integer(0, 20) === 0) single.telemetry.latest(single.device.id);
      if (!reading.isWhole) {
        batch.push(reading);
        if (random.integer(0, 150) > 0) continue;
        flush();
      } else {
        // A frame of the device: what waits came before it.
        flush();
        storeReading(bulk, reading);
      }
    }
    flush();
    expect(readAll(bulk)).toEqual(readAll(single));
    const before = bulk.rollups();
    bulk.telemetry.rebuild(bulk.device.id);
    expect(bulk.rollups()).toEqual(before);
  });

  it("come behind what was taken in before them, even if nobody has read that yet", () => {
    const store = openReportStore({ profile: SCALES_PROFILE });
    const say = (speed: number): Reading => ({ at: AT, isWhole: false, values: { speed } });
    storeReading(store, say(1));
    backfill(store, [say(2), say(3)]);
    expect(store.telemetry.latest(store.device.id)?.attrs).toEqual({ speed: 3 });
    const read = [...store.telemetry.readings({ device: store.device, start: AT, end: AT + 1 })];
    expect(read.map(({ attrs }) => attrs.speed)).toEqual([1, 2, 3]);
  });

  it("are merged where the log is dropped", () => {
    const store = openReportStore({ profile: SCALES_PROFILE, now: AT + 20 * DAY_MS });
    const say = (minutes: number, speed: number): Reading => ({
      at: AT + minutes * 60_000,
      isWhole: false,
      values: { speed },
    });
    backfill(store, [say(0, 1), say(5, 2)]);
    store.telemetry.limitRetention({ logMs: DAY_MS });
    store.telemetry.purge();
    backfill(store, [say(7, 4), say(3, 3)]);
    expect(store.rollups()).toMatchObject([{ count: 4, min: 6, max: 9, first_v: 6, last_v: 9 }]);
  });

  it("take hold of nothing when one of them is refused on the way", () => {
    const store = openReportStore({ profile: SCALES_PROFILE });
    const { telemetry, device, product } = store;
    function* failing() {
      yield { deviceId: device.id, product, at: AT, values: wireValues(product.profile, { speed: 1 }) };
      throw new Error("no more");
    }
    expect(() => telemetry.backfill(failing())).toThrow("no more");
    expect([store.rollups(), telemetry.latest(device.id)]).toEqual([[], undefined]);
  });

  it("are stored whole or not at all when the disk is full", () => {
    const store = openReportStore({ profile: SCALES_PROFILE });
    const random = createSeededRandom("full");
    const first = makeReadings(random, 50, AT, AT + DAY_MS);
    backfill(store, first);
    const before = readAll(store);
    const pages = Number(store.database.pragma("page_count", { simple: true }));
    store.database.pragma(`max_page_count = ${pages + 4}`);
    const many = makeReadings(random, 4000, AT - 90 * DAY_MS, AT + 90 * DAY_MS);
    expect(() => backfill(store, many)).toThrowError(expect.objectContaining({ code: "SQLITE_FULL" }));
    expect(readAll(store)).toEqual(before);
    store.database.pragma("max_page_count = 1000000");
    backfill(store, many);
    const after = store.rollups();
    expect([...store.telemetry.readings({ device: store.device, start: 0, end: 8e15 })]).toHaveLength(
      // A report without a value is none.
      [...first, ...many].filter(({ values }) => Object.keys(values).length > 0).length,
    );
    store.telemetry.rebuild(store.device.id);
    expect(store.rollups()).toEqual(after);
  });

  it("are stored whole or not at all when the process is killed", async () => {
    const folder = makeTempFolder();
    const batch = 700;
    for (const lines of [3, 9]) {
      await runAndKill([folder, String(batch)], lines);
      const store = openReportStore({ profile: printProfile(), folder });
      const id = store.product.rollupIds[0];
      const counted = store.rollups().filter((row) => row.datapoint_id === id);
      const total = counted.reduce((sum, row) => sum + (row.count ?? 0), 0);
      expect(total).toBeGreaterThanOrEqual(lines * batch);
      expect(total % batch).toBe(0);
      const before = store.rollups();
      store.telemetry.rebuild(store.device.id);
      expect(store.rollups()).toEqual(before);
      store.telemetry.close();
      store.crash();
    }
  });
});

/** Kills the writer in the middle of its work, some lines of output later. */
function runAndKill(args: readonly string[], lines: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const writer = spawn(process.execPath, ["--import", "tsx", WRITER, ...args], { cwd: ROOT });
    let output = "";
    let errors = "";
    writer.stderr.on("data", (chunk) => {
      errors += chunk;
    });
    writer.stdout.on("data", (chunk) => {
      output += chunk;
      if (output.split("\n").length > lines) writer.kill("SIGKILL");
    });
    writer.once("close", (_code, signal) =>
      signal === "SIGKILL" && errors === "" ? resolve() : reject(new Error(errors)),
    );
  });
}
