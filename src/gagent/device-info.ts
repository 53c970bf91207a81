import { CMD, findCommand } from "../codec/commands.js";
import { unpackFields } from "../codec/payload.js";

/** What an MCU says of itself, as far as a module acts on it (uart.md 2.2). */
export interface McuInfo {
  /** 32 lower-case hex digits. */
  readonly productKey: string;
  /** How long binding stays open; 0 for always. */
  readonly bindTimeoutS: number;
  readonly hardVersion: string;
  readonly softVersion: string;
}

/** Reads the payload of 02, in its short and long forms. Throws `bytes-short`. */
export function readDeviceInfo(payload: Uint8Array): McuInfo {
  const info = unpackFields(findCommand(CMD.deviceInfo)?.fields ?? [], payload);
  return {
    productKey: String(info.product_key).toLowerCase(),
    bindTimeoutS: Number(info.bind_timeout_s ?? 0),
    hardVersion: String(info.hardware_version),
    softVersion: String(info.software_version),
  };
}
