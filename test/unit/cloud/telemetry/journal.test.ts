import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { createSeededRandom } from "../../../../src/core/random.js";
import { printProfile } from "../../../support/profile-document.js";
import { openReportStore, type ReportStore } from "../../../support/report-store.js";
import { makeTempFolder } from "../../../support/temp-folder.js";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const WRITER = fileURLToPath(new URL("../../../support/journal-writer.ts", import.meta.url));
const AT = Date.UTC(2026, 5, 1, 12);
const PROFILE = printProfile();

/** Lets another process write until it has acknowledged `count` reports, kills it, and returns what it acknowledged. */
function writeAndKill(folder: string, first: number, count: number): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const writer = spawn(process.execPath, ["--import", "tsx", WRITER, folder, String(first)], { cwd: ROOT });
    let output = "";
    let errors = "";
    writer.stderr.on("data", (chunk) => {
      errors += chunk;
    });
    writer.stdout.on("data", (chunk) => {
      output += chunk;
      if (output.length > count * 4) writer.kill("SIGKILL");
    });
    writer.once("close", (_code, signal) => {
      const whole = output.slice(0, output.lastIndexOf("\n"));
      if (signal === "SIGKILL" && errors === "") resolve(whole.split("\n").map(Number));
      else reject(new Error(errors));
    });
  });
}

/** The numbers of the reports in the log, as `journal-writer` numbers them. */
function readNumbers({ telemetry, device }: ReportStore): number[] {
  const { entries } = telemetry.logPage({
    deviceId: device.id,
    type: "cmd",
    after: 0,
    until: AT * 2,
    skip: 0,
    limit: 1_000_000,
    order: "asc",
  });
  return entries.map(({ at }) => at / 1000);
}

/** How many readings of one datapoint the rollups hold. */
function countReadings(store: ReportStore): number {
  const id = store.product.rollupIds[0];
  return store.rollups().reduce((sum, row) => sum + (row.datapoint_id === id ? (row.count ?? 0) : 0), 0);
}

/** Takes a report in and resolves with what `committed` is told. */
function importTarget(store: ReportStore, at: number, target = 20): Promise<Error | null> {
  return new Promise((resolve) => {
    store.telemetry.importReport(store.device, store.product, at, { power: true, target }, resolve);
  });
}

describe("a store whose process is killed while it writes", () => {
  it("has every acknowledged report once, in log and rollups, after each of several kills", async () => {
    const folder = makeTempFolder();
    const random = createSeededRandom("kill");
    const acknowledged: number[] = [];
    for (const count of [random.integer(500, 2000), random.integer(8000, 20_000), random.integer(2000, 30_000)]) {
      const first = (acknowledged.at(-1) ?? 0) + 100_000;
      const acks = await writeAndKill(folder, first, count);
      expect(acks.length).toBeGreaterThan(100);
      acknowledged.push(...acks);
      const store = openReportStore({ profile: PROFILE, folder });
      const numbers = readNumbers(store);
      expect(new Set(numbers).size).toBe(numbers.length);
      const stored = new Set(numbers);
      expect(acknowledged.filter((number) => !stored.has(number))).toEqual([]);
      expect(countReadings(store)).toBe(numbers.length);
      const before = store.rollups();
      store.telemetry.rebuild(store.device.id);
      expect(store.rollups()).toEqual(before);
      store.telemetry.close();
      store.crash();
    }
  });
});

describe("a store that ends without folding", () => {
  it("folds what its journal holds when it is opened again, once and not twice", async () => {
    const folder = makeTempFolder();
    const first = openReportStore({ profile: PROFILE, folder });
    for (let index = 0; index < 10; index += 1) await importTarget(first, AT + index);
    expect(first.rollups()).toEqual([]);
    first.crash();
    for (let opening = 0; opening < 3; opening += 1) {
      const store = openReportStore({ profile: PROFILE, folder });
      expect([countReadings(store), store.telemetry.latest(store.device.id)?.updatedAt]).toEqual([10, AT + 9]);
      if (opening === 1) store.telemetry.close();
      store.crash();
    }
  });

  it("keeps the order of arrival over the end, so that equal times stay in order", async () => {
    const folder = makeTempFolder();
    const first = openReportStore({ profile: PROFILE, folder });
    for (const target of [10, 20, 30]) await importTarget(first, AT, target);
    first.crash();
    const second = openReportStore({ profile: PROFILE, folder });
    await importTarget(second, AT, 40);
    expect(second.telemetry.latest(second.device.id)?.attrs.target).toBe(40);
    const row = second.rollups().find(({ datapoint_id }) => datapoint_id === second.product.rollupIds[2]);
    expect(row).toMatchObject({ count: 4, first_v: 23, last_v: 53, delta: 30 });
  });
});

describe("taking reports in", () => {
  it("tells nobody before the turn is over, then everybody in order of arrival", async () => {
    const store = openReportStore({ profile: PROFILE });
    const told: number[] = [];
    const all = [1, 2, 3].map((number) => importTarget(store, AT + number).then(() => told.push(number)));
    expect(told).toEqual([]);
    await Promise.all(all);
    expect(told).toEqual([1, 2, 3]);
  });

  it("lets whoever reads see what has not been committed yet", () => {
    const store = openReportStore({ profile: PROFILE });
    store.telemetry.importReport(store.device, store.product, AT, { target: 20 });
    expect(store.telemetry.latest(store.device.id)?.attrs).toEqual({ target: 20 });
  });

  it("loses nothing that comes in the turn in which the store is closed", async () => {
    const folder = makeTempFolder();
    const first = openReportStore({ profile: PROFILE, folder });
    const committed = importTarget(first, AT);
    first.telemetry.close();
    first.crash();
    expect(await committed).toBeNull();
    expect(countReadings(openReportStore({ profile: PROFILE, folder }))).toBe(1);
  });

  it("tells of a store that is closed, each of those who wait", async () => {
    const store = openReportStore({ profile: PROFILE });
    await importTarget(store, AT);
    store.telemetry.close();
    store.crash();
    const told = await Promise.all([importTarget(store, AT + 1), importTarget(store, AT + 2)]);
    expect(told.map((error) => error?.message)).toEqual(Array(2).fill("The database connection is not open"));
  });
});

describe("a disk that is full", () => {
  const fill = ({ database }: ReportStore): void => {
    const pages = Number(database.pragma("page_count", { simple: true }));
    database.pragma(`max_page_count = ${pages}`);
  };
  const free = ({ database }: ReportStore): void => {
    database.pragma("max_page_count = 1000000");
  };

  it("is told to whoever waits for a commit, and forgotten once there is room", async () => {
    const store = openReportStore({ profile: PROFILE });
    fill(store);
    let failure: Error | null = null;
    let accepted = 0;
    for (let index = 0; failure === null; index += 1) {
      failure = await importTarget(store, AT + index);
      if (failure === null) accepted += 1;
    }
    expect(failure).toMatchObject({ code: "SQLITE_FULL" });
    free(store);
    expect(await importTarget(store, AT - 1)).toBeNull();
    store.telemetry.latest(store.device.id);
    expect(countReadings(store)).toBe(accepted + 1);
  });

  it("loses nothing when it shows while folding, where nobody waits", async () => {
    const store = openReportStore({ profile: PROFILE });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      for (let quarter = 0; quarter < 300; quarter += 1) await importTarget(store, AT + quarter * 900_000);
      fill(store);
      vi.advanceTimersByTime(10_000);
      expect(() => store.telemetry.latest(store.device.id)).toThrowError(
        expect.objectContaining({ code: "SQLITE_FULL" }),
      );
      expect(store.rollups()).toEqual([]);
      free(store);
      await importTarget(store, AT - 900_000);
      vi.advanceTimersByTime(10_000);
      expect(countReadings(store)).toBe(301);
      expect(store.telemetry.latest(store.device.id)?.updatedAt).toBe(AT + 299 * 900_000);
    } finally {
      vi.useRealTimers();
    }
  });
});
