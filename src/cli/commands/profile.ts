import type { Argv, CommandModule } from "yargs";
import type { ProfileArguments } from "../profile/run-profile.js";

const withFile =
  (example: string, about: string) =>
  (command: Argv): Argv<ProfileArguments> =>
    command
      .positional("file", {
        type: "string",
        demandOption: true,
        describe: "datapoint JSON (- for stdin), or the name of a shipped profile",
      })
      .example(example, about) as unknown as Argv<ProfileArguments>;
const CHECK = withFile("$0 profile check my-product.json", "line and column of every mistake");
const TYPES = withFile("$0 profile types my-product.json > my-product.ts", "types of your own");
const DISSECTOR = withFile("$0 profile dissector my-product.json > gizwits.lua", "for Wireshark");

/** Loaded when one is called: the other commands start without them. */
const load = (): Promise<typeof import("../profile/run-profile.js")> => import("../profile/run-profile.js");
const check = (async (args: ProfileArguments) => (await load()).checkFile(args)) as never;
const types = (async (args: ProfileArguments) => (await load()).typesOf(args)) as never;
const dissector = (async (args: ProfileArguments) => (await load()).dissectorOf(args)) as never;

export const profileCommand: CommandModule = {
  command: "profile",
  describe: "check a product's datapoint JSON, or print types or a dissector from it",
  builder: (command) =>
    command
      .command("check <file>", "validate a profile", CHECK, check)
      .command("types <file>", "print TypeScript types", TYPES, types)
      .command("dissector <file>", "print a Wireshark dissector", DISSECTOR, dissector)
      .example("$0 profile check pet-house", "a shipped profile")
      .example("$0 profile types my-product.json > my-product.ts", "types of your own")
      .demandCommand(1, "name an action: check, types or dissector"),
  handler: () => {},
};
