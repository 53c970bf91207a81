import { CMD, REFUSAL } from "../codec/commands.js";
import type { Frame } from "../codec/frame.js";
import { isNewerVersion, isVersion, nextVersion } from "../codec/soft-version.js";
import { packTransactionRequest, unpackTransactionResult } from "../codec/transactions.js";
import type { Clock } from "../core/clock.js";
import { GizlabError } from "../core/errors.js";
import { BulkReceiver } from "../link/bulk-receiver.js";
import { BulkSender } from "../link/bulk-sender.js";
import type { FramePort } from "../link/frame-port.js";
import type { DeviceInfo } from "./device-info.js";

export interface McuUpgradeParts {
  readonly clock: Clock;
  readonly port: Pick<FramePort, "request" | "reply">;
  readonly productKey: string;
  readonly deviceInfo: () => DeviceInfo;
  /** A firmware has come whole: the MCU restarts with it. */
  readonly install: (softwareVersion: string) => void;
}

/** A firmware file that begins so says its version in the next eight characters. */
const FIRMWARE_MARK = "gizlab-mcu/";
const VERSION_LENGTH = 8;

/** Big data and transactions of an MCU: it takes firmware, sends files up, and asks for updates (uart.md 2.8). */
export class McuUpgrade {
  readonly #parts: McuUpgradeParts;
  readonly #sender: BulkSender;
  readonly #receiver: BulkReceiver;

  constructor(parts: McuUpgradeParts) {
    this.#parts = parts;
    const { clock, port, install, deviceInfo } = parts;
    this.#sender = new BulkSender({ clock, port, notice: CMD.illegalFromMcu });
    this.#receiver = new BulkReceiver({
      clock,
      port,
      notice: CMD.illegalFromMcu,
      received: (file) => install(readFirmwareVersion(file, deviceInfo().softwareVersion)),
      // The old firmware runs on; the module may begin again.
      failed: () => {},
    });
  }

  /** Takes frames of big data and results of transactions; false for any other. */
  receive(frame: Frame): boolean {
    if (this.#sender.receive(frame) || this.#receiver.receive(frame)) return true;
    if (frame.cmd !== CMD.transactionResult) return false;
    this.#takeResult(frame);
    return true;
  }

  /** Sends a file up. Rejects with the `big-data-…` errors of `BulkSender.send`. */
  upload(file: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#sender.send(file, (problem) => (problem === undefined ? resolve() : reject(problem)));
    });
  }

  /** Ends the upload, and tells the module so; nothing happens without one. */
  cancelUpload(): void {
    this.#sender.stop();
  }

  /** Asks for newer firmware of its own product; false when the module never answered. */
  askUpdate(): Promise<boolean> {
    const { hardwareVersion, softwareVersion } = this.#parts.deviceInfo();
    const question = packTransactionRequest({
      kind: "ask-update",
      productKey: this.#parts.productKey,
      // An MCU does not know the did; the module does.
      did: "",
      hardVersion: hardwareVersion,
      softVersion: softwareVersion,
      check: 0,
    });
    return new Promise((settled) => this.#parts.port.request(CMD.transactionRequest, question, settled));
  }

  /** Cuts the power. Call it before the port is reset. */
  stop(): void {
    this.#sender.reset();
    this.#receiver.reset();
  }

  #takeResult({ cmd, sn, payload }: Frame): void {
    const { port, deviceInfo } = this.#parts;
    try {
      const result = unpackTransactionResult(payload);
      port.reply(cmd + 1, sn);
      if (result.kind !== "update" || !isNewerVersion(deviceInfo().softwareVersion, result.softVersion)) return;
      port.request(CMD.transactionRequest, packTransactionRequest({ kind: "download", url: result.url }));
    } catch (error) {
      if (!(error instanceof GizlabError)) throw error;
      port.reply(CMD.illegalFromMcu, sn, Uint8Array.of(REFUSAL.other));
    }
  }
}

/**
 * The version that an MCU runs with a firmware. Nothing on the wire tells it (uart.md 2.8), so the file may: after
 * `gizlab-mcu/`, in eight characters; otherwise it is the one after the present version.
 */
export function readFirmwareVersion(file: Uint8Array, present: string): string {
  const end = FIRMWARE_MARK.length + VERSION_LENGTH;
  const head = Buffer.from(file.subarray(0, end)).toString("latin1");
  const version = head.slice(FIRMWARE_MARK.length);
  if (head.startsWith(FIRMWARE_MARK) && isVersion(version)) return version;
  try {
    return nextVersion(present);
  } catch {
    // Nothing comes after 99999999.
    return present;
  }
}
