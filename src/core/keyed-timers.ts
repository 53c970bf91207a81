import type { Clock, Timer } from "./clock.js";
import type { Millis } from "./duration.js";

/** The timers of one owner, at most one for each key. */
export class KeyedTimers<Key extends string> {
  readonly #clock: Clock;
  readonly #timers = new Map<Key, Timer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Fires `action` once after `delayMs`, instead of whatever the key was set to before. */
  set(key: Key, delayMs: Millis, action: () => void): void {
    this.#timers.get(key)?.cancel();
    const timer = this.#clock.setTimer(key, delayMs, () => {
      this.#timers.delete(key);
      action();
    });
    this.#timers.set(key, timer);
  }

  cancel(key: Key): void {
    this.#timers.get(key)?.cancel();
    this.#timers.delete(key);
  }

  /** When a timer fires; undefined when it is not set. */
  dueAt(key: Key): Millis | undefined {
    return this.#timers.get(key)?.dueAt;
  }

  clear(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  /** How long each timer has still to go. */
  save(): Readonly<Partial<Record<Key, Millis>>> {
    const now = this.#clock.now();
    return Object.fromEntries([...this.#timers].map(([key, { dueAt }]) => [key, dueAt - now])) as Partial<
      Record<Key, Millis>
    >;
  }
}
