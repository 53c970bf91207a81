import { createHash } from "node:crypto";
import { type BigDataOffer, packReady, unpackOffer, unpackPiece } from "../codec/big-data.js";
import { CMD, REFUSAL } from "../codec/commands.js";
import type { Frame } from "../codec/frame.js";
import { GizlabError } from "../core/errors.js";
import { KeyedTimers } from "../core/keyed-timers.js";
import {
  type BulkReceiverEffect,
  type BulkReceiverInput,
  type BulkReceiverLimits,
  type BulkReceiverState,
  stepBulkReceiver,
} from "./bulk-receiver-state.js";
import { BULK_SILENCE_MS, type BulkParts } from "./bulk-sender.js";

export interface BulkReceiverParts extends BulkParts, Partial<BulkReceiverLimits> {
  /** A transfer has begun. */
  readonly begun?: (offer: BigDataOffer) => void;
  /** Why an offer is not taken, if it is not: it is acknowledged (1A) and cancelled (27). */
  readonly refuse?: (offer: BigDataOffer) => GizlabError | undefined;
  /** Everything has come, and its MD5 is the offered one, where the offer named one. */
  readonly received: (file: Uint8Array, md5: string) => void;
  /**
   * A transfer ended early: `big-data-silent`, `big-data-cancelled`, `big-data-md5`, `big-data-piece`,
   * `big-data-size`, `big-data-stopped`; or never began, for what `refuse` said.
   */
  readonly failed: (problem: GizlabError) => void;
}

/** The documents recommend pieces of 128 bytes (uart.md 2.8). */
const PIECE_LENGTH = 128;
const SIZE_LIMIT = 4 * 1024 * 1024;

/** Takes big data from a port, one transfer at a time. */
export class BulkReceiver {
  readonly #parts: BulkReceiverParts;
  readonly #limits: BulkReceiverLimits;
  readonly #timers: KeyedTimers<"big data silence">;
  #state: BulkReceiverState = { kind: "idle" };
  #file = new Uint8Array(0);

  constructor(parts: BulkReceiverParts) {
    this.#parts = parts;
    this.#limits = { pieceLength: parts.pieceLength ?? PIECE_LENGTH, sizeLimit: parts.sizeLimit ?? SIZE_LIMIT };
    this.#timers = new KeyedTimers(parts.clock);
  }

  get state(): BulkReceiverState {
    return this.#state;
  }

  get isBusy(): boolean {
    return this.#state.kind === "receiving";
  }

  /** Takes a frame that belongs to a transfer in this direction; false for any other. Acknowledgements go to the port. */
  receive(frame: Frame): boolean {
    try {
      switch (frame.cmd) {
        case CMD.bigDataOffer:
          this.#takeOffer(frame);
          return true;
        case CMD.bigDataPiece: {
          const { pieceNo, pieceCount, data } = unpackPiece(frame.payload);
          this.#step({ kind: "piece", pieceNo, pieceCount, length: data.length }, frame, data);
          return true;
        }
        case CMD.bigDataSenderCancels:
          this.#step({ kind: "sender-cancelled" }, frame);
          return true;
        default:
          return false;
      }
    } catch (error) {
      if (!(error instanceof GizlabError)) throw error;
      this.#parts.port.reply(this.#parts.notice, frame.sn, Uint8Array.of(REFUSAL.other));
      this.#parts.unreadable?.(error);
      return true;
    }
  }

  #takeOffer(frame: Frame): void {
    const offer = unpackOffer(frame.payload);
    this.#step({ kind: "offered", offer, sn: frame.sn, refusal: this.#parts.refuse?.(offer) }, frame);
  }

  /** Ends the transfer that is under way, and tells the sender so. */
  stop(): void {
    this.#step({ kind: "stop" });
  }

  /** Forgets the transfer without a word, as when the power is cut. Call it before the port is reset. */
  reset(): void {
    this.#state = { kind: "idle" };
    this.#timers.clear();
    this.#file = new Uint8Array(0);
  }

  #step(input: BulkReceiverInput, frame?: Frame, data?: Uint8Array): void {
    const { state, effects } = stepBulkReceiver(this.#state, input, this.#limits);
    const isMoved = state !== this.#state;
    this.#state = state;
    if (state.kind !== "receiving") this.#timers.cancel("big data silence");
    else if (isMoved) this.#timers.set("big data silence", BULK_SILENCE_MS, () => this.#step({ kind: "silence" }));
    for (const effect of effects) this.#perform(effect, frame, data);
  }

  #perform(effect: BulkReceiverEffect, frame: Frame | undefined, data: Uint8Array | undefined): void {
    const { port, begun, failed } = this.#parts;
    switch (effect.kind) {
      case "acknowledge":
        if (frame !== undefined) port.reply(frame.cmd + 1, frame.sn);
        return;
      case "say-ready":
        this.#file = new Uint8Array(effect.offer.size);
        begun?.(effect.offer);
        return this.#sayReady(effect.offer);
      case "keep-piece":
        this.#file.set(data ?? [], (effect.pieceNo - 1) * this.#limits.pieceLength);
        return;
      case "cancel":
        port.request(CMD.bigDataReceiverCancels, undefined, undefined, { isOfTransfer: true });
        return;
      case "finish":
        return this.#finish(effect.offer);
      case "fail":
        this.#file = new Uint8Array(0);
        return failed(effect.problem);
    }
  }

  /** The MD5 goes back in the form in which it came. */
  #sayReady({ md5, md5Form }: BigDataOffer): void {
    const ready = packReady({ md5, md5Form, pieceLength: this.#limits.pieceLength });
    const begunWith = this.#state;
    this.#parts.port.request(
      CMD.bigDataReady,
      ready,
      (answered) => {
        if (!answered && this.#state === begunWith) this.#step({ kind: "ready-unanswered" });
      },
      { isOfTransfer: true },
    );
  }

  /** A wrong MD5 is told to nobody on the wire; the sender may begin again (uart.md 2.8). */
  #finish({ md5, md5Form }: BigDataOffer): void {
    const file = this.#file;
    this.#file = new Uint8Array(0);
    const found = createHash("md5").update(file).digest("hex");
    if (md5Form === "none" || found === md5) return this.#parts.received(file, found);
    this.#parts.failed(new GizlabError("big-data-md5", "what came is not what was offered", { expected: md5, found }));
  }
}
