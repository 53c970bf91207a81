import { CMD, findCommand } from "../../codec/commands.js";
import type { Frame } from "../../codec/frame.js";
import { unpackModuleInfo } from "../../codec/module-info.js";
import { unpackFields } from "../../codec/payload.js";
import { listWifiBits } from "../../codec/wifi-status.js";
import { formatCount } from "../../core/count-text.js";
import { GizlabError } from "../../core/errors.js";
import { formatHexNumber } from "../../core/hex.js";
import type { McuUpgradeNews, VersionSource } from "../../lab/stand-in-mcu.js";

type Taken = Extract<McuUpgradeNews, { kind: "taken" }>;

/** What an answer means, as a line and as JSON. */
export interface Told {
  readonly text: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

const REFUSALS: Readonly<Record<number, string>> = {
  1: "its checksum is wrong",
  2: "it does not know the command",
  3: "for another reason",
  4: "the file is of the wrong type",
};

/** What the module answered: the network time, its own info, or that it has the request. */
export function describeAnswer(answer: Frame): Told {
  try {
    if (answer.cmd === CMD.networkTime) return describeTime(answer.payload);
    if (answer.cmd === CMD.moduleInfo) return describeInfo(answer.payload);
  } catch (error) {
    if (!(error instanceof GizlabError)) throw error;
    return { text: `answered, but ${error.message}`, detail: { problem: error.message } };
  }
  return { text: `acknowledged (${formatHexNumber(answer.cmd)})`, detail: {} };
}

/** Why the module did not take a frame (uart.md 2.9). */
export function describeRefusal(error: number): string {
  return REFUSALS[error] ?? `error ${error}`;
}

/** The flags of a Wi-Fi status that are not as before, a line each (uart.md 2.3). */
export function describeWifiChange(bits: number, before: number): string[] {
  const was = listWifiBits(before);
  return listWifiBits(bits)
    .filter(({ value }, index) => value !== was[index]?.value)
    .map(({ bits: place, meaning, value }) => {
      const now = typeof value === "number" ? String(value) : value ? "on" : "off";
      return `  bit ${place.padEnd(4)}  ${meaning}: ${now}`;
    });
}

/** Which version the MCU comes up with, and who named it. */
export function describeUpgrade({ before, softVersion, source, md5 }: Taken): string {
  const named: Readonly<Record<VersionSource, string>> = {
    module: "as the module has named it (25)",
    file: "as the file names it",
    option: "as --ota-version names it",
    count: "one further, since nothing has named it; --ota-version does",
  };
  return `firmware taken, md5 ${md5}: ${before} -> ${softVersion}, ${named[source]}; restarting`;
}

/** Zeros are what a module says that has no time (uart.md 2.6). */
function describeTime(payload: Uint8Array): Told {
  const fields = unpackFields(findCommand(CMD.networkTime)?.fields ?? [], payload);
  if (fields.year === 0) return { text: "the module has no network time yet", detail: { time: null } };
  const two = (name: string): string => String(fields[name]).padStart(2, "0");
  const local = `${fields.year}-${two("month")}-${two("day")} ${two("hour")}:${two("minute")}:${two("second")}`;
  const { ntp } = fields;
  return {
    text: `${local} in the module's zone${ntp === undefined ? "" : `, ${new Date(Number(ntp) * 1000).toISOString()}`}`,
    detail: { time: { local, ...(ntp === undefined ? {} : { ntp }) } },
  };
}

function describeInfo(payload: Uint8Array): Told {
  const info = unpackModuleInfo(payload);
  const where =
    info.kind === "wifi"
      ? `mac ${info.mac}, ip ${info.ip}`
      : `imei ${info.imei}, imsi ${info.imsi}, mcc ${info.mcc}, mnc ${info.mnc}, ${formatCount(info.cells.length, "cell")}`;
  return {
    text: `${info.kind} module, firmware ${info.softwareVersion}, hardware ${info.hardwareVersion}, serial protocol ${info.serialVersion}, ${where}`,
    detail: { info },
  };
}
