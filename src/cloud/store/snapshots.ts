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
  readonly #states = new Map<string, string>();

  constructor(database: Database) {
    this.#database = database;
    // A temporary database: in memory while it is small, on disk when it grows, deleted in the end.
    database.exec(`ATTACH '' AS ${SAVED}`);
  }

  get names(): readonly string[] {
    return [...this.#states.keys()];
  }

  /** Copies the store as it is, over an earlier copy of that name. */
  save(name: string, state: string): void {
    this.#inTransaction(() => {
      for (const table of this.#tables()) {
        const copy = `${SAVED}.${quote(`${name}/${table}`)}`;
        this.#database.exec(`DROP TABLE IF EXISTS ${copy}; CREATE TABLE ${copy} AS SELECT * FROM main.${quote(table)}`);
      }
    });
    this.#states.set(name, state);
  }

  /** The state that was saved with a copy. Throws `snapshot-unknown`. */
  state(name: string): string {
    const state = this.#states.get(name);
    if (state !== undefined) return state;
    // A space leads the names that are nobody's business.
    const names = this.names.filter((known) => !known.startsWith(" "));
    throw new GizlabError("snapshot-unknown", `no snapshot is called ${name}`, {
      hint: names.length === 0 ? "nothing was saved yet" : `saved: ${names.join(", ")}`,
    });
  }

  /** Puts the store back as it was. Throws `snapshot-unknown`. */
  restore(name: string): void {
    this.state(name);
    this.#inTransaction(() => {
      for (const table of this.#tables()) {
        const [own, copy] = [`main.${quote(table)}`, `${SAVED}.${quote(`${name}/${table}`)}`];
        this.#database.exec(`DELETE FROM ${own}; INSERT INTO ${own} SELECT * FROM ${copy}`);
      }
    });
  }

  /** A copy as the bytes of one SQLite file. Throws `snapshot-unknown`. */
  export(name: string): Buffer {
    const state = this.state(name);
    const database = this.#database;
    database.exec(`ATTACH ':memory:' AS ${EXPORTED}`);
    try {
      this.#inTransaction(() => {
        for (const table of this.#tables()) {
          const copy = `${SAVED}.${quote(`${name}/${table}`)}`;
          database.exec(`CREATE TABLE ${EXPORTED}.${quote(table)} AS SELECT * FROM ${copy}`);
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
    this.#inTransaction(() => {
      for (const table of this.#tables()) {
        const copy = `${SAVED}.${quote(`${name}/${table}`)}`;
        this.#database.exec(
          `DROP TABLE IF EXISTS ${copy}; CREATE TABLE ${copy} AS SELECT * FROM main.${quote(table)} WHERE 0`,
        );
        const columns = this.#database.pragma(`main.table_info(${quote(table)})`) as unknown[];
        const add = this.#database.prepare(`INSERT INTO ${copy} VALUES (${columns.map(() => "?").join(", ")})`);
        for (const row of source
          .prepare(`SELECT * FROM ${quote(table)}`)
          .raw()
          .iterate())
          add.run(...(row as []));
      }
    });
    this.#states.set(name, kept.state);
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

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
