/** A line that changes in place while something takes its time. */
export interface Progress {
  show(text: string): void;
  /** Takes the line away, so that a result can stand there. */
  clear(): void;
}

const ERASE = "\r\u001b[2K";

/** On a terminal; elsewhere, or where lines of JSON are wanted, nothing is shown. */
export function createProgress(isJson: boolean): Progress {
  const { stderr } = process;
  if (isJson || !stderr.isTTY) return { show: () => {}, clear: () => {} };
  let isShown = false;
  return {
    show(text) {
      isShown = true;
      stderr.write(`${ERASE}${text.slice(0, (stderr.columns ?? 80) - 1)}`);
    },
    clear() {
      if (isShown) stderr.write(ERASE);
      isShown = false;
    },
  };
}
