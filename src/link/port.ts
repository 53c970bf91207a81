import type { GizlabError } from "../core/errors.js";
import type { Link } from "./link.js";

export interface SerialSettings {
  /** Bits a second. */
  readonly baud: number;
  readonly dataBits: 5 | 6 | 7 | 8;
  readonly parity: "none" | "even" | "odd" | "mark" | "space";
  readonly stopBits: 1 | 1.5 | 2;
}

/** 9600 baud 8N1, as the vendor's MCU code has it (uart.md 1). */
export const DEFAULT_SERIAL_SETTINGS: SerialSettings = { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 };

/** A link to something outside this process. */
export interface PortLink extends Link {
  /** As a person would call it: the PORT that was asked for, with the number that was found for port 0. */
  readonly name: string;
  /** Where the other side of a pty opens it. */
  readonly path?: string | undefined;
  /** Of a program: resolves when it has ended by itself, with how. */
  readonly ended?: Promise<GizlabError> | undefined;
  /**
   * Tells at once whether somebody is at the other end, and each time that changes. Only a port that listens can be
   * without; bytes written meanwhile are lost, as on an open wire.
   */
  onPeer(listener: (isThere: boolean) => void): void;
}
