import type { Offer } from "../cloud/devices/upgrades.js";
import { GizlabError } from "../core/errors.js";
import type { TraceDetail } from "../core/trace.js";
import type { Lab } from "./lab.js";

/** The cloud takes no firmware of more bytes than this. */
export { FIRMWARE_LIMIT } from "../cloud/devices/upgrades.js";

/** A larger file is not kept in the trace, and a recording with it cannot be made again. */
const TRACED_LIMIT = 1024 * 1024;

/**
 * Offers a file as firmware to a device, and notes it so that a recording can be made again. Throws `device-unknown`,
 * `ota-file`, `ota-version`, `version-last`.
 */
export function offerFirmware({ cloud, trace }: Lab, did: string, file: Uint8Array, offer: Offer = {}) {
  const device = cloud.registry.get(did);
  const { type = 2, softVersion } = offer;
  const wanted = { type, ...(softVersion === undefined ? {} : { soft_version: softVersion }), size: file.length };
  const offered = cloud.upgrades.offer(device, file, offer);
  trace.recordBytes(trace.nextId(), "lab.ota", device, file.subarray(0, file.length > TRACED_LIMIT ? 0 : undefined), {
    describe: (kept) => ({ ...wanted, file: Buffer.from(kept).toString("base64") }),
  });
  return offered;
}

/** Offers again what a hop of a recording says. Throws `replay-impossible` when the file was not kept. */
export function replayOffer(lab: Lab, did: string, { type, soft_version, size, file }: TraceDetail): void {
  const bytes = Buffer.from(String(file), "base64");
  if (bytes.length !== size) {
    throw new GizlabError("replay-impossible", "the recording does not hold the firmware that was offered", {
      hint: `files above ${TRACED_LIMIT} bytes are not recorded`,
    });
  }
  offerFirmware(lab, did, bytes, {
    type: type === 1 ? 1 : 2,
    ...(soft_version === undefined ? {} : { softVersion: String(soft_version) }),
  });
}
