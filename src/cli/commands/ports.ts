import type { Argv, CommandModule } from "yargs";
import type { PortsArguments } from "../run-ports.js";

export const portsCommand: CommandModule<object, PortsArguments> = {
  command: "ports",
  describe: "serial ports of this machine, with a guess at what is plugged in",
  builder: (command) =>
    command
      .example("$0 ports", "a line for each port")
      .example("$0 ports --json | head -n 1", "the first one, for a script") as unknown as Argv<PortsArguments>,
  // Loaded when it is called: the other commands start without the platform.
  handler: async (args) => (await import("../run-ports.js")).runPorts(args),
};
