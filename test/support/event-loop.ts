import { readFileSync } from "node:fs";

/** Linux tells here how long the main thread has computed, in nanoseconds; what other threads collect or compile is not in it. */
const MAIN_THREAD = `/proc/self/task/${process.pid}/schedstat`;

/** How many milliseconds the main thread has computed; elsewhere than on Linux, the process. */
function computedMs(): number {
  try {
    return Number(readFileSync(MAIN_THREAD, "latin1").split(" ")[0]) / 1e6;
  } catch {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }
}

/** How many milliseconds `work` computed, and at most how long it took. */
export function timeTurn(work: () => void): number {
  const last = performance.now();
  const lastComputed = computedMs();
  work();
  return Math.min(performance.now() - last, computedMs() - lastComputed);
}

/**
 * The longest time in milliseconds that the event loop was held while `work` ran. What the main thread did not compute
 * in a turn, a machine under load took from it.
 */
export async function longestHold(work: () => Promise<unknown>): Promise<number> {
  let last = performance.now();
  let lastComputed = computedMs();
  let longest = 0;
  let isRunning = true;
  const tick = (): void => {
    const computed = computedMs();
    longest = Math.max(longest, Math.min(performance.now() - last, computed - lastComputed));
    last = performance.now();
    lastComputed = computed;
    if (isRunning) setImmediate(tick);
  };
  setImmediate(tick);
  await work();
  isRunning = false;
  tick();
  return longest;
}
