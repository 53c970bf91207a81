import type { CommandModule } from "yargs";
import type { PortsArguments } from "../run-ports.js";

export const portsCommand: CommandModule<object, PortsArguments> = {
  command: "ports",
  describe: "serial ports of this machine, with a guess at what is plugged in",
  // Loaded when it is called: the other commands start without the platform.
  handler: async (args) => (await import("../run-ports.js")).runPorts(args),
};
