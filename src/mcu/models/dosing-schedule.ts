import type { Millis } from "../../core/duration.js";
import type { Random } from "../../core/random.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const SCHEDULE_BYTES = 96;
const ENTRY_BYTES = 4;

interface Dose {
  /** After midnight UTC. */
  readonly dueMs: Millis;
  readonly ml: number;
}

/**
 * The doser's schedule datapoint: 24 entries of hour, minute and a big-endian dose in 0.1 ml; an entry without a dose
 * is unused. Keeps the doses of the last datapoint it has read, because it is asked at every step; they follow from
 * the datapoint alone and are no state to save.
 */
export class DosingSchedule {
  #hex = "";
  #doses: readonly Dose[] = [];

  /** The doses in `hex` that fall due after `from` and not after `to`, in ml. */
  doseBetween(hex: string, from: Millis, to: Millis): number {
    if (hex !== this.#hex) {
      this.#hex = hex;
      this.#doses = decodeDoses(hex);
    }
    let total = 0;
    for (const { dueMs, ml } of this.#doses) {
      total += ml * (Math.floor((to - dueMs) / DAY_MS) - Math.floor((from - dueMs) / DAY_MS));
    }
    return total;
  }
}

/** A schedule of a few small doses around the clock, as the datapoint's hex. */
export function createDosingScheduleHex(random: Random): string {
  const schedule = Buffer.alloc(SCHEDULE_BYTES);
  const count = random.integer(2, 6);
  for (let entry = 0; entry < count; entry += 1) {
    schedule.writeUInt8(Math.floor((entry * 24) / count), entry * ENTRY_BYTES);
    schedule.writeUInt8(random.integer(0, 59), entry * ENTRY_BYTES + 1);
    schedule.writeUInt16BE(random.integer(10, 80), entry * ENTRY_BYTES + 2);
  }
  return schedule.toString("hex");
}

function decodeDoses(hex: string): Dose[] {
  const schedule = Buffer.from(hex, "hex");
  const doses: Dose[] = [];
  for (let at = 0; at + ENTRY_BYTES <= schedule.length; at += ENTRY_BYTES) {
    const ml = schedule.readUInt16BE(at + 2) * 0.1;
    const dueMs = schedule.readUInt8(at) * HOUR_MS + schedule.readUInt8(at + 1) * MINUTE_MS;
    // An impossible time of day is a slip of whoever wrote the schedule; the pump's clock never shows it.
    if (ml > 0 && dueMs < DAY_MS) doses.push({ dueMs, ml });
  }
  return doses;
}
