import { isM2mPrefix } from "../capture/m2m-extent.js";
import { splitCapture } from "../capture/split-capture.js";
import { isUartStart } from "../capture/uart-extent.js";

/** True when frames can begin in these bytes: without such a place, digits in a text are numbers of another kind. */
export function hasAnchor(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length - 3; at += 1) if (isAnchor(bytes, at)) return true;
  return false;
}

/** `FF FF` and a possible length, or `00 00 00 03` and more. */
export function isAnchor(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] === 0xff) return at + 3 < bytes.length && isUartStart(bytes, at);
  return isM2mPrefix(bytes, at) && at + 4 < bytes.length;
}

/** How many whole frames stand in the bytes: the best of two readings has more. */
export function countFrames(bytes: Uint8Array): number {
  let count = 0;
  for (const { kind } of splitCapture(bytes)) if (kind === "frame" || kind === "m2m") count += 1;
  return count;
}
