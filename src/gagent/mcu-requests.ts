import { CMD, findCommand } from "../codec/commands.js";
import type { Frame } from "../codec/frame.js";
import { packFields } from "../codec/payload.js";
import type { Millis } from "../core/duration.js";

export interface McuAnswer {
  readonly cmd: number;
  readonly payload: Uint8Array;
  /** The module restarts this long after the answer. */
  readonly restartAfterMs?: Millis;
}

/** What the module tells of itself: GAgent 04020006. */
export const MODULE_VERSIONS = { hardVersion: "00000001", softVersion: "04020006" } as const;

const NO_PAYLOAD = new Uint8Array(0);
/** The module's default zone, in which the date fields of 18 are given (uart.md 2.6). */
const LOCAL_OFFSET_MS: Millis = 8 * 3_600_000;
const RESTART_MS = 100;
const RESET_MS = 2000;

/** The module's answer to what an MCU asks of it, P0 and acknowledgements apart; undefined for what it ignores (uart.md 2). */
export function answerMcu(frame: Frame, now: Millis, mac: string): McuAnswer | undefined {
  const ack = frame.cmd + 1;
  switch (frame.cmd) {
    case CMD.enterConfig:
    case CMD.productionTest:
    case CMD.enterBindable:
      return { cmd: ack, payload: NO_PAYLOAD };
    case CMD.resetModule:
      return { cmd: ack, payload: NO_PAYLOAD, restartAfterMs: RESET_MS };
    case CMD.restartModule:
      return { cmd: ack, payload: NO_PAYLOAD, restartAfterMs: RESTART_MS };
    case CMD.getNetworkTime:
      return { cmd: ack, payload: packNetworkTime(now) };
    case CMD.getModuleInfo:
      return { cmd: ack, payload: packModuleInfo(mac) };
    default:
      return undefined;
  }
}

function packNetworkTime(now: Millis): Uint8Array {
  const local = new Date(now + LOCAL_OFFSET_MS);
  return packFields(findCommand(CMD.networkTime)?.fields ?? [], {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
    second: local.getUTCSeconds(),
    ntp: Math.floor(now / 1000),
  });
}

/** Type 01 (Wi-Fi), 65 bytes: versions, mac, ip, attributes (uart.md 2.7). */
function packModuleInfo(mac: string): Uint8Array {
  const text = (value: string, length: number): string => Buffer.from(value.padEnd(length, "\0")).toString("hex");
  return packFields(findCommand(CMD.moduleInfo)?.fields ?? [], {
    type: 1,
    serial_version: "00000004",
    hardware_version: MODULE_VERSIONS.hardVersion,
    software_version: MODULE_VERSIONS.softVersion,
    network: `${text(mac, 16)}${text("127.0.0.1", 16)}${"00".repeat(8)}`,
  });
}
