import { GizlabError } from "../../core/errors.js";

/**
 * Cuts what somebody typed into verbs at `;` and each verb into words at blanks. Quotes, " or ', hold blanks and
 * semicolons together and are left out; a verb without words does not count. Throws `verb-invalid` for an open quote.
 */
export function splitVerbs(text: string): string[][] {
  const verbs: string[][] = [[]];
  let word: string | undefined;
  let quote = "";
  const endWord = (): void => {
    if (word !== undefined) verbs.at(-1)?.push(word);
    word = undefined;
  };
  for (const char of text) {
    if (quote !== "") {
      if (char === quote) quote = "";
      else word = `${word ?? ""}${char}`;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= "";
    } else if (char === ";") {
      endWord();
      verbs.push([]);
    } else if (/\s/.test(char)) {
      endWord();
    } else {
      word = `${word ?? ""}${char}`;
    }
  }
  endWord();
  if (quote !== "") throw new GizlabError("verb-invalid", `a quote ${quote} is not closed: ${text.trim()}`);
  return verbs.filter((words) => words.length > 0);
}
