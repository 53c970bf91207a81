import { CMD, nameFrame } from "../codec/commands.js";
import type { Frame } from "../codec/frame.js";
import type { Clock } from "../core/clock.js";
import { formatCount } from "../core/count-text.js";
import type { Millis } from "../core/duration.js";
import { formatHexNumber } from "../core/hex.js";
import { KeyedTimers } from "../core/keyed-timers.js";

/** A request that the board left without its answer, for the person who wrote the firmware. */
export interface Unanswered {
  readonly cmd: number;
  readonly name: string;
  readonly sn: number;
  readonly transmissions: number;
  /** The rule that is broken, as a section of the vendor's protocol (uart.md). */
  readonly clause: string;
  /** The sn of an answer that came, if it had a wrong one. */
  readonly foundSn: number | undefined;
  readonly hint: string;
}

interface Asked {
  readonly cmd: number;
  readonly name: string;
  readonly sn: number;
  readonly transmissions: number;
  readonly foundSn: number | undefined;
}

/** Longer than between two transmissions on the slowest line in use; a piece of big data is repeated after 3 s (uart.md 3). */
const PATIENCE_MS: Millis = 2000;
const PIECE_PATIENCE_MS: Millis = PATIENCE_MS + 3000;

/** Watches over the module's shoulder whether the board answers, and with the right sn (uart.md 1, 3). */
export class AnswerWatch {
  readonly #timers: KeyedTimers<"answer">;
  readonly #tell: (unanswered: Unanswered) => void;
  /** The one request that is under way: a module has one at a time. */
  #asked: Asked | undefined;

  constructor(clock: Clock, tell: (unanswered: Unanswered) => void) {
    this.#timers = new KeyedTimers(clock);
    this.#tell = tell;
  }

  /** The module sends a frame. */
  ask({ cmd, sn, payload }: Frame): void {
    if (cmd % 2 === 0 || cmd === CMD.illegalFromModule) return;
    const last = this.#asked;
    const isAgain = last?.cmd === cmd && last.sn === sn;
    if (!isAgain) this.#giveUp();
    this.#asked = isAgain
      ? { ...last, transmissions: last.transmissions + 1 }
      : { cmd, sn, name: nameFrame(cmd, payload), transmissions: 1, foundSn: undefined };
    const patienceMs = cmd === CMD.bigDataPiece ? PIECE_PATIENCE_MS : PATIENCE_MS;
    this.#timers.set("answer", patienceMs, () => this.#giveUp());
  }

  /** The board says a frame. */
  hear({ cmd, sn }: Frame): void {
    const asked = this.#asked;
    if (asked === undefined || cmd !== asked.cmd + 1) return;
    if (sn === asked.sn) this.clear();
    else this.#asked = { ...asked, foundSn: sn };
  }

  /** What was asked is no longer waited for. */
  clear(): void {
    this.#timers.clear();
    this.#asked = undefined;
  }

  #giveUp(): void {
    const asked = this.#asked;
    this.clear();
    if (asked === undefined) return;
    const ack = formatHexNumber(asked.cmd + 1);
    if (asked.foundSn !== undefined) {
      const hint = `the answer ${ack} came with sn ${asked.foundSn}: echo the sn of the request, ${asked.sn}`;
      this.#tell({ ...asked, clause: "uart.md 1", hint });
    } else if (asked.cmd !== CMD.getDeviceInfo) {
      const hint = `it was sent ${formatCount(asked.transmissions, "time")} and not answered: the answer is ${ack} with sn ${asked.sn}`;
      this.#tell({ ...asked, clause: "uart.md 2.1", hint });
    }
  }
}
