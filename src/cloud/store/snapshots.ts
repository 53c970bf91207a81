import Sqlite from "better-sqlite3";
import { GizlabError } from "../../core/errors.js";
import type { Database } from "./database.js";

const SAVED = "saved";
const EXPORTED = "exported";
const STATE = "lab_state";

/**
 * Copies of the whole store under names, beside it and gone with it: SQLite makes and puts them back table by table.
 * Each holds a text with whatever of the lab's state is not in the store.
 */
export class Snapshots {
  readonly #database: Database;
  readonly #copies = new Map<string, { readonly number: number; readonly state: string }>();
  #count = 0;

  constructor(database: Database) {
    this.#database = database;
    // A temporary database: in memory while it is small, on disk when it grows, deleted in the end.
    database.exec(`ATTACH '' AS ${SAVED}`);
  }

  get names(): readonly string[] {
    return [...this.#copies.keys()];
  }

  /** Copies the store as it is, over an earlier copy of that name. */
  save(name: string, state: string): void {
    const number = this.#nextNumber();
    this.#inTransaction(() => {
      for (const table of this.#tables()) {
        this.#database.exec(`CREATE TABLE ${copyOf(number, table)} AS SELECT * FROM main.${quote(table)}`);
      }
    });
    this.#keep(name, number, state);
  }

  /** Forgets a copy. Throws `snapshot-unknown`. */
  remove(name: string): void {
    const { number } = this.#find(name);
    this.#copies.delete(name);
    this.#inTransaction(() => {
      for (const table of this.#tables()) this.#database.exec(`DROP TABLE ${copyOf(number, table)}`);
    });
  }

  /** The state that was saved with a copy. Throws `snapshot-unknown`. */
  state(name: string): string {
    return this.#find(name).state;
  }

  #find(name: string): { readonly number: number; readonly state: string } {
    const copy = this.#copies.get(name);
    if (copy !== undefined) return copy;
    // A space leads the names that are nobody's business.
    const names = this.names.filter((known) => !known.startsWith(" "));
    throw new GizlabError("snapshot-unknown", `no snapshot is called ${name}`, {
      hint: names.length === 0 ? "nothing was saved yet" : `saved: ${names.join(", ")}`,
    });
  }

  /** Puts the store back as it was. Throws `snapshot-unknown`. */
  restore(name: string): void {
    const { number } = this.#find(name);
    this.#inTransaction(() => {
      for (const table of this.#tables()) {
        const [own, copy] = [`main.${quote(table)}`, copyOf(number, table)];
        this.#database.exec(`DELETE FROM ${own}; INSERT INTO ${own} SELECT * FROM ${copy}`);
      }
    });
  }

  /** A copy as the bytes of one SQLite file. Throws `snapshot-unknown`. */
  export(name: string): Buffer {
    const { number, state } = this.#find(name);
    const database = this.#database;
    database.exec(`ATTACH ':memory:' AS ${EXPORTED}`);
    try {
      this.#inTransaction(() => {
        for (const table of this.#tables()) {
          database.exec(`CREATE TABLE ${EXPORTED}.${quote(table)} AS SELECT * FROM ${copyOf(number, table)}`);
        }
        database.exec(`CREATE TABLE ${EXPORTED}.${STATE} (schema INTEGER, state TEXT)`);
        database.prepare(`INSERT INTO ${EXPORTED}.${STATE} VALUES (?, ?)`).run(this.#schema(), state);
      });
      return database.serialize({ attached: EXPORTED });
    } finally {
      database.exec(`DETACH ${EXPORTED}`);
    }
  }

  /** Takes over what `export` made, unless `check` throws at its state. Throws `snapshot-invalid`. */
  import(name: string, bytes: Uint8Array, check: (state: string) => void): void {
    let source: Database | undefined;
    try {
      source = new Sqlite(Buffer.from(bytes));
      source.pragma("trusted_schema = OFF");
      this.#requirePlain(source);
      this.#takeOver(name, source, check);
    } catch (error) {
      if (error instanceof GizlabError) throw error;
      throw new GizlabError("snapshot-invalid", "the file is no snapshot of gizlab", { cause: error });
    } finally {
      source?.close();
    }
  }

  #takeOver(name: string, source: Database, check: (state: string) => void): void {
    const kept = source.prepare<[], { schema: number; state: string }>(`SELECT schema, state FROM ${STATE}`).get();
    if (kept?.schema !== this.#schema()) {
      throw new GizlabError("snapshot-invalid", "the snapshot was made by another version of gizlab", {
        expected: `schema ${this.#schema()}`,
        found: String(kept?.schema),
      });
    }
    check(kept.state);
    const number = this.#nextNumber();
    this.#inTransaction(() => {
      for (const table of this.#tables()) {
        const copy = copyOf(number, table);
        this.#database.exec(`CREATE TABLE ${copy} AS SELECT * FROM main.${quote(table)} WHERE 0`);
        const columns = this.#database.pragma(`main.table_info(${quote(table)})`) as unknown[];
        const add = this.#database.prepare(`INSERT INTO ${copy} VALUES (${columns.map(() => "?").join(", ")})`);
        for (const row of source
          .prepare(`SELECT * FROM ${quote(table)}`)
          .raw()
          .iterate())
          add.run(...(row as []));
      }
    });
    this.#keep(name, number, kept.state);
  }

  /** A file from outside holds the tables of a snapshot and nothing that runs: no view, no trigger. */
  #requirePlain(source: Database): void {
    const found = source
      .prepare<[], { type: string; name: string }>("SELECT type, name FROM sqlite_master")
      .all()
      .map(({ type, name }) => `${type} ${name}`);
    const wanted = [...this.#tables(), STATE].map((table) => `table ${table}`);
    if (found.length === wanted.length && wanted.every((table) => found.includes(table))) return;
    throw new GizlabError("snapshot-invalid", "the file does not hold the tables of a snapshot");
  }

  #nextNumber(): number {
    this.#count += 1;
    return this.#count;
  }

  #keep(name: string, number: number, state: string): void {
    if (this.#copies.has(name)) this.remove(name);
    this.#copies.set(name, { number, state });
  }

  #tables(): string[] {
    return this.#database
      .prepare<[], { name: string }>("SELECT name FROM main.sqlite_master WHERE type = 'table' ORDER BY name")
      .all()
      .map(({ name }) => name);
  }

  #schema(): number {
    return Number(this.#database.pragma("main.user_version", { simple: true }));
  }

  #inTransaction(action: () => void): void {
    this.#database.transaction(action)();
  }
}

/** Copies go by number: SQLite would take names that differ in case alone for one. */
function copyOf(number: number, table: string): string {
  return `${SAVED}.${quote(`${number}/${table}`)}`;
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
