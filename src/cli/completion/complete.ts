import { listShippedProfiles } from "../../lab/profiles.js";
import type { CommandPlace } from "../command-line/command-place.js";
import { listRunningLabs } from "../running-lab/running-labs.js";
import { completeDevice, completeDid, completeNames, completeProduct, completeValues } from "./device-words.js";
import type { Question } from "./question.js";

/** The place to which words lead in the parser. */
export type FindPlace = (words: readonly string[]) => Promise<CommandPlace>;
type Source = (question: Question) => Promise<readonly string[]> | readonly string[];

/** What stands behind each command, word by word; the last one goes for all that follow. */
const WORDS: Readonly<Record<string, readonly Source[]>> = {
  devices: [completeProduct],
  get: [completeDevice, completeNames],
  set: [completeDevice, (question) => completeValues(question, false)],
  control: [completeDevice, (question) => completeValues(question, true)],
  query: [completeDid],
  sim: [listShippedProfiles],
  "tools qr": [completeDevice],
  "profile check": [listShippedProfiles],
  "profile types": [listShippedProfiles],
  "profile dissector": [listShippedProfiles],
};
/** What stands behind each option. */
const OPTION_VALUES: Readonly<Record<string, Source>> = {
  "--cloud": async () => (await listRunningLabs()).map(({ http }) => http),
  "--did": completeDid,
  "--profile": listShippedProfiles,
};
const HAS_NO_VALUE = new Set(["--json", "--help", "--version"]);

/**
 * The candidates for the last of `words`, of which the first is the program. Words of the running lab come from the lab,
 * commands, options and their choices from the parser. Where no lab answers there is nothing to complete.
 */
export async function complete(words: readonly string[], findPlace: FindPlace): Promise<string[]> {
  const current = words.at(-1) ?? "";
  const before = words.slice(1, -1);
  const previous = before.at(-1) ?? "";
  const question: Question = { words: dropOptions(before), current, cloud: readOption(before, "--cloud") };
  const source = OPTION_VALUES[previous] ?? (current.startsWith("-") ? undefined : findSource(question.words));
  const candidates = source === undefined ? await askParser(before, question, findPlace) : await source(question);
  return [...new Set(candidates)].filter((candidate) => candidate.startsWith(current));
}

function findSource(words: readonly string[]): Source | undefined {
  for (const length of [2, 1]) {
    const sources = WORDS[words.slice(0, length).join(" ")];
    if (sources !== undefined && words.length >= length) return sources[words.length - length] ?? repeat(sources);
  }
  return undefined;
}

/** Only a list of several sources goes on: `get DID` takes names without end, `query DID` nothing more. */
function repeat(sources: readonly Source[]): Source | undefined {
  return sources.length > 1 ? sources.at(-1) : undefined;
}

/** The choices of the option before, or else options, the commands that may follow, or the choices of the next word. */
async function askParser(
  before: readonly string[],
  { words, current }: Question,
  findPlace: FindPlace,
): Promise<readonly string[]> {
  const place = await findPlace(before);
  const previous = before.at(-1) ?? "";
  const choices = previous.startsWith("--") ? place.choices[previous.slice(2)] : undefined;
  if (choices !== undefined) return choices;
  if (current.startsWith("-")) return place.options.filter((name) => name.length > 1).map((name) => `--${name}`);
  if (place.commands.length > 0) return place.commands;
  return place.choices[place.positionals[words.length - place.path.length] ?? ""] ?? [];
}

/** The words that are no options and no values of them. */
function dropOptions(words: readonly string[]): string[] {
  return words.filter((word, index) => {
    if (word.startsWith("-")) return false;
    const before = words[index - 1] ?? "";
    return !before.startsWith("--") || before.includes("=") || HAS_NO_VALUE.has(before);
  });
}

function readOption(words: readonly string[], name: string): string | undefined {
  const at = words.indexOf(name);
  if (at >= 0) return words[at + 1];
  return words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
}
