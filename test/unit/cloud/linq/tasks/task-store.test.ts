import { cpSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { Lab } from "../../../../../src/lab/lab.js";
import type { LabOptions } from "../../../../../src/lab/lab-options.js";
import { startLab } from "../../../../../src/lab/start-lab.js";
import { registerDevice } from "../../../../support/devices.js";
import { type DevoUser, enterDevo, importRows } from "../../../../support/devo.js";
import { makeTempFolder } from "../../../../support/temp-folder.js";

const START = Date.UTC(2026, 0, 1);
const [HOUR, DAY] = [3_600_000, 86_400_000];
const TABLE = "from gizlab.pet_house.data";
const COUNTED = `${TABLE} group every 30m by did select count() as n`;
const SUMMED = `${TABLE} group every 2h by did select sum(Temperature) as s`;

async function openLab(options: LabOptions = {}): Promise<Lab> {
  const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: "store", startAt: START, ...options });
  onTestFinished(() => lab.close());
  return lab;
}

/** A lab with some days of reports and a task that has computed them. */
async function openWithTask(options: LabOptions = {}) {
  const lab = await openLab(options);
  const { did } = await registerDevice(lab);
  const devo = enterDevo(lab);
  await importRows(
    lab,
    did,
    Array.from({ length: 48 }, (_, index) => [START - (index + 1) * 2 * HOUR, { Temperature: index % 13 }] as const),
  );
  lab.cloud.telemetry.flush();
  const { id } = await devo.make(COUNTED, { fromDate: START - 2 * DAY });
  await lab.advance("1s");
  return { lab, did, devo, id };
}

/** Calls `visit` before each statement that writes; what it throws is what the store answers. */
function watchWrites(visit: (sql: string) => void): () => void {
  const database = new Sqlite(":memory:");
  const statements = Object.getPrototypeOf(database.prepare("SELECT 1")) as Sqlite.Statement;
  database.close();
  const { run } = statements;
  const spy = vi.spyOn(statements, "run").mockImplementation(function (this: Sqlite.Statement, ...values) {
    visit(this.source);
    return run.apply(this, values);
  });
  onTestFinished(() => spy.mockRestore());
  return () => spy.mockRestore();
}

/** Chunks that no task has and nothing removes. */
function leakedChunks(folder: string): unknown[] {
  const database = new Sqlite(join(folder, "gizlab.sqlite"));
  const leaked = database
    .prepare(
      "SELECT * FROM linq_chunks WHERE store_id NOT IN (SELECT store_id FROM linq_waste) AND store_id NOT IN (SELECT store_id FROM linq_tasks WHERE json_extract(state, '$.kind') <> 'deleted')",
    )
    .all();
  database.close();
  return leaked;
}

describe("a kill at any write leaves a task whole", () => {
  const ACTS: readonly (readonly [string, (devo: DevoUser, lab: Lab, id: string) => Promise<unknown>])[] = [
    ["makes one", (devo) => devo.make(SUMMED)],
    ["changes its query", (devo, _lab, id) => devo.call("PUT", `/self/${id}`, { query: { linq: SUMMED } })],
    ["extends it", (devo, _lab, id) => devo.call("PUT", `/self/${id}/start`, { fromDate: 0 })],
    [
      "deletes it",
      async (devo, lab, id) => {
        await devo.call("DELETE", `/self/${id}`);
        await lab.advance("1s");
      },
    ],
  ];

  it.each(ACTS)("that %s", async (_what, act) => {
    const folder = makeTempFolder();
    const { lab, devo, id } = await openWithTask({ folder });
    const [counted, summed] = [await devo.rows(COUNTED), await devo.rows(SUMMED)];
    const before = lab.cloud.linq.tasks.get("self", id);
    const copies: string[] = [];
    // What a kill leaves: the files as they are.
    const stop = watchWrites((sql) => {
      if (!/linq_(?:tasks|waste)|settings|COMMIT/.test(sql)) return;
      const copy = join(makeTempFolder(), "killed");
      cpSync(folder, copy, { recursive: true });
      copies.push(copy);
    });
    await act(devo, lab, id);
    stop();
    expect(copies.length).toBeGreaterThan(1);
    for (const copy of copies.slice(-12)) {
      const again = await openLab({ folder: copy, startAt: START + 1000 });
      const user = enterDevo(again, devo.token);
      const [task] = again.cloud.linq.tasks.list("self", { id });
      if (task?.state.kind === "running") expect(task).toEqual(before);
      else if (task?.state.kind === "pending" && task.state.act === "EXTEND") expect(task.definition.fromDate).toBe(0);
      await again.advance("3s");
      expect(await user.rows(COUNTED)).toEqual(counted);
      expect(await user.rows(SUMMED)).toEqual(summed);
      await again.close();
      expect(leakedChunks(copy)).toEqual([]);
    }
  });
});

describe("a store that refuses", () => {
  it("to take a stretch leaves the task covering what it covered", async () => {
    const { lab, devo, did, id } = await openWithTask();
    const [before, rows] = [await devo.measures(id), await devo.rows(COUNTED)];
    await importRows(lab, did, [[START + 1, { Temperature: 1 }]]);
    const more = [...rows, { eventdate: START, did, n: 1 }];
    let isStretch = false;
    vi.spyOn(process.stderr, "write").mockReturnValue(true);
    onTestFinished(() => void vi.restoreAllMocks());
    const stop = watchWrites((sql) => {
      if (/^UPDATE linq_chunks/.test(sql)) isStretch = true;
      if (!isStretch || sql !== "COMMIT") return;
      isStretch = false;
      throw new Error("disk full");
    });
    await lab.advance("3h");
    stop();
    expect(await devo.task(id)).toMatchObject({ status: "ERROR" });
    expect(await devo.measures(id)).toEqual(before);
    expect(await devo.rows(COUNTED)).toEqual(more);
    await devo.call("PUT", `/self/${id}/resume`);
    await lab.advance("2s");
    expect((await devo.measures(id)).chunks).toBe(before.chunks + 1);
    expect(await devo.rows(COUNTED)).toEqual(more);
  });

  it("everything leaves the task running, and it goes on when the store does", async () => {
    const { lab, devo, did, id } = await openWithTask();
    const rows = await devo.rows(COUNTED);
    await importRows(lab, did, [[START + 1, { Temperature: 1 }]]);
    lab.cloud.telemetry.flush();
    vi.spyOn(process.stderr, "write").mockReturnValue(true);
    onTestFinished(() => void vi.restoreAllMocks());
    let refused = 0;
    const stop = watchWrites((sql) => {
      if (sql !== "COMMIT") return;
      refused += 1;
      throw new Error("disk full");
    });
    await lab.advance("20m");
    stop();
    expect(refused).toBeGreaterThan(1);
    await lab.advance("40m");
    expect(await devo.task(id)).toMatchObject({ status: "RUNNING" });
    expect((await devo.measures(id)).coveredUntil).toBeGreaterThan(START);
    expect(await devo.rows(COUNTED)).toEqual([...rows, { eventdate: START, did, n: 1 }]);
  });

  it("to take a change leaves the task as it was", async () => {
    const { lab, devo, id } = await openWithTask();
    const [task, measures, rows] = [await devo.task(id), await devo.measures(id), await devo.rows(COUNTED)];
    vi.spyOn(process.stderr, "write").mockReturnValue(true);
    onTestFinished(() => void vi.restoreAllMocks());
    const stop = watchWrites((sql) => {
      if (sql === "COMMIT") throw new Error("disk full");
    });
    const answers = [
      await devo.call("PUT", `/self/${id}`, { query: { linq: SUMMED } }),
      await devo.call("PUT", `/self/${id}/start`, { fromDate: 0 }),
      await devo.call("PUT", `/self/${id}/stop`),
      await devo.call("DELETE", `/self/${id}`),
    ];
    stop();
    expect(answers.map(({ status }) => status)).toEqual([500, 500, 500, 500]);
    expect(await devo.task(id)).toEqual(task);
    await lab.advance("2s");
    expect([await devo.task(id), await devo.measures(id)]).toEqual([task, measures]);
    expect(await devo.rows(COUNTED)).toEqual(rows);
  });
});
