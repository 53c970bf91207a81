/** Characters that take two columns: CJK, Hangul, full-width forms, emoji. */
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{1faff}]/u;

/** The columns that a text takes on a terminal. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += WIDE.test(character) ? 2 : 1;
  return width;
}

/** A text that fits a terminal's line, its end left out where it is too long; all of it without a width. */
export function cutLine(text: string, width: number | undefined): string {
  if (width === undefined || widthOf(text) <= width) return text;
  let cut = "";
  let used = 1;
  for (const character of text) {
    used += WIDE.test(character) ? 2 : 1;
    if (used > width) break;
    cut += character;
  }
  return `${cut}…`;
}

/** A text in lines that fit, broken between words, all but the first indented; one line without a width. */
export function wrapLines(text: string, width: number | undefined, indent: number): string[] {
  if (width === undefined) return [text];
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (widthOf(longer) <= width || line.trim() === "") {
      line = longer;
      continue;
    }
    lines.push(line);
    line = `${" ".repeat(indent)}${word}`;
  }
  return [...lines, line].map((each) => cutLine(each, width));
}
