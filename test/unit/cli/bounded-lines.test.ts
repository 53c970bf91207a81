import fc from "fast-check";
import { expect, it } from "vitest";
import { type BoundedLine, readBoundedLines } from "../../../src/cli/bounded-lines.js";

async function readAll(chunks: readonly string[], limit: number): Promise<BoundedLine[]> {
  async function* give(): AsyncGenerator<string> {
    yield* chunks;
  }
  const lines: BoundedLine[] = [];
  for await (const line of readBoundedLines(give(), limit)) lines.push(line);
  return lines;
}

it("gives the same lines however the text is cut", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: fc.constantFrom("a", "b", "\n"), maxLength: 40 }),
      fc.nat(40),
      fc.nat(40),
      async (text, a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const expected = text.split("\n").map((line) => (line.length > 5 ? undefined : line));
        if (expected.at(-1) === "") expected.pop();
        expect(await readAll([text.slice(0, from), text.slice(from, to), text.slice(to)], 5)).toEqual(expected);
      },
    ),
  );
});

it("keeps nothing of a line without an end", async () => {
  expect(await readAll([...Array<string>(1000).fill("x".repeat(1000)), "\nFF"], 100)).toEqual([undefined, "FF"]);
});
