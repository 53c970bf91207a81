import type { Argv, CommandModule } from "yargs";
import { startsLikeM2m } from "../../codec/m2m.js";
import { parseHex } from "../../core/hex.js";
import { loadProfile } from "../../lab/profiles.js";
import { describeBytes } from "../../profile/describe.js";
import { printFound } from "../found-text.js";
import { createOutput, UsageError } from "../output.js";
import { readStdin } from "../stdin.js";

interface DecodeArguments {
  readonly hex?: string[];
  readonly profile?: string;
  readonly json: boolean;
}

export const decodeCommand: CommandModule<object, DecodeArguments> = {
  command: "decode [hex..]",
  describe: "UART and M2M frames to words",
  builder: (command) =>
    command
      .positional("hex", { type: "string", array: true, describe: "bytes as hex; read from stdin without them" })
      .option("profile", { type: "string", requiresArg: true, describe: "shipped profile or file, to name datapoints" })
      .example("$0 decode FFFF0005071000001C", "a heartbeat")
      .example("$0 decode --profile pet-house FF FF 00 10 05 3D 00 00 04 01 00 00 00 05 01 17 00 00 00 74", "a report")
      .example("cat capture.txt | $0 decode --json", "a capture, one line per thing found") as Argv<DecodeArguments>,
  handler: async ({ hex, profile: profileName, json }) => {
    const output = createOutput(json);
    const profile = profileName === undefined ? undefined : loadProfile(profileName).profile;
    const text = hex === undefined || hex.length === 0 ? await readStdin() : hex.join(" ");
    const captures = readCaptures(text);
    if (captures.length === 0) throw new UsageError("there is nothing to decode", "give hex bytes, or pipe them in");
    for (const capture of captures) {
      for (const found of describeBytes(capture, profile)) printFound(output, found);
    }
  },
};

/** Lines that begin like M2M frames stand alone; all others are one UART capture, in order. */
function readCaptures(text: string): Uint8Array[] {
  const captures: Uint8Array[] = [];
  let uart: number[] = [];
  const flush = (): void => {
    if (uart.length > 0) captures.push(Uint8Array.from(uart));
    uart = [];
  };
  for (const line of text.split(/\r?\n/)) {
    const bytes = parseHex(line.trim());
    if (startsLikeM2m(bytes)) {
      flush();
      captures.push(bytes);
    } else uart.push(...bytes);
  }
  flush();
  return captures;
}
