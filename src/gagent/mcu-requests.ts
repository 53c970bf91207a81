import { CMD, findCommand, REFUSAL } from "../codec/commands.js";
import type { Frame } from "../codec/frame.js";
import { packNetworkTime } from "../codec/network-time.js";
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
const RESTART_MS = 100;
const RESET_MS = 2000;

/** A bad checksum in these is answered with error 1, in other requests with error 2 (uart.md 2.9). */
const CHECKSUM_CMDS: readonly number[] = [0x05, 0x09, 0x0b, 0x13, 0x15, 0x17, 0x1b];

/** The error of the notice (11) for a request whose checksum is wrong; an acknowledgement gets none (uart.md 2.9). */
export function refuseChecksum(cmd: number): number | undefined {
  if (cmd % 2 === 0) return undefined;
  return CHECKSUM_CMDS.includes(cmd) ? REFUSAL.checksum : REFUSAL.unknownCommand;
}

/**
 * The module's answer to what an MCU asks of it, P0 and acknowledgements apart; undefined for what it ignores (uart.md 2).
 * `info` is what it says of itself, where that is not the module info of a GAgent 04020006.
 */
export function answerMcu(frame: Frame, now: Millis, mac: string, info?: Uint8Array): McuAnswer | undefined {
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
      return { cmd: ack, payload: info ?? packModuleInfo(mac) };
    default:
      return undefined;
  }
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
