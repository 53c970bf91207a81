import type { Clock, Timer } from "../core/clock.js";
import type { Millis } from "../core/duration.js";
import type { Link, SlowLink } from "./link.js";

/** Bytes to be written some time from now. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly delayMs: Millis;
}

/**
 * A link whose writes are shown to `intercept` first, which may answer with what to write instead, and when: nothing,
 * something else, in pieces, later. Undefined leaves the write alone. Nothing overtakes what was written before.
 */
export function interceptLink(
  inner: Link,
  clock: Clock,
  intercept: (bytes: Uint8Array) => readonly Piece[] | undefined,
): SlowLink {
  const late = new Set<Timer>();
  let lastAt = 0;
  const drop = (): void => {
    for (const timer of late) timer.cancel();
    late.clear();
  };
  inner.onClose(drop);
  const writeLater = ({ bytes, delayMs }: Piece): void => {
    const now = clock.now();
    const at = Math.max(now + delayMs, late.size === 0 ? now : lastAt);
    if (at <= now && late.size === 0) return inner.write(bytes);
    lastAt = at;
    const timer = clock.setTimer("late bytes", at - now, () => {
      late.delete(timer);
      inner.write(bytes);
    });
    late.add(timer);
  };
  return {
    write(bytes) {
      const pieces = intercept(bytes);
      if (pieces !== undefined) for (const piece of pieces) writeLater(piece);
      else if (late.size === 0) inner.write(bytes);
      else writeLater({ bytes, delayMs: 0 });
    },
    onData: (receiver) => inner.onData(receiver),
    onClose: (listener) => inner.onClose(listener),
    close: () => inner.close(),
    drop,
  };
}
