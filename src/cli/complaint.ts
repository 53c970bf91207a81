/** What yargs complains of, in the words of this command line: one sentence that names the option. */
export function rewordComplaint(message: string): string {
  const [, missing] = /^Missing required arguments?: (.+)$/.exec(message) ?? [];
  if (missing !== undefined) return `${listOptions(missing)} is missing`;
  const [, bare] = /^Not enough arguments following: (.+)$/.exec(message) ?? [];
  if (bare !== undefined) return `${listOptions(bare)} needs a value after it`;
  const [, got, needed] = /^Not enough non-option arguments: got (\d+), need at least (\d+)$/.exec(message) ?? [];
  if (got !== undefined) return needed === "1" ? "a word is missing" : `${got} of ${needed} words are there`;
  const [, option, given, choices] =
    /^Invalid values:\s+Argument: (\S+), Given: (.+), Choices: (.+)$/.exec(message) ?? [];
  if (option !== undefined) return `--${option} is one of ${choices}, not ${given}`;
  return message;
}

/** The command whose help is of use to who typed these words: `gizlab tools aes` rather than `gizlab`. */
export function nameCommand(
  args: readonly string[],
  commands: readonly string[],
  actions: Readonly<Record<string, readonly string[]>>,
): string {
  const [command = "", action = ""] = args;
  if (!commands.includes(command)) return "gizlab";
  return actions[command]?.includes(action) === true ? `gizlab ${command} ${action}` : `gizlab ${command}`;
}

function listOptions(names: string): string {
  return names
    .split(", ")
    .map((name) => `${name.length === 1 ? "-" : "--"}${name}`)
    .join(", ");
}
