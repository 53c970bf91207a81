import type { Duplex } from "node:stream";
import mqtt, { type IClientOptions } from "mqtt";
import type { Device } from "../../src/cloud/devices/registry.js";
import type { Lab } from "../../src/lab/lab.js";
import type { AppUser } from "./open-api.js";

export interface Message {
  readonly topic: string;
  /** Hex. */
  readonly payload: string;
  readonly retain: boolean;
}

/** One end of an MQTT connection: a device or an app. */
export interface Party {
  readonly client: mqtt.MqttClient;
  /** Everything that has arrived, oldest first. */
  readonly messages: readonly Message[];
  /** The QoS that the SUBACK grants; 128 is a refusal. */
  subscribe(filter: string): Promise<number>;
  unsubscribe(filter: string): Promise<void>;
  /** At QoS 1; resolves with the PUBACK, rejects when the connection ends without it. */
  publish(topic: string, hex: string, retain?: boolean): Promise<void>;
  /** Resolves once `count` messages have arrived. */
  received(count: number): Promise<readonly Message[]>;
  /** DISCONNECT, then the end of the connection. */
  leave(): Promise<void>;
  /** The end of the connection without a word. */
  vanish(): void;
  readonly closed: Promise<void>;
}

/** MQTT 3.1, as GAgent 4 speaks it (cloud.md 3.1). */
export const MQTT_31 = { protocolId: "MQIsdp", protocolVersion: 3 } as const;
export const MQTT_311 = { protocolId: "MQTT", protocolVersion: 4 } as const;

/** Logs a client in over the broker's in-memory stream. Rejects with the CONNACK code in `code`. */
export async function logIn(
  lab: Lab,
  options: IClientOptions,
  open: () => Duplex = () => lab.cloud.broker.connect(),
): Promise<Party> {
  let stream: Duplex | undefined;
  const client = new mqtt.MqttClient(
    () => {
      stream = open();
      return stream;
    },
    { keepalive: 0, reconnectPeriod: 0, timerVariant: "native", ...options },
  );
  const messages: Message[] = [];
  client.on("message", (topic, payload, { retain }) => {
    messages.push({ topic, payload: payload.toString("hex"), retain });
  });
  const closed = new Promise<void>((resolve) => client.once("close", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    client.once("connect", () => resolve());
    client.once("error", reject);
    closed.then(() => reject(new Error("closed without a CONNACK")));
  });
  client.on("error", () => {});
  return {
    client,
    messages,
    closed,
    subscribe: (filter) =>
      new Promise((resolve) => {
        client.subscribe(filter, { qos: 0 }, (error, granted) =>
          resolve(error === null ? (granted?.[0]?.qos ?? -1) : 128),
        );
      }),
    unsubscribe: async (filter) => {
      await client.unsubscribeAsync(filter);
    },
    publish: async (topic, hex, retain = false) => {
      const acknowledged = client.publishAsync(topic, Buffer.from(hex, "hex"), { qos: 1, retain });
      // mqtt.js would wait for another connection.
      await Promise.race([acknowledged, closed.then(() => Promise.reject(new Error("closed without a PUBACK")))]);
    },
    received: async (count) => {
      while (messages.length < count) await new Promise<void>((resolve) => client.once("message", () => resolve()));
      return messages;
    },
    leave: () => client.endAsync(),
    vanish: () => void stream?.destroy(),
  };
}

/** Logs a registered device in. */
export function logInDevice(lab: Lab, device: Device, options: IClientOptions = MQTT_31): Promise<Party> {
  return logIn(lab, { clientId: device.did, username: device.did, password: device.passcode, ...MQTT_31, ...options });
}

/** Logs an app in for a user: user name `2$appid$uid`, the token as password (cloud.md 5.1). */
export function logInApp(lab: Lab, user: AppUser, clientId = `usr${user.uid.slice(0, 20)}`): Promise<Party> {
  return logIn(lab, { clientId, username: `2$${user.appId}$${user.uid}`, password: user.token, ...MQTT_311 });
}
