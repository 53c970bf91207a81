import type { Millis } from "./duration.js";
import type { Timer } from "./timer.js";

/** A timer in the heap; made so often that `#private` fields would show. */
class HeapEntry implements Timer {
  readonly name: string;
  readonly dueAt: Millis;
  readonly order: number;
  action: (() => void) | undefined;
  private readonly heap: TimerHeap;

  constructor(heap: TimerHeap, name: string, dueAt: Millis, order: number, action: () => void) {
    this.heap = heap;
    this.name = name;
    this.dueAt = dueAt;
    this.order = order;
    this.action = action;
  }

  cancel(): void {
    this.heap.cancel(this);
  }
}

/** Timers by deadline, first-in first-out on equal deadlines. Cancelling is lazy: a cancelled entry is dropped when met. */
export class TimerHeap {
  #entries: HeapEntry[] = [];
  #order = 0;
  #cancelled = 0;

  add(name: string, due: Millis, action: () => void): HeapEntry {
    const entry = new HeapEntry(this, name, due, this.#order++, action);
    this.#entries.push(entry);
    this.#siftUp(this.#entries.length - 1);
    return entry;
  }

  cancel(entry: HeapEntry): void {
    if (entry.action === undefined) return;
    entry.action = undefined;
    this.#cancelled += 1;
    if (this.#cancelled > 64 && this.#cancelled * 2 > this.#entries.length) this.#compact();
  }

  nextDue(): Millis | undefined {
    while (this.#entries[0] !== undefined && this.#entries[0].action === undefined) {
      this.#pop();
      this.#cancelled -= 1;
    }
    return this.#entries[0]?.dueAt;
  }

  /** Takes the next action that is due at or before `due`; undefined when there is none. */
  takeDue(due: Millis): (() => void) | undefined {
    const next = this.nextDue();
    if (next === undefined || next > due) return undefined;
    const entry = this.#pop();
    const action = entry?.action;
    if (entry !== undefined) entry.action = undefined;
    return action;
  }

  names(): string[] {
    return this.#entries
      .filter((entry) => entry.action !== undefined)
      .sort(compare)
      .map((entry) => entry.name);
  }

  #compact(): void {
    this.#entries = this.#entries.filter((entry) => entry.action !== undefined).sort(compare);
    this.#cancelled = 0;
  }

  #siftUp(start: number): void {
    const entries = this.#entries;
    const entry = entries[start]!;
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (compare(entry, entries[parent]!) >= 0) break;
      entries[index] = entries[parent]!;
      index = parent;
    }
    entries[index] = entry;
  }

  #pop(): HeapEntry | undefined {
    const entries = this.#entries;
    const top = entries[0];
    const last = entries.pop();
    if (last === undefined || entries.length === 0) return top;
    let index = 0;
    for (let left = 1; left < entries.length; left = index * 2 + 1) {
      const right = left + 1;
      const child = right < entries.length && compare(entries[right]!, entries[left]!) < 0 ? right : left;
      if (compare(last, entries[child]!) <= 0) break;
      entries[index] = entries[child]!;
      index = child;
    }
    entries[index] = last;
    return top;
  }
}

function compare(a: HeapEntry, b: HeapEntry): number {
  return a.dueAt - b.dueAt || a.order - b.order;
}
