import { createHash } from "node:crypto";
import { CMD, REFUSAL } from "../codec/commands.js";
import type { Frame } from "../codec/frame.js";
import { isNewerVersion } from "../codec/soft-version.js";
import { packTransactionResult, type TransactionResult, unpackTransactionRequest } from "../codec/transactions.js";
import type { Clock } from "../core/clock.js";
import type { Millis } from "../core/duration.js";
import { GizlabError } from "../core/errors.js";
import { formatHex } from "../core/hex.js";
import { KeyedTimers } from "../core/keyed-timers.js";
import { BulkReceiver } from "../link/bulk-receiver.js";
import { BulkSender } from "../link/bulk-sender.js";
import type { FramePort } from "../link/frame-port.js";
import { toTrouble } from "./cloud-way.js";
import {
  checkUpdate,
  DOWNLOAD_TIMEOUT_MS,
  downloadFirmware,
  type FirmwareOffer,
  type FirmwareType,
  findLatest,
  type Versions,
} from "./firmware.js";
import type { ModuleIdentity } from "./identity.js";
import { MODULE_VERSIONS } from "./mcu-requests.js";
import type { HttpCall } from "./provisioning.js";
import { stepUpgrade, type UpgradeEffect, type UpgradeInput, type UpgradeState } from "./upgrade-state.js";

/** What becomes of an upgrade of the MCU. */
export type UpgradeNews =
  | { readonly kind: "sending"; readonly softVersion: string; readonly size: number; readonly md5: string }
  /** The MCU has all of it; it restarts with the new version by itself. */
  | { readonly kind: "sent"; readonly softVersion: string }
  | { readonly kind: "failed"; readonly problem: GizlabError };

export interface UpgradeParts {
  readonly clock: Clock;
  readonly http: HttpCall;
  readonly port: Pick<FramePort, "request" | "reply">;
  readonly identity: () => ModuleIdentity;
  readonly productKey: () => string;
  readonly news: (news: UpgradeNews) => void;
  /** The MCU has sent big data up. */
  readonly file: (file: Uint8Array, md5: string) => void;
  /** Big data that the MCU was sending up has not come whole. */
  readonly fileFailed: (problem: GizlabError) => void;
}

/** What a module remembers of upgrades, as plain JSON: one that is under way begins anew. */
export interface SavedUpgrade {
  readonly versions: Versions | undefined;
  readonly isUnderWay: boolean;
}

/** The module gives an HTTP request up after this long (cloud.md 2.0 item 6). */
const CHECK_TIMEOUT_MS = 5000;
/** A file may be spoiled on the way; an MCU that has it and tells an old version would be given it for ever. */
const MOST_TIMES = 3;
/** Questions of the MCU that the cloud has not answered yet; what is asked beyond is acknowledged and dropped. */
const MOST_QUESTIONS = 4;

/** Big data and transactions of a module: firmware to its MCU, files from it (uart.md 2.8, cloud.md 2.3). */
export class Upgrade {
  readonly #parts: UpgradeParts;
  readonly #sender: BulkSender;
  readonly #receiver: BulkReceiver;
  readonly #timers: KeyedTimers<"upgrade answer">;
  #state: UpgradeState = { kind: "idle" };
  #versions: Versions | undefined;
  /** What the MCU was given last, and how often: one that does not take it is not given it for ever. */
  #given = { url: "", times: 0 };
  /** The loaded state was in the middle of an upgrade. */
  #isInterrupted = false;
  /** Questions of the MCU that are at the cloud, as it sent them: one that comes twice, for its ack was lost, is one. */
  readonly #questions = new Set<string>();
  /** Counts power cuts: an answer from before one is said to nobody. */
  #powerCuts = 0;
  /** Grows with everything begun or broken off: a late answer to something earlier is dropped. */
  #attempt = 0;

  constructor(parts: UpgradeParts) {
    this.#parts = parts;
    const { clock, port } = parts;
    this.#timers = new KeyedTimers(clock);
    this.#sender = new BulkSender({ clock, port, notice: CMD.illegalFromModule });
    this.#receiver = new BulkReceiver({
      clock,
      port,
      notice: CMD.illegalFromModule,
      received: parts.file,
      failed: parts.fileFailed,
    });
  }

  get state(): UpgradeState {
    return this.#state;
  }

  /** What the MCU has said of itself. */
  set versions(versions: Versions) {
    this.#versions = versions;
  }

  /** Asks the cloud for newer firmware of these types, one after the other. */
  check(types: readonly FirmwareType[]): void {
    this.#step({ kind: "check", types });
  }

  /** Takes frames of big data and transactions; false for any other. Acknowledgements go to the port. */
  receive(frame: Frame): boolean {
    if (this.#sender.receive(frame) || this.#receiver.receive(frame)) return true;
    if (frame.cmd !== CMD.transactionRequest) return false;
    this.#takeTransaction(frame);
    return true;
  }

  /**
   * Sends a file to the MCU as firmware, without asking the cloud; `settled` hears how it ended. Throws
   * `big-data-busy`, `big-data-size`.
   */
  send(file: Uint8Array, settled: (problem?: GizlabError) => void): void {
    this.#sender.send(file, settled);
  }

  /** Cuts the power. Call it before the port is reset. */
  stop(): void {
    this.#attempt += 1;
    this.#powerCuts += 1;
    this.#questions.clear();
    this.#timers.clear();
    this.#step({ kind: "stopped" });
    this.#sender.reset();
    this.#receiver.reset();
  }

  /** Goes on after `load`: what was under way begins anew. */
  resume(): void {
    if (this.#isInterrupted) this.check([2]);
    this.#isInterrupted = false;
  }

  save(): SavedUpgrade {
    const { kind } = this.#state;
    return { versions: this.#versions, isUnderWay: kind === "downloading" || kind === "sending" };
  }

  load({ versions, isUnderWay }: SavedUpgrade): void {
    this.#versions = versions;
    this.#isInterrupted = isUnderWay;
    this.#given = { url: "", times: 0 };
  }

  #step(input: UpgradeInput): void {
    const { state, effects } = stepUpgrade(this.#state, input);
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: UpgradeEffect): void {
    const { http, port, news } = this.#parts;
    switch (effect.kind) {
      case "check":
        return this.#try(CHECK_TIMEOUT_MS, () => this.#check(effect.type));
      case "download":
        return this.#try(DOWNLOAD_TIMEOUT_MS, async () => ({
          kind: "downloaded",
          file: await downloadFirmware(http, effect.offer.url),
        }));
      case "answer-mcu":
        port.request(CMD.transactionResult, packTransactionResult({ kind: "downloaded", isOk: effect.isOk }));
        return;
      case "send":
        return this.#send(effect.file, effect.offer);
      case "tell-sent":
        this.#given = { url: effect.offer.url, times: this.#timesGiven(effect.offer) + 1 };
        return news({ kind: "sent", softVersion: effect.offer.softVersion });
      case "tell-failed":
        return news({ kind: "failed", problem: effect.problem });
    }
  }

  #timesGiven({ url }: FirmwareOffer): number {
    return url === this.#given.url ? this.#given.times : 0;
  }

  async #check(type: FirmwareType): Promise<UpgradeInput> {
    const versions = type === 1 ? MODULE_VERSIONS : this.#versions;
    if (versions === undefined) return { kind: "checked", offer: undefined };
    const offer = await checkUpdate(this.#parts.http, this.#parts.identity(), type, versions);
    // strcmp on the module's side as well (cloud.md 2.3).
    if (offer === undefined || !isNewerVersion(versions.softVersion, offer.softVersion)) {
      return { kind: "checked", offer: undefined };
    }
    if (this.#timesGiven(offer) < MOST_TIMES) return { kind: "checked", offer };
    throw new GizlabError(
      "ota-not-taken",
      `the MCU was given this firmware ${MOST_TIMES} times, and still tells an older version`,
      {
        expected: offer.softVersion,
        found: versions.softVersion,
        hint: "offer it with the version that the MCU tells after it, or offer it again",
      },
    );
  }

  #send(file: Uint8Array, { softVersion }: FirmwareOffer): void {
    const attempt = this.#attempt;
    const md5 = createHash("md5").update(file).digest("hex");
    this.#parts.news({ kind: "sending", softVersion, size: file.length, md5 });
    try {
      this.#sender.send(file, (problem) => {
        if (attempt === this.#attempt)
          this.#step(problem === undefined ? { kind: "sent" } : { kind: "failed", problem });
      });
    } catch (error) {
      this.#step({ kind: "failed", problem: toTrouble(error) });
    }
  }

  #takeTransaction({ cmd, sn, payload }: Frame): void {
    const { port } = this.#parts;
    try {
      const request = unpackTransactionRequest(payload);
      port.reply(cmd + 1, sn);
      if (request.kind === "download") return this.#step({ kind: "asked", url: request.url });
      const question = formatHex(payload);
      if (this.#questions.has(question) || this.#questions.size >= MOST_QUESTIONS) return;
      this.#questions.add(question);
      const powerCuts = this.#powerCuts;
      void this.#answerUpdate(request.productKey, request).then((result) => {
        this.#questions.delete(question);
        if (powerCuts === this.#powerCuts) port.request(CMD.transactionResult, packTransactionResult(result));
      });
    } catch (error) {
      if (!(error instanceof GizlabError)) throw error;
      port.reply(CMD.illegalFromModule, sn, Uint8Array.of(REFUSAL.other));
    }
  }

  /** Of its own product the cloud is told the versions too, of another it only says what there is (cloud.md 2.3). */
  async #answerUpdate(productKey: string, versions: Versions): Promise<TransactionResult> {
    const { http, identity, clock } = this.#parts;
    const release = clock.hold();
    try {
      const isOwn = productKey === "" || productKey.toLowerCase() === this.#parts.productKey();
      const offer = isOwn
        ? await checkUpdate(http, identity(), 2, versions)
        : await findLatest(http, productKey, versions);
      return offer === undefined ? { kind: "no-update" } : { kind: "update", ...offer };
    } catch {
      // Whoever asks learns that there is nothing to be had now.
      return { kind: "no-update" };
    } finally {
      release();
    }
  }

  #try(timeoutMs: Millis, action: () => Promise<UpgradeInput>): void {
    this.#attempt += 1;
    const attempt = this.#attempt;
    const release = this.#parts.clock.hold();
    const end = (input: UpgradeInput): void => {
      if (attempt === this.#attempt) {
        this.#timers.cancel("upgrade answer");
        this.#step(input);
      }
      release();
    };
    this.#timers.set("upgrade answer", timeoutMs, () => {
      this.#attempt += 1;
      const problem = new GizlabError("cloud-unreachable", `the cloud did not answer within ${timeoutMs / 1000} s`);
      this.#step({ kind: "failed", problem });
    });
    action().then(end, (error: unknown) => end({ kind: "failed", problem: toTrouble(error) }));
  }
}
