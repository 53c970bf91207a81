import { formatCount } from "../../core/count-text.js";
import { findProfileFile, loadProfile } from "../../lab/profiles.js";
import { checkProfile, parseProfile } from "../../profile/load.js";
import type { Profile } from "../../profile/profile.js";
import { printTypes } from "../../profile/typescript.js";
import { printDissector } from "../../record/dissector.js";
import { createOutput, EXIT } from "../output.js";
import { isStdin, readInput, STDIN } from "../stdin.js";

export interface ProfileArguments {
  readonly file: string;
  readonly json: boolean;
}

/** `gizlab profile check`: every mistake of a profile, or its size. */
export async function checkFile({ file: name, json }: ProfileArguments): Promise<void> {
  const output = createOutput(json);
  const file = isStdin(name) ? STDIN : findProfileFile(name);
  const { profile, problems } = checkProfile(await readInput(isStdin(name) ? name : file));
  for (const { line, column, path, message } of problems) {
    output.line(`${file}:${line}:${column}: ${path === "" ? "" : `${path}: `}${message}`);
    output.json({ event: "problem", file, line, column, path, message });
  }
  if (profile === undefined) {
    output.line(formatCount(problems.length, "problem"));
    output.json({ event: "checked", file, ok: false, problems: problems.length });
    process.exitCode = EXIT.failed;
    return;
  }
  const { protocol, fixed, points } = profile.layout;
  const size =
    protocol === "standard"
      ? `dev_status ${formatCount(fixed.statusLength, "byte")}, attr_flags ${fixed.flagsLength}`
      : "variable length";
  output.line(
    `${profile.name}: ${formatCount(points.length, "datapoint")}, ${size}, product_key ${profile.productKey}`,
  );
  output.json({
    event: "checked",
    file,
    ok: true,
    name: profile.name,
    product_key: profile.productKey,
    protocol,
    datapoints: points.length,
    status_length: fixed.statusLength,
  });
}

/** `gizlab profile types`. */
export async function typesOf({ file, json }: ProfileArguments): Promise<void> {
  const output = createOutput(json);
  const { name, profile } = await load(file);
  const text = printTypes(profile, name);
  output.line(text.trimEnd());
  output.json({ types: text });
}

/** `gizlab profile dissector`. */
export async function dissectorOf({ file, json }: ProfileArguments): Promise<void> {
  const output = createOutput(json);
  const text = printDissector([(await load(file)).profile]);
  output.line(text.trimEnd());
  output.json({ dissector: text });
}

async function load(file: string): Promise<{ readonly name: string; readonly profile: Profile }> {
  if (!isStdin(file)) return loadProfile(file);
  const profile = parseProfile(await readInput(file), STDIN);
  return { name: profile.name, profile };
}
