/** A two-way pipe of bytes: a wire, a socket, a pty. Nobody above it may know which. */
export interface Link {
  /** Hands bytes over; they arrive in order. Does nothing once closed. */
  write(bytes: Uint8Array): void;
  /** Sets the one receiver of what the other side writes. */
  onData(receiver: (bytes: Uint8Array) => void): void;
  /** Calls `listener` once when the link has closed, from either side. */
  onClose(listener: () => void): void;
  close(): void;
}

/** A link on which bytes are under way for some time. */
export interface SlowLink extends Link {
  /** Loses what is under way, as when the sender has no power any more. */
  drop(): void;
}
