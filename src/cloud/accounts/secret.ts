import { createHash, timingSafeEqual } from "node:crypto";

/** True when both texts are the same; how long it takes tells nothing of where they differ. */
export function isSameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
