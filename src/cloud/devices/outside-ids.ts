import { createHash } from "node:crypto";
import type { Datapoint } from "../../profile/profile.js";
import type { Device } from "./registry.js";

/** The UUID by which DER Connect's face knows a device; made of the did, so that it never changes. */
export function entityId(device: Device): string {
  const hex = createHash("sha256").update(`entity/${device.did}`).digest("hex");
  const variant = ((Number.parseInt(hex[16] ?? "0", 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The number by which Datacooee's face knows a device as an asset. */
export function assetId(device: Device): number {
  return device.id;
}

/** The id by which Datacooee's face knows one datapoint of a device as an input. */
export function inputId(device: Device, datapoint: Datapoint): string {
  return sensorId(`input/${device.did}/${datapoint.name}`);
}

/** The id of an input of its own, by its number in the store. */
export function ownInputId(number: number): string {
  return sensorId(`input/${number}`);
}

function sensorId(text: string): string {
  const digest = createHash("sha256").update(text).digest("base64url");
  return `sen${digest.replace(/[-_]/g, "").slice(0, 10)}`;
}
