import { clearLine, createInterface, cursorTo, type Interface } from "node:readline";
import { readBoundedLines } from "../bounded-lines.js";
import { createOutput, type Output } from "../output.js";
import { STDIN_PATH, streamInput } from "../stdin.js";
import type { Completion } from "./completion.js";

const PROMPT = "mcu> ";
const DEFAULT_COLUMNS = 80;
/** A passthrough or a binary of the largest frame, as hex. */
const LONGEST_LINE = 65_536;
const TOO_LONG = `a-line-of-more-than-${LONGEST_LINE}-characters`;

/** Where verbs are typed: a prompt below the log on a terminal, plain lines where something is piped in. */
export interface Prompt {
  /** Writes above the line that is being typed. */
  readonly output: Output;
  readonly isTerminal: boolean;
  /** The lines as they come; ends at the end of stdin, or when closed. Throws `text-encoding` for piped bytes that are no text. */
  lines(): AsyncGenerator<string>;
  close(): void;
}

/** Reads nothing before `lines` is called. */
export function createPrompt(isJson: boolean, complete: (line: string) => Completion): Prompt {
  const plain = createOutput(isJson);
  const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true && !isJson;
  let reader: Interface | undefined;
  const above = (write: () => void): void => {
    if (!isTerminal || reader === undefined) return write();
    cursorTo(process.stdout, 0);
    clearLine(process.stdout, 0);
    write();
    reader.prompt(true);
  };
  const completer = (line: string): [string[], string] => {
    const completion = complete(line);
    const choices = completion.choices.filter(isPlain);
    const lines = listChoices({ ...completion, choices }, process.stdout.columns || DEFAULT_COLUMNS);
    if (lines.length > 0) above(() => plain.line(lines.join("\n")));
    // What is shown here readline need not list again.
    if (lines.length > 0 && choices.length > 1) return [[], completion.typed];
    // Behind the only choice comes the next word, unless a value does.
    const only = choices.length === 1 ? choices[0] : undefined;
    return [only === undefined || only.endsWith("=") ? choices : [`${only} `], completion.typed];
  };
  return {
    isTerminal,
    output: {
      isJson,
      line: (text) => above(() => plain.line(text)),
      json: (value) => plain.json(value),
      note: (text) => above(() => plain.note(text)),
    },
    async *lines() {
      if (process.stdin.isTTY !== true) return yield* readPipedLines();
      const current = createInterface({
        input: process.stdin,
        ...(isTerminal ? { output: process.stdout, prompt: PROMPT, completer } : {}),
      });
      reader = current;
      // On a terminal readline keeps Ctrl-C to itself. With half a line typed it is that line which is given up.
      current.on("SIGINT", () => {
        if (current.line === "") process.kill(process.pid, "SIGINT");
        else eraseLine(current);
      });
      if (isTerminal) current.prompt();
      for await (const line of current) {
        yield line;
        if (isTerminal) current.prompt();
      }
      reader = undefined;
    },
    close() {
      reader?.close();
      process.stdin.pause();
      process.stdin.unref?.();
    },
  };
}

/**
 * Piped lines, UTF-8 or UTF-16 as the shells of Windows have it. In place of a line that is too long for a verb comes
 * a word that is none.
 */
async function* readPipedLines(): AsyncGenerator<string> {
  for await (const line of readBoundedLines(streamInput(STDIN_PATH), LONGEST_LINE)) yield line ?? TOO_LONG;
}

/** What to show at Tab: the choices where there is more than one and none is nearer, in lines, and the hint. */
export function listChoices({ typed, choices, hint }: Completion, columns: number): string[] {
  const isNearer = commonStart(choices).length > typed.length;
  const shown = choices.length > 1 && !isNearer ? choices.map(nameChoice) : [];
  const lines: string[] = [];
  for (const choice of shown) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 2 + choice.length < columns) lines[lines.length - 1] = `${last}  ${choice}`;
    else lines.push(choice);
  }
  return hint === undefined ? lines : [hint];
}

/** Of a value only the value: its datapoint stands in the line. */
function nameChoice(choice: string): string {
  return choice.endsWith("=") ? choice : choice.slice(choice.indexOf("=") + 1);
}

function commonStart([first = "", ...others]: readonly string[]): string {
  let length = first.length;
  for (const other of others) {
    let same = 0;
    while (same < length && first[same] === other[same]) same += 1;
    length = same;
  }
  return first.slice(0, length);
}

/** A label with control characters cannot be typed, and must not be shown. */
function isPlain(choice: string): boolean {
  return !/\p{Cc}/u.test(choice);
}

function eraseLine(reader: Interface): void {
  // To its end, and from there back to its start.
  reader.write(null, { ctrl: true, name: "e" });
  reader.write(null, { ctrl: true, name: "u" });
}
