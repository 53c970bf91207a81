/** A word of so many letters may be the beginning of a longer one. */
const BEGINNING = 3;

/**
 * The candidate that was meant: a slip of one letter away, or else the only one that begins with `word`, or else the
 * nearest by edit distance, if near enough to be a typing mistake, with a letter of it left. Nothing is suggested for a
 * word that is itself a candidate: it is no typing mistake.
 */
export function suggestNearest(word: string, candidates: Iterable<string>): string | undefined {
  const lower = word.toLowerCase();
  let best: string | undefined;
  const begun: string[] = [];
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of new Set(candidates)) {
    if (candidate === word) return undefined;
    const distance = editDistance(lower, candidate.toLowerCase());
    const longest = Math.max(word.length, candidate.length);
    if (distance < bestDistance && distance < longest) {
      best = candidate;
      bestDistance = distance;
    }
    if (lower.length >= BEGINNING && candidate.toLowerCase().startsWith(lower)) begun.push(candidate);
  }
  return bestDistance > 1 && begun.length === 1 ? begun[0] : best;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substituted = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substituted, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
