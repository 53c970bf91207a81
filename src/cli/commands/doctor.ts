import type { Argv, CommandModule } from "yargs";
import type { DoctorArguments } from "../run-doctor.js";

export const doctorCommand: CommandModule<object, DoctorArguments> = {
  command: "doctor",
  describe: "say what is wrong with this machine and how to mend it",
  builder: (command) =>
    command
      .option("data", { type: "string", default: "./.gizlab", requiresArg: true, describe: "the data folder" })
      .option("http-port", { type: "string", requiresArg: true, describe: "8088 unless given" })
      .option("mqtt-port", { type: "string", requiresArg: true, describe: "1883 unless given" })
      .example("$0 doctor", "a line for each check; exit code 1 when gizlab cannot work here")
      .example(
        "$0 doctor --json | grep -v '\"ok\"'",
        "what is not as it should be",
      ) as unknown as Argv<DoctorArguments>,
  // Loaded when it is called: the other commands start without it.
  handler: async (args) => (await import("../run-doctor.js")).runDoctor(args),
};
