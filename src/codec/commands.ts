import { suggestNearest } from "../core/suggestion.js";
import { ACTION, nameAction } from "./p0.js";
import type { FieldShape } from "./payload.js";

/** Who may send a command: the Wi-Fi module, the MCU, or both (uart.md 2.1). */
export type Sender = "module" | "mcu" | "both";

/** One command of the serial protocol with the shape of its payload. */
export interface Command {
  readonly code: number;
  readonly name: string;
  readonly sender: Sender;
  /** The code of the answer; absent for answers and notices. */
  readonly ack?: number;
  readonly fields: readonly FieldShape[];
  /** Other names people use: the words of uart.md 2.1 and the vendor SDK's constant. */
  readonly aliases: readonly string[];
}

const uint = (name: string, bytes: 1 | 2 | 4, optional = false): FieldShape => ({
  kind: "uint",
  name,
  bytes,
  optional,
});
const text = (name: string, length: number, optional = false): FieldShape => ({ kind: "text", name, length, optional });
const hex = (name: string, length: number, optional = false): FieldShape => ({ kind: "hex", name, length, optional });
const counted = (name: string, optional = false): FieldShape => ({ kind: "counted-text", name, optional });
const rest = (name: string): FieldShape => ({ kind: "rest", name, optional: true });

const DEVICE_INFO: readonly FieldShape[] = [
  text("protocol_version", 8),
  text("p0_version", 8),
  text("hardware_version", 8),
  text("software_version", 8),
  text("product_key", 32),
  uint("bind_timeout_s", 2),
  hex("attributes", 8, true),
  text("product_secret", 32, true),
  counted("data", true),
];

const NETWORK_TIME: readonly FieldShape[] = [
  uint("year", 2),
  uint("month", 1),
  uint("day", 1),
  uint("hour", 1),
  uint("minute", 1),
  uint("second", 1),
  uint("ntp", 4, true),
];

interface Pair {
  readonly code: number;
  readonly name: string;
  readonly sender: Sender;
  readonly fields?: readonly FieldShape[];
  readonly reply?: {
    readonly name?: string;
    readonly fields?: readonly FieldShape[];
    readonly aliases?: readonly string[];
  };
  readonly aliases: readonly string[];
}

/** Requests and their answers, uart.md 2.1 rows 01 to 2A. */
const PAIRS: readonly Pair[] = [
  {
    code: 0x01,
    name: "get-device-info",
    sender: "module",
    aliases: ["CMD_GET_DEVICE_INTO"],
    reply: { name: "device-info", fields: DEVICE_INFO },
  },
  {
    code: 0x03,
    name: "p0-down",
    sender: "module",
    fields: [rest("p0")],
    aliases: ["p0", "CMD_ISSUED_P0"],
    reply: { name: "p0-down-ack", fields: [rest("p0")], aliases: ["control-ack"] },
  },
  {
    code: 0x05,
    name: "p0-up",
    sender: "mcu",
    fields: [rest("p0")],
    aliases: ["CMD_REPORT_P0"],
    reply: { name: "report-ack" },
  },
  { code: 0x07, name: "heartbeat", sender: "module", aliases: ["CMD_HEARTBEAT"] },
  {
    code: 0x09,
    name: "enter-configuration-mode",
    sender: "mcu",
    fields: [uint("mode", 1), rest("access_point")],
    aliases: ["config", "configuration-mode", "CMD_WIFI_CONFIG"],
  },
  {
    code: 0x0b,
    name: "reset-module",
    sender: "mcu",
    fields: [rest("attributes")],
    aliases: ["reset", "CMD_SET_DEFAULT"],
  },
  {
    code: 0x0d,
    name: "wifi-status",
    sender: "module",
    fields: [uint("status", 2)],
    aliases: ["wi-fi-status-push", "status", "CMD_WIFISTATUS"],
  },
  { code: 0x0f, name: "reboot-mcu", sender: "module", aliases: ["reboot", "CMD_MCU_REBOOT"] },
  {
    code: 0x13,
    name: "production-test-mode",
    sender: "mcu",
    aliases: ["production-test", "test", "CMD_PRODUCTION_TEST"],
  },
  { code: 0x15, name: "enter-bindable-mode", sender: "mcu", aliases: ["bindable", "bind", "CMD_NINABLE_MODE"] },
  {
    code: 0x17,
    name: "get-network-time",
    sender: "mcu",
    aliases: ["time", "CMD_GET_NTP"],
    reply: { name: "network-time", fields: NETWORK_TIME },
  },
  {
    code: 0x19,
    name: "big-data-ask-to-send",
    sender: "both",
    fields: [uint("size", 4), counted("md5", true)],
    aliases: ["big-data-ask", "CMD_ASK_BIGDATA"],
  },
  {
    code: 0x1b,
    name: "big-data-receiver-ready",
    sender: "both",
    fields: [counted("md5", true), uint("piece_length", 2, true)],
    aliases: ["big-data-ready", "CMD_BIGDATA_READY"],
  },
  {
    code: 0x1d,
    name: "big-data-piece",
    sender: "both",
    fields: [uint("piece_no", 2), uint("piece_count", 2), rest("data")],
    aliases: ["CMD_BIGDATA_SEND"],
  },
  { code: 0x1f, name: "big-data-sender-cancels", sender: "both", aliases: ["CMD_S_STOP_BIGDATA_SEND"] },
  {
    code: 0x21,
    name: "get-module-info",
    sender: "mcu",
    fields: [uint("type", 1)],
    aliases: ["CMD_ASK_MODULE_INFO"],
    reply: {
      name: "module-info",
      fields: [
        uint("type", 1),
        text("serial_version", 8),
        text("hardware_version", 8),
        text("software_version", 8),
        rest("network"),
      ],
    },
  },
  {
    code: 0x23,
    name: "transaction-request",
    sender: "mcu",
    fields: [uint("type", 1), rest("data")],
    aliases: ["CMD_ASK_AFFAIR_HANDLE"],
  },
  {
    code: 0x25,
    name: "transaction-result",
    sender: "module",
    fields: [uint("type", 1), rest("data")],
    aliases: ["CMD_AFFAIR_RESULT"],
  },
  { code: 0x27, name: "big-data-receiver-cancels", sender: "both", aliases: ["CMD_D_STOP_BIGDATA_SEND"] },
  { code: 0x29, name: "restart-module", sender: "mcu", aliases: ["restart", "CMD_REBOOT_MODULE"] },
];

const OTHER_SIDE: Readonly<Record<Sender, Sender>> = { module: "mcu", mcu: "module", both: "both" };

/** Both directions of the illegal-message notice; neither answers the other (uart.md 2.9). */
const NOTICES: readonly Command[] = [
  {
    code: 0x11,
    name: "illegal-message-from-module",
    sender: "module",
    fields: [uint("error", 1)],
    aliases: ["illegal-message-notice", "illegal-message", "CMD_ERROR_PACKAGE"],
  },
  {
    code: 0x12,
    name: "illegal-message-from-mcu",
    sender: "mcu",
    fields: [uint("error", 1)],
    aliases: ["ACK_ERROR_PACKAGE"],
  },
];

/** Every command gizlab knows, in code order. */
export const COMMANDS: readonly Command[] = [...PAIRS.flatMap(expandPair), ...NOTICES].sort((a, b) => a.code - b.code);

function expandPair(pair: Pair): [Command, Command] {
  const ack = pair.code + 1;
  return [
    { code: pair.code, name: pair.name, sender: pair.sender, ack, fields: pair.fields ?? [], aliases: pair.aliases },
    {
      code: ack,
      name: pair.reply?.name ?? `${pair.name}-ack`,
      sender: OTHER_SIDE[pair.sender],
      fields: pair.reply?.fields ?? [],
      aliases: [...(pair.reply?.aliases ?? []), ...pair.aliases.map((alias) => `${alias}-ack`)],
    },
  ];
}

/** Codes by the name used in code. */
export const CMD = {
  getDeviceInfo: 0x01,
  deviceInfo: 0x02,
  p0Down: 0x03,
  p0DownAck: 0x04,
  p0Up: 0x05,
  p0UpAck: 0x06,
  heartbeat: 0x07,
  heartbeatAck: 0x08,
  enterConfig: 0x09,
  resetModule: 0x0b,
  wifiStatus: 0x0d,
  wifiStatusAck: 0x0e,
  rebootMcu: 0x0f,
  rebootMcuAck: 0x10,
  illegalFromModule: 0x11,
  illegalFromMcu: 0x12,
  productionTest: 0x13,
  enterBindable: 0x15,
  getNetworkTime: 0x17,
  networkTime: 0x18,
  bigDataOffer: 0x19,
  bigDataReady: 0x1b,
  bigDataPiece: 0x1d,
  bigDataSenderCancels: 0x1f,
  getModuleInfo: 0x21,
  moduleInfo: 0x22,
  transactionRequest: 0x23,
  transactionResult: 0x25,
  bigDataReceiverCancels: 0x27,
  restartModule: 0x29,
} as const;

/** Why a message is not taken, in the payload of 11 and 12 (uart.md 2.9). */
export const REFUSAL = { checksum: 1, unknownCommand: 2, other: 3, fileType: 4 } as const;

const byCode = new Map(COMMANDS.map((command) => [command.code, command]));
const spellings = COMMANDS.flatMap(({ name, aliases }) => [name, ...aliases.map((alias) => alias.toLowerCase())]);
const byName = new Map(
  COMMANDS.flatMap((command) => [command.name, ...command.aliases].map((name) => [plainName(name), command] as const)),
);

/** The command of a code, if uart.md 2.1 names one. */
export function findCommand(code: number): Command | undefined {
  return byCode.get(code);
}

/** A command by any of its names, or by its code in hex (`0x07`, `07`). Case does not matter. */
export function findCommandByName(name: string): Command | undefined {
  const code = /^(?:0x)?([0-9a-f]{2})$/i.exec(name)?.[1];
  if (code !== undefined) return byCode.get(Number.parseInt(code, 16));
  return byName.get(plainName(name));
}

/** Names are told apart by letters and digits only: `Wi-Fi status push` is `wi-fi-status-push`. */
function plainName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}

/** The known name nearest to a mistyped one. */
export function suggestCommand(name: string): string | undefined {
  return suggestNearest(name, spellings);
}

/** What to call a frame: its command, told apart by action for the P0 carriers 03, 04 and 05. */
export function nameFrame(cmd: number, payload: Uint8Array): string {
  const action = payload[0];
  if (cmd === CMD.p0DownAck) {
    return action === ACTION.readReply || action === ACTION.variableReadReply ? "read-reply" : "control-ack";
  }
  if ((cmd === CMD.p0Down || cmd === CMD.p0Up) && action !== undefined) return nameAction(action);
  return byCode.get(cmd)?.name ?? "unknown";
}
