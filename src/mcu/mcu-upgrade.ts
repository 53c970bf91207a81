import { CMD, REFUSAL } from "../codec/commands.js";
import type { Frame } from "../codec/frame.js";
import { isNewerVersion } from "../codec/soft-version.js";
import { packTransactionRequest, unpackTransactionResult } from "../codec/transactions.js";
import type { Clock } from "../core/clock.js";
import { GizlabError } from "../core/errors.js";
import { BulkReceiver } from "../link/bulk-receiver.js";
import { BulkSender } from "../link/bulk-sender.js";
import type { FramePort } from "../link/frame-port.js";
import type { DeviceInfo } from "./device-info.js";
import { type FirmwareVersion, readFirmwareVersion } from "./firmware-version.js";

/** What becomes of an upgrade. */
export type McuUpgradeNews =
  /** A firmware has come whole: the MCU restarts with it. */
  | ({ readonly kind: "taken"; readonly before: string; readonly md5: string } & FirmwareVersion)
  /** A transfer was not taken, could not be read, or ended early: the old firmware runs on. */
  | { readonly kind: "failed"; readonly problem: GizlabError };

export interface McuUpgradeParts {
  readonly clock: Clock;
  readonly port: Pick<FramePort, "request" | "reply">;
  readonly productKey: string;
  readonly deviceInfo: () => DeviceInfo;
  /** The version of firmware that nothing else tells the version of. */
  readonly givenVersion?: string | undefined;
  /** Bytes of a piece that the MCU asks for; 128 unless told otherwise. */
  readonly pieceLength?: number | undefined;
  readonly news: (news: McuUpgradeNews) => void;
}

/** What an MCU remembers of upgrades, as plain JSON. */
export interface SavedMcuUpgrade {
  /** The MD5 of the firmware that it took last, and runs or will run after its restart. */
  readonly runningMd5?: string;
  /** The version that the module has named for what it sends next. */
  readonly toldVersion?: string;
}

/** Big data and transactions of an MCU: it takes firmware, sends files up, and asks for updates (uart.md 2.8). */
export class McuUpgrade {
  readonly #parts: McuUpgradeParts;
  readonly #sender: BulkSender;
  readonly #receiver: BulkReceiver;
  #runningMd5: string | undefined;
  #toldVersion: string | undefined;

  constructor(parts: McuUpgradeParts) {
    this.#parts = parts;
    const { clock, port, news, pieceLength } = parts;
    // The old firmware runs on; the module may begin again.
    const failed = (problem: GizlabError): void => news({ kind: "failed", problem });
    const common = { clock, port, notice: CMD.illegalFromMcu, unreadable: failed };
    this.#sender = new BulkSender(common);
    this.#receiver = new BulkReceiver({
      ...common,
      ...(pieceLength === undefined ? {} : { pieceLength }),
      refuse: ({ md5 }) => (md5 === this.#runningMd5 ? this.#explainSame() : undefined),
      received: (file, md5) => this.#take(file, md5),
      failed,
    });
  }

  /** The module is about to send firmware of this version; a version that nothing sends is forgotten with the next file. */
  expect(softVersion: string): void {
    this.#toldVersion = softVersion === "" ? undefined : softVersion;
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

  save(): SavedMcuUpgrade {
    const [runningMd5, toldVersion] = [this.#runningMd5, this.#toldVersion];
    return {
      ...(runningMd5 === undefined ? {} : { runningMd5 }),
      ...(toldVersion === undefined ? {} : { toldVersion }),
    };
  }

  load({ runningMd5, toldVersion }: SavedMcuUpgrade): void {
    this.#runningMd5 = runningMd5;
    this.#toldVersion = toldVersion;
  }

  /** Cuts the power. Call it before the port is reset. */
  stop(): void {
    this.#sender.reset();
    this.#receiver.reset();
  }

  #take(file: Uint8Array, md5: string): void {
    const { news, deviceInfo, givenVersion } = this.#parts;
    // An offer without an MD5 shows only now what it was.
    if (md5 === this.#runningMd5) return news({ kind: "failed", problem: this.#explainSame() });
    const before = deviceInfo().softwareVersion;
    const version = readFirmwareVersion(file, { present: before, told: this.#toldVersion, given: givenVersion });
    this.#toldVersion = undefined;
    this.#runningMd5 = md5;
    news({ kind: "taken", before, md5, ...version });
  }

  #explainSame(): GizlabError {
    return new GizlabError("ota-same", "the MCU runs this firmware already and does not take it again", {
      expected: "a file with another MD5",
      found: `md5 ${this.#runningMd5}, which it runs as ${this.#parts.deviceInfo().softwareVersion}`,
      hint: "offer the version that the MCU comes up with, or start it with the offered one: gizlab mcu --ota-version; to take the same file again, start the MCU again",
    });
  }

  #takeResult({ cmd, sn, payload }: Frame): void {
    const { port, deviceInfo } = this.#parts;
    try {
      const result = unpackTransactionResult(payload);
      port.reply(cmd + 1, sn);
      if (result.kind === "update") this.expect(result.softVersion);
      if (result.kind === "no-update" || (result.kind === "downloaded" && !result.isOk)) this.#toldVersion = undefined;
      if (result.kind !== "update" || !isNewerVersion(deviceInfo().softwareVersion, result.softVersion)) return;
      port.request(CMD.transactionRequest, packTransactionRequest({ kind: "download", url: result.url }));
    } catch (error) {
      if (!(error instanceof GizlabError)) throw error;
      port.reply(CMD.illegalFromMcu, sn, Uint8Array.of(REFUSAL.other));
      this.#parts.news({ kind: "failed", problem: error });
    }
  }
}
