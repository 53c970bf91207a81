/** How many milliseconds `work` computed, and at most how long it took. */
export function timeTurn(work: () => void): number {
  const last = performance.now();
  const lastCpu = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(lastCpu);
  return Math.min(performance.now() - last, (user + system) / 1000);
}

/**
 * The longest time in milliseconds that the event loop was held while `work` ran. What the process did not compute in a
 * turn, a machine under load took from it.
 */
export async function longestHold(work: () => Promise<unknown>): Promise<number> {
  let last = performance.now();
  let lastCpu = process.cpuUsage();
  let longest = 0;
  let isRunning = true;
  const tick = (): void => {
    const { user, system } = process.cpuUsage(lastCpu);
    longest = Math.max(longest, Math.min(performance.now() - last, (user + system) / 1000));
    last = performance.now();
    lastCpu = process.cpuUsage();
    if (isRunning) setImmediate(tick);
  };
  setImmediate(tick);
  await work();
  isRunning = false;
  tick();
  return longest;
}
