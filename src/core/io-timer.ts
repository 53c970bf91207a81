/**
 * Wall-clock timers for input and output only: socket pacing, group commit, request time-outs.
 * They keep running while a virtual clock stands still, so nothing a user could see in an answer
 * may depend on them; such time belongs to `Clock` (architecture.md 4).
 */
export interface IoTimer {
  cancel(): void;
}

/** Runs `action` after `delayMs` of wall time. The timer does not keep the process alive unless it is told to. */
export function startIoTimer(delayMs: number, action: () => void, { keepAlive = false } = {}): IoTimer {
  const handle = setTimeout(action, delayMs);
  if (!keepAlive) handle.unref();
  return { cancel: () => clearTimeout(handle) };
}

/** A monotonic reading in milliseconds, for measuring spans only. */
export function ioNow(): number {
  return performance.now();
}

/** Resolves with true when `promise` settles within a span of wall time. Rejects as `promise` does in that time. */
export function settlesWithin(promise: Promise<unknown>, spanMs: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const timer = startIoTimer(spanMs, () => resolve(false));
    promise.then(
      () => {
        timer.cancel();
        resolve(true);
      },
      (error: unknown) => {
        timer.cancel();
        reject(error as Error);
      },
    );
  });
}
