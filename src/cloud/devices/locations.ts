import type { Database } from "../store/database.js";

/** Where a device is. Texts may be empty. */
export interface Location {
  /** Degrees, -180 to 180 and -90 to 90. */
  readonly longitude: number;
  readonly latitude: number;
  readonly country: string;
  readonly region: string;
  readonly city: string;
}

/** Where devices are, as somebody has said: modules tell nothing of it. */
export class Locations {
  readonly #statements;

  constructor(database: Database) {
    this.#statements = {
      read: database.prepare<[number], Location>(
        "SELECT longitude, latitude, country, region, city FROM device_locations WHERE device_id = ?",
      ),
      write: database.prepare<[number, number, number, string, string, string]>(
        `INSERT OR REPLACE INTO device_locations (device_id, longitude, latitude, country, region, city)
         VALUES (?, ?, ?, ?, ?, ?)`,
      ),
    };
  }

  find(deviceId: number): Location | undefined {
    return this.#statements.read.get(deviceId);
  }

  set(deviceId: number, { longitude, latitude, country, region, city }: Location): void {
    this.#statements.write.run(deviceId, longitude, latitude, country, region, city);
  }
}
