import { constants } from "node:os";
import { startIoTimer } from "../core/io-timer.js";

/** What ends a command that goes on until it is ended: Ctrl-C, a service manager, a terminal that is closed. */
const ENDING = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
export type EndingSignal = (typeof ENDING)[number];

/** What is still open keeps the process no longer than this. */
const FAREWELL_MS = 500;

/** Ends the process with the exit code that is set, as soon as nothing keeps it, and after half a second whatever does. */
export function endSoon(): void {
  startIoTimer(FAREWELL_MS, () => process.exit());
}

/** Resolves at the first Ctrl-C, SIGTERM or SIGHUP; a second one ends the process at once. */
export async function waitForInterrupt(): Promise<void> {
  await waitForSignal();
}

/** The same, with the name of the signal. */
export function waitForSignal(): Promise<EndingSignal> {
  return new Promise((resolve) => {
    let isSecond = false;
    for (const signal of ENDING) {
      process.on(signal, () => {
        if (isSecond) process.exit(128 + constants.signals[signal]);
        isSecond = true;
        resolve(signal);
      });
    }
  });
}
