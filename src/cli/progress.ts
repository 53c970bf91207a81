import { ioNow } from "../core/io-timer.js";
import { escapeControls } from "./terminal/safe-text.js";

/** A line that changes in place while something takes its time. */
export interface Progress {
  show(text: string): void;
  /** Takes the line away, so that a result can stand there. */
  clear(): void;
}

const ERASE = "\r\u001b[2K";
const DEFAULT_COLUMNS = 80;
/** Nobody reads faster. */
const PAUSE_MS = 50;

/** On a terminal; elsewhere, or where lines of JSON are wanted, nothing is shown. */
export function createProgress(isJson: boolean): Progress {
  const { stderr } = process;
  if (isJson || !stderr.isTTY) return { show: () => {}, clear: () => {} };
  let isShown = false;
  let shownAt = Number.NEGATIVE_INFINITY;
  return {
    show(text) {
      if (ioNow() - shownAt < PAUSE_MS) return;
      shownAt = ioNow();
      isShown = true;
      // A terminal that does not know its width says 0.
      stderr.write(
        `${ERASE}${escapeControls(text, { inLine: true }).slice(0, (stderr.columns || DEFAULT_COLUMNS) - 1)}`,
      );
    },
    clear() {
      if (isShown) stderr.write(ERASE);
      isShown = false;
    },
  };
}
