import Sqlite from "better-sqlite3";
import type { LogEntry } from "../../src/cloud/telemetry/log-entry.js";
import type { TestLab } from "../../src/testing.js";

type Row = Readonly<Record<string, unknown>>;

/** Every row of a lab's store, by table. */
export function dumpStore(lab: TestLab): Record<string, readonly Row[]> {
  const { snapshots, telemetry } = lab.platform.cloud;
  telemetry.flush();
  const name = "dump of a test";
  snapshots.save(name, "{}");
  const database = new Sqlite(Buffer.from(snapshots.export(name)));
  const tables = database.prepare<[], { name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  const rows = tables
    .filter(({ name: table }) => table !== "lab_state")
    .map(({ name: table }) => [table, database.prepare<[], Row>(`SELECT * FROM "${table}"`).all()] as const);
  database.close();
  return Object.fromEntries(rows);
}

/** What the log holds of a device, oldest first. */
export function readLog(lab: TestLab, did: string, type: "cmd" | "online"): readonly LogEntry[] {
  const { registry, telemetry } = lab.platform.cloud;
  const query = { deviceId: registry.get(did).id, type, after: 0, until: lab.clock.now() } as const;
  return telemetry.logPage({ ...query, skip: 0, limit: 100_000, order: "asc" }).entries;
}
