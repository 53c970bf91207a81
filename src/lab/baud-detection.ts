import { CMD, findCommand } from "../codec/commands.js";
import { encodeFrame } from "../codec/frame.js";
import { FrameSplitter } from "../codec/splitter.js";
import type { Clock, Timer } from "../core/clock.js";
import type { Millis } from "../core/duration.js";
import { GizlabError } from "../core/errors.js";
import type { Link } from "../link/link.js";
import { lineTime } from "../link/paced.js";
import { isEcho } from "./silence.js";

/** Speeds that boards have, the vendor's own first (uart.md 1). */
export const BAUD_CANDIDATES: readonly number[] = [9600, 115200, 57600, 38400, 19200, 4800, 2400, 1200, 230400, 921600];

export interface BaudDetectionOptions {
  readonly clock: Clock;
  /** Opens the port at a speed; what it rejects with ends the detection. */
  readonly open: (baud: number) => Promise<Link>;
  readonly candidates?: readonly number[];
  /** Told before each speed is tried. */
  readonly onTry?: (baud: number) => void;
  /** Told when all were tried in vain, with the number of the round from 1; they are tried again, for longer. */
  readonly onRound?: (round: number) => void;
  /** Ends it. */
  readonly signal?: AbortSignal;
}

/** A board that restarts when its port is opened, as an Arduino does, is ready after two seconds; it gets more each round. */
const FIRST_PATIENCE_MS = 400;
const LAST_PATIENCE_MS = 3200;
/** The longest device info in use, stuffing left aside (uart.md 2.2). */
const ANSWER_LENGTH = 160;
const QUESTION_EVERY_MS = 500;
/** Speeds next to each other may pass for each other for some bytes; a frame with its checksum does not come by chance. */
const ASK = encodeFrame({ cmd: CMD.getDeviceInfo, sn: 0, flags: 0, payload: new Uint8Array(0) });

/**
 * Finds a board's speed: asks for device info at one after the other until a sound frame comes. Goes round until one
 * does. Rejects with `baud-aborted` when `signal` says so, and with what `open` rejects with.
 */
export async function detectBaud(options: BaudDetectionOptions): Promise<number> {
  const { candidates = BAUD_CANDIDATES, signal } = options;
  for (let round = 1; ; round += 1) {
    const patienceMs = Math.min(FIRST_PATIENCE_MS * 2 ** (round - 1), LAST_PATIENCE_MS);
    for (const baud of candidates) {
      options.onTry?.(baud);
      if (await answersAt(baud, patienceMs, options)) return baud;
      if (signal?.aborted === true) throw new GizlabError("baud-aborted", "the search for the board's speed was ended");
    }
    options.onRound?.(round);
  }
}

/** True when a sound frame of a board comes at a speed in time. */
async function answersAt(baud: number, patienceMs: Millis, options: BaudDetectionOptions): Promise<boolean> {
  const { clock, open, signal } = options;
  const link = await open(baud);
  const timers: Timer[] = [];
  let giveUp: () => void = () => {};
  try {
    return await new Promise<boolean>((resolve) => {
      giveUp = () => resolve(false);
      const splitter = new FrameSplitter({
        frame: ({ cmd }) => {
          if (findCommand(cmd) !== undefined && !isEcho(cmd)) resolve(true);
        },
      });
      link.onData((bytes) => splitter.push(bytes));
      const waitMs = patienceMs + lineTime(ASK.length + ANSWER_LENGTH, baud);
      for (let at = 0; at < waitMs; at += QUESTION_EVERY_MS) {
        timers.push(clock.setTimer("baud question", at, () => link.write(ASK)));
      }
      timers.push(clock.setTimer("baud patience", waitMs, () => resolve(false)));
      signal?.addEventListener("abort", giveUp);
      if (signal?.aborted === true) giveUp();
      link.onClose(giveUp);
    });
  } finally {
    for (const timer of timers) timer.cancel();
    signal?.removeEventListener("abort", giveUp);
    link.close();
  }
}
