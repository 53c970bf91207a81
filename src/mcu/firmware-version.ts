import { isVersion, nextVersion } from "../codec/soft-version.js";

/**
 * What named the version that an MCU comes up with: its firmware's own bytes, the module (25, type 02), the person who
 * started it, or nothing, so that it counts one further.
 */
export type VersionSource = "file" | "module" | "option" | "count";

export interface FirmwareVersion {
  readonly softVersion: string;
  readonly source: VersionSource;
}

/** What is known of a firmware besides its bytes. */
export interface KnownVersions {
  /** What the MCU runs. */
  readonly present: string;
  /** What the module has said that it will send. */
  readonly told?: string | undefined;
  /** What a person says that firmware has which nothing else tells the version of. */
  readonly given?: string | undefined;
}

/** A firmware file that begins so says its version in the next eight characters. */
const FIRMWARE_MARK = "gizlab-mcu/";
const VERSION_LENGTH = 8;

/**
 * The version that an MCU runs with a firmware. Big data alone does not name it (uart.md 2.8): it stands in the file,
 * after `gizlab-mcu/`; or the module has named it before; or a person has; otherwise it is the one after the present.
 */
export function readFirmwareVersion(file: Uint8Array, { present, told, given }: KnownVersions): FirmwareVersion {
  const end = FIRMWARE_MARK.length + VERSION_LENGTH;
  const head = Buffer.from(file.subarray(0, end)).toString("latin1");
  const version = head.slice(FIRMWARE_MARK.length);
  if (head.startsWith(FIRMWARE_MARK) && isVersion(version)) return { softVersion: version, source: "file" };
  if (told !== undefined && told !== present) return { softVersion: told, source: "module" };
  if (given !== undefined && given !== present) return { softVersion: given, source: "option" };
  return { softVersion: count(present), source: "count" };
}

function count(present: string): string {
  try {
    return nextVersion(present);
  } catch {
    // Nothing comes after 99999999.
    return present;
  }
}
