import type { Argv, CommandModule } from "yargs";
import { LAB_TOKEN_OPTION } from "../lab-token.js";
import type { BridgeArguments } from "../run-bridge.js";
import { CLOUD_OPTION } from "../running-lab/cloud-option.js";
import { SERIAL_OPTIONS } from "../serial-options.js";

export const bridgeCommand: CommandModule<object, BridgeArguments> = {
  command: "bridge <port>",
  describe: "be the Wi-Fi module of a real board: it becomes a device of the cloud",
  builder: (command) =>
    command
      .positional("port", {
        type: "string",
        demandOption: true,
        describe: "/dev/ttyUSB0, COM3, pty, tcp:host:port, tcp-listen:port, unix:path, rfc2217:host:port, exec:command",
      })
      .option("cloud", CLOUD_OPTION)
      .option("profile", {
        type: "string",
        array: true,
        requiresArg: true,
        describe: "profiles by which datapoints are named, besides the shipped ones",
      })
      .option("mac", {
        type: "string",
        requiresArg: true,
        describe: "12 hex digits; without it made of the port and this machine, the same in every run",
      })
      .option("ota", {
        type: "string",
        requiresArg: true,
        describe: "firmware for the MCU, offered as soon as it is online",
      })
      .option("ota-version", {
        type: "string",
        requiresArg: true,
        describe: "8 characters; without it the one after the MCU's own",
      })
      .option("uploads", {
        type: "string",
        requiresArg: true,
        describe: "a folder for big data that the board sends up",
      })
      .option("record", {
        type: "string",
        requiresArg: true,
        describe: "write every hop to this file, as JSONL without secrets, for replay and wireshark",
      })
      .option("lab-token", LAB_TOKEN_OPTION)
      .options(SERIAL_OPTIONS)
      .option("baud", { ...SERIAL_OPTIONS.baud, describe: "bits a second, or auto to find it out" })
      .example("$0 bridge /dev/ttyUSB0", "a dev kit at the cloud of this machine (gizlab up)")
      .example("$0 bridge /dev/ttyUSB0 --baud auto", "find out how fast it talks first")
      .example("$0 bridge tcp:192.0.2.9:4001 --profile my-product.json", "a board behind a serial server")
      .example("$0 bridge /dev/ttyUSB0 --ota build/app.bin", "and its MCU gets new firmware over the air")
      .example("$0 bridge pty", "a port to be opened by another program; its path is printed")
      .example(
        "$0 bridge COM3 --cloud http://192.0.2.7:8088 --json",
        "a cloud elsewhere; each frame as JSON",
      ) as unknown as Argv<BridgeArguments>,
  // Loaded when it is called: the other commands start without the platform.
  handler: async (args) => (await import("../run-bridge.js")).runBridge(args),
};
