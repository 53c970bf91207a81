import type { LogEntry } from "./log-entry.js";
import type { LogKind } from "./log-kind.js";

/** deviceId u32, at f64, kind u8, profileId u32, payload length u32, ip length u8, detail length u16. */
const HEAD_LENGTH = 4 + 8 + 1 + 4 + 4 + 1 + 2;
const NO_PAYLOAD = 0xffff_ffff;
const FIRST_SIZE = 256;

/** Writes log entries back to back into one buffer. */
export class EntryWriter {
  #buffer = Buffer.allocUnsafe(FIRST_SIZE);
  #length = 0;

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** Takes over an entry that another writer has written, from `start` to `end` of it. */
  copyFrom(other: EntryWriter, start: number, end: number): void {
    this.#reserve(end - start);
    this.#length += other.#buffer.copy(this.#buffer, this.#length, start, end);
  }

  add(entry: LogEntry): void {
    const { payload, ip = "", detail = "" } = entry;
    const payloadLength = payload?.length ?? 0;
    // Strings are measured at their worst, three bytes a character.
    this.#reserve(HEAD_LENGTH + payloadLength + (ip.length + detail.length) * 3);
    const buffer = this.#buffer;
    let at = this.#length;
    at = buffer.writeUInt32LE(entry.deviceId, at);
    at = buffer.writeDoubleLE(entry.at, at);
    at = buffer.writeUInt8(entry.kind, at);
    at = buffer.writeUInt32LE(entry.profileId, at);
    at = buffer.writeUInt32LE(payload === undefined ? NO_PAYLOAD : payloadLength, at);
    const lengthsAt = at;
    at += 3;
    if (payload !== undefined) {
      buffer.set(payload, at);
      at += payloadLength;
    }
    const ipLength = ip === "" ? 0 : buffer.write(ip, at, "latin1");
    at += ipLength;
    const detailLength = detail === "" ? 0 : buffer.write(detail, at, "utf8");
    at += detailLength;
    buffer.writeUInt8(ipLength, lengthsAt);
    buffer.writeUInt16LE(detailLength, lengthsAt + 1);
    this.#length = at;
  }

  /** What was written; valid until the next `clear`. */
  finish(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }

  #reserve(length: number): void {
    if (this.#length + length <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + length));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}

/** The entries of a buffer in the order they were written; only those of some kinds, if any are named. */
export function readEntries(bytes: Uint8Array, kinds?: readonly number[]): LogEntry[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: LogEntry[] = [];
  for (let at = 0; at < buffer.length; ) {
    const payloadLength = buffer.readUInt32LE(at + 17);
    const ipLength = buffer.readUInt8(at + 21);
    const detailLength = buffer.readUInt16LE(at + 22);
    const payloadAt = at + HEAD_LENGTH;
    const ipAt = payloadAt + (payloadLength === NO_PAYLOAD ? 0 : payloadLength);
    const detailAt = ipAt + ipLength;
    const kind = buffer.readUInt8(at + 12) as LogKind;
    const end = detailAt + detailLength;
    if (kinds !== undefined && !kinds.includes(kind)) {
      at = end;
      continue;
    }
    entries.push({
      deviceId: buffer.readUInt32LE(at),
      at: buffer.readDoubleLE(at + 4),
      kind,
      profileId: buffer.readUInt32LE(at + 13),
      ...(payloadLength === NO_PAYLOAD ? {} : { payload: buffer.subarray(payloadAt, ipAt) }),
      ...(ipLength === 0 ? {} : { ip: buffer.toString("latin1", ipAt, detailAt) }),
      ...(detailLength === 0 ? {} : { detail: buffer.toString("utf8", detailAt, end) }),
    });
    at = end;
  }
  return entries;
}
