import type { BigDataOffer } from "../codec/big-data.js";
import { GizlabError } from "../core/errors.js";

/**
 * The receiving side of a big-data transfer (uart.md 2.8).
 *
 *   idle --19: 1A, 1B--> receiving 1 --1D: 1E--> receiving 2 … --last 1D--> done --19--> receiving 1
 *     any --19 that is not wanted: 1A, 27--> idle
 *                            |                       |
 *                            +-----------------------+--1F, 15 s of silence, a wrong piece, stop--> idle
 *
 * A piece that comes again is acknowledged and dropped, after the last one too, since its acknowledgement may be lost.
 */
export type BulkReceiverState =
  | { readonly kind: "idle" }
  | {
      readonly kind: "receiving";
      readonly offer: BigDataOffer;
      readonly offerSn: number;
      readonly pieceLength: number;
      readonly pieceCount: number;
      /** The piece that comes next, from 1. */
      readonly next: number;
    }
  | { readonly kind: "done"; readonly pieceCount: number };

export type BulkReceiverInput =
  /** `refusal` when the receiver does not want this file. */
  | {
      readonly kind: "offered";
      readonly offer: BigDataOffer;
      readonly sn: number;
      readonly refusal?: GizlabError | undefined;
    }
  | { readonly kind: "piece"; readonly pieceNo: number; readonly pieceCount: number; readonly length: number }
  | { readonly kind: "ready-unanswered" }
  | { readonly kind: "sender-cancelled" }
  | { readonly kind: "silence" }
  | { readonly kind: "stop" };

export type BulkReceiverEffect =
  /** Answers the message that was the input. */
  | { readonly kind: "acknowledge" }
  | { readonly kind: "say-ready"; readonly offer: BigDataOffer }
  /** Keeps the piece that was the input. */
  | { readonly kind: "keep-piece"; readonly pieceNo: number }
  /** Tells the sender to send nothing more (27). */
  | { readonly kind: "cancel" }
  /** Everything has come. */
  | { readonly kind: "finish"; readonly offer: BigDataOffer }
  | { readonly kind: "fail"; readonly problem: GizlabError };

export interface BulkReceiverStep {
  readonly state: BulkReceiverState;
  readonly effects: readonly BulkReceiverEffect[];
}

/** What a receiver takes. */
export interface BulkReceiverLimits {
  /** Bytes of a piece that it asks for. */
  readonly pieceLength: number;
  /** The largest transfer, in bytes. */
  readonly sizeLimit: number;
}

type Receiving = Extract<BulkReceiverState, { kind: "receiving" }>;

const IDLE: BulkReceiverState = { kind: "idle" };
const ACKNOWLEDGE: BulkReceiverEffect = { kind: "acknowledge" };

/** One step of the machine; an input that does not fit the state changes nothing. */
export function stepBulkReceiver(
  state: BulkReceiverState,
  input: BulkReceiverInput,
  limits: BulkReceiverLimits,
): BulkReceiverStep {
  switch (input.kind) {
    case "offered":
      return takeOffer(state, input, limits);
    case "piece":
      if (state.kind === "receiving") return takePiece(state, input);
      // The acknowledgement of the last piece was lost.
      return state.kind === "done" && input.pieceNo <= state.pieceCount ? to(state, ACKNOWLEDGE) : stay(state);
    case "ready-unanswered":
      return state.kind === "receiving" && state.next === 1
        ? cancel(new GizlabError("big-data-silent", "the sender did not hear that the receiver is ready"))
        : stay(state);
    case "sender-cancelled":
      return state.kind === "receiving"
        ? fail(new GizlabError("big-data-cancelled", "the sender has cancelled the transfer"), ACKNOWLEDGE)
        : to(state, ACKNOWLEDGE);
    case "silence":
      return state.kind === "receiving"
        ? cancel(
            new GizlabError("big-data-silent", `piece ${state.next} of ${state.pieceCount} did not come within 15 s`),
          )
        : stay(state);
    case "stop":
      return state.kind === "receiving"
        ? cancel(new GizlabError("big-data-stopped", "the transfer was stopped from this side"))
        : stay(state);
  }
}

function takeOffer(
  state: BulkReceiverState,
  { offer, sn, refusal }: Extract<BulkReceiverInput, { kind: "offered" }>,
  { pieceLength, sizeLimit }: BulkReceiverLimits,
): BulkReceiverStep {
  const isRepeated =
    state.kind === "receiving" && state.next === 1 && state.offerSn === sn && state.offer.md5 === offer.md5;
  if (isRepeated) return to(state, ACKNOWLEDGE);
  const broken: BulkReceiverEffect[] =
    state.kind === "receiving"
      ? [{ kind: "fail", problem: new GizlabError("big-data-cancelled", "the sender has begun anew") }]
      : [];
  if (refusal !== undefined) {
    return to(IDLE, ...broken, ACKNOWLEDGE, { kind: "cancel" }, { kind: "fail", problem: refusal });
  }
  if (offer.size === 0 || offer.size > sizeLimit) {
    const problem = new GizlabError("big-data-size", "the offered data is not of a size that is taken", {
      expected: `1..${sizeLimit} bytes`,
      found: String(offer.size),
    });
    return to(IDLE, ...broken, ACKNOWLEDGE, { kind: "cancel" }, { kind: "fail", problem });
  }
  const pieceCount = Math.ceil(offer.size / pieceLength);
  return to({ kind: "receiving", offer, offerSn: sn, pieceLength, pieceCount, next: 1 }, ...broken, ACKNOWLEDGE, {
    kind: "say-ready",
    offer,
  });
}

function takePiece(
  state: Receiving,
  { pieceNo, pieceCount, length }: Extract<BulkReceiverInput, { kind: "piece" }>,
): BulkReceiverStep {
  const { next, offer } = state;
  if (pieceNo >= 1 && pieceNo < next) return to(state, ACKNOWLEDGE);
  const isLast = next === state.pieceCount;
  const expected = isLast ? offer.size - (next - 1) * state.pieceLength : state.pieceLength;
  if (pieceNo !== next || pieceCount !== state.pieceCount || length !== expected) {
    return cancel(
      new GizlabError("big-data-piece", "this is not the piece that comes next", {
        expected: `piece ${next} of ${state.pieceCount} with ${expected} bytes`,
        found: `piece ${pieceNo} of ${pieceCount} with ${length} bytes`,
        hint: "pieces are numbered from 1, go in order, and have the length that 1B asked for (uart.md 2.8)",
      }),
    );
  }
  const kept: readonly BulkReceiverEffect[] = [ACKNOWLEDGE, { kind: "keep-piece", pieceNo }];
  if (isLast) return to({ kind: "done", pieceCount }, ...kept, { kind: "finish", offer });
  return to({ ...state, next: next + 1 }, ...kept);
}

function cancel(problem: GizlabError): BulkReceiverStep {
  return to(IDLE, { kind: "cancel" }, { kind: "fail", problem });
}

function fail(problem: GizlabError, ...before: readonly BulkReceiverEffect[]): BulkReceiverStep {
  return to(IDLE, ...before, { kind: "fail", problem });
}

function to(state: BulkReceiverState, ...effects: readonly BulkReceiverEffect[]): BulkReceiverStep {
  return { state, effects };
}

function stay(state: BulkReceiverState): BulkReceiverStep {
  return { state, effects: [] };
}
