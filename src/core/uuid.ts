import { createHash } from "node:crypto";
import { parseHex } from "./hex.js";

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** True for the text of a UUID, of any version and case. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** The UUID that a name has under the UUID `namespace`: always the same (version 5 of RFC 9562). */
export function nameUuid(namespace: string, name: string): string {
  const digest = createHash("sha1")
    .update(parseHex(namespace.replaceAll("-", "")))
    .update(name)
    .digest();
  digest.writeUInt8((digest.readUInt8(6) & 0x0f) | 0x50, 6);
  digest.writeUInt8((digest.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = digest.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}
