import type { CommandModule } from "yargs";
import { bridgeCommand } from "../commands/bridge.js";
import { checkCommand } from "../commands/check.js";
import { completionCommand } from "../commands/completion.js";
import { decodeCommand } from "../commands/decode.js";
import { controlCommand } from "../commands/device/control.js";
import { devicesCommand } from "../commands/device/devices.js";
import { getCommand } from "../commands/device/get.js";
import { setCommand } from "../commands/device/set.js";
import { doctorCommand } from "../commands/doctor.js";
import { encodeCommand } from "../commands/encode.js";
import { importCommand } from "../commands/import.js";
import { mcuCommand } from "../commands/mcu.js";
import { portsCommand } from "../commands/ports.js";
import { profileCommand } from "../commands/profile.js";
import { queryCommand } from "../commands/query.js";
import { recordCommand } from "../commands/record.js";
import { replayCommand } from "../commands/replay.js";
import { scenarioCommand } from "../commands/scenario.js";
import { simCommand } from "../commands/sim.js";
import { sniffCommand } from "../commands/sniff.js";
import { toolsCommand } from "../commands/tools.js";
import { traceCommand } from "../commands/trace.js";
import { upCommand } from "../commands/up.js";
import { wiresharkCommand } from "../commands/wireshark.js";

/** Every command, in the order of `gizlab --help`. A new one needs an entry here and nothing else. */
export const COMMANDS: readonly Pick<CommandModule, "command" | "describe">[] = [
  upCommand,
  devicesCommand,
  getCommand,
  setCommand,
  controlCommand,
  simCommand,
  importCommand,
  queryCommand,
  bridgeCommand,
  sniffCommand,
  mcuCommand,
  portsCommand,
  traceCommand,
  recordCommand,
  wiresharkCommand,
  decodeCommand,
  encodeCommand,
  profileCommand,
  replayCommand,
  scenarioCommand,
  toolsCommand,
  doctorCommand,
  completionCommand,
  checkCommand,
];
