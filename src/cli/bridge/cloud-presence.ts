import type { Clock } from "../../core/clock.js";
import { GizlabError } from "../../core/errors.js";
import { KeyedTimers } from "../../core/keyed-timers.js";
import type { RemoteCloud } from "../../lab/remote-cloud.js";

type HttpCall = RemoteCloud["http"];

/** Whether a cloud answers, and when that changes. */
export interface CloudPresenceEvents {
  /** @param isFirst true before anything was known of it */
  changed(isThere: boolean, isFirst: boolean): void;
}

/** A cloud that is away is looked for this often, board or no board. */
const LOOK_EVERY_MS = 2000;
const UNREACHABLE = "cloud-unreachable";

/** Knows from what a module asks, and by asking itself while it is away, whether a cloud answers. */
export class CloudPresence {
  readonly http: HttpCall;
  readonly #ask: HttpCall;
  readonly #events: CloudPresenceEvents;
  readonly #timers: KeyedTimers<"look">;
  #isThere: boolean | undefined;
  #isOver = false;

  constructor(http: HttpCall, clock: Clock, events: CloudPresenceEvents) {
    this.#ask = http;
    this.#events = events;
    this.#timers = new KeyedTimers(clock);
    this.http = async (request) => {
      try {
        const answer = await http(request);
        this.#learn(true);
        return answer;
      } catch (error) {
        if (error instanceof GizlabError && error.code === UNREACHABLE) this.#learn(false);
        throw error;
      }
    };
  }

  /** Asks once; whatever the answer is, there is somebody. */
  async look(): Promise<void> {
    try {
      await this.#ask({ method: "GET", path: "/_lab/health" });
      this.#learn(true);
    } catch {
      this.#learn(false);
    }
  }

  close(): void {
    this.#isOver = true;
    this.#timers.clear();
  }

  #learn(isThere: boolean): void {
    if (this.#isOver) return;
    if (isThere) this.#timers.clear();
    else this.#timers.set("look", LOOK_EVERY_MS, () => void this.look());
    if (isThere === this.#isThere) return;
    const isFirst = this.#isThere === undefined;
    this.#isThere = isThere;
    this.#events.changed(isThere, isFirst);
  }
}
