import { type Refusals, showText } from "../../core/refusals.js";
import type { Device, Registry } from "../devices/registry.js";
import type { Connection } from "./connection.js";
import { MAX_PACKET_LENGTH } from "./inbound-watch.js";
import { describeProtocolError, describeRefusedLogin, type LoginProblem } from "./refused-login.js";
import type { BrokerSession } from "./session.js";

const DEVICE_TOPICS = {
  subscribe: "a device hears ser2cli_noti/<product_key>, ser2cli_res/<did> and app2dev/<did>/# (cloud.md 3.2)",
  publish: "a device publishes dev2app/<did> and cli2ser_req (cloud.md 3.2); the broker closes the connection",
} as const;
const APP_TOPICS = {
  subscribe:
    "an app hears dev2app/<did> of devices that its user has bound (POST /app/bindings), and ser2cli_res/<its client id> (cloud.md 5.2)",
  publish: "an app publishes app2dev/<did>/<its client id> to devices that its user has bound (cloud.md 5.2)",
} as const;

/** First bytes of what is no MQTT (MQTT 3.1.1, 2.2.1: a CONNECT begins with 10). */
const CONNECT = 0x10;
const TLS_HANDSHAKE = 0x16;
const HTTP_METHOD = /^(?:GET|POST|PUT|HEAD|DELETE|OPTIONS) /;

/** Notes what the broker refuses, with who tried and the cure. */
export class RefusalNotes {
  readonly #refusals: Refusals;
  readonly #registry: Registry;

  constructor(refusals: Refusals, registry: Registry) {
    this.#refusals = refusals;
    this.#registry = registry;
  }

  login(connection: Connection | undefined, problem: LoginProblem, clientId: string, username: string): void {
    if (connection === undefined || connection.isRefused) return;
    connection.isRefused = true;
    // Who has hung up while the login was looked at is not kept away by anything here.
    if (problem === "connection-gone") return;
    const refusal = describeRefusedLogin(problem, {
      clientId,
      username,
      ip: connection.ip,
    });
    const mac = this.#macOf(refusal.subject.did);
    this.#refusals.note({ ...refusal, subject: { ...refusal.subject, mac } });
  }

  /** The first bytes of a connection; what is no CONNECT is closed without a word. */
  begun(connection: Connection, bytes: Uint8Array): void {
    if (bytes[0] === CONNECT) return;
    const words = Buffer.from(bytes.subarray(0, 8)).toString("latin1");
    if (bytes[0] === TLS_HANDSHAKE) this.protocol(connection, "a TLS handshake came");
    else if (HTTP_METHOD.test(words)) this.protocol(connection, "an HTTP request came");
    else this.protocol(connection, "the first packet is no CONNECT");
  }

  /** A connection ends because of what its client sent. */
  protocol(connection: Connection, message: string): void {
    if (connection.isRefused) return;
    connection.isRefused = true;
    this.#refusals.note(
      describeProtocolError(message, {
        ...subjectOf(connection.session),
        ip: connection.ip,
      }),
    );
  }

  tooLarge(connection: Connection, length: number): void {
    connection.isRefused = true;
    this.#refusals.note({
      hop: "frame.refused",
      subject: subjectOf(connection.session),
      code: "packet-too-large",
      reason: `a packet of ${length} bytes; the broker takes ${MAX_PACKET_LENGTH} at most and closes the connection`,
      hint: "is the remaining length of the MQTT packet right? A P0 has 4,096 bytes at most (uart.md 1)",
      detail: { ip: connection.ip },
    });
  }

  topic(session: BrokerSession | undefined, way: "subscribe" | "publish", topic: string): void {
    const isDevice = session?.kind === "device";
    this.#refusals.note({
      hop: "topic.refused",
      subject: subjectOf(session),
      code: `${way}-denied`,
      reason: `may not ${way} to ${showText(topic)}`,
      hint: (isDevice ? DEVICE_TOPICS : APP_TOPICS)[way],
      detail: {
        topic: showText(topic),
        ...(session?.kind === "app" ? { client: showText(session.client.id) } : {}),
      },
      about: topic,
    });
  }

  #macOf(did: string | undefined): string | undefined {
    return did === undefined ? undefined : this.#registry.find(did)?.mac;
  }
}

function subjectOf(session: BrokerSession | undefined): Partial<Pick<Device, "did" | "mac">> {
  if (session?.kind !== "device") return {};
  const { did, mac } = session.device;
  return { did, mac };
}
