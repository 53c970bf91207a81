import type { Millis } from "../../core/duration.js";
import type { Database } from "../store/database.js";

/** When each device came online last. */
export class Logins {
  readonly #read;
  readonly #write;

  constructor(database: Database) {
    this.#read = database.prepare<[number], Millis>("SELECT at FROM device_logins WHERE device_id = ?").pluck();
    this.#write = database.prepare<[number, Millis]>(
      "INSERT OR REPLACE INTO device_logins (device_id, at) VALUES (?, ?)",
    );
  }

  note(deviceId: number, at: Millis): void {
    this.#write.run(deviceId, at);
  }

  /** Undefined for a device that has never been online. */
  lastOf(deviceId: number): Millis | undefined {
    return this.#read.get(deviceId);
  }
}
