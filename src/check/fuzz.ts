import { CMD } from "../codec/commands.js";
import type { Millis } from "../core/duration.js";
import { GizlabError } from "../core/errors.js";
import { formatHex } from "../core/hex.js";
import { createSeededRandom } from "../core/random.js";
import { describeBytes } from "../profile/describe.js";
import type { Profile } from "../profile/profile.js";
import { makeSequence } from "./fuzz-pieces.js";
import { type FuzzOutcome, type FuzzProblem, tryOut } from "./fuzz-probe.js";
import { type FuzzAdvice, RemarkTally } from "./fuzz-remarks.js";
import type { ModuleBench } from "./module-bench.js";
import { shortenBytes, shrinkSequence } from "./shrink.js";

export interface FuzzOptions {
  readonly profile: Profile;
  /** How many sequences, from 1. */
  readonly sequences: number;
  readonly seed: number | string;
  /** The MCU as it is after a start, with a bench on its wire; undefined when it cannot be had any more. */
  readonly restart: () => Promise<ModuleBench | undefined>;
  /** A sequence begins; `number` counts from 1. */
  readonly onSequence?: (number: number) => void;
  /** A smaller sequence is tried. */
  readonly onAttempt?: (attempt: number) => void;
}

/** A piece of a failing sequence. */
export interface FuzzedPiece {
  readonly hex: string;
  readonly words: string;
}

export interface FuzzFailure extends FuzzProblem {
  /** The sequence that failed, from 1; as many sequences of the same seed lead to it again. */
  readonly sequence: number;
  /** The smallest that fails, or what was sent last where it failed only once. */
  readonly pieces: readonly FuzzedPiece[];
  readonly piecesBefore: number;
  readonly attempts: number;
  /** True when it failed again after restarts, and nothing smaller does. */
  readonly isSmallest: boolean;
  /** Why it could not be made smaller. */
  readonly why?: string;
}

export interface FuzzReport {
  readonly ok: boolean;
  readonly seed: number | string;
  /** How many sequences were sent. */
  readonly sequences: number;
  readonly pieces: number;
  readonly tookMs: Millis;
  /** What would be better manners, each kind once. */
  readonly advice: readonly FuzzAdvice[];
  readonly failure?: FuzzFailure;
}

/** Each attempt begins with a restart, which takes a real board some seconds. */
const SHRINK_LIMIT = 400;
/** What an MCU got shortly before belongs to its state: so many sequences are tried together when the last one alone does nothing. */
const MEMORY = 8;

/**
 * Sends generated sequences, sound and broken, and looks after each whether the MCU is well (`tryOut`). The first that breaks
 * a clause ends the run and is made as small as it gets, each attempt after a restart; manners end nothing. Rejects with `mcu-silent` when the MCU is not well to begin with,
 * and with `port-gone`.
 */
export async function runFuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { profile, sequences, seed, restart, onSequence } = options;
  const bench = await restart();
  const problem = bench === undefined ? undefined : (await tryOut(bench, [])).problem;
  if (bench === undefined || problem !== undefined) {
    throw new GizlabError("mcu-silent", "the MCU does not answer heartbeat and read before anything odd is sent", {
      ...(problem === undefined ? {} : { expected: problem.expected, found: problem.found }),
      hint: "gizlab check without --fuzz says what is wrong with it",
    });
  }
  const startedAt = bench.now();
  const recent: Uint8Array[][] = [];
  const remarks = new RemarkTally();
  let pieces = 0;
  for (let number = 1; number <= sequences; number += 1) {
    onSequence?.(number);
    const sequence = makeSequence(createSeededRandom(`${seed}/fuzz/${number}`), profile);
    pieces += sequence.length;
    if (recent.push(sequence) > MEMORY) recent.shift();
    const { problem, remarks: found } = await tryOutTwice(bench, sequence);
    remarks.add(number, found);
    if (problem === undefined) continue;
    const failure = await shrink(problem, number, recent, options);
    const tookMs = bench.now() - startedAt;
    return { ok: false, seed, sequences: number, pieces, tookMs, advice: remarks.advice, failure };
  }
  return { ok: true, seed, sequences, pieces, tookMs: bench.now() - startedAt, advice: remarks.advice };
}

/** A broken frame of the MCU may be due to the line: the sequence is sent once more before the MCU is blamed. */
async function tryOutTwice(bench: ModuleBench, sequence: readonly Uint8Array[]): Promise<FuzzOutcome> {
  const outcome = await tryOut(bench, sequence);
  if (outcome.problem?.kind !== "garbled") return outcome;
  const again = await tryOut(bench, sequence);
  if (again.problem !== undefined) return again;
  return { remarks: [...again.remarks, { kind: "broken once", found: outcome.problem.found }] };
}

/** Fills a receiver that waits for the rest of a frame, then reboots the MCU by 0F; undefined when it does not come back (uart.md 2.1, 3). */
export async function rebootMcu(bench: ModuleBench): Promise<ModuleBench | undefined> {
  bench.begin();
  bench.write(new Uint8Array(FILLING));
  await bench.idle(bench.lineTime(FILLING));
  for (let i = 0; i < REBOOT_TRIES; i += 1) if ((await bench.ask(CMD.rebootMcu)) !== undefined) break;
  await bench.idle(REBOOT_MS + bench.slackMs);
  for (let i = 0; i < REBOOT_TRIES; i += 1) if (await bench.isAlive()) return bench;
  return undefined;
}

/** More than any frame that a vendor names (uart.md 1). */
const FILLING = 1100;
const REBOOT_TRIES = 2;
/** The MCU waits 600 ms after its ack of 0F (uart.md 3). */
const REBOOT_MS = 700;

async function shrink(
  problem: FuzzProblem,
  sequence: number,
  recent: readonly (readonly Uint8Array[])[],
  { profile, restart, onAttempt }: FuzzOptions,
): Promise<FuzzFailure> {
  let attempts = 0;
  let isLost = false;
  const fails = async (pieces: readonly Uint8Array[]): Promise<boolean> => {
    if (isLost) return false;
    attempts += 1;
    onAttempt?.(attempts);
    const bench = await restart();
    isLost = bench === undefined;
    return bench !== undefined && (await tryOut(bench, pieces)).problem?.kind === problem.kind;
  };
  const last = recent.at(-1) ?? [];
  const candidates = recent.length > 1 ? [last, recent.flat()] : [last];
  const describe = (pieces: readonly Uint8Array[]): FuzzedPiece[] =>
    pieces.map((piece) => describePiece(piece, profile));
  const head = { ...problem, sequence, piecesBefore: last.length };
  for (const pieces of candidates) {
    if (!(await fails(pieces))) continue;
    const { items, isSmallest } = await shrinkSequence(pieces, { fails, shorten: shortenBytes, limit: SHRINK_LIMIT });
    // What is printed has failed on an MCU that was restarted for it, at least twice.
    if (!isLost && !(await fails(items)) && !isLost) {
      return { ...head, pieces: describe(last), attempts, isSmallest: false, why: describeUnsure(items.length) };
    }
    const why = isLost ? LOST : isSmallest ? undefined : `given up after ${SHRINK_LIMIT} attempts`;
    return {
      ...head,
      pieces: describe(items),
      attempts,
      isSmallest: why === undefined,
      ...(why === undefined ? {} : { why }),
    };
  }
  const why = isLost ? LOST : `after a restart it does not fail again, nor with the ${recent.length - 1} before it`;
  return { ...head, pieces: describe(last), attempts, isSmallest: false, why };
}

function describeUnsure(count: number): string {
  return `made smaller to ${count} frame${count === 1 ? "" : "s"} it did not fail again after a restart, so these are the frames as they were sent`;
}

const LOST = "the MCU cannot be restarted by 0F any more: press its reset, and run it again";

function describePiece(piece: Uint8Array, profile: Profile): FuzzedPiece {
  const words = describeBytes(piece, profile).map(({ kind, name, attrs, reason, hint }) => {
    if (kind === "frame") return `${name}${attrs === undefined ? "" : ` ${JSON.stringify(attrs)}`}`;
    return kind === "bad" ? `bad frame (${reason}): ${hint}` : "noise";
  });
  return { hex: formatHex(piece), words: words.join(", then ") };
}
