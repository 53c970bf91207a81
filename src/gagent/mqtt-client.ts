import { createRequire } from "node:module";
import { type Duplex, Readable } from "node:stream";
import type { IClientOptions } from "mqtt";
import type { Clock, Timer } from "../core/clock.js";
import { GizlabError } from "../core/errors.js";

export interface MqttLogin {
  readonly clientId: string;
  readonly username: string;
  readonly password: string;
  /** Seconds; modules of version 4 use 120 (cloud.md 3.1). */
  readonly keepaliveS: number;
}

/** A device's connection to its broker. */
export interface MqttConnection {
  /** Resolves when the broker has granted the topic. */
  subscribe(topic: string): Promise<void>;
  /** At QoS 1; `acknowledged` is called with the PUBACK, or with an error when the connection ended before. */
  publish(topic: string, payload: Uint8Array, acknowledged?: (error?: Error) => void): void;
  close(): void;
}

export interface MqttEvents {
  message(topic: string, payload: Uint8Array): void;
  /** The connection ended, whoever ended it. */
  closed(): void;
}

const FORGETFUL = {
  put(packet: unknown, done: (error?: Error, packet?: unknown) => void) {
    done(undefined, packet);
    return this;
  },
  get(_packet: unknown, done: (error: Error) => void) {
    done(new Error("nothing is kept"));
    return this;
  },
  del(packet: unknown, done: (error?: Error, packet?: unknown) => void) {
    done(undefined, packet);
    return this;
  },
  createStream: () => Readable.from([]),
  close(done: (error?: Error) => void) {
    done();
  },
} as unknown as NonNullable<IClientOptions["outgoingStore"]>;

/**
 * Loads mqtt.js, which the first login does otherwise; a cloud without virtual devices needs none. The client alone: the
 * package's own entry also loads its WebSocket and proxy transports.
 */
export function loadMqttClient(): typeof import("mqtt").MqttClient {
  const module = createRequire(import.meta.url)("mqtt/lib/client") as typeof import("mqtt/lib/client");
  return module.default;
}

/** Logs in with MQTT 3.1, as modules do (cloud.md 3.1). Throws `mqtt-refused` with the CONNACK code in `found`, `mqtt-unreachable`. */
export function connectMqtt(
  open: () => Duplex,
  login: MqttLogin,
  clock: Clock,
  events: MqttEvents,
): Promise<MqttConnection> {
  const options: IClientOptions = {
    protocolId: "MQIsdp",
    protocolVersion: 3,
    clean: true,
    clientId: login.clientId,
    username: login.username,
    password: login.password,
    keepalive: login.keepaliveS,
    reschedulePings: false,
    reconnectPeriod: 0,
    // Whoever logs in keeps its own deadline, on the domain clock.
    connectTimeout: 2_147_483_647,
    resubscribe: false,
    queueQoSZero: false,
    // A module keeps nothing over a lost connection (cloud.md 3.1: clean session), so nothing is copied into a store.
    outgoingStore: FORGETFUL,
    incomingStore: FORGETFUL,
    log: () => {},
    timerVariant: repeatOn(clock) as unknown as NonNullable<IClientOptions["timerVariant"]>,
  };
  const client = new (loadMqttClient())(() => open(), options);
  return new Promise((resolve, reject) => {
    let isConnected = false;
    client.on("error", (error) => {
      if (!isConnected) reject(toLoginError(error));
      client.end(true);
    });
    client.on("close", () => {
      if (isConnected) events.closed();
      else reject(new GizlabError("mqtt-unreachable", "the broker closed the connection before answering"));
    });
    client.on("message", (topic, payload) => events.message(topic, payload));
    client.once("connect", () => {
      isConnected = true;
      resolve({
        subscribe: async (topic) => {
          await client.subscribeAsync(topic, { qos: 0 });
        },
        publish: (topic, payload, acknowledged) => {
          client.publish(topic, payload as Buffer, { qos: 1 }, (error) => acknowledged?.(error ?? undefined));
        },
        close: () => {
          client.end(true);
        },
      });
    });
  });
}

/** Interval timers on the domain clock for mqtt.js' keepalive. */
function repeatOn(clock: Clock): {
  set: (action: () => void, periodMs: number) => object;
  clear: (handle: object) => void;
} {
  return {
    set(action, periodMs) {
      const handle: { timer: Timer | undefined } = { timer: undefined };
      const arm = (): void => {
        handle.timer = clock.setTimer("mqtt ping", periodMs, () => {
          arm();
          action();
        });
      };
      arm();
      return handle;
    },
    clear: (handle) => (handle as { timer: Timer | undefined }).timer?.cancel(),
  };
}

function toLoginError(error: Error & { code?: number | string }): GizlabError {
  if (typeof error.code === "number") {
    return new GizlabError("mqtt-refused", "the broker refused the login", { found: String(error.code), cause: error });
  }
  return new GizlabError("mqtt-unreachable", `the broker cannot be reached: ${error.message}`, { cause: error });
}
