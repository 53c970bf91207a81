import type { Argv, CommandModule } from "yargs";
import type { QrArguments } from "../device/run-qr.js";
import type { LogArguments } from "../run-log.js";
import type { AesArguments, HexArguments, SignatureArguments, VarintArguments } from "../run-tools.js";
import { LAB_OPTIONS } from "./device/options.js";

const HEX = { type: "string", array: true, demandOption: true, describe: "bytes as hex" } as const;
const SECRET = {
  type: "string",
  demandOption: true,
  requiresArg: true,
  describe: "the product secret, 32 hex digits",
} as const;

const CHECKSUM = (command: Argv): Argv<HexArguments> =>
  command
    .positional("hex", HEX)
    .example("$0 tools checksum FF FF 00 05 07 06 00 00 12", "a whole frame: does its checksum fit?")
    .example(
      "$0 tools checksum 00 09 05 01 00 00 14 00 00 00",
      "0x23, which a frame would carry",
    ) as unknown as Argv<HexArguments>;

const QR = (command: Argv): Argv<QrArguments> =>
  command
    .positional("device", { type: "string", describe: "a device of the running lab: its did, or its product" })
    .option("product-key", { type: "string", requiresArg: true, describe: "32 hex digits" })
    .option("did", { type: "string", requiresArg: true, describe: "the device's id, 22 letters and digits" })
    .option("passcode", { type: "string", requiresArg: true, describe: "the device's passcode" })
    .option("mac", { type: "string", requiresArg: true, describe: "MAC or IMEI, instead of --did and --passcode" })
    .options(LAB_OPTIONS)
    .example("$0 tools qr pet-house", "of a device of the running lab")
    .example("$0 tools qr --product-key 4fc6… --did GdzuSRncfDPGHGo2LxwgM2 --passcode 123456", "for an app's scanner")
    .example(
      "$0 tools qr --product-key 4fc6… --mac 5ccf7f0a1b2c",
      "for a label, before there is a did",
    ) as unknown as Argv<QrArguments>;

const SIGNATURE = (command: Argv): Argv<SignatureArguments> =>
  command
    .option("secret", SECRET)
    .option("timestamp", { type: "string", requiresArg: true, describe: "seconds since 1970; now unless given" })
    .example(
      "$0 tools signature --secret 00112233445566778899aabbccddeeff",
      "the two headers of POST /app/bind_mac",
    ) as unknown as Argv<SignatureArguments>;

const AES = (command: Argv): Argv<AesArguments> =>
  command
    .positional("direction", { choices: ["encrypt", "decrypt"], demandOption: true, describe: "which way" })
    .positional("text", { type: "string", array: true, describe: "text to encrypt, hex to decrypt; stdin without it" })
    .option("secret", SECRET)
    .example("$0 tools aes encrypt 'did=GdzuSRncfDPGHGo2LxwgM2' --secret 00112233445566778899aabbccddeeff", "3f82bb69…")
    .example(
      "$0 tools aes decrypt 3f82bb69… --secret 00112233445566778899aabbccddeeff",
      "what a module has sent",
    ) as unknown as Argv<AesArguments>;

const VARINT = (command: Argv): Argv<VarintArguments> =>
  command
    .positional("value", { type: "string", array: true, demandOption: true, describe: "a number, or bytes as hex" })
    .example("$0 tools varint 321", "C1 02")
    .example(
      "$0 tools varint C1 02",
      "321; digits alone are a number, so write 0x1234 for such bytes",
    ) as unknown as Argv<VarintArguments>;

const STATUS = (command: Argv): Argv<HexArguments> =>
  command
    .positional("hex", { ...HEX, describe: "the status, or a whole frame of command 0D" })
    .example("$0 tools status 073A", "online, with a strong signal")
    .example("$0 tools status FF FF 00 07 0D 01 00 00 00 0D 22", "out of a frame") as unknown as Argv<HexArguments>;

const LOG = (command: Argv): Argv<LogArguments> =>
  command
    .positional("file", { type: "string", demandOption: true, describe: "a log of the vendor's tool; - is stdin" })
    .option("profile", { type: "string", requiresArg: true, describe: "shipped profile or file, to name datapoints" })
    .option("cmd", {
      type: "string",
      requiresArg: true,
      describe: "only these frames: report, control, heartbeat, 0x0D",
    })
    .option("way", { choices: ["up", "down"], describe: "only what went from the MCU (up), or to it (down)" })
    .example("$0 tools log xpg.log --profile pet-house", "every frame of it, decoded")
    .example(
      "$0 tools log - --cmd report --way up --json < xpg.log",
      "the reports, one a line",
    ) as unknown as Argv<LogArguments>;

// Loaded when they are called: the other commands start without them.
type Runners = typeof import("../run-tools.js");
const run =
  <T>(pick: (runners: Runners) => (args: T) => void | Promise<void>) =>
  async (args: T): Promise<void> =>
    pick(await import("../run-tools.js"))(args);

export const toolsCommand: CommandModule = {
  command: "tools",
  describe: "checksums, QR codes, signatures, AES, lengths, Wi-Fi status, and logs of the vendor's serial tool",
  builder: (command) =>
    command
      .command(
        "checksum <hex..>",
        "sum of bytes, or whether a frame's fits",
        CHECKSUM,
        run((from) => from.runChecksum) as never,
      )
      .command("qr [device]", "QR code that binds a device", QR, (async (args: QrArguments) =>
        (await import("../device/run-qr.js")).runQr(args)) as never)
      .command("signature", "headers of bind_mac", SIGNATURE, run((from) => from.runSignature) as never)
      .command(
        "aes <direction> [text..]",
        "encrypt or decrypt as the device API does",
        AES,
        run((from) => from.runAes) as never,
      )
      .command("varint <value..>", "length of M2M and MQTT, both ways", VARINT, run((from) => from.runVarint) as never)
      .command("status <hex..>", "Wi-Fi status bits in words", STATUS, run((from) => from.runStatus) as never)
      .command("log <file>", "decode a log of the vendor's serial tool", LOG, (async (args: LogArguments) =>
        (await import("../run-log.js")).runLog(args)) as never)
      .example("$0 tools checksum 00 09 05 01 00 00 14 00 00 00", "0x23")
      .example("$0 tools log xpg.log --profile pet-house", "a log of the vendor's tool, decoded")
      .demandCommand(1, "name a tool: checksum, qr, signature, aes, varint, status or log"),
  handler: () => {},
};
