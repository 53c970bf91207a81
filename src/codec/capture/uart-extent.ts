import { LEN_OVERHEAD, MAX_PAYLOAD } from "../frame.js";

const HEADER = 0xff;
const STUFFING = 0x55;
const LEN_FIELD = 2;

/** True when `FF FF` and a possible length stand here, as far as the bytes go. */
export function isUartStart(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== HEADER || bytes[at + 1] !== HEADER) return false;
  const [high, low] = [bytes[at + 2], bytes[at + 3]];
  if (high === undefined || low === undefined) return true;
  const len = high * 256 + low;
  return len >= LEN_OVERHEAD && len <= MAX_PAYLOAD + LEN_OVERHEAD;
}

/**
 * Where a whole UART frame with the right checksum ends that begins at `at`; undefined when none does. An FF without
 * its 55 counts as data, as `FrameSplitter` takes it (uart.md 1.2).
 */
export function findUartEnd(bytes: Uint8Array, at: number): number | undefined {
  if (!isUartStart(bytes, at)) return undefined;
  const need = (bytes[at + 2] ?? 0) * 256 + (bytes[at + 3] ?? 0) + LEN_FIELD;
  let sum = 0;
  let from = at + 2;
  for (let count = 1; from < bytes.length; count += 1) {
    const byte = bytes[from] as number;
    const isLast = count === need;
    const next = bytes[from + 1];
    if (byte === HEADER && next === HEADER && !isLast) return undefined;
    from += byte === HEADER && next === STUFFING ? 2 : 1;
    if (isLast) return (sum & 0xff) === byte ? from : undefined;
    sum += byte;
  }
  return undefined;
}
