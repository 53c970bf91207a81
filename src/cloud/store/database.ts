import { existsSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import Sqlite from "better-sqlite3";
import { GizlabError } from "../../core/errors.js";
import { describeWriteTrouble } from "../../core/file-trouble.js";
import { MIGRATIONS } from "./migrations.js";

/** The store's connection. SQL stays inside `cloud`. */
export type Database = Sqlite.Database;
export type Statement = Sqlite.Statement;

/** WAL pages between checkpoints: 32 MiB keeps the hot path from checkpointing every few milliseconds. */
const CHECKPOINT_PAGES = 8192;
/** What is read of the store again and again stays in memory: a year of hours of some dozen meters. */
const CACHE_KIB = 64 * 1024;
/** The store inside a data folder. */
export const FILE_NAME = "gizlab.sqlite";

/**
 * Opens the store in `folder`, or in memory without one, and brings its schema up to date.
 * Throws `store-busy` when another process has it, `store-newer` when a newer gizlab made it,
 * `store-unusable` when the folder cannot be written.
 */
export function openDatabase(folder: string | undefined): Database {
  const database = folder === undefined ? new Sqlite(":memory:") : openFile(folder);
  try {
    migrate(database, folder);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

function openFile(folder: string): Database {
  const file = join(folder, FILE_NAME);
  let database: Database | undefined;
  try {
    makeFolder(resolve(folder));
    database = new Sqlite(file, { timeout: 1000 });
    // Exclusive locking keeps a second process out and spares the shared-memory file.
    database.pragma("locking_mode = EXCLUSIVE");
    database.pragma("journal_mode = WAL");
    // NORMAL survives kill -9; only a power cut may take the last commits.
    database.pragma("synchronous = NORMAL");
    database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    database.pragma(`cache_size = -${CACHE_KIB}`);
    database.exec("BEGIN IMMEDIATE; COMMIT");
    return database;
  } catch (error) {
    database?.close();
    const code = (error as { code?: string }).code ?? "";
    if (code.startsWith("SQLITE_BUSY")) {
      throw new GizlabError("store-busy", `the data folder ${folder} is in use by another gizlab`, {
        hint: "stop the other one, or choose another folder with --data, or --memory",
        cause: error,
      });
    }
    throw new GizlabError(
      "store-unusable",
      `the data folder ${folder} cannot be used: ${describeWriteTrouble(error)}`,
      {
        hint: "choose another folder with --data, or --memory",
        cause: error,
      },
    );
  }
}

/** Level by level: the recursive form of `mkdirSync` never comes back where the system refuses, as under /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder);
}

function migrate(database: Database, folder: string | undefined): void {
  const version = Number(database.pragma("user_version", { simple: true }));
  if (version > MIGRATIONS.length) {
    throw new GizlabError("store-newer", `the data folder ${folder} was made by a newer gizlab`, {
      expected: `schema ${MIGRATIONS.length}`,
      found: String(version),
      hint: "use that gizlab, or another folder with --data",
    });
  }
  if (folder === undefined && version === 0) makeEmpty(database);
  else takeSteps(database, version);
}

function takeSteps(database: Database, version: number): void {
  MIGRATIONS.slice(version).forEach((sql, index) => {
    database.transaction(() => {
      database.exec(sql);
      database.pragma(`user_version = ${version + index + 1}`);
    })();
  });
}

/** The schema to which all steps lead, one text at most: stores in memory are made of it, in a third of the time. */
const SCHEMA: string[] = [];

function makeEmpty(database: Database): void {
  const [schema] = SCHEMA;
  if (schema === undefined) {
    takeSteps(database, 0);
    SCHEMA.push(describeSchema(database));
    return;
  }
  database.transaction(() => {
    database.exec(schema);
    database.pragma(`user_version = ${MIGRATIONS.length}`);
  })();
}

/** Every table and index as SQL, in the order in which they were made; none of the steps leaves a row behind. */
function describeSchema(database: Database): string {
  const query = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid";
  return database.prepare<[], string>(query).pluck().all().join(";\n");
}
