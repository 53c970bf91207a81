import type { GizlabError } from "../core/errors.js";
import { UsageError } from "./output.js";

/** How a serial port is set, on the command line. */
export interface SerialArguments {
  readonly baud: string;
  readonly "data-bits": string;
  readonly parity: "none" | "even" | "odd";
  readonly "stop-bits": string;
}

export const SERIAL_OPTIONS = {
  baud: { type: "string", default: "9600", requiresArg: true, describe: "bits a second" },
  "data-bits": { choices: ["5", "6", "7", "8"], default: "8", describe: "data bits" },
  parity: { choices: ["none", "even", "odd"], default: "none", describe: "parity" },
  "stop-bits": { choices: ["1", "2"], default: "1", describe: "stop bits" },
} as const;

const BAUD = { least: 110, most: 4_000_000 };

/** The settings of a serial port. Throws `usage`. */
export function readSerial(args: SerialArguments) {
  return { ...readLine(args), baud: readBaud(args.baud, "") };
}

/** The same where the speed may be found out: `baud` is undefined then. Throws `usage`. */
export function readSerialOrAuto(args: SerialArguments) {
  return { ...readLine(args), baud: args.baud === "auto" ? undefined : readBaud(args.baud, " or auto") };
}

function readLine(args: SerialArguments) {
  return {
    dataBits: Number(args["data-bits"]) as 5 | 6 | 7 | 8,
    parity: args.parity,
    stopBits: Number(args["stop-bits"]) as 1 | 2,
  };
}

function readBaud(text: string, others: string): number {
  const baud = Number(text);
  if (!Number.isInteger(baud) || baud < BAUD.least || baud > BAUD.most) {
    throw new UsageError(`--baud is a whole number, ${BAUD.least} to ${BAUD.most}${others}, not "${text}"`);
  }
  return baud;
}

/** Why a port is not open, of which there is one line for each kind. */
export function describePortTrouble({ code, message }: GizlabError): string {
  const more = code === "port-exec" ? "trying again, more and more rarely" : "trying again";
  return `${message} [${code}]; ${more}`;
}
