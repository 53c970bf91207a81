import { execFileSync } from "node:child_process";
import { EventEmitter } from "node:events";
import { closeSync, constants, openSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { TtyStream } from "../../../src/link/tty-stream.js";
import { makeTempFolder } from "../../support/temp-folder.js";

const READABLE = 1;
const WRITABLE = 2;
/** Waited for always. */
const HANG_UP = 4;
/** More than a pipe holds. */
const TOO_MUCH = 1024 * 1024;

/** Like serialport's: waits for what it was told last, and after an event for anything. */
class StubPoller extends EventEmitter {
  awaited = 0;

  poll(events: number): void {
    this.awaited = events;
  }

  happen(...names: ("readable" | "writable" | "disconnect")[]): void {
    this.awaited = -1;
    for (const name of names) this.emit(name, null);
  }

  fail(error: Error): void {
    for (const name of ["readable", "writable", "disconnect"]) this.emit(name, error);
  }
}

/** A stream over a file, by default a pipe that hears what it says itself. */
function openStream(path = makePipe()): { stream: TtyStream; poller: StubPoller; closings: () => number } {
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const poller = new StubPoller();
  let closings = 0;
  const close = async (): Promise<void> => {
    closings += 1;
    closeSync(fd);
  };
  const stream = new TtyStream({ fd, poller, close });
  onTestFinished(() => void stream.destroy());
  return { stream, poller, closings: () => closings };
}

function makePipe(): string {
  const path = join(makeTempFolder(), "pipe");
  execFileSync("mkfifo", [path]);
  return path;
}

function ended(stream: TtyStream, event: "end" | "close"): Promise<void> {
  return new Promise((resolve) => stream.once(event, resolve));
}

describe.skipIf(process.platform === "win32")("a tty stream", () => {
  it("waits for both directions as long as both have something to wait for", async () => {
    const { stream, poller } = openStream();
    let heard = 0;
    stream.on("data", (bytes: Buffer) => {
      heard += bytes.length;
    });
    await new Promise(process.nextTick);
    expect(poller.awaited).toBe(READABLE | HANG_UP);
    const written = new Promise((resolve) => stream.write(Buffer.alloc(TOO_MUCH), resolve));
    expect(poller.awaited).toBe(READABLE | WRITABLE | HANG_UP);
    poller.happen("readable");
    expect(heard).toBeGreaterThan(0);
    expect(poller.awaited).toBe(READABLE | WRITABLE | HANG_UP);
    poller.happen("readable");
    expect(poller.awaited).toBe(READABLE | WRITABLE | HANG_UP);
    while (poller.awaited & WRITABLE) poller.happen("readable", "writable");
    await written;
    expect(poller.awaited).toBe(READABLE | HANG_UP);
    while (heard < TOO_MUCH) poller.happen("readable");
    // Nothing was there after all.
    poller.happen("readable");
    expect(heard).toBe(TOO_MUCH);
    expect(poller.awaited).toBe(READABLE | HANG_UP);
  });

  it("waits for nothing but a hang-up while nobody takes what it has read", async () => {
    const { stream, poller } = openStream();
    stream.pause();
    stream.read(0);
    stream.write(Buffer.alloc(TOO_MUCH));
    for (let time = 0; time < 64 && poller.awaited & READABLE; time += 1) poller.happen("readable");
    expect(poller.awaited).toBe(WRITABLE | HANG_UP);
    stream.on("data", () => {}).resume();
    await expect.poll(() => poller.awaited).toBe(READABLE | WRITABLE | HANG_UP);
  });

  it("ends when the port hangs up, and reads no more", async () => {
    const { stream, poller } = openStream("/dev/null");
    const isOver = ended(stream, "end");
    stream.resume();
    await new Promise(process.nextTick);
    poller.happen("readable");
    expect(poller.awaited).toBe(HANG_UP);
    await isOver;
  });

  it("closes at a hang-up where nobody reads or writes, and leaves it to whoever does", async () => {
    const { stream, poller, closings } = openStream();
    const isOver = ended(stream, "close");
    expect(poller.awaited).toBe(HANG_UP);
    poller.happen("disconnect");
    await isOver;
    expect(closings()).toBe(1);

    const heard = openStream();
    heard.stream.resume();
    await new Promise(process.nextTick);
    heard.poller.happen("disconnect");
    expect(heard.stream.destroyed).toBe(false);
  });

  it("closes once when it vanishes, and is deaf to what comes after", async () => {
    const { stream, poller, closings } = openStream();
    const errors: Error[] = [];
    stream.on("error", (error) => errors.push(error)).resume();
    const isOver = ended(stream, "close");
    const gone = new Error("gone");
    poller.fail(gone);
    poller.happen("readable", "writable");
    stream.destroy();
    await isOver;
    expect(errors).toEqual([gone]);
    expect(closings()).toBe(1);
  });
});
