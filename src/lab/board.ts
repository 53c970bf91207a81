import type { Duplex } from "node:stream";
import { makePasscode } from "../cloud/devices/identity.js";
import { decodeFrame, type Frame } from "../codec/frame.js";
import type { WireForm } from "../codec/splitter.js";
import type { Clock } from "../core/clock.js";
import type { Millis } from "../core/duration.js";
import { formatHex, formatHexNumber } from "../core/hex.js";
import { KeyedTimers } from "../core/keyed-timers.js";
import type { Random } from "../core/random.js";
import type { Trace } from "../core/trace.js";
import { GAgent } from "../gagent/gagent.js";
import type { ModuleIdentity } from "../gagent/identity.js";
import type { HttpCall, Provision } from "../gagent/provisioning.js";
import { interceptLink } from "../link/intercepted.js";
import type { Link } from "../link/link.js";
import { lineTime } from "../link/paced.js";
import type { Profile } from "../profile/profile.js";
import { AnswerWatch, type Unanswered } from "./answer-watch.js";
import { DeviceTrace } from "./device-trace.js";
import type { NamedProfile } from "./profiles.js";
import { SeenProduct } from "./seen-product.js";
import { explainSilence, isEcho, type QuietPort, type SilenceHint } from "./silence.js";
import { TellingOrder } from "./wire/telling-order.js";
import { type Noise, WireWatch } from "./wire-watch.js";

export interface BoardOptions {
  /** The wire to the board's MCU. */
  readonly link: Link;
  readonly clock: Clock;
  /** Of the passcodes that a reset makes. */
  readonly random: Random;
  readonly identity: ModuleIdentity;
  readonly http: HttpCall;
  readonly openBroker: (provision: Provision) => Duplex;
  readonly trace: Trace;
  /** The products whose datapoints can be named. */
  readonly products: readonly NamedProfile[];
  /** The board has sent big data up. */
  readonly onFile?: (file: Uint8Array, md5: string) => void;
  /** The board says a product_key that no known profile has; told once for each. */
  readonly onUnknownProduct?: (productKey: string) => void;
  /** What the wire goes through, for hints. */
  readonly port?: QuietPort;
  /** The board does not say who it is; each kind of hint is told once for each start. */
  readonly onSilence?: (hint: SilenceHint) => void;
}

/** A board that has not said who it is for so long needs a hint, and then looks again. */
const SILENCE_MS = 5000;
/** Whoever starts the cloud late waits no longer for the board. */
const LONGEST_PAUSE_MS = 10_000;
/** The longest answer that a module waits for, on the line: a device info. */
const ANSWER_LENGTH = 128;

/** A real microcontroller on a wire, with this process as its Wi-Fi module (uart.md 2, 3). */
export class Board {
  readonly module: GAgent;
  readonly #options: BoardOptions;
  readonly #trace: DeviceTrace;
  readonly #order: TellingOrder;
  /** Looks at what the board says, beside the module's own splitter. */
  readonly #watch: WireWatch;
  readonly #seen: SeenProduct;
  readonly #answers: AnswerWatch;
  readonly #timers: KeyedTimers<"silence">;
  readonly #hinted = new Set<string>();
  #hasEcho = false;
  #lastState = "off";

  constructor(options: BoardOptions) {
    const { clock, trace, link, port } = options;
    this.#options = options;
    const subject = () => this.module.identity;
    const profile = (): Profile | undefined => this.product?.profile;
    this.#seen = new SeenProduct(options.products, { onUnknown: options.onUnknownProduct });
    this.#trace = new DeviceTrace({ trace, profile, subject });
    this.#order = new TellingOrder(trace);
    const inOrder = (tell: () => void): void => this.#order.tell(tell);
    this.#timers = new KeyedTimers(clock);
    this.#answers = new AnswerWatch(clock, {
      unanswered: (unanswered) => this.#tellUnanswered(unanswered),
      late: ({ cmd, afterMs, againMs, ...said }) => {
        const detail = { ...said, cmd: formatHexNumber(cmd), after_ms: afterMs, again_ms: againMs };
        this.#order.tell(() => this.#trace.note("uart.late", detail));
      },
    });
    this.#watch = new WireWatch(clock, this.#order, {
      frame: (frame, form) => this.#see(frame, form),
      bad: (bad) => this.#trace.bad("up", bad),
      noise: (noise) => this.#tellNoise(noise),
    });
    this.module = new GAgent({
      clock,
      link: this.#listenIn(link),
      http: options.http,
      openBroker: options.openBroker,
      identity: options.identity,
      makePasscode: () => makePasscode(options.random),
      longestPauseMs: LONGEST_PAUSE_MS,
      ...(port?.baud === undefined ? {} : { lineTime: waitAt(port.baud) }),
      events: {
        state: ({ kind }) => this.#enter(kind),
        trouble: ({ code, message, hint }) => {
          const said = { code, message, ...(hint === undefined ? {} : { hint }) };
          inOrder(() => this.#trace.note("module.trouble", said));
        },
        dropped: (dropped) => inOrder(() => this.#trace.dropped(dropped)),
        published: (_topic, payload) => inOrder(() => this.#trace.published(payload)),
        received: (_topic, payload) => inOrder(() => this.#trace.received(payload)),
        upgrade: (news) => inOrder(() => this.#trace.upgrade(news)),
        file: (file, md5) => {
          inOrder(() => this.#trace.note("mcu.file", { size: file.length, md5 }));
          options.onFile?.(file, md5);
        },
      },
    });
    link.onClose(() => this.stop());
  }

  /** The product, once the board has said which it is. */
  get product(): NamedProfile | undefined {
    return this.#seen.product;
  }

  get did(): string | undefined {
    return this.module.identity.did;
  }

  /** Powers the module on, or off and on: whatever was said before is forgotten, and the board is asked who it is. */
  start(): void {
    this.stop();
    this.module.start();
  }

  /** Cuts the module's power, as when the port has gone; the cloud sees the device go. */
  stop(): void {
    if (this.module.state.kind !== "off") this.module.stop();
    this.#timers.clear();
    this.#watch.clear();
    this.#answers.clear();
    this.#trace.forget();
    this.#hinted.clear();
    this.#hasEcho = false;
  }

  /** Nobody will listen any more: what was heard and not told yet is told. */
  settle(): void {
    this.#watch.settle();
  }

  close(): void {
    this.stop();
    this.#options.link.close();
  }

  #enter(state: string): void {
    // The module asks in rounds, each of which is a state of its own.
    const isNews = state !== this.#lastState;
    this.#lastState = state;
    if (state !== "asking") this.#timers.cancel("silence");
    else if (isNews) this.#armSilence();
    if (isNews) this.#order.tell(() => this.#trace.note("module.state", { state }));
  }

  #armSilence(): void {
    this.#timers.set("silence", SILENCE_MS, () => {
      this.#armSilence();
      const { port, onSilence } = this.#options;
      if (port === undefined || onSilence === undefined) return;
      const hint = explainSilence(this.#watch.tally, this.#hasEcho, port);
      if (this.#hinted.has(hint.kind)) return;
      this.#hinted.add(hint.kind);
      onSilence(hint);
    });
  }

  #listenIn(link: Link): Link {
    const watched = interceptLink(link, this.#options.clock, (bytes) => {
      this.#order.tell(() => this.#trace.frame("down", bytes));
      const frame = decodeFrame(bytes);
      if (frame !== undefined) this.#answers.ask(frame);
      return undefined;
    });
    return {
      ...watched,
      onData: (receiver) =>
        link.onData((bytes) => {
          if (this.module.state.kind !== "off") this.#watch.push(bytes);
          receiver(bytes);
        }),
    };
  }

  #see(frame: Frame, form: WireForm): void {
    if (isEcho(frame.cmd)) this.#hasEcho = true;
    this.#answers.hear(frame);
    this.#seen.see(frame);
    this.#trace.heard("up", frame, form);
  }

  #tellUnanswered({ cmd, foundSn, isConstantSn, ...said }: Unanswered): void {
    const found = foundSn === undefined ? {} : { found_sn: foundSn, constant_sn: isConstantSn };
    this.#order.tell(() => this.#trace.note("uart.unanswered", { ...said, cmd: formatHexNumber(cmd), ...found }));
  }

  #tellNoise({ count, overMs, sample, badFrames }: Noise): void {
    const said = { bytes: count, over_ms: overMs, bad_frames: badFrames, hex: formatHex(sample) };
    this.#order.tell(() => this.#trace.note("uart.noise", said));
  }
}

/** How long a message and its answer take at a speed, beside the time that the MCU takes to think (uart.md 3). */
function waitAt(baud: number): (length: number) => Millis {
  return (length) => lineTime(length + ANSWER_LENGTH, baud);
}
