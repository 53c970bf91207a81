import type { Argv } from "yargs";

/** The command that a command line has led to, and the words that may follow there. */
export interface CommandPlace {
  /** Such as `["tools", "aes"]`; empty for no command at all. */
  readonly path: readonly string[];
  /** The commands, or actions of a command, that may come next. */
  readonly commands: readonly string[];
  /** The options that are taken here, those of every command among them. */
  readonly options: readonly string[];
  /** The options and words that may be given again and again. */
  readonly repeatable: readonly string[];
  /** The words that may stand here, such as `did`, in their order. */
  readonly positionals: readonly string[];
  /** Those of them that must be there. */
  readonly words: readonly string[];
  /** The values of options and words that take only some. */
  readonly choices: Readonly<Record<string, readonly string[] | undefined>>;
}

/** The parts of a parser that yargs has and does not declare. */
interface ParserParts {
  getOptions(): {
    readonly key: object;
    readonly array: readonly string[];
    readonly hiddenOptions: readonly string[];
    readonly choices: CommandPlace["choices"];
  };
  getGroups(): Readonly<Record<string, readonly string[]>>;
  getDemandedOptions(): object;
  getInternalMethods(): {
    getContext(): { readonly commands: readonly string[] };
    getCommandInstance(): { getCommands(): readonly string[] };
  };
}

/** The place to which a parser has come; for use while it parses, such as in `fail` and `check`. */
export function readCommandPlace(parser: Argv): CommandPlace {
  const parts = parser as unknown as ParserParts;
  const internal = parts.getInternalMethods();
  const { key, array, hiddenOptions, choices } = parts.getOptions();
  const words = parts.getGroups()["Positionals:"] ?? [];
  const demanded = Object.keys(parts.getDemandedOptions());
  return {
    path: [...internal.getContext().commands],
    commands: internal.getCommandInstance().getCommands(),
    options: Object.keys(key).filter((name) => !words.includes(name) && !hiddenOptions.includes(name)),
    repeatable: array,
    positionals: words,
    words: words.filter((name) => demanded.includes(name)),
    choices,
  };
}
