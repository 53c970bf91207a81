import { createHash } from "node:crypto";
import {
  DEFAULT_PIECE_LENGTH,
  FLAG_HEX,
  FLAG_LAST_LINE,
  LONGEST_PIECE,
  packOffer,
  packPiece,
  splitHexFile,
  unpackReady,
} from "../codec/big-data.js";
import { CMD, REFUSAL } from "../codec/commands.js";
import type { Frame } from "../codec/frame.js";
import type { Clock } from "../core/clock.js";
import type { Millis } from "../core/duration.js";
import { GizlabError } from "../core/errors.js";
import { KeyedTimers } from "../core/keyed-timers.js";
import {
  type BulkSenderEffect,
  type BulkSenderInput,
  type BulkSenderState,
  stepBulkSender,
} from "./bulk-sender-state.js";
import type { FramePort } from "./frame-port.js";

export interface BulkParts {
  readonly clock: Clock;
  readonly port: Pick<FramePort, "request" | "reply">;
  /** The notice by which this side answers what it cannot read: 11 of a module, 12 of an MCU. */
  readonly notice: number;
  /** The other side has sent a frame of a transfer that cannot be read: the notice has error 3. */
  readonly unreadable?: (problem: GizlabError) => void;
}

/** A piece is sent again after this long, three times in all; a receiver may be this long in getting ready (uart.md 3). */
const PIECE_TIMEOUT_MS = 3000;
export const BULK_SILENCE_MS: Millis = 15_000;
const MOST_PIECES = 0xffff;

/** Sends big data over a port, one transfer at a time, and answers the receiver's side of it. */
export class BulkSender {
  readonly #parts: BulkParts;
  readonly #timers: KeyedTimers<"big data ready">;
  #state: BulkSenderState = { kind: "idle" };
  #file: Uint8Array = new Uint8Array(0);
  #md5 = "";
  #pieces: readonly { readonly data: Uint8Array; readonly flags: number }[] = [];
  #isHex = false;
  /** Counts transfers: what comes of a message of an earlier one is dropped. */
  #transfer = 0;
  /** The sn of the last message, by which a notice may name it. */
  #lastSn: number | undefined;
  #settled: (problem?: GizlabError) => void = () => {};

  constructor(parts: BulkParts) {
    this.#parts = parts;
    this.#timers = new KeyedTimers(parts.clock);
  }

  get state(): BulkSenderState {
    return this.#state;
  }

  get isBusy(): boolean {
    return this.#state.kind !== "idle";
  }

  /**
   * Begins a transfer; `settled` hears once how it ended: without a problem, or with `big-data-silent`,
   * `big-data-cancelled`, `big-data-refused`, `big-data-md5`, `big-data-form`, `big-data-size`, `big-data-stopped`.
   * Throws `big-data-busy`, and `big-data-size` for an empty file.
   */
  send(file: Uint8Array, settled: (problem?: GizlabError) => void): void {
    if (this.isBusy) throw new GizlabError("big-data-busy", "a transfer is under way already");
    if (file.length === 0) throw new GizlabError("big-data-size", "there is nothing to send: the file is empty");
    this.#file = file;
    this.#md5 = createHash("md5").update(file).digest("hex");
    this.#settled = settled;
    this.#transfer += 1;
    this.#step({ kind: "offer" });
  }

  /** Takes a frame that belongs to a transfer in this direction; false for any other. Acknowledgements go to the port. */
  receive(frame: Frame): boolean {
    const { cmd, sn, payload } = frame;
    switch (cmd) {
      case CMD.bigDataReady:
        this.#takeReady(frame);
        return true;
      case CMD.bigDataReceiverCancels:
        this.#parts.port.reply(cmd + 1, sn);
        this.#step({
          kind: "refused",
          problem: new GizlabError("big-data-cancelled", "the receiver has cancelled the transfer"),
        });
        return true;
      case CMD.illegalFromMcu:
      case CMD.illegalFromModule:
        if (!this.isBusy || sn !== this.#lastSn || payload[0] === REFUSAL.checksum) return false;
        this.#step({ kind: "refused", problem: refusedWith(payload[0] ?? 0) });
        return true;
      default:
        return false;
    }
  }

  /** Ends the transfer, and tells the receiver so. */
  stop(): void {
    this.#step({ kind: "stop" });
  }

  /** Forgets the transfer without a word, as when the power is cut. Call it before the port is reset. */
  reset(): void {
    this.#state = { kind: "idle" };
    this.#timers.clear();
    this.#forget()(new GizlabError("big-data-stopped", "the power went while the transfer was under way"));
  }

  #takeReady({ cmd, sn, flags, payload }: Frame): void {
    const { port, notice } = this.#parts;
    try {
      const { md5, md5Form, pieceLength } = unpackReady(payload);
      port.reply(cmd + 1, sn);
      // Pieces are cut once: a repeated 1B asks for nothing new.
      if (this.#state.kind !== "offering" && this.#state.kind !== "waiting") return;
      const problem =
        this.#cut((flags & FLAG_HEX) !== 0, pieceLength) ?? (md5Form === "none" ? undefined : this.#compare(md5));
      this.#step({ kind: "ready", pieceCount: this.#pieces.length, problem });
    } catch (error) {
      if (!(error instanceof GizlabError)) throw error;
      port.reply(notice, sn, Uint8Array.of(REFUSAL.other));
      this.#parts.unreadable?.(error);
    }
  }

  #compare(md5: string): GizlabError | undefined {
    if (md5 === this.#md5) return undefined;
    return new GizlabError("big-data-md5", "the receiver is ready for another file", {
      expected: this.#md5,
      found: md5,
    });
  }

  #cut(isHex: boolean, pieceLength: number): GizlabError | undefined {
    const length = Math.min(pieceLength === 0 ? DEFAULT_PIECE_LENGTH : pieceLength, LONGEST_PIECE);
    const lines = isHex ? splitHexFile(this.#file) : undefined;
    if (isHex && lines === undefined) {
      return new GizlabError("big-data-form", "the receiver wants the lines of an Intel HEX file, and this is none");
    }
    // Counted before anything is cut: a receiver that wants single bytes of a large file would fill the memory.
    const count = lines?.length ?? Math.ceil(this.#file.length / length);
    if (count > MOST_PIECES) {
      return new GizlabError("big-data-size", "the file has too many pieces", {
        expected: `at most ${MOST_PIECES}`,
        found: String(count),
      });
    }
    const data = lines ?? cutFile(this.#file, length);
    this.#isHex = isHex;
    this.#pieces = data.map((piece, at) => {
      const isLast = at === data.length - 1;
      return { data: piece, flags: isHex ? FLAG_HEX | (isLast ? FLAG_LAST_LINE : 0) : 0 };
    });
    return undefined;
  }

  #step(input: BulkSenderInput): void {
    const { state, effects } = stepBulkSender(this.#state, input);
    this.#state = state;
    if (state.kind !== "waiting") this.#timers.cancel("big data ready");
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: BulkSenderEffect): void {
    const { port } = this.#parts;
    switch (effect.kind) {
      case "offer": {
        const offer = packOffer({ size: this.#file.length, md5: this.#md5, md5Form: "text" });
        const settled = this.#ifCurrent((answered) => this.#step({ kind: "offer-answered", answered }));
        this.#lastSn = port.request(CMD.bigDataOffer, offer, settled, { isOfTransfer: true });
        return;
      }
      case "await-ready":
        this.#timers.set("big data ready", BULK_SILENCE_MS, () => this.#step({ kind: "silence" }));
        return;
      case "send-piece":
        return this.#sendPiece(effect.pieceNo, effect.pieceCount);
      case "cancel":
        port.request(CMD.bigDataSenderCancels, undefined, undefined, { isOfTransfer: true });
        return;
      case "end":
        return this.#forget()(effect.problem);
    }
  }

  #sendPiece(pieceNo: number, pieceCount: number): void {
    const { data = new Uint8Array(0), flags = 0 } = this.#pieces[pieceNo - 1] ?? {};
    // A line says by its flags that it is the last, and not by the count (uart.md 2.8).
    const payload = packPiece({ pieceNo, pieceCount: this.#isHex ? 0 : pieceCount, data });
    const settled = this.#ifCurrent((answered) => this.#step({ kind: "piece-answered", answered }));
    this.#lastSn = this.#parts.port.request(CMD.bigDataPiece, payload, settled, {
      flags,
      timeoutMs: PIECE_TIMEOUT_MS,
      isOfTransfer: true,
    });
  }

  #ifCurrent(settled: (answered: boolean) => void): (answered: boolean) => void {
    const transfer = this.#transfer;
    return (answered) => {
      if (transfer === this.#transfer) settled(answered);
    };
  }

  #forget(): (problem?: GizlabError) => void {
    const settled = this.#settled;
    this.#settled = () => {};
    this.#file = new Uint8Array(0);
    this.#pieces = [];
    this.#lastSn = undefined;
    return settled;
  }
}

function cutFile(file: Uint8Array, length: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < file.length; at += length) pieces.push(file.subarray(at, at + length));
  return pieces;
}

function refusedWith(error: number): GizlabError {
  const why =
    error === REFUSAL.unknownCommand
      ? "does not know big data"
      : error === REFUSAL.fileType
        ? "does not take this type of file"
        : "refused it";
  return new GizlabError("big-data-refused", `the receiver ${why}`, {
    found: `notice of an illegal message, error ${error}`,
    ...(error === REFUSAL.unknownCommand
      ? { hint: "firmware made without the OTA option answers so (uart.md 2.1)" }
      : {}),
  });
}
