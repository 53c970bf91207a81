import type { Millis } from "../core/duration.js";

/** A request as far as it tells whether its sn counts. */
export interface NumberedRequest {
  readonly cmd: number;
  readonly sn: number;
  /** Header and stuffing included: a message sent again has the same bytes. */
  readonly bytes: Uint8Array;
}

interface Run {
  readonly sn: number;
  readonly bytes: Uint8Array;
  readonly at: Millis;
  readonly messages: number;
}

/** A sender that restarts begins at 0 once more; it does not between this many messages in a row. */
const MESSAGES = 3;
/** The same bytes later than this are a new message: nobody sends one again after so long (uart.md 3). */
const RESENT_WITHIN_MS: Millis = 10_000;

/** Finds requests whose sn stays where it has to count up by 1 for each new message (uart.md 1). For one sender. */
export class ConstantSn {
  /** The latest request of each command: a sender may count by command. */
  readonly #runs = new Map<number, Run>();

  /** Takes a request in. Gives how many messages in a row have had its sn, once that is no chance. */
  judge({ cmd, sn, bytes }: NumberedRequest, at: Millis): number | undefined {
    const last = this.#runs.get(cmd);
    const isSame = last?.sn === sn;
    const isAgain = isSame && at - last.at < RESENT_WITHIN_MS && Buffer.from(last.bytes).equals(bytes);
    if (isAgain) return undefined;
    const messages = isSame ? last.messages + 1 : 1;
    this.#runs.set(cmd, { sn, bytes, at, messages });
    return messages < MESSAGES ? undefined : messages;
  }

  /** The sender has started, and counts from 0 on. */
  clear(): void {
    this.#runs.clear();
  }
}
