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
  /** True when the answers to different requests have all had this one sn. */
  readonly isConstantSn: boolean;
  readonly hint: string;
}

/** An answer that came after the module had asked again. */
export interface LateAnswer {
  readonly cmd: number;
  readonly name: string;
  readonly sn: number;
  readonly transmissions: number;
  /** From the first transmission to the whole answer. */
  readonly afterMs: Millis;
  /** When the module asked again for the first time. */
  readonly againMs: Millis;
  /** The rule that is broken, as a section of the vendor's protocol (uart.md). */
  readonly clause: string;
  readonly hint: string;
}

export interface AnswerEvents {
  unanswered(unanswered: Unanswered): void;
  late(late: LateAnswer): void;
}

interface Asked {
  readonly cmd: number;
  readonly name: string;
  readonly sn: number;
  readonly transmissions: number;
  readonly firstAt: Millis;
  /** When it was sent for the second time. */
  readonly againAt: Millis | undefined;
  readonly foundSn: number | undefined;
}

/** Longer than between two transmissions on the slowest line in use; a piece of big data is repeated after 3 s (uart.md 3). */
const PATIENCE_MS: Millis = 2000;
const PIECE_PATIENCE_MS: Millis = PATIENCE_MS + 3000;
/** A module asks again after this time (uart.md 3), and the time that bytes take on the line. */
const ASKS_AGAIN_MS: Millis = 200;
const PIECE_ASKS_AGAIN_MS: Millis = 3000;
/** Requests whose answers may still come late. */
const MISSED_LIMIT = 16;
/** Answers with the same wrong sn: fewer may be answers to something else. */
const CONSTANT_ANSWERS = 3;

/** Watches over the module's shoulder whether the board answers, in time, and with the right sn (uart.md 1, 3). */
export class AnswerWatch {
  readonly #clock: Clock;
  readonly #timers: KeyedTimers<string>;
  readonly #events: AnswerEvents;
  /** The one request that is under way: a module has one at a time. */
  #asked: Asked | undefined;
  /** Requests that the module has given up, and whose answers may come late; told of when they do not. */
  readonly #missed = new Map<string, Asked>();
  /** The wrong sn that the latest answers have had, and to how many requests. */
  #wrong: { readonly sn: number; readonly answers: number } | undefined;

  constructor(clock: Clock, events: AnswerEvents) {
    this.#clock = clock;
    this.#timers = new KeyedTimers(clock);
    this.#events = events;
  }

  /** The module sends a frame. */
  ask({ cmd, sn, payload }: Frame): void {
    if (cmd % 2 === 0 || cmd === CMD.illegalFromModule) return;
    const last = this.#asked;
    const isAgain = last?.cmd === cmd && last.sn === sn;
    const now = this.#clock.steady();
    if (!isAgain) this.#setAside();
    this.#asked = isAgain
      ? { ...last, transmissions: last.transmissions + 1, againAt: last.againAt ?? now }
      : {
          ...{ cmd, sn, name: nameFrame(cmd, payload), transmissions: 1 },
          ...{ firstAt: now, againAt: undefined, foundSn: undefined },
        };
    // The sn has come round: an answer is to this one.
    if (!isAgain) this.#forget(keyOf({ cmd, sn }));
    this.#timers.set("answer", patienceOf(cmd), () => {
      const asked = this.#asked;
      this.#asked = undefined;
      if (asked !== undefined) this.#tellMissing(asked);
    });
  }

  /** The board says a frame. */
  hear({ cmd, sn }: Frame): void {
    const asked = this.#asked;
    if (asked !== undefined && cmd === asked.cmd + 1) {
      if (sn === asked.sn) {
        this.#timers.cancel("answer");
        this.#asked = undefined;
        // An sn that was echoed is none that stays; one that stays is right now and then.
        if (sn !== this.#wrong?.sn) this.#wrong = undefined;
        return this.#tellIfLate(asked);
      }
      const missed = this.#missed.get(keyOf({ cmd: cmd - 1, sn }));
      if (missed === undefined) this.#asked = { ...asked, foundSn: sn };
    }
    const missed = this.#missed.get(keyOf({ cmd: cmd - 1, sn }));
    if (missed === undefined) return;
    this.#forget(keyOf(missed));
    this.#tellIfLate(missed);
  }

  /** What was asked is no longer waited for. */
  clear(): void {
    this.#timers.clear();
    this.#asked = undefined;
    this.#wrong = undefined;
    this.#missed.clear();
  }

  /** Another request goes out: the answer to this one may still come, unless one with another sn has. */
  #setAside(): void {
    const asked = this.#asked;
    this.#asked = undefined;
    this.#timers.cancel("answer");
    if (asked === undefined) return;
    if (asked.foundSn !== undefined) return this.#tellMissing(asked);
    const key = keyOf(asked);
    this.#missed.set(key, asked);
    this.#timers.set(key, patienceOf(asked.cmd), () => {
      this.#missed.delete(key);
      this.#tellMissing(asked);
    });
    const [oldest] = this.#missed.keys();
    if (this.#missed.size > MISSED_LIMIT && oldest !== undefined) this.#forget(oldest);
  }

  #forget(key: string): void {
    this.#missed.delete(key);
    this.#timers.cancel(key);
  }

  /** In time is before the module asks again; that it did is the sure sign. */
  #tellIfLate({ cmd, name, sn, transmissions, firstAt, againAt }: Asked): void {
    if (againAt === undefined || cmd === CMD.getDeviceInfo) return;
    const afterMs = this.#clock.steady() - firstAt;
    const againMs = againAt - firstAt;
    const waitMs = cmd === CMD.bigDataPiece ? PIECE_ASKS_AGAIN_MS : ASKS_AGAIN_MS;
    const hint = `answered after ${Math.round(afterMs)} ms, the module asks again after ${waitMs} (uart.md 3): it was sent ${formatCount(transmissions, "time")}; answer before anything slow, such as a display or a delay`;
    this.#events.late({ cmd, name, sn, transmissions, afterMs, againMs, clause: "uart.md 3", hint });
  }

  #tellMissing({ cmd, name, sn, transmissions, foundSn }: Asked): void {
    const ack = formatHexNumber(cmd + 1);
    const said = { cmd, name, sn, transmissions, foundSn, isConstantSn: false };
    if (foundSn !== undefined) {
      this.#wrong = { sn: foundSn, answers: foundSn === this.#wrong?.sn ? this.#wrong.answers + 1 : 1 };
      const { answers } = this.#wrong;
      const isConstantSn = answers >= CONSTANT_ANSWERS;
      const always = `all answers carry sn ${foundSn}, ${answers} to other requests so far: copy the sn of each request into its answer, here ${sn}`;
      const once = `the answer ${ack} came with sn ${foundSn}: echo the sn of the request, ${sn}`;
      this.#events.unanswered({ ...said, isConstantSn, clause: "uart.md 1", hint: isConstantSn ? always : once });
    } else if (cmd !== CMD.getDeviceInfo) {
      const hint = `it was sent ${formatCount(transmissions, "time")} and not answered: the answer is ${ack} with sn ${sn}`;
      this.#events.unanswered({ ...said, clause: "uart.md 2.1", hint });
    }
  }
}

function keyOf({ cmd, sn }: { readonly cmd: number; readonly sn: number }): string {
  return `${cmd} ${sn}`;
}

function patienceOf(cmd: number): Millis {
  return cmd === CMD.bigDataPiece ? PIECE_PATIENCE_MS : PATIENCE_MS;
}
