import { createHash, timingSafeEqual } from "node:crypto";

/** True when both texts are the same; how long it takes tells nothing of where they differ. */
export function isSameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

/** What the store keeps of a token or key that was drawn at random: it tells nothing of it, and it is found by it. */
export function digestSecret(secret: string): string {
  return digest(secret).toString("hex");
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
