import type { Clock, Timer } from "../core/clock.js";
import type { Millis } from "../core/duration.js";
import type { Link, SlowLink } from "./link.js";

/** Start bit, eight data bits, stop bit (uart.md 1: 8N1). */
const BITS_PER_BYTE = 10;

/** How long `length` bytes take on the line. */
export function lineTime(length: number, baud: number): Millis {
  return (length * BITS_PER_BYTE * 1000) / baud;
}

/**
 * A link whose writes arrive when their last byte would have left a UART of `baud`, on the domain clock. What is on
 * the line when it closes is lost.
 */
export function paceLink(inner: Link, clock: Clock, baud: number): SlowLink {
  let freeAt = 0;
  let isClosed = false;
  const onLine = new Set<Timer>();
  const drop = (): void => {
    for (const timer of onLine) timer.cancel();
    onLine.clear();
    freeAt = 0;
  };
  inner.onClose(() => {
    isClosed = true;
    drop();
  });
  return {
    write(bytes) {
      if (isClosed) return;
      freeAt = Math.max(freeAt, clock.now()) + lineTime(bytes.length, baud);
      const timer = clock.setTimer("uart", freeAt - clock.now(), () => {
        onLine.delete(timer);
        inner.write(bytes);
      });
      onLine.add(timer);
    },
    onData: (receiver) => inner.onData(receiver),
    onClose: (listener) => inner.onClose(listener),
    close: () => inner.close(),
    drop,
  };
}
