import { describe, expect, it } from "vitest";
import { PASTE_FORMS } from "../../../../src/codec/paste/read-paste.js";
import { GizlabError } from "../../../../src/core/errors.js";

const COUNT = 20_000;
/** Far more than a form takes whose time grows with the length, on a busy machine; one whose time grows faster takes longer. */
const LIMIT_MS = 3000;
const PIECES: readonly string[] = [
  ..."gx/'|(,;#",
  ...["x_", "0x", "\\x", "/*", "ff-", "FF;FF", "|a", "<Buffer ff", "[1 ... ", "[1,", "[/*x*/", "dev2app/", "[RX]"],
  ...["0000 ff ff \n", "2026-12-01 10:", "WiFi2MCU[", "\x1b[", "*\n", "[ \n", "[(unsigned "],
];

describe("a text without bytes, however long", () => {
  it.each(PIECES)("is read in a time that grows with its length: %j", (piece) => {
    const text = `${piece.repeat(COUNT)}!`;
    const bytes = Buffer.from(text);
    const startedAt = performance.now();
    for (const form of PASTE_FORMS) {
      try {
        form.read({ text, bytes });
      } catch (error) {
        expect(error).toBeInstanceOf(GizlabError);
      }
    }
    expect(performance.now() - startedAt).toBeLessThan(LIMIT_MS);
  });
});
