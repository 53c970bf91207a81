import type { Readable, Writable } from "node:stream";
import type { PortLink } from "./port.js";

export interface StreamEnds {
  readonly name: string;
  readonly path?: string;
  /** What the other side says. */
  readonly readable: Readable;
  /** What it is told; may be the same stream. */
  readonly writable: Writable;
  /** Frees what stands behind the streams. Called once, also when the other side has gone. */
  readonly release: () => void;
}

/** A peer that does not read loses what is written beyond this, rather than fill the memory of this process. */
const UNREAD_LIMIT = 64 * 1024 * 1024;

/** A link over Node's streams. Nothing is read before there is a receiver; an error of either stream closes it. */
export function linkStream({ name, path, readable, writable, release }: StreamEnds): PortLink {
  const closeListeners: (() => void)[] = [];
  let isClosed = false;
  let receiver: ((bytes: Uint8Array) => void) | undefined;
  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    release();
    for (const listener of closeListeners.splice(0)) listener();
  };
  // The listeners stay: a stream may fail again while it is being closed.
  for (const stream of new Set([readable, writable])) stream.on("error", close).on("close", close);
  readable.on("end", close);
  return {
    name,
    ...(path === undefined ? {} : { path }),
    write(bytes) {
      if (!isClosed && writable.writable && writable.writableLength < UNREAD_LIMIT) writable.write(bytes);
    },
    onData(next) {
      const isFirst = receiver === undefined;
      receiver = next;
      if (isFirst) {
        readable.on("data", (bytes: Uint8Array) => {
          if (!isClosed) receiver?.(bytes);
        });
      }
    },
    onClose(listener) {
      if (isClosed) listener();
      else closeListeners.push(listener);
    },
    onPeer: (listener) => listener(!isClosed),
    close,
  };
}
