import { GizlabError } from "../core/errors.js";

/**
 * The sending side of a big-data transfer (uart.md 2.8).
 *
 *   idle --offer: 19--> offering --1A--> waiting --1B--> sending 1 --1E--> sending 2 … n --1E--> idle, done
 *                          |                |                |
 *                          +----------------+----------------+--27, no answer, 15 s of silence, stop--> idle, failed
 *
 * 1B may overtake a lost 1A. A repeated 1B is acknowledged and changes nothing.
 */
export type BulkSenderState =
  | { readonly kind: "idle" }
  | { readonly kind: "offering" }
  | { readonly kind: "waiting" }
  | { readonly kind: "sending"; readonly pieceNo: number; readonly pieceCount: number };

export type BulkSenderInput =
  | { readonly kind: "offer" }
  | { readonly kind: "offer-answered"; readonly answered: boolean }
  /** `problem` when the receiver asks for something that cannot be sent. */
  | { readonly kind: "ready"; readonly pieceCount: number; readonly problem?: GizlabError | undefined }
  | { readonly kind: "piece-answered"; readonly answered: boolean }
  /** The receiver gave up, or said that it does not know such messages. */
  | { readonly kind: "refused"; readonly problem: GizlabError }
  | { readonly kind: "silence" }
  | { readonly kind: "stop" };

export type BulkSenderEffect =
  | { readonly kind: "offer" }
  | { readonly kind: "send-piece"; readonly pieceNo: number; readonly pieceCount: number }
  | { readonly kind: "await-ready" }
  /** Tells the receiver that nothing more comes (1F). */
  | { readonly kind: "cancel" }
  | { readonly kind: "end"; readonly problem?: GizlabError };

export interface BulkSenderStep {
  readonly state: BulkSenderState;
  readonly effects: readonly BulkSenderEffect[];
}

const IDLE: BulkSenderState = { kind: "idle" };

/** One step of the machine; an input that does not fit the state changes nothing. */
export function stepBulkSender(state: BulkSenderState, input: BulkSenderInput): BulkSenderStep {
  if (state.kind === "idle") {
    return input.kind === "offer" ? to({ kind: "offering" }, { kind: "offer" }) : stay(state);
  }
  switch (input.kind) {
    case "offer":
      return stay(state);
    case "offer-answered":
      if (state.kind !== "offering") return stay(state);
      return input.answered
        ? to({ kind: "waiting" }, { kind: "await-ready" })
        : fail(silent("did not answer the offer"));
    case "ready":
      if (state.kind === "sending") return stay(state);
      if (input.problem !== undefined) return to(IDLE, { kind: "cancel" }, { kind: "end", problem: input.problem });
      return sendPiece(1, input.pieceCount);
    case "piece-answered":
      if (state.kind !== "sending") return stay(state);
      if (!input.answered) return cancel(silent(`did not answer piece ${state.pieceNo} of ${state.pieceCount}`));
      if (state.pieceNo === state.pieceCount) return to(IDLE, { kind: "end" });
      return sendPiece(state.pieceNo + 1, state.pieceCount);
    case "refused":
      return fail(input.problem);
    case "silence":
      return state.kind === "waiting" ? cancel(silent("did not get ready within 15 s")) : stay(state);
    case "stop":
      return cancel(new GizlabError("big-data-stopped", "the transfer was stopped from this side"));
  }
}

function silent(what: string): GizlabError {
  return new GizlabError("big-data-silent", `the receiver ${what}`);
}

function sendPiece(pieceNo: number, pieceCount: number): BulkSenderStep {
  return to({ kind: "sending", pieceNo, pieceCount }, { kind: "send-piece", pieceNo, pieceCount });
}

function cancel(problem: GizlabError): BulkSenderStep {
  return to(IDLE, { kind: "cancel" }, { kind: "end", problem });
}

function fail(problem: GizlabError): BulkSenderStep {
  return to(IDLE, { kind: "end", problem });
}

function to(state: BulkSenderState, ...effects: readonly BulkSenderEffect[]): BulkSenderStep {
  return { state, effects };
}

function stay(state: BulkSenderState): BulkSenderStep {
  return { state, effects: [] };
}
