import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Closers, PARTS } from "./parts.js";
import { ORDERS, PORTS } from "./ports.js";

/**
 * Opens and closes kinds of ports and parts in every order, says so, and does nothing more: if this process does not end
 * by itself then, something was left open.
 */
const [folder = "", ...kinds] = process.argv.slice(2);

let count = 0;
function makeFolder(): string {
  count += 1;
  const made = join(folder, String(count));
  mkdirSync(made);
  return made;
}

for (const kind of kinds) {
  const openPortEnds = PORTS[kind];
  const openPart = PARTS[kind];
  if (openPortEnds !== undefined) {
    for (const inOrder of Object.values(ORDERS)) await inOrder(await openPortEnds(makeFolder()));
  } else if (openPart !== undefined) await closeInEveryOrder(openPart);
  else throw new TypeError(`nothing is called ${kind}`);
}
process.stdout.write("closed\n");

/** Each part is closed first once, and last once. */
async function closeInEveryOrder(open: (folder: string) => Promise<Closers>): Promise<void> {
  const count = Object.keys(await closeAll(await open(makeFolder()), (closers) => closers.toReversed())).length;
  for (let turn = 0; turn < count; turn += 1) {
    await closeAll(await open(makeFolder()), (closers) => [...closers.slice(turn), ...closers.slice(0, turn)]);
  }
}

async function closeAll(closers: Closers, sort: (all: Closers[string][]) => Closers[string][]): Promise<Closers> {
  for (const close of sort(Object.values(closers))) await close();
  return closers;
}
