/** A line of text, or undefined in place of one that is longer than the limit. */
export type BoundedLine = string | undefined;

/** The lines of a stream, one at a time; of a line that is too long nothing is kept. */
export async function* readBoundedLines(chunks: AsyncIterable<string>, limit: number): AsyncGenerator<BoundedLine> {
  let rest = "";
  let isTooLong = false;
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf("\n"); end >= 0; end = chunk.indexOf("\n", from)) {
      const line = isTooLong ? undefined : rest + chunk.slice(from, end);
      yield line === undefined || line.length > limit ? undefined : line;
      rest = "";
      isTooLong = false;
      from = end + 1;
    }
    rest = isTooLong ? "" : rest + chunk.slice(from);
    if (rest.length > limit) {
      isTooLong = true;
      rest = "";
    }
  }
  if (isTooLong) yield undefined;
  else if (rest !== "") yield rest;
}
