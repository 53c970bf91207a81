import { suggestNearest } from "../../core/suggestion.js";
import type { CommandPlace } from "./command-place.js";

/** What yargs complains of, in the words of this command line: one sentence that names the option or word, and what was meant. */
export function rewordComplaint(message: string, place: CommandPlace): string {
  const [, missing] = /^Missing required arguments?: (.+)$/.exec(message) ?? [];
  if (missing !== undefined) return `${listOptions(missing)} is missing`;
  const [, bare] = /^Not enough arguments following: (.+)$/.exec(message) ?? [];
  if (bare !== undefined) return `${listOptions(bare)} needs a value after it`;
  const [, got] = /^Not enough non-option arguments: got (\d+), need at least \d+$/.exec(message) ?? [];
  if (got !== undefined) return `${place.path.join(" ")} needs ${listWords(place.words.slice(Number(got)))}`;
  const [, option, given, choices] =
    /^Invalid values:\s+Argument: (\S+), Given: (.+), Choices: (.+)$/.exec(message) ?? [];
  if (option !== undefined) return `--${option} is one of ${choices}, not ${given}`;
  return message;
}

/** What was probably meant by an unknown command or option; empty when nothing is near. */
export function adviseUnknown(message: string, args: readonly string[], place: CommandPlace): string {
  const unknown = /Unknown (?:argument|command)s?: ([^,\s]+)/.exec(message)?.[1];
  if (unknown === undefined) return "";
  const isOption = args.some((arg) => arg.startsWith(`--${unknown}`));
  const nearest = suggestNearest(unknown, isOption ? place.options : place.commands);
  return nearest === undefined ? "" : `. Did you mean ${isOption ? "--" : ""}${nearest}?`;
}

function listOptions(names: string): string {
  return names
    .split(", ")
    .map((name) => `${name.length === 1 ? "-" : "--"}${name}`)
    .join(", ");
}

function listWords(names: readonly string[]): string {
  return names.map((name) => `<${name}>`).join(" and ");
}
