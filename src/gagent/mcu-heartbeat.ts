import type { Clock } from "../core/clock.js";
import type { Millis } from "../core/duration.js";
import { KeyedTimers } from "../core/keyed-timers.js";
import { HEARTBEAT_FRESH, HEARTBEAT_MS, type HeartbeatState, stepHeartbeat } from "./heartbeat.js";

export interface McuHeartbeatOptions {
  readonly clock: Clock;
  /** 55 s unless told otherwise. */
  readonly periodMs?: Millis | undefined;
  readonly ping: () => void;
  /** The MCU has said nothing for about 275 s. */
  readonly silent: () => void;
}

/** What is remembered of the heartbeat, as plain JSON; `dueInMs` is what was left until the next ping. */
export interface McuHeartbeatState {
  readonly heartbeat: HeartbeatState;
  readonly dueInMs: Millis | undefined;
}

/** Pings the MCU as long as the module has power, and notices when nothing comes from it any more (uart.md 3). */
export class McuHeartbeat {
  readonly #options: McuHeartbeatOptions;
  readonly #timers: KeyedTimers<"heartbeat">;
  #state = HEARTBEAT_FRESH;

  constructor(options: McuHeartbeatOptions) {
    this.#options = options;
    this.#timers = new KeyedTimers(options.clock);
  }

  start(): void {
    this.#state = HEARTBEAT_FRESH;
    this.#arm(this.#periodMs);
  }

  stop(): void {
    this.#timers.clear();
  }

  /** Any frame of the MCU shows that it lives. */
  hear(): void {
    this.#state = HEARTBEAT_FRESH;
  }

  save(): McuHeartbeatState {
    return { heartbeat: this.#state, dueInMs: this.#timers.save().heartbeat };
  }

  load({ heartbeat, dueInMs }: McuHeartbeatState): void {
    this.#timers.clear();
    this.#state = heartbeat;
    if (dueInMs !== undefined) this.#arm(dueInMs);
  }

  get #periodMs(): Millis {
    return this.#options.periodMs ?? HEARTBEAT_MS;
  }

  #arm(delayMs: Millis): void {
    this.#timers.set("heartbeat", delayMs, () => {
      this.#arm(this.#periodMs);
      const { state, isSilent } = stepHeartbeat(this.#state);
      this.#state = state;
      if (isSilent) this.#options.silent();
      else this.#options.ping();
    });
  }
}
