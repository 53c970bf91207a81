import { packWifiStatus, WIFI_OFF } from "../codec/wifi-status.js";
import type { Clock } from "../core/clock.js";
import type { Millis } from "../core/duration.js";
import { KeyedTimers } from "../core/keyed-timers.js";
import { MODES_OFF, type Modes, type ModesInput, type ModeTimer, stepModes } from "./modes.js";

export interface ModuleStatusOptions {
  readonly clock: Clock;
  /** How the module stands with the cloud. */
  readonly cloud: () => { readonly isOnline: boolean; readonly appCount: number };
  /** Sends the 16 bits to the MCU. */
  readonly push: (bits: number) => void;
  /** Configuration has begun, and with it the network is left, or it is over. */
  readonly configured: (isConfiguring: boolean) => void;
}

type TimerKey = "status" | "status change" | ModeTimer;

/** What is remembered of the status, as plain JSON; spans are what was left of each timer. */
export interface ModuleStatusState {
  readonly modes: Modes;
  readonly pushedBits: number | undefined;
  readonly timers: Readonly<Partial<Record<TimerKey, Millis>>>;
}

/** The status is pushed at least this often; what an MCU has changed is looked for each second (uart.md 2.3). */
const STATUS_PERIOD_MS = 600_000;
const CHANGE_TICK_MS = 1000;
const RSSI_FULL = 7;

/** The status that a module pushes to its MCU (0D), with the modes that show in it (uart.md 2.3 to 2.5). */
export class ModuleStatus {
  readonly #options: ModuleStatusOptions;
  readonly #timers: KeyedTimers<TimerKey>;
  #modes = MODES_OFF;
  #pushedBits: number | undefined;

  constructor(options: ModuleStatusOptions) {
    this.#options = options;
    this.#timers = new KeyedTimers(options.clock);
  }

  get isConfiguring(): boolean {
    return this.#modes.configuration !== "none";
  }

  start(): void {
    this.#modes = MODES_OFF;
    this.#pushedBits = undefined;
    this.#armPeriod(STATUS_PERIOD_MS);
  }

  stop(): void {
    this.#timers.clear();
  }

  /** Takes an input of the modes; the MCU hears of a change at the next tick. */
  take(input: ModesInput): void {
    const was = this.isConfiguring;
    const { state, effects } = stepModes(this.#modes, input);
    this.#modes = state;
    for (const effect of effects) {
      if (effect.kind === "cancel") this.#timers.cancel(effect.timer);
      else this.#armMode(effect.timer, effect.ms);
    }
    if (this.isConfiguring !== was) this.#options.configured(this.isConfiguring);
    if (this.#bits() !== this.#pushedBits) this.#armChange(CHANGE_TICK_MS);
  }

  /** Pushes the status if it has changed. */
  push(): void {
    const bits = this.#bits();
    if (bits !== this.#pushedBits) this.#send(bits);
  }

  save(): ModuleStatusState {
    return { modes: this.#modes, pushedBits: this.#pushedBits, timers: this.#timers.save() };
  }

  load({ modes, pushedBits, timers }: ModuleStatusState): void {
    this.#timers.clear();
    this.#modes = modes;
    this.#pushedBits = pushedBits;
    for (const [name, delayMs] of Object.entries(timers)) {
      const key = name as TimerKey;
      if (key === "status") this.#armPeriod(delayMs);
      else if (key === "status change") this.#armChange(delayMs);
      else this.#armMode(key, delayMs);
    }
  }

  #bits(): number {
    const { isOnline, appCount } = this.#options.cloud();
    const { configuration, isBindable, isTesting } = this.#modes;
    return packWifiStatus({
      ...WIFI_OFF,
      softAp: configuration === "soft-ap",
      onboarding: this.isConfiguring,
      station: !this.isConfiguring,
      router: !this.isConfiguring,
      rssi: this.isConfiguring ? 0 : RSSI_FULL,
      binding: isBindable,
      cloud: isOnline,
      app: isOnline && appCount > 0,
      productionTest: isTesting,
    });
  }

  #send(bits: number): void {
    this.#pushedBits = bits;
    this.#timers.cancel("status change");
    this.#options.push(bits);
  }

  #armPeriod(delayMs: Millis): void {
    this.#timers.set("status", delayMs, () => {
      this.#armPeriod(STATUS_PERIOD_MS);
      this.#send(this.#bits());
    });
  }

  #armChange(delayMs: Millis): void {
    this.#timers.set("status change", delayMs, () => this.push());
  }

  #armMode(timer: ModeTimer, delayMs: Millis): void {
    this.#timers.set(timer, delayMs, () => this.take({ kind: "expired", timer }));
  }
}
