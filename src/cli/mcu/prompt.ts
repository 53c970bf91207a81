import { clearLine, createInterface, cursorTo, type Interface } from "node:readline";
import { createOutput, type Output } from "../output.js";

const PROMPT = "mcu> ";

/** Where verbs are typed: a prompt below the log on a terminal, plain lines where something is piped in. */
export interface Prompt {
  /** Writes above the line that is being typed. */
  readonly output: Output;
  readonly isTerminal: boolean;
  /** The lines as they come; ends at the end of stdin, or when closed. */
  lines(): AsyncGenerator<string>;
  close(): void;
}

/** Reads nothing before `lines` is called. */
export function createPrompt(isJson: boolean, candidates: readonly string[]): Prompt {
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
  return {
    isTerminal,
    output: {
      isJson,
      line: (text) => above(() => plain.line(text)),
      json: (value) => plain.json(value),
      note: (text) => above(() => plain.note(text)),
    },
    async *lines() {
      reader = createInterface({
        input: process.stdin,
        ...(isTerminal ? { output: process.stdout, prompt: PROMPT, completer: completeFrom(candidates) } : {}),
      });
      // On a terminal readline keeps Ctrl-C to itself.
      reader.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
      if (isTerminal) reader.prompt();
      for await (const line of reader) {
        yield line;
        if (isTerminal) reader.prompt();
      }
      reader = undefined;
    },
    close() {
      reader?.close();
      process.stdin.unref?.();
    },
  };
}

/** Completes the word before the cursor. */
function completeFrom(candidates: readonly string[]): (line: string) => [string[], string] {
  return (line) => {
    const word = /[^\s;]*$/.exec(line)?.[0] ?? "";
    return [candidates.filter((candidate) => candidate.startsWith(word)), word];
  };
}
