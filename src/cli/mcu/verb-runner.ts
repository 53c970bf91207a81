import type { Clock, Timer } from "../../core/clock.js";
import { formatCount } from "../../core/count-text.js";
import { formatDuration, type Millis } from "../../core/duration.js";
import { GizlabError } from "../../core/errors.js";
import { readNamedBytes } from "../../lab/named-file.js";
import type { StandInMcu } from "../../lab/stand-in-mcu.js";
import { formatAttrs } from "../../lab/trace-text.js";
import type { DisplayValues } from "../../profile/scale.js";
import { explainInLine, type Output } from "../output.js";
import { describeAnswer, type Told } from "./answers.js";
import type { ScriptRow } from "./report-script.js";
import { HELP_COLUMNS, listVerbs, type TypedVerb, type Verb } from "./verbs.js";

const TRANSMISSIONS = 3;
const NO_ANSWER =
  "has the module power, are RX and TX crossed, is --baud right? A module that restarts does not answer either";

/** Does verbs one after another, and says how each has ended. */
export class VerbRunner {
  readonly #mcu: StandInMcu;
  readonly #clock: Clock;
  readonly #output: Output;
  readonly #pauses = new Set<{ timer: Timer; end: () => void }>();
  #timed: Timer | undefined;
  #uploading: { readonly text: string; readonly over: Promise<void> } | undefined;
  /** The verb under way, as it was typed. */
  #current: string | undefined;
  #isClosed = false;
  #failures = 0;
  #count = 0;

  constructor(mcu: StandInMcu, clock: Clock, output: Output) {
    this.#mcu = mcu;
    this.#clock = clock;
    this.#output = output;
  }

  /** How many verbs have been done, the failed ones included. */
  get count(): number {
    return this.#count;
  }

  get failures(): number {
    return this.#failures;
  }

  /** Does a verb; false for one that ends the command. */
  async run({ text, verb }: TypedVerb): Promise<boolean> {
    if (verb.kind === "quit" || this.#isClosed) return false;
    this.#count += 1;
    this.#current = text;
    try {
      const { text: said, detail } = await this.#perform(verb, text);
      // What an interruption has ended was told by it.
      if (this.#isClosed) return false;
      this.#output.line(`${text}: ${said}`);
      this.#output.json({ event: "verb", verb: text, ok: true, ...detail });
    } catch (error) {
      this.#fail(text, error);
    }
    this.#current = undefined;
    return true;
  }

  /** Counts what was typed and cannot be read as failed. Throws what is no `GizlabError`. */
  refuse(text: string, error: unknown): void {
    this.#count += 1;
    this.#fail(text, error);
  }

  /**
   * Ends the verb under way, and a file that is being sent, as failed, and says which of the planned ones were not begun;
   * nothing is said of any verb after it. True when something was left undone.
   */
  interrupt(signal: string, planned: readonly string[]): boolean {
    const undone = planned.slice(this.#count);
    const [next] = undone;
    for (const text of [this.#uploading?.text, this.#current]) {
      if (text !== undefined) this.#fail(text, new GizlabError("interrupted", `interrupted by ${signal}`));
    }
    if (next !== undefined) {
      const behind = undone.length - 1;
      const rest = behind === 0 ? "" : `, as ${behind === 1 ? "was" : "were"} ${formatCount(behind, "verb")} behind it`;
      this.#fail(next, new GizlabError("interrupted", `interrupted by ${signal} before it was begun${rest}`));
    }
    this.#isClosed = true;
    return this.#uploading !== undefined || this.#current !== undefined || next !== undefined;
  }

  /** Reports row by row. */
  async play(rows: readonly ScriptRow[], periodMs: Millis): Promise<void> {
    for (const [index, { line, attrs }] of rows.entries()) {
      if (index > 0) await this.pause(periodMs);
      if (!(await this.run({ text: nameRow({ line }), verb: { kind: "set", attrs } }))) return;
    }
  }

  /** Reports every so often from now on; undefined ends that. */
  every(periodMs: Millis | undefined): void {
    this.#timed?.cancel();
    this.#timed = undefined;
    if (periodMs === undefined) return;
    let isUnderWay = false;
    const arm = (): Timer =>
      this.#clock.setTimer("timed report", periodMs, () => {
        this.#timed = arm();
        // A module that does not answer must not make a queue in which verbs wait for their turn.
        if (isUnderWay) return;
        isUnderWay = true;
        void this.#mcu.report().finally(() => {
          isUnderWay = false;
        });
      });
    this.#timed = arm();
  }

  /** Resolves when no file is being sent any more. */
  async settle(): Promise<void> {
    await this.#uploading?.over;
  }

  /** Lets time pass. */
  pause(spanMs: Millis): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        this.#pauses.delete(pause);
        resolve();
      };
      const pause = { timer: this.#clock.setTimer("pause", spanMs, end), end };
      this.#pauses.add(pause);
    });
  }

  /** Ends timed reports and pauses, and tells nothing more: what was under way was not refused by anybody. */
  close(): void {
    this.#isClosed = true;
    this.every(undefined);
    for (const { timer, end } of this.#pauses) {
      timer.cancel();
      end();
    }
  }

  #fail(text: string, error: unknown): void {
    if (!(error instanceof GizlabError)) throw error;
    if (this.#isClosed) return;
    this.#failures += 1;
    const { code, message, expected, found, hint } = error;
    this.#output.json({ event: "verb", verb: text, ok: false, code, message, expected, found, hint });
    this.#output.note(`gizlab: ${text}: ${explainInLine(error)}`);
  }

  async #perform(verb: Exclude<Verb, { kind: "quit" }>, text: string): Promise<Told> {
    switch (verb.kind) {
      case "ask": {
        const answer = await this.#mcu.ask(verb.cmd, verb.payload);
        if (answer === undefined) throw noAnswer(text);
        return describeAnswer(answer);
      }
      case "set":
        return this.#set(verb.attrs, text);
      case "get":
        return this.#get(verb.names);
      case "report":
        if (!(await this.#mcu.report())) throw noAnswer(text);
        return { text: "acknowledged", detail: {} };
      case "every":
        this.every(verb.periodMs);
        return { text: verb.periodMs === undefined ? "off" : `every ${formatDuration(verb.periodMs)}`, detail: {} };
      case "auto":
        this.#mcu.reportByItself(verb.isOn);
        return { text: verb.isOn ? "changes are reported" : "only report and every report", detail: {} };
      case "send":
        this.#mcu.send(verb.bytes);
        return { text: `${formatCount(verb.bytes.length, "byte")} sent`, detail: {} };
      case "upload":
        return this.#upload(verb.file, text);
      case "stop-upload":
        if (this.#uploading === undefined) throw new GizlabError("verb-invalid", "no file is being sent");
        this.#mcu.cancelUpload();
        return { text: "told the module", detail: {} };
      case "update":
        if (!(await this.#mcu.askUpdate())) throw noAnswer(text);
        return { text: "asked; newer firmware comes by itself", detail: {} };
      case "wait":
        await this.pause(verb.spanMs);
        return { text: "over", detail: {} };
      case "wait-for":
        return this.#waitFor(verb.what, verb.withinMs);
      case "help":
        for (const line of listVerbs(HELP_COLUMNS)) this.#output.line(`  ${line}`);
        return { text: "Ctrl-C ends", detail: { verbs: listVerbs() } };
    }
  }

  #upload(file: string, text: string): Told {
    if (this.#uploading !== undefined) throw new GizlabError("big-data-busy", "a file is being sent already");
    const content = readNamedBytes(file);
    const how = { file, bytes: content.length };
    const over = this.#mcu
      .upload(content)
      .then(
        () => {
          if (this.#isClosed) return;
          this.#output.line(`${text}: all of ${formatCount(content.length, "byte")} has arrived`);
          this.#output.json({ event: "uploaded", ok: true, ...how });
        },
        (error: unknown) => this.#fail(text, error),
      )
      .finally(() => {
        this.#uploading = undefined;
      });
    this.#uploading = { text, over };
    return { text: `${formatCount(content.length, "byte")} offered to the module`, detail: how };
  }

  async #set(attrs: DisplayValues, text: string): Promise<Told> {
    const isReporting = this.#mcu.isReporting;
    const isAcknowledged = await this.#mcu.set(attrs);
    if (isReporting && !isAcknowledged) throw noAnswer(text);
    return { text: isReporting ? "reported, acknowledged" : "not reported, auto is off", detail: { attrs } };
  }

  #get(names: readonly string[]): Told {
    const all = this.#mcu.attrs;
    const attrs =
      names.length === 0 ? all : Object.fromEntries(names.map((name) => [name, all[name] as DisplayValues[string]]));
    return { text: formatAttrs(attrs), detail: { attrs } };
  }

  async #waitFor(what: "module" | "cloud", withinMs: Millis): Promise<Told> {
    if (await this.#mcu.whenModule(what === "module" ? "speaks" : "is online", withinMs)) {
      return { text: what === "module" ? "it speaks" : "the module is online", detail: {} };
    }
    const missing = what === "module" ? "the module has said nothing" : "the module is not at its cloud";
    throw new GizlabError("wait-over", `${missing} after ${formatDuration(withinMs)}`, {
      hint:
        what === "module" ? NO_ANSWER : "the lines of Wi-Fi status say how far it is; airlink or softap configures it",
    });
  }
}

/** What a row of a script is called. */
export function nameRow({ line }: Pick<ScriptRow, "line">): string {
  return `script line ${line}`;
}

function noAnswer(text: string): GizlabError {
  return new GizlabError("no-answer", `no answer to ${TRANSMISSIONS} transmissions of ${text.split(" ")[0]}`, {
    hint: NO_ANSWER,
  });
}
