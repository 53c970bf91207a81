import type { Duplex } from "node:stream";
import { makePasscode } from "../cloud/devices/identity.js";
import { CMD, findCommand } from "../codec/commands.js";
import { encodeFrame, type Frame } from "../codec/frame.js";
import { explainMistake } from "../codec/mistakes.js";
import { unpackFields } from "../codec/payload.js";
import { type BadFrame, FrameSplitter } from "../codec/splitter.js";
import type { Clock } from "../core/clock.js";
import { GizlabError } from "../core/errors.js";
import { formatHex, formatHexNumber } from "../core/hex.js";
import type { Random } from "../core/random.js";
import type { Trace } from "../core/trace.js";
import { GAgent } from "../gagent/gagent.js";
import type { ModuleIdentity } from "../gagent/identity.js";
import type { HttpCall, Provision } from "../gagent/provisioning.js";
import { interceptLink } from "../link/intercepted.js";
import type { Link } from "../link/link.js";
import type { Profile } from "../profile/profile.js";
import { DeviceTrace } from "./device-trace.js";
import type { NamedProfile } from "./profiles.js";

export interface BoardOptions {
  /** The wire to the board's MCU. */
  readonly link: Link;
  readonly clock: Clock;
  readonly random: Random;
  readonly identity: ModuleIdentity;
  readonly http: HttpCall;
  readonly openBroker: (provision: Provision) => Duplex;
  readonly trace: Trace;
  /** The products whose datapoints can be named. */
  readonly products: readonly NamedProfile[];
  /** The board has sent big data up. */
  readonly onFile?: (file: Uint8Array, md5: string) => void;
  /** The board says a product_key that no known profile has. */
  readonly onUnknownProduct?: (productKey: string) => void;
}

/** A real microcontroller on a wire, with this process as its Wi-Fi module (uart.md 2, 3). */
export class Board {
  readonly module: GAgent;
  readonly #options: BoardOptions;
  readonly #trace: DeviceTrace;
  /** Looks at what the board says, beside the module's own splitter. */
  readonly #watch: FrameSplitter;
  #product: NamedProfile | undefined;
  #productKey: string | undefined;

  constructor(options: BoardOptions) {
    const { clock, trace, link } = options;
    this.#options = options;
    const subject = () => this.module.identity;
    const profile = (): Profile | undefined => this.#product?.profile;
    this.#trace = new DeviceTrace({ trace, clock, profile, subject });
    this.#watch = new FrameSplitter({ frame: (frame) => this.#see(frame), bad: (bad) => this.#complain(bad) });
    this.module = new GAgent({
      clock,
      link: this.#listenIn(link),
      http: options.http,
      openBroker: options.openBroker,
      identity: options.identity,
      makePasscode: () => makePasscode(options.random),
      events: {
        state: ({ kind }) => this.#trace.note("module.state", { state: kind }),
        trouble: ({ code, message }) => this.#trace.note("module.trouble", { code, message }),
        published: (_topic, payload) => this.#trace.published(payload),
        received: (_topic, payload) => this.#trace.received(payload),
        upgrade: (news) => this.#trace.upgrade(news),
        file: (file, md5) => {
          this.#trace.note("mcu.file", { size: file.length, md5 });
          options.onFile?.(file, md5);
        },
      },
    });
  }

  /** The product, once the board has said which it is. */
  get product(): NamedProfile | undefined {
    return this.#product;
  }

  get did(): string | undefined {
    return this.module.identity.did;
  }

  start(): void {
    this.module.start();
  }

  close(): void {
    this.module.stop();
    this.#options.link.close();
  }

  #listenIn(link: Link): Link {
    const watched = interceptLink(link, this.#options.clock, (bytes) => {
      this.#trace.frame("down", bytes);
      return undefined;
    });
    return {
      ...watched,
      onData: (receiver) =>
        link.onData((bytes) => {
          this.#watch.push(bytes);
          receiver(bytes);
        }),
    };
  }

  #see(frame: Frame): void {
    if (frame.cmd === CMD.deviceInfo) this.#learnProduct(frame);
    this.#trace.frame("up", encodeFrame(frame));
  }

  #learnProduct({ payload }: Frame): void {
    try {
      const info = unpackFields(findCommand(CMD.deviceInfo)?.fields ?? [], payload);
      const key = String(info.product_key).toLowerCase();
      if (key === this.#productKey) return;
      this.#productKey = key;
      this.#product = this.#options.products.find(({ profile }) => profile.productKey === key);
      if (this.#product === undefined) this.#options.onUnknownProduct?.(key);
    } catch (error) {
      // The module tells of a device info that cannot be read.
      if (!(error instanceof GizlabError)) throw error;
    }
  }

  #complain({ bytes, reason, expected, found }: BadFrame): void {
    const show = (value: number): string => (reason === "checksum" ? formatHexNumber(value) : String(value));
    this.#trace.note("uart.bad", {
      hex: formatHex(bytes),
      reason,
      expected: show(expected),
      found: show(found),
      hint: explainMistake(bytes, reason),
    });
  }
}
