/** A number with its noun: `1 report`, `2 reports`. `many` is for a plural that is not the noun with an s. */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
