import type { Duplex } from "node:stream";
import type { Clock } from "../core/clock.js";
import type { Millis } from "../core/duration.js";
import { GizlabError } from "../core/errors.js";
import type { KeyedTimers } from "../core/keyed-timers.js";
import { CloudConnection, type CloudEvents } from "./cloud-connection.js";
import { type HttpCall, type Provision, provision } from "./provisioning.js";
import type { Registration } from "./registration.js";
import type { SessionInput } from "./session.js";

export interface CloudWayOptions {
  readonly clock: Clock;
  readonly registration: Registration;
  readonly timers: Pick<KeyedTimers<"cloud answer">, "set" | "cancel">;
  readonly http: HttpCall;
  readonly openBroker: (provision: Provision) => Duplex;
  /** Keeps virtual time from moving until a PUBACK has come; needed where the broker is reached over a socket. */
  readonly hold: (() => () => void) | undefined;
}

export interface CloudWayEvents extends CloudEvents {
  /** The next input of the session machine. */
  input(input: SessionInput): void;
}

/** The module gives an HTTP request up after this long (cloud.md 2.0 item 6), and a broker that says nothing. */
const HTTP_TIMEOUT_MS = 5000;
const BROKER_TIMEOUT_MS = 15_000;

/** Carries out what the session machine wants of the cloud, one thing at a time, and tells it what came of it. */
export class CloudWay {
  readonly #options: CloudWayOptions;
  readonly #events: CloudWayEvents;
  #provision: Provision | undefined;
  #connection: CloudConnection | undefined;
  /** The stream of a login under way. */
  #opening: Duplex | undefined;
  /** Grows with everything begun or broken off: a late answer to something earlier is dropped. */
  #attempt = 0;

  constructor(options: CloudWayOptions, events: CloudWayEvents) {
    this.#options = options;
    this.#events = events;
  }

  register(productKey: string): void {
    this.#try(HTTP_TIMEOUT_MS, async () => {
      const failure = await this.#options.registration.register(productKey);
      if (failure !== undefined) this.#events.trouble(toTrouble(failure));
      return { kind: "registered" };
    });
  }

  provision(): void {
    this.#try(HTTP_TIMEOUT_MS, async () => {
      const { http, registration } = this.#options;
      this.#provision = await provision(http, registration.identity.did ?? "");
      return { kind: "provisioned" };
    });
  }

  connect(): void {
    this.#try(BROKER_TIMEOUT_MS, async () => {
      await this.#open();
      return { kind: "connected" };
    });
  }

  subscribe(productKey: string): void {
    this.#try(BROKER_TIMEOUT_MS, async () => {
      await this.#connection?.subscribe(productKey);
      return { kind: "subscribed" };
    });
  }

  /** A P0 goes up unchanged, as long as there is somewhere to go. */
  report(p0: Uint8Array): void {
    this.#connection?.report(p0);
  }

  /** Ends the connection, or whatever is under way towards one. */
  disconnect(): void {
    this.#attempt += 1;
    this.#opening?.destroy();
    this.#connection?.close();
    this.#connection = undefined;
  }

  save(): Provision | undefined {
    return this.#provision;
  }

  /** Logs in again where `provision` said, without the session machine. */
  async load(provision: Provision | undefined, productKey: string | undefined): Promise<void> {
    this.#provision = provision;
    if (productKey === undefined) return;
    await this.#open();
    await this.#connection?.subscribe(productKey);
  }

  /** Begins something; the session hears of its end, or after `timeoutMs` that there was none. */
  #try(timeoutMs: Millis, action: () => Promise<SessionInput>): void {
    this.#attempt += 1;
    const attempt = this.#attempt;
    const release = this.#options.clock.hold();
    const end = (then: () => void): void => {
      if (attempt === this.#attempt) {
        this.#options.timers.cancel("cloud answer");
        then();
      }
      release();
    };
    this.#options.timers.set("cloud answer", timeoutMs, () => {
      this.#fail(new GizlabError("cloud-unreachable", `the cloud did not answer within ${timeoutMs / 1000} s`));
    });
    action().then(
      (input) => end(() => this.#events.input(input)),
      (error: unknown) => end(() => this.#fail(error)),
    );
  }

  #fail(error: unknown): void {
    const trouble = toTrouble(error);
    const isUnknown = trouble.code === "did-unknown" || trouble.code === "mqtt-refused";
    this.#events.trouble(trouble);
    this.#events.input({ kind: "failed", isUnknown });
  }

  async #open(): Promise<void> {
    const { clock, hold, openBroker, registration } = this.#options;
    const { did = "", passcode } = registration.identity;
    if (this.#provision === undefined) throw new GizlabError("cloud-refused", "the module was not provisioned");
    const open = (target: Provision): Duplex => {
      this.#opening = openBroker(target);
      return this.#opening;
    };
    const attempt = this.#attempt;
    const ifCurrent = (action: () => void): void => {
      if (this.#connection === connection) action();
    };
    const { down, appCount, closed, ...always } = this.#events;
    const connection: CloudConnection = await CloudConnection.open(
      { open, target: this.#provision, login: { did, passcode }, clock, hold },
      {
        ...always,
        down: (message) => ifCurrent(() => down(message)),
        appCount: (count) => ifCurrent(() => appCount(count)),
        closed: () => ifCurrent(closed),
      },
    );
    if (attempt === this.#attempt) this.#connection = connection;
    else connection.close();
  }
}

export function toTrouble(error: unknown): GizlabError {
  if (error instanceof GizlabError) return error;
  return new GizlabError("cloud-unreachable", `the cloud cannot be reached: ${(error as Error).message}`, {
    cause: error,
  });
}
