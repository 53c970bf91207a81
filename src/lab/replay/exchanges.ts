import { CMD } from "../../codec/commands.js";
import type { Millis } from "../../core/duration.js";
import { isAnswer, isRequest, type WireEntry } from "./recorded-wire.js";

/** What one end of a wire said to one message of the other. */
export interface Reply {
  readonly wire: WireEntry;
  /** The message: its number among those of the recording, or undefined for an answer to nothing. */
  readonly exchange: number | undefined;
  /** For a report that a control has caused: what the control set. */
  readonly caused: readonly string[] | undefined;
}

/** The messages of one end, and what the other said to them. */
export interface Exchanges {
  /** For each frame of the first end, in order, the number of its exchange; the same again where it was only sent again. */
  readonly numbers: readonly (number | undefined)[];
  readonly replies: readonly Reply[];
  /** Exchanges in which the other end could not answer, and did not: it had not started yet, or was restarting. */
  readonly away: ReadonlySet<number>;
  /** Controls that changed nothing and were not followed by a report, as in the vendor's SDK (uart.md 3.1). */
  readonly quiet: ReadonlySet<number>;
}

interface Open {
  readonly number: number;
  readonly wire: WireEntry;
}

/** A message that is not answered is sent again with the same sn within this time (uart.md 3). */
const RESENT_WITHIN_MS: Millis = 5000;
/** A board or a module that restarts is back by then. */
const RESTART_MS: Millis = 30_000;
/** Having answered these, its sender restarts (uart.md 2.1, 2.5). */
const RESTARTING: readonly number[] = [CMD.rebootMcuAck, CMD.resetModule + 1, CMD.restartModule + 1];

/**
 * Pairs messages of the end `asking` with what the other end replied. `numbers` are those of the same messages in another
 * trace, where these frames were played again; without them they are counted here.
 */
export function pairExchanges(
  wires: readonly WireEntry[],
  asking: "uart.up" | "uart.down",
  numbers?: readonly (number | undefined)[],
): Exchanges {
  const counted: (number | undefined)[] = [];
  const replies: Reply[] = [];
  const open = new Map<string, Open>();
  const controls = new Map<string, { readonly number: number; readonly names: readonly string[] }>();
  const answered = new Set<number>();
  const reported = new Set<number>();
  const askedAway = new Set<number>();
  const unchanged = new Set<number>();
  let known: Readonly<Record<string, unknown>> = {};
  let awayUntil = Number.POSITIVE_INFINITY;
  let next = 0;
  for (const wire of wires) {
    if (wire.hop === asking) {
      const key = keyOf(wire.cmd, wire.sn);
      const before = open.get(key);
      const isAgain = before !== undefined && isSentAgain(before.wire, wire);
      const number = numbers === undefined ? (isAgain ? before.number : next) : numbers[counted.length];
      if (numbers === undefined && !isAgain) next += 1;
      counted.push(number);
      if (number === undefined || !isRequest(wire.cmd)) continue;
      open.set(key, { number, wire });
      if (wire.at < awayUntil) askedAway.add(number);
      if (wire.name === "control") {
        const attrs = attrsOf(wire);
        controls.set(wire.entry.id, { number, names: Object.keys(attrs) });
        if (Object.entries(attrs).every(([name, value]) => known[name] === value)) unchanged.add(number);
        known = { ...known, ...attrs };
      }
      continue;
    }
    if (isRequest(wire.cmd) || wire.cmd === CMD.deviceInfo) awayUntil = Number.NEGATIVE_INFINITY;
    else if (RESTARTING.includes(wire.cmd)) awayUntil = wire.at + RESTART_MS;
    else if (awayUntil === Number.POSITIVE_INFINITY) awayUntil = Number.NEGATIVE_INFINITY;
    const control = wire.name === "report" ? controls.get(wire.entry.id) : undefined;
    if (wire.name === "report" || wire.name === "read-reply") known = { ...known, ...attrsOf(wire) };
    if (control !== undefined) {
      if (reported.has(control.number)) continue;
      reported.add(control.number);
      replies.push({ wire, exchange: control.number, caused: control.names });
    } else if (isAnswer(wire.cmd)) {
      const number = open.get(keyOf(wire.cmd - 1, wire.sn))?.number;
      // The answer to a message that was sent again, for its answer was late, is one answer.
      if (number !== undefined && answered.has(number)) continue;
      if (number !== undefined) answered.add(number);
      replies.push({ wire, exchange: number, caused: undefined });
    }
  }
  const without = (numbersOf: ReadonlySet<number>, had: ReadonlySet<number>): ReadonlySet<number> =>
    new Set([...numbersOf].filter((number) => !had.has(number)));
  return { numbers: counted, replies, away: without(askedAway, answered), quiet: without(unchanged, reported) };
}

function keyOf(cmd: number, sn: number): string {
  return `${cmd} ${sn}`;
}

function isSentAgain(before: WireEntry, wire: WireEntry): boolean {
  return wire.at - before.at < RESENT_WITHIN_MS && wire.payload === before.payload;
}

function attrsOf({ entry }: WireEntry): Readonly<Record<string, unknown>> {
  return (entry.detail?.attrs ?? {}) as Readonly<Record<string, unknown>>;
}
