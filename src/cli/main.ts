#!/usr/bin/env node
import { hideBin } from "yargs/helpers";
import { createParser, findCommandPlace } from "./command-line/parser.js";
import { COMPLETION_OPTION } from "./completion/script.js";
import { EXIT, reportFailure } from "./output.js";

async function main(args: readonly string[]): Promise<void> {
  const [first, ...rest] = args;
  if (first === COMPLETION_OPTION) {
    const { complete } = await import("./completion/complete.js");
    for (const candidate of await complete(rest, findCommandPlace)) process.stdout.write(`${candidate}\n`);
    return;
  }
  const parser = createParser(args);
  if (args.length === 0) {
    process.stdout.write(`${await parser.getHelp()}\n`);
    return;
  }
  try {
    await parser.parseAsync();
  } catch (error) {
    process.exitCode = reportFailure(error, args.includes("--json"));
  }
}

// A reader that has seen enough, such as head, ends the command.
process.stdout.on("error", (error: NodeJS.ErrnoException) =>
  process.exit(error.code === "EPIPE" ? EXIT.ok : EXIT.failed),
);

await main(hideBin(process.argv));
