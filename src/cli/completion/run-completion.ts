import { createOutput, UsageError } from "../output.js";
import { printCompletionScript, SHELLS, type Shell } from "./script.js";

export interface CompletionArguments {
  readonly shell?: Shell;
  readonly json: boolean;
}

/** Prints the script that a shell reads. Throws `usage` where the shell is not named and is none of those known. */
export function runCompletion(args: CompletionArguments): void {
  const output = createOutput(args.json);
  const shell = args.shell ?? SHELLS.find((name) => process.env.SHELL?.endsWith(`/${name}`));
  if (shell === undefined)
    throw new UsageError("the shell is not known", `name it: gizlab completion ${SHELLS.join(" or ")}`);
  const script = printCompletionScript(shell, [process.execPath, process.argv[1] ?? "gizlab"]);
  output.json({ shell, script });
  output.line(script.trimEnd());
}
