import type { Duplex } from "node:stream";
import type { Clock, Timer } from "../../core/clock.js";
import type { Millis } from "../../core/duration.js";
import type { BrokerSession } from "./session.js";

/** What the broker remembers of a connection before and besides its login. */
export interface Connection {
  readonly conn: Duplex;
  readonly ip: string;
  /** A TCP socket, to whose other end old firmware may be. */
  readonly isSocket: boolean;
  /** Seconds the client asked for; 0 for none. */
  keepaliveS: number;
  /** On the steady clock: who sets the clock silences nobody. */
  lastHeardAt: Millis;
  session: BrokerSession | undefined;
  /** True once the trace has why the connection ends. */
  isRefused: boolean;
  deadline: Timer | undefined;
}

/** A silent client is dropped after one and a half keepalives (MQTT 3.1.1, 3.1.2.10). */
const KEEPALIVE_FACTOR = 1.5;

/** Calls `expired` once nothing has been heard for too long; a client without keepalive may be silent for ever. */
export function watchKeepalive(clock: Clock, connection: Connection, expired: () => void): void {
  const limitMs = connection.keepaliveS * 1000 * KEEPALIVE_FACTOR;
  if (limitMs === 0) return;
  const check = (): void => {
    const silentMs = clock.steady() - connection.lastHeardAt;
    if (silentMs >= limitMs) expired();
    else connection.deadline = clock.setTimer("mqtt keepalive", limitMs - silentMs, check);
  };
  connection.deadline = clock.setTimer("mqtt keepalive", limitMs, check);
}
