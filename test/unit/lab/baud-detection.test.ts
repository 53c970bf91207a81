import { describe, expect, it, onTestFinished } from "vitest";
import { encodeFrame } from "../../../src/codec/frame.js";
import { splitFrames } from "../../../src/codec/splitter.js";
import { VirtualClock } from "../../../src/core/clock.js";
import { GizlabError } from "../../../src/core/errors.js";
import { BAUD_CANDIDATES, type BaudDetectionOptions, detectBaud } from "../../../src/lab/baud-detection.js";
import { detectBoardBaud } from "../../../src/lab/board-port.js";
import type { Link } from "../../../src/link/link.js";
import { createLinkPair } from "../../../src/link/pair.js";
import { printDeviceInfo } from "../../support/module-bench.js";
import { BENCH_KEY } from "../../support/profile-document.js";

interface BenchOptions {
  /** The speed of the board. */
  readonly is: number;
  /** What it makes of the bytes that it sends when the other end listens at another speed. */
  readonly garble?: (bytes: Uint8Array) => Uint8Array;
  /** How long it boots after its port was opened, as a board does that restarts then. */
  readonly bootsMs?: number;
  /** What it says to whatever it hears. */
  readonly says?: Uint8Array;
}

const SAMPLED_TWICE = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => ((byte << 1) | (byte >> 7)) & 0xff);

/** A board that understands and is understood at one speed only. */
function createBoard({ is, garble = SAMPLED_TWICE, bootsMs = 0, says }: BenchOptions) {
  const clock = new VirtualClock(0);
  const opened: number[] = [];
  let isOpen = false;
  const open = async (baud: number): Promise<Link> => {
    expect(isOpen).toBe(false);
    isOpen = true;
    opened.push(baud);
    const [near, board] = createLinkPair();
    near.onClose(() => {
      isOpen = false;
    });
    const readyAt = clock.now() + bootsMs;
    board.onData((bytes) => {
      if (clock.now() < readyAt) return;
      const isUnderstood = splitFrames(baud === is ? bytes : garble(bytes)).some(({ kind }) => kind === "frame");
      const answer = says ?? encodeFrame({ cmd: 0x02, sn: 0, flags: 0, payload: printDeviceInfo(BENCH_KEY) });
      if (isUnderstood || says !== undefined) board.write(baud === is ? answer : garble(answer));
    });
    return near;
  };
  const detect = (options: Partial<BaudDetectionOptions> = {}) =>
    clock.resolve(detectBaud({ clock, open, ...options }));
  onTestFinished(() => expect([isOpen, clock.pending()]).toEqual([false, []]));
  return { clock, detect, opened };
}

describe("the speed of a board", () => {
  it("is looked for from the vendor's own on", () => {
    expect(BAUD_CANDIDATES.slice(0, 8)).toEqual([9600, 115200, 57600, 38400, 19200, 4800, 2400, 1200]);
  });

  it.each(BAUD_CANDIDATES)("is found: %i", async (is) => {
    const { detect, opened } = createBoard({ is });
    expect(await detect()).toBe(is);
    expect(opened.at(-1)).toBe(is);
    expect(new Set(opened).size).toBe(opened.length);
  });

  it.each([
    ["silence", () => new Uint8Array(0)],
    ["FF FF in the noise", (bytes: Uint8Array) => Uint8Array.of(0xff, 0xff, 0, 5, ...bytes.map((byte) => byte ^ 0x5a))],
    ["zeros", (bytes: Uint8Array) => new Uint8Array(bytes.length)],
  ])("is not taken for another one when that gives %s", async (_what, garble) => {
    expect(await createBoard({ is: 2400, garble }).detect()).toBe(2400);
  });

  it("is found in a later round when the board restarts at each opening, and the rounds are told", async () => {
    const rounds: number[] = [];
    const { detect } = createBoard({ is: 19200, bootsMs: 2000 });
    expect(await detect({ onRound: (round) => rounds.push(round) })).toBe(19200);
    expect(rounds.length).toBeGreaterThan(0);
  });

  it("is not told by an echo of the question", async () => {
    const echo = encodeFrame({ cmd: 0x01, sn: 0, flags: 0, payload: new Uint8Array(0) });
    const abort = new AbortController();
    const { detect } = createBoard({ is: 9600, says: echo });
    const search = detect({ signal: abort.signal, onRound: () => abort.abort() });
    await expect(search).rejects.toMatchObject({ code: "baud-aborted" });
  });

  it("is not looked for any longer than somebody wants", async () => {
    const abort = new AbortController();
    const { detect, opened } = createBoard({ is: 300 });
    const search = detect({ signal: abort.signal, onTry: (baud) => (baud === 38400 ? abort.abort() : undefined) });
    await expect(search).rejects.toMatchObject({ code: "baud-aborted" });
    expect(opened).toEqual([9600, 115200, 57600, 38400]);
  });

  it("ends with the failure of the port", async () => {
    const clock = new VirtualClock(0);
    const open = () => Promise.reject(new GizlabError("port-missing", "gone"));
    await expect(detectBaud({ clock, open })).rejects.toMatchObject({ code: "port-missing" });
  });

  it.each(["pty", "tcp:127.0.0.1:9", "tcp-listen:0", "unix:/tmp/x", "exec:cat"])(
    "cannot be found out at %s",
    async (port) => {
      const line = { dataBits: 8, parity: "none", stopBits: 1 } as const;
      const search = detectBoardBaud(port, line, { clock: new VirtualClock(0) });
      await expect(search).rejects.toMatchObject({ code: "baud-fixed" });
    },
  );
});
