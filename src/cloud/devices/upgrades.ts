import { createHash } from "node:crypto";
import { encodeOtaNotice } from "../../codec/m2m.js";
import { isNewerVersion, isVersion, nextVersion } from "../../codec/soft-version.js";
import type { Clock } from "../../core/clock.js";
import { GizlabError } from "../../core/errors.js";
import type { Broker } from "../broker/broker.js";
import { topics } from "../broker/topics.js";
import type { CloudTrace } from "../cloud-trace.js";
import { FIRMWARE_TYPE, type Firmware, type Firmwares, type FirmwareType, type Versions } from "./firmwares.js";
import type { Device, Registry } from "./registry.js";

/** The largest firmware, in bytes. */
export const FIRMWARE_LIMIT = 4 * 1024 * 1024;

export interface Offer {
  readonly type?: FirmwareType;
  /** Eight characters; the one after the device's own without. */
  readonly softVersion?: string;
}

export interface UpgradeParts {
  readonly clock: Clock;
  readonly firmwares: Firmwares;
  readonly registry: Registry;
  readonly broker: Broker;
  readonly trace: CloudTrace;
}

/** Firmware on its way from the lab to devices: offered, noticed, asked for, downloaded (cloud.md 2.3). */
export class Upgrades {
  readonly #parts: UpgradeParts;

  constructor(parts: UpgradeParts) {
    this.#parts = parts;
  }

  /**
   * Offers a file to a device, and tells it by 0x0211 if it is online. Throws `ota-file` for a file that is empty or
   * larger than `FIRMWARE_LIMIT`, `ota-version` for a version that the device would not take.
   */
  offer(device: Device, file: Uint8Array, { type = FIRMWARE_TYPE.mcu, softVersion }: Offer = {}) {
    const { firmwares, broker, clock, trace } = this.#parts;
    if (file.length === 0 || file.length > FIRMWARE_LIMIT) {
      throw new GizlabError("ota-file", "the file is not of a size that is taken", {
        expected: `1..${FIRMWARE_LIMIT} bytes`,
        found: String(file.length),
        hint: "the body of the request is the file itself",
      });
    }
    const current = firmwares.versionsOf(device.id, type);
    const firmware = firmwares.add(
      {
        deviceId: device.id,
        productKey: device.productKey,
        type,
        hardVersion: current?.hardVersion ?? "",
        softVersion: chooseVersion(current, softVersion),
        md5: createHash("md5").update(file).digest("hex"),
      },
      file,
      clock.now(),
    );
    trace.upgrade("ota.offered", device, describe(firmware));
    const notice = encodeOtaNotice(type, device.did);
    const isNotified = broker.sendToDevice(device.did, topics.cloudToDevice(device.did), notice);
    return { ...firmware, isNotified };
  }

  /** A device says what it runs, and asks for something newer: what it may download, or why nothing. */
  check(device: Device, type: FirmwareType, versions: Versions): Firmware | "none" | "not-newer" {
    const { firmwares, trace } = this.#parts;
    const offered = firmwares.ofDevice(device.id, type);
    const before = firmwares.versionsOf(device.id, type);
    firmwares.recordVersions(device.id, type, versions);
    if (offered === undefined) return "none";
    const isFit = offered.hardVersion === "" || offered.hardVersion === versions.hardVersion;
    if (isFit && isNewerVersion(versions.softVersion, offered.softVersion)) return offered;
    const isNews = before !== undefined && isNewerVersion(before.softVersion, offered.softVersion);
    if (isFit && isNews) trace.upgrade("ota.done", device, { type, soft_version: versions.softVersion });
    return "not-newer";
  }

  /** The newest firmware of a product, for whoever has an older one. */
  latest(productKey: string, type: FirmwareType, versions: Versions): Firmware | "none" | "not-newer" {
    const newest = this.#parts.firmwares.ofProduct(productKey, type, versions.hardVersion);
    if (newest === undefined) return "none";
    return isNewerVersion(versions.softVersion, newest.softVersion) ? newest : "not-newer";
  }

  /** A firmware with its bytes, for the device that it is offered to. Throws `firmware-unknown`. */
  download(id: number): { readonly firmware: Firmware; readonly file: Uint8Array } {
    const { firmwares, registry, trace } = this.#parts;
    const firmware = firmwares.find(id);
    const file = firmwares.readFile(id);
    if (firmware === undefined || file === undefined) {
      throw new GizlabError("firmware-unknown", `no firmware has the number ${id}`, {
        hint: "a newer offer takes the place of an older one",
      });
    }
    const device = registry.findById(firmware.deviceId);
    if (device !== undefined) trace.upgrade("ota.download", device, describe(firmware));
    return { firmware, file };
  }
}

function chooseVersion(current: Versions | undefined, wanted: string | undefined): string {
  if (wanted === undefined) {
    if (current === undefined) {
      throw new GizlabError("ota-version", "the device has not told its version yet", {
        hint: "wait until it is online, or name the new version: ?soft_version=03030001",
      });
    }
    return nextVersion(current.softVersion);
  }
  if (!isVersion(wanted)) {
    throw new GizlabError("ota-version", "a version has eight printable characters", { found: wanted });
  }
  if (current !== undefined && !isNewerVersion(current.softVersion, wanted)) {
    throw new GizlabError("ota-version", `the device runs ${current.softVersion} and takes only what sorts after it`, {
      found: wanted,
      hint: "versions are compared character by character, as strcmp does",
    });
  }
  return wanted;
}

function describe({ type, softVersion, size, md5 }: Firmware): Readonly<Record<string, unknown>> {
  return { type, soft_version: softVersion, size, md5 };
}
