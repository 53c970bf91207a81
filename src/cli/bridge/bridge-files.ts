import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GizlabError } from "../../core/errors.js";
import { describeWriteTrouble } from "../../core/file-trouble.js";
import { FIRMWARE_LIMIT } from "../../lab/firmware-offer.js";
import { readNamedBytes } from "../../lab/named-file.js";
import type { RemoteLab } from "../../lab/remote-lab.js";
import { type Output, UsageError } from "../output.js";

/** Firmware for the board's MCU, which the cloud is to offer. */
export interface Firmware {
  readonly bytes: Uint8Array;
  readonly softVersion: string | undefined;
}

/**
 * The firmware in a file that somebody named. Throws `file-unreadable`, and `usage` for one that no cloud would take:
 * better before the board is online than after.
 */
export function readFirmware(file: string, softVersion: string | undefined): Firmware {
  const bytes = readNamedBytes(file);
  if (bytes.length === 0 || bytes.length > FIRMWARE_LIMIT) {
    throw new UsageError(`--ota ${file} has ${bytes.length} bytes; firmware has 1 to ${FIRMWARE_LIMIT}`);
  }
  return { bytes, softVersion };
}

/** Offers the firmware to the device as soon as it is online, once; a cloud that does not take it is told of in one line. */
export function createOffer(lab: RemoteLab, { bytes, softVersion }: Firmware, output: Output): (did: string) => void {
  let isOffered = false;
  return (did) => {
    if (isOffered) return;
    isOffered = true;
    lab.offerFirmware(did, bytes, softVersion).then(
      (offered) => {
        output.json({ event: "ota", did, ...offered });
        output.note(`gizlab: ${offered.size} bytes are offered as version ${offered.soft_version}, md5 ${offered.md5}`);
      },
      (error: unknown) => {
        if (!(error instanceof GizlabError)) throw error;
        const { code, message, hint } = error;
        output.json({ event: "hint", kind: code, message });
        output.note(
          `gizlab: the firmware is not offered: ${message} [${code}]${hint === undefined ? "" : `; ${hint}`}`,
        );
      },
    );
  };
}

/** Makes the folder for what a board sends up. Throws `usage`. */
export function createFileKeeper(folder: string, output: Output): (file: Uint8Array, md5: string) => void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST")
      throw new UsageError(`--uploads ${folder} is a file, not a folder`);
    throw new UsageError(`--uploads ${folder} cannot be made: ${describeWriteTrouble(error)}`);
  }
  return (file, md5) => {
    const path = join(folder, `${md5}.bin`);
    try {
      writeFileSync(path, file);
      output.json({ event: "file", path, size: file.length, md5 });
      output.note(`gizlab: the board sent ${file.length} bytes up: ${path}`);
    } catch (error) {
      output.note(`gizlab: ${path} cannot be written: ${describeWriteTrouble(error)}`);
    }
  };
}
