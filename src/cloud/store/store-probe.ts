import { existsSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { FILE_NAME } from "./database.js";
import { MIGRATIONS } from "./migrations.js";

/** What a data folder's store is good for. */
export type StoreState =
  | { readonly kind: "absent" | "usable" | "locked" }
  | { readonly kind: "newer"; readonly found: number; readonly expected: number }
  | { readonly kind: "broken"; readonly reason: string };

/** The version of SQLite. Throws whatever the native binding says when it does not load. */
export function readSqliteVersion(): string {
  const database = new Sqlite(":memory:");
  try {
    return String(database.prepare("SELECT sqlite_version()").pluck().get());
  } finally {
    database.close();
  }
}

/** Looks at the store in `folder` and writes nothing into it. */
export function probeStore(folder: string): StoreState {
  const file = join(folder, FILE_NAME);
  if (!existsSync(file)) return { kind: "absent" };
  let database: Sqlite.Database | undefined;
  try {
    database = new Sqlite(file, { fileMustExist: true, timeout: 0 });
    // A running cloud holds its lock all the time.
    database.exec("BEGIN IMMEDIATE; ROLLBACK");
    const version = Number(database.pragma("user_version", { simple: true }));
    if (version > MIGRATIONS.length) return { kind: "newer", found: version, expected: MIGRATIONS.length };
    return { kind: "usable" };
  } catch (error) {
    const { code = "", message } = error as { code?: string; message: string };
    return code.startsWith("SQLITE_BUSY") ? { kind: "locked" } : { kind: "broken", reason: message };
  } finally {
    database?.close();
  }
}
