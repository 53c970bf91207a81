import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { Lab } from "../../../../../src/lab/lab.js";
import { startLab } from "../../../../../src/lab/start-lab.js";
import { registerDevice } from "../../../../support/devices.js";
import { enterDevo, importRows } from "../../../../support/devo.js";

const START = Date.UTC(2026, 0, 1);
const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
const COUNTED = "from gizlab.pet_house.data group every 1h by did select count() as n";
const DAYS = 12;

/** A lab with a report every five minutes of some days, and a task that counts them. */
async function openWithTask() {
  const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: "upkeep", startAt: START });
  onTestFinished(() => lab.close());
  const { did } = await registerDevice(lab);
  const past = Array.from(
    { length: DAYS * 288 },
    (_, index) => [START - index * 5 * MINUTE - 1, { Temperature: 1 }] as const,
  );
  await importRows(lab, did, past);
  lab.cloud.telemetry.flush();
  const devo = enterDevo(lab);
  const { id } = await devo.make(COUNTED);
  return { lab, devo, id, late: (at: number) => importRows(lab, did, [[at, { Temperature: 2 }]]) };
}

describe("a report older than the log", () => {
  const OLD = START - 5 * DAY + 7;

  function dropLog(lab: Lab): void {
    // In the midst of an hour, so that the hour's chunk is all there is of its first half.
    lab.cloud.telemetry.limitRetention({ logMs: DAY + 30 * MINUTE });
    lab.cloud.telemetry.purge();
  }

  it.each(["running", "stopped"])("leaves the chunks of a %s task as they are", async (state) => {
    const { lab, devo, id, late } = await openWithTask();
    await lab.advance("1s");
    const before = await devo.rows(COUNTED);
    expect(before).toHaveLength(DAYS * 24);
    if (state === "stopped") await devo.call("PUT", `/self/${id}/stop`);
    if (state === "stopped") await lab.advance("1s");
    dropLog(lab);
    for (const at of [OLD, START - DAY - 29 * MINUTE]) {
      await late(at);
      expect(await devo.rows(COUNTED), String(at - START)).toEqual(before);
      await lab.advance("2s");
      expect(await devo.rows(COUNTED), String(at - START)).toEqual(before);
    }
    // One that the log can still tell of is counted.
    await late(START - HOUR + 7);
    const more = before.map((row) => (row.eventdate === START - HOUR ? { ...row, n: 13 } : row));
    expect(await devo.rows(COUNTED)).toEqual(more);
    await lab.advance("2s");
    expect(await devo.rows(COUNTED)).toEqual(more);
  });

  it("leaves its chunk too when the log is dropped before it was counted", async () => {
    const { lab, devo, late } = await openWithTask();
    await lab.advance("1s");
    const before = await devo.rows(COUNTED);
    await late(OLD);
    dropLog(lab);
    expect(await devo.rows(COUNTED)).toEqual(before);
    await lab.advance("2s");
    expect(await devo.rows(COUNTED)).toEqual(before);
  });

  it("is left out, and no chunk spoilt, when the log is dropped while it is computed", async () => {
    const { lab, devo, late } = await openWithTask();
    await lab.advance("1s");
    const before = await devo.rows(COUNTED);
    await late(OLD);
    lab.cloud.telemetry.flush();
    const { tables } = lab.cloud.linq;
    const read = tables.rows.bind(tables);
    let isDropped = false;
    vi.spyOn(tables, "rows").mockImplementation(async function* (table, range, isOrdered) {
      if (!isDropped && range.start <= OLD && OLD < range.end) {
        isDropped = true;
        dropLog(lab);
      }
      yield* read(table, range, isOrdered);
    });
    await lab.advance("2s");
    expect(isDropped).toBe(true);
    expect(await devo.rows(COUNTED)).toEqual(before);
  });
});

describe("late reports", () => {
  it("are counted a second after the first of them, however many follow", async () => {
    const { lab, devo, id, late } = await openWithTask();
    await lab.advance("1s");
    for (let index = 0; index < 5; index += 1) {
      await late(START - (index + 2) * HOUR + 7);
      lab.cloud.telemetry.flush();
      await lab.advance(600);
    }
    expect((await devo.measures(id)).lateChunks).toBeLessThan(3);
  });
});

describe("virtual time", () => {
  /** Calls `visit` when the table is first read; every read but the first takes many turns of the event loop. */
  function onFirstRead(lab: Lab, visit: () => void): void {
    const { tables } = lab.cloud.linq;
    const read = tables.rows.bind(tables);
    let reads = 0;
    vi.spyOn(tables, "rows").mockImplementation(async function* (table, range, isOrdered) {
      reads += 1;
      if (reads === 1) visit();
      else for (let turn = 0; turn < 20; turn += 1) await new Promise((resume) => setImmediate(resume));
      yield* read(table, range, isOrdered);
    });
  }

  it("waits for the next stretches after it was told not to wait for one", async () => {
    const { lab, devo, id } = await openWithTask();
    onFirstRead(lab, () => lab.clock.letGo());
    await lab.advance("1s");
    expect((await devo.measures(id)).coveredUntil).toBe(START);
  });

  it("waits for what a restored lab computes while another stretch is left off", async () => {
    const { lab, devo, id, late } = await openWithTask();
    await lab.advance("1s");
    for (let hour = 2; hour < 12; hour += 1) await late(START - hour * HOUR + 7);
    lab.cloud.telemetry.flush();
    await lab.snapshots.save("then");
    let restored: Promise<void> | undefined;
    onFirstRead(lab, () => {
      restored = lab.snapshots.restore("then");
    });
    await lab.advance("1s");
    await restored;
    await lab.advance(1);
    expect((await devo.measures(id)).lateChunks).toBe(0);
  });
});
