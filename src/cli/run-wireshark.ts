import { format, parse, resolve } from "node:path";
import { formatCount } from "../core/count-text.js";
import { writeNamedFile } from "../lab/named-file.js";
import { parseProfile } from "../profile/load.js";
import { findProductKeys } from "../record/device-products.js";
import { printDissector } from "../record/dissector.js";
import { encodePcapng, isPacket } from "../record/pcapng.js";
import { createOutput, UsageError } from "./output.js";
import { readRecordingFile } from "./recording-file.js";
import { isStdin, nameInput } from "./stdin.js";

export interface WiresharkArguments {
  readonly file: string;
  readonly pcapng?: string;
  readonly lua?: string;
  readonly json: boolean;
}

/** Writes a recording as a capture, and the dissector of its products. Throws `file-…`, `recording-invalid`, `profile-invalid`. */
export async function runWireshark(args: WiresharkArguments): Promise<void> {
  const output = createOutput(args.json);
  const { file } = args;
  if (isStdin(file) && (args.pcapng === undefined || args.lua === undefined))
    throw new UsageError("a recording from stdin has no name: name the files with --pcapng and --lua");
  const pcapng = args.pcapng ?? withExtension(file, ".pcapng");
  const lua = args.lua ?? withExtension(file, ".lua");
  if (new Set([nameInput(file), pcapng, lua].map((path) => resolve(path))).size < 3) {
    throw new UsageError("recording, capture and dissector are three files", "name others with --pcapng and --lua");
  }
  const { header, entries } = await readRecordingFile(file);
  const profiles = header.profiles.map(({ name, document }) =>
    parseProfile(JSON.stringify(document), `${nameInput(file)}: ${name}`),
  );
  writeNamedFile(pcapng, encodePcapng(entries, { productKeyOf: findProductKeys(entries, profiles) }));
  writeNamedFile(lua, printDissector(profiles));
  const packets = entries.filter(isPacket).length;
  const command = `tshark -X lua_script:${quote(lua)} -r ${quote(pcapng)}`;
  output.json({ event: "written", pcapng, lua, packets, hops: entries.length, command });
  output.line(`${pcapng}: ${formatCount(packets, "packet")} of ${formatCount(entries.length, "hop")}`);
  output.line(
    `${lua}: dissector for ${header.profiles.map(({ name }) => name).join(", ") || "frames without datapoints"}`,
  );
  output.line(`\n  ${command}\n  wireshark -X lua_script:${quote(lua)} ${quote(pcapng)}`);
}

function withExtension(file: string, ext: string): string {
  const { dir, name } = parse(file);
  return format({ dir, name, ext });
}

/** A path as a shell takes it. */
function quote(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
