import type { EventEmitter } from "node:events";
import { readSync, writeSync } from "node:fs";
import { Duplex } from "node:stream";

/** What serialport opens on Linux and macOS, as far as a `TtyStream` uses it. */
export interface TtyPort {
  /** Opened so that it never blocks. */
  readonly fd: number | null;
  /**
   * Emits `readable`, `writable` and `disconnect`, with an error when there is no use in waiting. A call of `poll`
   * replaces what the one before waits for, and after an event it waits for anything at all.
   */
  readonly poller: EventEmitter & { poll(events: number): void };
  close(): Promise<void>;
}

const READABLE = 1;
const WRITABLE = 2;
const DISCONNECT = 4;
/** Linux hands over 4 KiB of a tty at once. */
const READ_SIZE = 16 * 1024;

/**
 * Both directions of an open serial port of Linux or macOS. serialport's own stream is not used there: its reads and
 * its writes call `poll` each for themselves, so that the one forgets what the other waits for, and a write that found
 * the port full stays where it is until something comes in. And after a hang-up, where the system says "0 bytes" for
 * ever, its reads go on for ever. Ends when the port hangs up, fails when it vanishes.
 */
export class TtyStream extends Duplex {
  readonly #port: TtyPort;
  readonly #fd: number;
  readonly #space = Buffer.allocUnsafe(READ_SIZE);
  /** The events that are waited for, all of them. */
  #awaited = 0;
  #unwritten: { readonly bytes: Buffer; readonly done: (error?: Error) => void } | undefined;

  constructor(port: TtyPort) {
    super();
    if (port.fd === null) throw new TypeError("the port is closed");
    this.#port = port;
    this.#fd = port.fd;
    port.poller.on("readable", (error: Error | null) => (error ? this.destroy(error) : this.#readSome()));
    port.poller.on("writable", (error: Error | null) => (error ? this.destroy(error) : this.#writeRest()));
    port.poller.on("disconnect", () => this.#hangUp());
    this.#await(0);
  }

  override _read(): void {
    if ((this.#awaited & READABLE) === 0) this.#await(this.#awaited | READABLE);
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#writeSome(bytes, done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    // Closing tells whoever waits that it was canceled; nobody does any more.
    this.#port.poller.removeAllListeners();
    this.#port.close().then(
      () => done(error),
      () => done(error),
    );
  }

  #readSome(): void {
    const count = this.#attempt(() => readSync(this.#fd, this.#space));
    if (count instanceof Error) {
      this.destroy(count);
    } else if (count === 0) {
      this.#await(this.#awaited & ~READABLE);
      this.push(null);
    } else {
      const isThirsty = count === undefined || this.push(Buffer.from(this.#space.subarray(0, count)));
      this.#await(isThirsty ? this.#awaited | READABLE : this.#awaited & ~READABLE);
    }
  }

  #writeSome(bytes: Buffer, done: (error?: Error) => void): void {
    const count = this.#attempt(() => writeSync(this.#fd, bytes)) ?? 0;
    if (count instanceof Error) return done(count);
    if (count === bytes.length) return done();
    this.#unwritten = { bytes: bytes.subarray(count), done };
    this.#await(this.#awaited | WRITABLE);
  }

  #writeRest(): void {
    this.#await(this.#awaited & ~WRITABLE);
    const rest = this.#unwritten;
    this.#unwritten = undefined;
    if (rest !== undefined) this.#writeSome(rest.bytes, rest.done);
  }

  /** Whoever reads or writes finds the end by that; what came before it and nobody has asked for is lost. */
  #hangUp(): void {
    if (this.#awaited === 0) this.destroy();
  }

  /** To be called after each event, also when nothing has changed. A hang-up is always waited for. */
  #await(events: number): void {
    this.#awaited = events;
    if (!this.destroyed) this.#port.poller.poll(events | DISCONNECT);
  }

  /** The number of bytes that went through; undefined when it would have had to wait. */
  #attempt(transfer: () => number): number | undefined | Error {
    try {
      return transfer();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return code === "EAGAIN" || code === "EINTR" ? undefined : (error as Error);
    }
  }
}
