import type { Argv, CommandModule } from "yargs";
import { LAB_TOKEN_OPTION } from "../lab-token.js";
import { DEFAULT_FOLDER } from "../running-lab/data-folder.js";
import { NOT_YET } from "../up/not-yet.js";
import type { UpArguments } from "../up/run-up.js";

export const upCommand: CommandModule<object, UpArguments> = {
  command: "up",
  describe: "start the cloud",
  builder: (command) =>
    NOT_YET.reduce((argv, name) => argv.option(name, { hidden: true }), command)
      .option("host", { type: "string", default: "127.0.0.1", requiresArg: true, describe: "address to listen on" })
      .option("http-port", {
        type: "string",
        requiresArg: true,
        describe: "port of all HTTP faces, 8088; 0 for any free one",
      })
      .option("mqtt-port", { type: "string", requiresArg: true, describe: "port of MQTT, 1883; 0 for any free one" })
      .option("data", { type: "string", requiresArg: true, describe: `data folder, ${DEFAULT_FOLDER}` })
      .option("memory", { type: "boolean", default: false, describe: "keep nothing; no data folder" })
      .option("profile", {
        type: "string",
        array: true,
        requiresArg: true,
        describe: "profiles to load; all shipped ones without",
      })
      .option("seed", {
        type: "string",
        requiresArg: true,
        describe: "JSON file that fixes credentials and product secrets",
      })
      .option("devices", { type: "string", requiresArg: true, describe: "virtual devices per profile, 0" })
      .option("tz", { type: "string", default: "UTC", requiresArg: true, describe: "time zone of the aggregation" })
      .option("clock", {
        choices: ["wall", "virtual"] as const,
        default: "wall" as const,
        describe: "virtual: time moves by POST /_lab/clock only",
      })
      .option("open", { type: "boolean", default: false, describe: "no login and no topic rights on MQTT" })
      .option("exec", {
        type: "string",
        requiresArg: true,
        describe: "run a command against the cloud, and end with its exit code",
      })
      .option("qr", { type: "boolean", default: false, describe: "show the QR code that binds a device to an app" })
      .option("lab-token", LAB_TOKEN_OPTION)
      .option("record", { type: "string", requiresArg: true, describe: "write every hop of the session to a file" })
      .option("coverage", {
        type: "boolean",
        default: false,
        describe: "say at the end which datapoints, commands, errors and faults were touched",
      })
      .example("$0 up --memory --devices 1", "a cloud with one device of each product")
      .example("$0 up --http-port 0 --mqtt-port 0 --json", "any free ports, and a ready line to read them from")
      .example(`$0 up --memory --exec "pytest" --coverage`, "run tests against a fresh cloud")
      .example("$0 up --record session.jsonl", "for gizlab wireshark") as unknown as Argv<UpArguments>,
  // Loaded when it is called: the other commands start without the platform.
  handler: async (args) => (await import("../up/run-up.js")).runUp(args),
};
