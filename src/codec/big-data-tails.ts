import { GizlabError } from "../core/errors.js";
import { formatHexNumber } from "../core/hex.js";
import { unpackOffer, unpackReady } from "./big-data.js";
import { CMD } from "./commands.js";

/** A frame of big data that is not as uart.md 2.1 draws it, and that a receiver takes all the same. */
export interface BigDataLeniency {
  readonly kind: "big-data";
  readonly clause: string;
  /** What the frame lacks or has too much, and what the receiver makes of it; equal for equal deviations. */
  readonly hint: string;
}

const OFFER_LENGTH = 4;
const LENGTHS = { md5Len: 2, text: 32, raw: 16, none: 0, pieceLen: 2 } as const;
/** The answers of a transfer, which have no payload (uart.md 2.1). */
const ANSWERS: readonly number[] = [
  CMD.bigDataOffer + 1,
  CMD.bigDataReady + 1,
  CMD.bigDataPiece + 1,
  CMD.bigDataSenderCancels + 1,
  CMD.bigDataReceiverCancels + 1,
];

/** What is forgiven in a frame of big data (19 to 20, 27, 28); undefined for every other frame, and for one that no receiver reads. */
export function explainBigData(cmd: number, payload: Uint8Array): BigDataLeniency | undefined {
  if (ANSWERS.includes(cmd)) {
    return payload.length === 0 ? undefined : lenient(cmd, "has a payload where none belongs; it is ignored");
  }
  try {
    if (cmd === CMD.bigDataOffer) return explainOffer(payload);
    return cmd === CMD.bigDataReady ? explainReady(payload) : undefined;
  } catch (error) {
    if (error instanceof GizlabError) return undefined;
    throw error;
  }
}

function explainOffer(payload: Uint8Array): BigDataLeniency | undefined {
  const { md5Form } = unpackOffer(payload);
  if (md5Form === "none") return lenient(CMD.bigDataOffer, "names no MD5; nothing can check what arrives");
  return explainExtra(CMD.bigDataOffer, payload.length - OFFER_LENGTH - LENGTHS.md5Len - LENGTHS[md5Form]);
}

function explainReady(payload: Uint8Array): BigDataLeniency | undefined {
  const { md5Form } = unpackReady(payload);
  if (payload.length === 0) {
    return lenient(CMD.bigDataReady, "has no payload; the offered MD5 is meant, in pieces of 256 bytes");
  }
  const behind = payload.length - LENGTHS.md5Len - LENGTHS[md5Form] - LENGTHS.pieceLen;
  if (behind < 0) return lenient(CMD.bigDataReady, "has no pieceLen; pieces of 256 bytes are meant");
  if (md5Form === "none") return lenient(CMD.bigDataReady, "names no MD5; the offered one is meant");
  return explainExtra(CMD.bigDataReady, behind);
}

function explainExtra(cmd: number, behind: number): BigDataLeniency | undefined {
  return behind === 0 ? undefined : lenient(cmd, "has bytes behind its last field; they are ignored");
}

function lenient(cmd: number, what: string): BigDataLeniency {
  return { kind: "big-data", clause: "uart.md 2.8", hint: `${formatHexNumber(cmd)} ${what} (uart.md 2.8)` };
}
