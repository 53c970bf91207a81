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
  /** The words that must be there, such as `did`, in their order. */
  readonly words: readonly string[];
}

/** The parts of a parser that yargs has and does not declare. */
interface ParserParts {
  getOptions(): { readonly key: object; readonly array: readonly string[] };
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
  const { key, array } = parts.getOptions();
  const words = parts.getGroups()["Positionals:"] ?? [];
  const demanded = Object.keys(parts.getDemandedOptions());
  return {
    path: [...internal.getContext().commands],
    commands: internal.getCommandInstance().getCommands(),
    options: Object.keys(key).filter((name) => !words.includes(name)),
    repeatable: array,
    words: words.filter((name) => demanded.includes(name)),
  };
}
