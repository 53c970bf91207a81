import type { Millis } from "../../../core/duration.js";
import { WorkSlice } from "../../../core/work-slice.js";
import type { Database } from "../../store/database.js";
import { Settings } from "../../store/settings.js";
import type { SavedGroup } from "../group-table.js";
import { packGroup, unpackGroup } from "./saved-text.js";

/** A chunk that was filled and is not yet in its store. */
export interface FilledChunk {
  readonly id: number;
  readonly start: Millis;
}

/** Chunks of this store belong to nobody: they are being filled, or wait to be removed. */
const NO_STORE = 0;
const STORE_COUNT = "linq-stores";
/** Groups that are written in one transaction and removed in one, and the characters of those written. */
const BATCH_ROWS = 500;
const SWEPT_ROWS = 50;
const BATCH_LENGTH = 256 * 1024;
/** Groups, and chunks, that are read at a time. */
const PAGE_ROWS = 100;

/**
 * What tasks keep: the saved groups of each chunk of time, and which chunks have got reports since they were computed.
 * A chunk is filled aside, a batch at a time, and then put in its store at once in place of the one before.
 */
export class ChunkTable {
  readonly #settings: Settings;
  readonly #statements;
  readonly #addGroups: (chunkId: number, first: number, texts: readonly string[]) => void;

  constructor(database: Database) {
    this.#settings = new Settings(database);
    this.#statements = {
      begin: database.prepare<[number, Millis]>("INSERT INTO linq_chunks (store_id, start) VALUES (?, ?)"),
      addGroup: database.prepare<[number, number, string]>(
        "INSERT INTO linq_groups (chunk_id, seq, saved) VALUES (?, ?, ?)",
      ),
      move: database.prepare<[number, number]>("UPDATE linq_chunks SET store_id = ? WHERE id = ?"),
      clear: database.prepare<[number, number, Millis, Millis]>(
        "UPDATE linq_chunks SET store_id = ? WHERE store_id = ? AND start >= ? AND start < ?",
      ),
      chunks: database.prepare<[number, Millis, Millis, number], FilledChunk>(
        "SELECT id, start FROM linq_chunks WHERE store_id = ? AND start >= ? AND start < ? ORDER BY start LIMIT ?",
      ),
      groups: database.prepare<[number, number, number], { seq: number; saved: string }>(
        "SELECT seq, saved FROM linq_groups WHERE chunk_id = ? AND seq >= ? ORDER BY seq LIMIT ?",
      ),
      count: database.prepare<[number], { n: number }>("SELECT count(*) AS n FROM linq_chunks WHERE store_id = ?"),
      markLate: database.prepare<[number, Millis]>("INSERT OR IGNORE INTO linq_late (store_id, start) VALUES (?, ?)"),
      clearLate: database.prepare<[number, Millis, Millis]>(
        "DELETE FROM linq_late WHERE store_id = ? AND start >= ? AND start < ?",
      ),
      late: database.prepare<[number, Millis, Millis, number], { start: Millis }>(
        "SELECT start FROM linq_late WHERE store_id = ? AND start >= ? AND start < ? ORDER BY start LIMIT ?",
      ),
      waste: database.prepare<[number]>("INSERT OR IGNORE INTO linq_waste (store_id) VALUES (?)"),
      wasted: database.prepare<[number, number], { id: number }>(
        "SELECT id FROM linq_chunks WHERE store_id = ? OR store_id IN (SELECT store_id FROM linq_waste) LIMIT ?",
      ),
      removeGroups: database.prepare<[number, number, number]>(
        "DELETE FROM linq_groups WHERE chunk_id = ? AND seq IN (SELECT seq FROM linq_groups WHERE chunk_id = ? LIMIT ?)",
      ),
      removeChunk: database.prepare<[number]>("DELETE FROM linq_chunks WHERE id = ?"),
      removeWaste: database.prepare("DELETE FROM linq_waste"),
      removeLate: database.prepare("DELETE FROM linq_late WHERE store_id IN (SELECT store_id FROM linq_waste)"),
    };
    this.#addGroups = database.transaction((chunkId: number, first: number, texts: readonly string[]) => {
      for (const [index, text] of texts.entries()) this.#statements.addGroup.run(chunkId, first + index, text);
    });
  }

  /** The number of a store that is empty. */
  newStore(): number {
    const number = Number(this.#settings.read(STORE_COUNT) ?? NO_STORE) + 1;
    this.#settings.write(STORE_COUNT, String(number));
    return number;
  }

  /** Gives a store up; `sweep` removes it. */
  wasteStore(storeId: number): void {
    this.#statements.waste.run(storeId);
  }

  /**
   * Writes groups into a new chunk that is in no store yet; undefined when `isStale` says to leave off. Throws
   * `linq-limit` for a group that is too large to keep.
   */
  async fill(start: Millis, groups: Iterable<SavedGroup>, isStale: () => boolean): Promise<FilledChunk | undefined> {
    const slice = new WorkSlice();
    const id = Number(this.#statements.begin.run(NO_STORE, start).lastInsertRowid);
    let [written, length] = [0, 0];
    let texts: string[] = [];
    const write = (): void => {
      this.#addGroups(id, written, texts);
      written += texts.length;
      texts = [];
      length = 0;
    };
    for (const group of groups) {
      const text = packGroup(group);
      texts.push(text);
      length += text.length;
      if (texts.length >= BATCH_ROWS || length >= BATCH_LENGTH || slice.isOver) write();
      if (slice.isOver) await slice.rest();
      if (isStale()) return undefined;
    }
    write();
    return { id, start };
  }

  /** Puts chunks in a store, in place of everything it had in [from, to). Within a transaction of the caller's. */
  replace(storeId: number, from: Millis, to: Millis, chunks: readonly FilledChunk[]): void {
    this.#statements.clear.run(NO_STORE, storeId, from, to);
    for (const { id } of chunks) this.#statements.move.run(storeId, id);
  }

  /** The groups of a store's chunks that begin in [from, to), but for some, read a few at a time. */
  *groups(storeId: number, from: Millis, to: Millis, without: ReadonlySet<Millis>): Generator<SavedGroup, void> {
    for (let next = from; ; ) {
      const chunks = this.#statements.chunks.all(storeId, next, to, PAGE_ROWS);
      for (const { id, start } of chunks) if (!without.has(start)) yield* this.#groupsOf(id);
      if (chunks.length < PAGE_ROWS) return;
      next = (chunks.at(-1)?.start ?? 0) + 1;
    }
  }

  count(storeId: number): number {
    return this.#statements.count.get(storeId)?.n ?? 0;
  }

  /** Notes that a chunk has to be computed anew. */
  markLate(storeId: number, start: Millis): void {
    this.#statements.markLate.run(storeId, start);
  }

  clearLate(storeId: number, from: Millis, to: Millis): void {
    this.#statements.clearLate.run(storeId, from, to);
  }

  /** The chunks in [from, to) that have to be computed anew, oldest first. */
  late(storeId: number, from: Millis, to: Millis, limit = -1): readonly Millis[] {
    return this.#statements.late.all(storeId, from, to, limit).map(({ start }) => start);
  }

  *#groupsOf(chunkId: number): Generator<SavedGroup, void> {
    for (let next = 0; ; ) {
      const rows = this.#statements.groups.all(chunkId, next, PAGE_ROWS);
      for (const { saved } of rows) yield unpackGroup(saved);
      if (rows.length < PAGE_ROWS) return;
      next = (rows.at(-1)?.seq ?? 0) + 1;
    }
  }

  /** Removes some of what belongs to nobody; false when nothing is left. */
  sweep(): boolean {
    const [chunk] = this.#statements.wasted.all(NO_STORE, 1);
    if (chunk !== undefined) {
      const { changes } = this.#statements.removeGroups.run(chunk.id, chunk.id, SWEPT_ROWS);
      if (changes < SWEPT_ROWS) this.#statements.removeChunk.run(chunk.id);
      return true;
    }
    this.#statements.removeLate.run();
    this.#statements.removeWaste.run();
    return false;
  }
}
