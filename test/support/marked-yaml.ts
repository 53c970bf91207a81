/** Shows in a YAML text where a problem is expected. */
const MARK = "¦";

/** The text without its mark, and where that stood. Throws when there is not exactly one. */
export function splitMark(marked: string): { readonly text: string; readonly line: number; readonly column: number } {
  const parts = marked.split(MARK);
  const [before = ""] = parts;
  if (parts.length !== 2) throw new Error(`one ${MARK} is wanted in ${marked}`);
  const lines = before.split("\n");
  return { text: parts.join(""), line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}
