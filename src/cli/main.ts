#!/usr/bin/env node
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { suggestNearest } from "../core/suggestion.js";
import { VERSION } from "../lab/version.js";
import { bridgeCommand } from "./commands/bridge.js";
import { checkCommand } from "./commands/check.js";
import { decodeCommand } from "./commands/decode.js";
import { doctorCommand } from "./commands/doctor.js";
import { encodeCommand } from "./commands/encode.js";
import { importCommand } from "./commands/import.js";
import { mcuCommand } from "./commands/mcu.js";
import { portsCommand } from "./commands/ports.js";
import { profileCommand } from "./commands/profile.js";
import { queryCommand } from "./commands/query.js";
import { recordCommand } from "./commands/record.js";
import { replayCommand } from "./commands/replay.js";
import { scenarioCommand } from "./commands/scenario.js";
import { simCommand } from "./commands/sim.js";
import { sniffCommand } from "./commands/sniff.js";
import { toolsCommand } from "./commands/tools.js";
import { traceCommand } from "./commands/trace.js";
import { upCommand } from "./commands/up.js";
import { wiresharkCommand } from "./commands/wireshark.js";
import { nameCommand, rewordComplaint } from "./complaint.js";
import { EXIT, reportFailure, UsageError } from "./output.js";

const COMMANDS = [
  "up",
  "sim",
  "import",
  "query",
  "bridge",
  "sniff",
  "mcu",
  "ports",
  "trace",
  "record",
  "replay",
  "wireshark",
  "scenario",
  "check",
  "decode",
  "encode",
  "profile",
  "tools",
  "doctor",
];
/** Commands that need an action after them. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  profile: ["check", "types", "dissector"],
  scenario: ["run", "check", "schema"],
  tools: ["checksum", "qr", "signature", "aes", "varint", "status", "log"],
};

async function main(args: readonly string[]): Promise<void> {
  const isJson = args.includes("--json");
  const parser = yargs([...args])
    .scriptName("gizlab")
    .usage("$0 <command>\n\nA whole Gizwits platform on one desk.")
    .command(upCommand)
    .command(simCommand)
    .command(importCommand)
    .command(queryCommand)
    .command(bridgeCommand)
    .command(sniffCommand)
    .command(mcuCommand)
    .command(portsCommand)
    .command(traceCommand)
    .command(recordCommand)
    .command(wiresharkCommand)
    .command(decodeCommand)
    .command(encodeCommand)
    .command(profileCommand)
    .command(replayCommand)
    .command(scenarioCommand)
    .command(toolsCommand)
    .command(doctorCommand)
    .command(checkCommand)
    .option("json", { type: "boolean", default: false, describe: "one JSON object per line on stdout, logs on stderr" })
    .version(VERSION)
    .help()
    .alias("help", "h")
    .alias("version", "v")
    .parserConfiguration({ "parse-numbers": false, "parse-positional-numbers": false, "camel-case-expansion": false })
    .check((argv) => {
      const twice = OPTIONS.find((name) => !REPEATABLE.includes(name) && Array.isArray(argv[name]));
      if (twice !== undefined) throw new UsageError(`--${twice} is given twice`);
      return true;
    })
    .demandCommand(1, "name a command")
    .strict()
    .wrap(Math.min(110, process.stdout.columns ?? 110))
    .fail((message, error) => {
      // yargs' own complaints come as YError; every other error is one that a command threw.
      if (error !== undefined && error !== null && error.name !== "YError") throw error;
      const complaint = `${rewordComplaint(message)}${advise(message, args)}`;
      process.stderr.write(
        `gizlab: ${complaint}\n  ${nameCommand(args, COMMANDS, ACTIONS)} --help shows what there is\n`,
      );
      process.exit(EXIT.usage);
    });
  try {
    await parser.parseAsync();
  } catch (error) {
    process.exitCode = reportFailure(error, isJson);
  }
}

/** What was probably meant by an unknown command or option. */
function advise(message: string, args: readonly string[]): string {
  const unknown = /Unknown (?:argument|command)s?: ([^,\s]+)/.exec(message)?.[1];
  if (unknown === undefined) return "";
  const isOption = args.some((arg) => arg.startsWith(`--${unknown}`));
  const words = ACTIONS[args[0] ?? ""] ?? COMMANDS;
  // An option of another command is no advice to somebody who has just typed it.
  const nearest = suggestNearest(
    unknown,
    (isOption ? OPTIONS : words).filter((word) => word !== unknown),
  );
  if (nearest === undefined) return "";
  return `. Did you mean ${isOption ? "--" : ""}${nearest}?`;
}

/** Options that may be given again and again, where a command takes them at all. */
const REPEATABLE: readonly string[] = ["profile", "fault", "do", "module-set"];
/** Every option of every command, for did-you-mean. */
const OPTIONS = [
  ...[
    "json",
    "help",
    "version",
    "host",
    "http-port",
    "mqtt-port",
    "data",
    "memory",
    "profile",
    "seed",
    "devices",
    "tz",
  ],
  ...[
    "clock",
    "open",
    "exec",
    "count",
    "cloud",
    "interval",
    "cmd",
    "sn",
    "attrs",
    "payload",
    "m2m",
    "junit",
    "bundle",
    "coverage",
    "firmware-rounding",
    "against",
    "mac",
    "speed",
    "step",
  ],
  ...["lab-token", "record", "did", "id", "limit", "follow", "for", "secrets", "pcapng", "lua"],
  ...["fault", "quick", "fuzz", "baud", "data-bits", "parity", "stop-bits"],
  ...["product-key", "passcode", "secret", "timestamp", "way"],
  ...[
    "ota",
    "ota-version",
    "uploads",
    "do",
    "script",
    "every",
    "auto-report",
    "no-auto-report",
    "exit-when-done",
    "hardware-version",
    "software-version",
  ],
  ...["history", "time", "dry-run", "aggregator", "unit", "start", "end", "last", "max-gap", "format", "face"],
  ...["bind-timeout", "central", "gateway", "safe", "reset-scope", "attributes", "module-set"],
];

// A reader that has seen enough, such as head, ends the command.
process.stdout.on("error", (error: NodeJS.ErrnoException) =>
  process.exit(error.code === "EPIPE" ? EXIT.ok : EXIT.failed),
);

await main(hideBin(process.argv));
