import yargs, { type Argv, type CommandModule } from "yargs";
import { VERSION } from "../../lab/version.js";
import { complain, EXIT, UsageError } from "../output.js";
import { STDIN_PATH } from "../stdin.js";
import { type CommandPlace, readCommandPlace } from "./command-place.js";
import { COMMANDS } from "./command-table.js";
import { adviseUnknown, rewordComplaint } from "./complaint.js";

const MOST_COLUMNS = 110;

/** The parser of a command line, with every command. A line that is wrong ends the process with 2. */
export function createParser(args: readonly string[]): Argv {
  const parser = yargs(keepDashes(args))
    .scriptName("gizlab")
    .usage("$0 <command>\n\nA whole Gizwits platform on one desk.");
  for (const command of COMMANDS) parser.command(command as unknown as CommandModule);
  return parser
    .option("json", { type: "boolean", default: false, describe: "one JSON object per line on stdout, logs on stderr" })
    .version(VERSION)
    .help()
    .alias("help", "h")
    .alias("version", "v")
    .parserConfiguration({ "parse-numbers": false, "parse-positional-numbers": false, "camel-case-expansion": false })
    .check((argv) => {
      const { options, repeatable } = readCommandPlace(parser);
      const twice = options.find((name) => !repeatable.includes(name) && Array.isArray(argv[name]));
      if (twice !== undefined) throw new UsageError(`--${twice} is given twice`);
      return true;
    })
    .demandCommand(1, "name a command")
    .strict()
    .wrap(Math.min(MOST_COLUMNS, process.stdout.columns ?? MOST_COLUMNS))
    .fail((message, error) => {
      // yargs' own complaints come as YError; every other error is one that a command threw.
      if (error !== undefined && error !== null && error.name !== "YError") throw error;
      const place = readCommandPlace(parser);
      const complaint = `${rewordComplaint(message, place)}${adviseUnknown(message, args, place)}`;
      const command = ["gizlab", ...place.path].join(" ");
      complain(`gizlab: ${complaint}\n  ${command} --help shows what there is`);
      process.exit(EXIT.usage);
    });
}

/** yargs drops a lone `-` from a list of words, and the files of a scenario are a list. */
function keepDashes(args: readonly string[]): string[] {
  return args.map((arg) => (arg === "-" && args[0] === "scenario" ? STDIN_PATH : arg));
}

/** An option that no command has. */
const STRANGE = "--?=1";
const ENDING = new Set(["--", "--help", "-h", "--version", "-v"]);

/** The place to which words lead, without doing anything there; for completion. */
export async function findCommandPlace(words: readonly string[]): Promise<CommandPlace> {
  const parser = createParser([STRANGE, ...words.filter((word) => !ENDING.has(word))]);
  let place = readCommandPlace(parser);
  const stopped = new Error("the place is known");
  parser.fail(() => {
    place = readCommandPlace(parser);
    throw stopped;
  });
  try {
    await parser.parseAsync();
  } catch (error) {
    if (error !== stopped) throw error;
  }
  return place;
}
