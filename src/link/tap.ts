import type { Link } from "./link.js";

/** Which way bytes go, seen from this end of the link. */
export type TapDirection = "out" | "in";

/** A link that shows everything that passes to `watcher`, unchanged and before it goes on. */
export function tapLink(inner: Link, watcher: (direction: TapDirection, bytes: Uint8Array) => void): Link {
  return {
    write(bytes) {
      watcher("out", bytes);
      inner.write(bytes);
    },
    onData: (receiver) =>
      inner.onData((bytes) => {
        watcher("in", bytes);
        receiver(bytes);
      }),
    onClose: (listener) => inner.onClose(listener),
    close: () => inner.close(),
  };
}
