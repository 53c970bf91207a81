const PAUSE_MS = 20;

/**
 * Asks again and again until `isEnough` holds: for what happens in another process, where there is no event to wait
 * for. Throws, with the last answer, when it still does not after `withinMs`.
 */
export async function pollUntil<T>(
  what: string,
  ask: () => Promise<T>,
  isEnough: (answer: T) => boolean,
  withinMs = 10_000,
): Promise<T> {
  const endsAt = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (isEnough(answer)) return answer;
    if (performance.now() > endsAt)
      throw new Error(`no ${what} within ${withinMs} ms, last seen: ${JSON.stringify(answer)}`);
    await new Promise<void>((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
