import type { Duplex } from "node:stream";
import type { Clock, Timer } from "../../core/clock.js";
import type { Millis } from "../../core/duration.js";
import { readPacketLength } from "./packet-pacer.js";

/** What happens to a packet of a device: it passes, it is lost, or it comes this much later. */
export type PacketFate = "pass" | "lost" | { readonly delayMs: Millis };

/** What a test may do to the network between devices and broker. */
export interface NetworkFaults {
  /** False for a device whose login is refused. */
  admits(did: string): boolean;
  /** True while some packet might not pass; asked before anything is looked at. */
  readonly isActive: boolean;
  /** @param type the packet's MQTT type; undefined for a read of several packets or pieces */
  judge(did: string, way: "up" | "down", type: number | undefined): PacketFate;
}

/** Lets a connection's packets pass through `faults`, both ways and in order; `whose` names its device once it has logged in. */
export function gateConnection(
  conn: Duplex,
  clock: Clock,
  faults: NetworkFaults,
  whose: () => string | undefined,
): void {
  const judge = (way: "up" | "down", type?: number): PacketFate => {
    const did = faults.isActive ? whose() : undefined;
    const fate = did === undefined ? "pass" : faults.judge(did, way, type);
    if (fate !== "pass") clock.letGo();
    return fate;
  };
  const [down, up] = [new LateQueue(clock), new LateQueue(clock)];
  gateWrites(conn, down, judge, faults);
  gateReads(conn, up, judge, faults);
  // What is on its way when the connection ends is lost.
  conn.once("close", () => {
    down.drop();
    up.drop();
  });
}

type Judge = (way: "up" | "down", type?: number) => PacketFate;

/** Does things later, never one before another. */
class LateQueue {
  readonly #clock: Clock;
  readonly #waiting = new Set<Timer>();
  #lastAt: Millis = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  add(delayMs: Millis, action: () => void): void {
    const now = this.#clock.steady();
    this.#lastAt = Math.max(now + delayMs, this.isEmpty ? now : this.#lastAt);
    const timer = this.#clock.setTimer("late packet", this.#lastAt - now, () => {
      this.#waiting.delete(timer);
      this.#clock.stir();
      action();
    });
    this.#waiting.add(timer);
  }

  drop(): void {
    for (const timer of this.#waiting) timer.cancel();
    this.#waiting.clear();
  }
}

function gateWrites(conn: Duplex, late: LateQueue, judge: Judge, faults: NetworkFaults): void {
  const write = conn.write.bind(conn) as (chunk: Uint8Array | string, ...rest: unknown[]) => boolean;
  const isFree = (): boolean => !faults.isActive && late.isEmpty && pieces.length === 0;
  /** Pieces of a packet that is being written; mqtt-packet writes header, length, topic and payload apart. */
  let pieces: Uint8Array[] = [];
  const pass = (packet: Uint8Array): boolean => {
    const fate = judge("down", (packet[0] ?? 0) >> 4);
    if (fate === "lost") return true;
    if (fate === "pass" && late.isEmpty) return write(packet);
    late.add(fate === "pass" ? 0 : fate.delayMs, () => {
      if (!conn.destroyed) write(packet);
    });
    return true;
  };
  conn.write = ((chunk: Uint8Array | string, encoding?: unknown, done?: unknown) => {
    if (isFree()) return write(chunk, encoding, done);
    const bytes = typeof chunk === "string" ? Buffer.from(chunk, "utf8") : chunk;
    for (const callback of [encoding, done]) if (typeof callback === "function") setImmediate(callback as () => void);
    pieces.push(bytes);
    const packet = pieces.length === 1 ? bytes : Buffer.concat(pieces);
    const length = readPacketLength(packet);
    if (length === undefined || packet.length < length) return true;
    pieces = [];
    return pass(packet);
  }) as Duplex["write"];
}

function gateReads(conn: Duplex, late: LateQueue, judge: Judge, faults: NetworkFaults): void {
  const read = conn.read.bind(conn) as (size?: number) => Uint8Array | null;
  const arrived: Uint8Array[] = [];
  conn.read = (size?: number) => {
    if (!faults.isActive && late.isEmpty && arrived.length === 0) return read(size);
    for (;;) {
      const chunk = arrived.shift() ?? null;
      if (chunk !== null) return chunk;
      const fresh = read(size);
      if (fresh === null) return null;
      const fate = judge("up");
      if (fate === "pass" && late.isEmpty) return fresh;
      if (fate === "lost") continue;
      late.add(fate === "pass" ? 0 : fate.delayMs, () => {
        arrived.push(fresh);
        conn.emit("readable");
      });
    }
  };
}
