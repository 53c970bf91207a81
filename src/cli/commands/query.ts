import type { Argv, CommandModule } from "yargs";
import { LAB_TOKEN_OPTION } from "../lab-token.js";
import type { QueryArguments } from "../run-query.js";
import { CLOUD_OPTION } from "../running-lab/cloud-option.js";

export const queryCommand: CommandModule<object, QueryArguments> = {
  command: "query <did>",
  describe: "aggregated values of a device: table, CSV, JSON or a plot; or the same question as curl",
  builder: (command) =>
    command
      .positional("did", { type: "string", demandOption: true, describe: "the device" })
      .option("attrs", { type: "string", demandOption: true, requiresArg: true, describe: "datapoints, a comma list" })
      .option("aggregator", {
        type: "string",
        default: "avg",
        requiresArg: true,
        describe: "sum avg max min count first last delta time-average p0 … p100",
      })
      .option("unit", {
        type: "string",
        default: "DAYS",
        requiresArg: true,
        describe: "HOURS DAYS WEEKS MONTHS, or any width: 15m 6h 1d 1w 1mo 1y",
      })
      .option("start", {
        type: "string",
        requiresArg: true,
        describe: "ISO 8601, or seconds or milliseconds since 1970",
      })
      .option("end", { type: "string", requiresArg: true, describe: "the same, not included; now without it" })
      .option("last", {
        type: "string",
        requiresArg: true,
        describe: "so much before the end (30d), instead of --start",
      })
      .option("tz", { type: "string", default: "UTC", requiresArg: true, describe: "zone of days, weeks and months" })
      .option("max-gap", {
        type: "string",
        requiresArg: true,
        describe: "time-average: a value holds no longer than this (1h)",
      })
      .option("format", {
        choices: ["table", "csv", "json", "plot"] as const,
        default: "table",
        describe: "how it is printed",
      })
      .option("face", {
        choices: ["openapi", "enterprise", "connect", "datacooee", "devo", "all"] as const,
        describe: "print the request of this API instead, as curl",
      })
      .option("cloud", CLOUD_OPTION)
      .option("lab-token", LAB_TOKEN_OPTION)
      .example("$0 query DID --attrs power --last 7d --format plot", "a bar for each day")
      .example(
        "$0 query DID --attrs positive_energy_total --aggregator delta --unit MONTHS --tz Europe/Berlin --start 2026-01-01",
        "what was used in each month",
      )
      .example(
        "$0 query DID --attrs power --last 1d --unit HOURS --face all",
        "how each API is asked",
      ) as unknown as Argv<QueryArguments>,
  // Loaded when it is called: the other commands start without the platform.
  handler: async (args) => (await import("../run-query.js")).runQuery(args),
};
