import type { Duplex } from "node:stream";
import { decodeBusinessFrames, decodeControlFrame, encodeBusinessFrame, M2M, M2M_CONTROL } from "../codec/m2m.js";
import type { Clock } from "../core/clock.js";
import { GizlabError } from "../core/errors.js";
import { connectMqtt, type MqttConnection } from "./mqtt-client.js";
import type { Provision } from "./provisioning.js";

/** A P0 for the MCU, with the acknowledgement that its sender wants, if any. */
export interface DownMessage {
  readonly p0: Uint8Array;
  /** Tells the sender that the MCU has taken it; undefined when nobody asked (cloud.md 3.3). */
  readonly acknowledge: (() => void) | undefined;
}

export interface CloudEvents {
  down(message: DownMessage): void;
  /** How many apps watch the device now. */
  appCount(count: number): void;
  /** The cloud has firmware of a type (cloud.md 3.3: 0x0211). */
  otaNoticed(type: number): void;
  published(topic: string, payload: Uint8Array): void;
  received(topic: string, payload: Uint8Array): void;
  /** A message that could not be read. */
  trouble(error: GizlabError): void;
  /** The connection ended, whoever ended it. */
  closed(): void;
}

export interface CloudLogin {
  readonly clock: Clock;
  readonly open: (provision: Provision) => Duplex;
  readonly target: Provision;
  readonly login: { readonly did: string; readonly passcode: string };
  /** Keeps virtual time from moving until a PUBACK has come. */
  readonly hold?: (() => () => void) | undefined;
}

const KEEPALIVE_S = 120;

/** A module's session with the broker: its topics, and the frames on them (cloud.md 3). */
export class CloudConnection {
  readonly #did: string;
  readonly #mqtt: MqttConnection;
  readonly #events: CloudEvents;
  readonly #hold: (() => () => void) | undefined;

  private constructor(did: string, mqtt: MqttConnection, events: CloudEvents, hold: (() => () => void) | undefined) {
    this.#did = did;
    this.#mqtt = mqtt;
    this.#events = events;
    this.#hold = hold;
  }

  /** Logs in. Throws `mqtt-refused`, `mqtt-unreachable`. */
  static async open({ clock, open, target, login, hold }: CloudLogin, events: CloudEvents): Promise<CloudConnection> {
    const { did, passcode } = login;
    let connection: CloudConnection | undefined;
    let isOver = false;
    const mqtt = await connectMqtt(
      () => open(target),
      { clientId: did, username: did, password: passcode, keepaliveS: KEEPALIVE_S },
      clock,
      {
        message: (topic, payload) => connection?.receive(topic, payload),
        closed: () => {
          isOver = true;
          if (connection !== undefined) events.closed();
        },
      },
    );
    if (isOver) throw new GizlabError("mqtt-unreachable", "the broker closed the connection right after the login");
    connection = new CloudConnection(did, mqtt, events, hold);
    return connection;
  }

  /** One topic a packet, each after the SUBACK of the one before (cloud.md 3.1). */
  async subscribe(productKey: string): Promise<void> {
    for (const topic of [`ser2cli_noti/${productKey}`, `ser2cli_res/${this.#did}`, `app2dev/${this.#did}/#`]) {
      await this.#mqtt.subscribe(topic);
    }
  }

  /** Sends a P0 up. Read replies and reports alike are 0x0091 (cloud.md 3.3). */
  report(p0: Uint8Array): void {
    this.#publish(`dev2app/${this.#did}`, encodeBusinessFrame({ cmd: M2M.report, p0 }));
  }

  close(): void {
    this.#mqtt.close();
  }

  receive(topic: string, payload: Uint8Array): void {
    const events = this.#events;
    events.received(topic, payload);
    try {
      if (topic.startsWith("app2dev/")) {
        for (const { cmd, sn, p0 } of decodeBusinessFrames(payload)) {
          const isWanted = cmd === M2M.sendWithAck && sn !== undefined;
          if (cmd !== M2M.send && !isWanted) continue;
          events.down({ p0, acknowledge: isWanted ? () => this.#acknowledge(topic, sn) : undefined });
        }
      } else if (topic.startsWith("ser2cli_res/")) {
        const { cmd, body } = decodeControlFrame(payload);
        if (cmd === M2M_CONTROL.otaNotice) events.otaNoticed(body[0] ?? 0);
        if (cmd === M2M_CONTROL.appCount) events.appCount((body[0] ?? 0) * 256 + (body[1] ?? 0));
      }
    } catch (error) {
      if (!(error instanceof GizlabError)) throw error;
      events.trouble(error);
    }
  }

  /** 0x0094 goes to the asker only, whose client id is the topic's last level. */
  #acknowledge(topic: string, sn: number): void {
    const [, , asker = ""] = topic.split("/");
    this.#publish(`dev2app/${this.#did}/${asker}`, encodeBusinessFrame({ cmd: M2M.ack, sn, p0: new Uint8Array(0) }));
  }

  #publish(topic: string, payload: Uint8Array): void {
    this.#events.published(topic, payload);
    this.#mqtt.publish(topic, payload, this.#hold?.());
  }
}
