import type { Millis } from "../../core/duration.js";
import type { Database } from "../store/database.js";

/** What a firmware runs on: the Wi-Fi module or the MCU (cloud.md 2.3). */
export const FIRMWARE_TYPE = { wifi: 1, mcu: 2 } as const;
export type FirmwareType = (typeof FIRMWARE_TYPE)[keyof typeof FIRMWARE_TYPE];

/** What a device says that it runs. */
export interface Versions {
  readonly hardVersion: string;
  readonly softVersion: string;
}

/** A firmware that is offered to one device, without its file. */
export interface Firmware extends Versions {
  readonly id: number;
  readonly deviceId: number;
  readonly productKey: string;
  readonly type: FirmwareType;
  /** 32 lower-case hex digits. */
  readonly md5: string;
  readonly size: number;
}

interface FirmwareRow {
  id: number;
  device_id: number;
  product_key: string;
  type: FirmwareType;
  hard_version: string;
  soft_version: string;
  md5: string;
  size: number;
}

const COLUMNS = "id, device_id, product_key, type, hard_version, soft_version, md5, length(file) AS size";

/** Firmware files, the newest of each type a device, and the versions that devices have told. */
export class Firmwares {
  readonly #statements;

  constructor(database: Database) {
    this.#statements = {
      record: database.prepare<[number, number, string, string]>(
        "INSERT OR REPLACE INTO device_versions (device_id, type, hard_version, soft_version) VALUES (?, ?, ?, ?)",
      ),
      versions: database.prepare<[number, number], { hard_version: string; soft_version: string }>(
        "SELECT hard_version, soft_version FROM device_versions WHERE device_id = ? AND type = ?",
      ),
      add: database.prepare<[number, string, number, string, string, string, number, Uint8Array]>(
        `INSERT OR REPLACE INTO firmwares
         (id, device_id, product_key, type, hard_version, soft_version, md5, created_at, file)
         VALUES ((SELECT coalesce(max(id), 0) + 1 FROM firmwares), ?, ?, ?, ?, ?, ?, ?, ?)`,
      ),
      ofDevice: database.prepare<[number, number], FirmwareRow>(
        `SELECT ${COLUMNS} FROM firmwares WHERE device_id = ? AND type = ?`,
      ),
      ofProduct: database.prepare<[string, number, string], FirmwareRow>(
        `SELECT ${COLUMNS} FROM firmwares WHERE product_key = ? AND type = ? AND hard_version IN ('', ?)
         ORDER BY soft_version DESC, id DESC LIMIT 1`,
      ),
      byId: database.prepare<[number], FirmwareRow>(`SELECT ${COLUMNS} FROM firmwares WHERE id = ?`),
      file: database.prepare<[number], { file: Buffer }>("SELECT file FROM firmwares WHERE id = ?"),
    };
  }

  /** Keeps what a device says that it runs; nothing is written when it is known. */
  recordVersions(deviceId: number, type: FirmwareType, { hardVersion, softVersion }: Versions): void {
    const known = this.versionsOf(deviceId, type);
    if (known?.hardVersion === hardVersion && known.softVersion === softVersion) return;
    this.#statements.record.run(deviceId, type, hardVersion, softVersion);
  }

  versionsOf(deviceId: number, type: FirmwareType): Versions | undefined {
    const row = this.#statements.versions.get(deviceId, type);
    return row === undefined ? undefined : { hardVersion: row.hard_version, softVersion: row.soft_version };
  }

  /** Offers a file to a device in place of an earlier one of that type; an empty `hardVersion` fits any hardware. */
  add(firmware: Omit<Firmware, "id" | "size">, file: Uint8Array, at: Millis): Firmware {
    const { deviceId, productKey, type, hardVersion, softVersion, md5 } = firmware;
    const { add } = this.#statements;
    const { lastInsertRowid } = add.run(deviceId, productKey, type, hardVersion, softVersion, md5, at, file);
    return { ...firmware, id: Number(lastInsertRowid), size: file.length };
  }

  /** What is offered to a device. */
  ofDevice(deviceId: number, type: FirmwareType): Firmware | undefined {
    return toFirmware(this.#statements.ofDevice.get(deviceId, type));
  }

  /** The newest firmware offered to any device of a product. */
  ofProduct(productKey: string, type: FirmwareType, hardVersion: string): Firmware | undefined {
    return toFirmware(this.#statements.ofProduct.get(productKey, type, hardVersion));
  }

  find(id: number): Firmware | undefined {
    return toFirmware(this.#statements.byId.get(id));
  }

  /** The bytes of a firmware; undefined when it is no longer offered. */
  readFile(id: number): Uint8Array | undefined {
    return this.#statements.file.get(id)?.file;
  }
}

function toFirmware(row: FirmwareRow | undefined): Firmware | undefined {
  if (row === undefined) return undefined;
  const { id, device_id, product_key, type, hard_version, soft_version, md5, size } = row;
  return {
    id,
    deviceId: device_id,
    productKey: product_key,
    type,
    hardVersion: hard_version,
    softVersion: soft_version,
    md5,
    size,
  };
}
