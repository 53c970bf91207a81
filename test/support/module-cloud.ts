import { Duplex } from "node:stream";
import { Aedes, type AuthenticateError, type Client } from "aedes";
import { onTestFinished } from "vitest";
import { createStreamPair } from "../../src/cloud/broker/stream-pair.js";
import type { HttpCall, Provision } from "../../src/gagent/provisioning.js";
import { spellHex } from "./wire-bench.js";

/** A login as the broker saw it. */
export interface Login {
  readonly clientId: string;
  readonly username: string;
  readonly password: string;
  readonly keepaliveS: number;
  readonly version: number;
}

/** What a module finds in the net: HTTP answers by hand, and a bare MQTT broker without any rule. */
export class ModuleCloud {
  /** `METHOD path form`, oldest first. */
  readonly calls: string[] = [];
  readonly logins: Login[] = [];
  /** Filters in the order of their SUBSCRIBE packets. */
  readonly filters: string[] = [];
  /** `topic payload` of what the module published. */
  readonly published: string[] = [];
  /** Dids to hand out at registration, the last one for ever. */
  readonly dids = ["GdzuSRncfDPGHGo2LxwgM2"];
  /** CONNACK codes for the next logins; accepted when empty. */
  readonly refusals: number[] = [];
  /** Whatever goes wrong until set back. */
  trouble: "none" | "http-down" | "no-product" | "did-unknown" | "broker-down" | "hangs-up" | "no-suback" = "none";
  readonly #broker: Aedes;
  readonly #clients = new Set<Client>();

  private constructor() {
    this.#broker = new Aedes({
      preConnect: (client, packet, callback) => {
        const { clientId, keepalive = 0, protocolVersion = 0, username = "", password = "" } = packet;
        const version = Number(protocolVersion);
        this.logins.push({ clientId, username, password: String(password), keepaliveS: keepalive, version });
        packet.keepalive = 0;
        this.#clients.add(client);
        callback(null, true);
      },
      authenticate: (_client, _username, _password, done) => {
        const returnCode = this.refusals.shift();
        if (returnCode === undefined) done(null, true);
        else done(Object.assign(new Error("refused"), { returnCode }) as AuthenticateError, false);
      },
      authorizeSubscribe: (_client, subscription, callback) => {
        this.filters.push(subscription.topic);
        if (this.trouble !== "no-suback") callback(null, subscription);
      },
      authorizePublish: (_client, packet, callback) => {
        this.published.push(`${packet.topic} ${spellHex(packet.payload as Uint8Array)}`);
        callback(null);
      },
    });
    this.#broker.on("clientDisconnect", (client) => this.#clients.delete(client));
    for (const event of ["clientError", "connectionError"] as const) this.#broker.on(event, () => {});
  }

  /** Runs until the test has ended. */
  static async start(): Promise<ModuleCloud> {
    const cloud = new ModuleCloud();
    await cloud.#broker.listen();
    onTestFinished(() => new Promise<void>((resolve) => cloud.#broker.close(() => resolve())));
    return cloud;
  }

  /** Connections that are open. */
  get connected(): number {
    return this.#clients.size;
  }

  /** What the module asks about firmware, oldest first; there is none unless `answerFirmware` says so. */
  readonly firmwareCalls: string[] = [];
  answerFirmware: HttpCall = async () => ({ status: 400, body: '{"error_code":9500}' });

  readonly http: HttpCall = async (request) => {
    const { method, path, form } = request;
    if (path.startsWith("/dev/ota/")) {
      this.firmwareCalls.push(`${method} ${path} ${new URLSearchParams(form).toString()}`.trim());
      return this.answerFirmware(request);
    }
    this.calls.push(`${method} ${path} ${new URLSearchParams(form).toString()}`.trim());
    if (this.trouble === "http-down") throw new Error("connect ECONNREFUSED");
    if (method === "POST" && this.trouble === "no-product") return { status: 400, body: '{"error_code":9002}' };
    if (method === "POST") {
      const did = this.dids.length > 1 ? this.dids.shift() : this.dids[0];
      return { status: 201, body: `did=${did}\r\n` };
    }
    if (this.trouble === "did-unknown") return { status: 404, body: "" };
    return {
      status: 200,
      body: "host=m2m.test&port=1883&server_ts=1&log_host=h&log_port=1884&biz_log=0&sys_log=0\r\n",
    };
  };

  readonly openBroker = (provision: Provision): Duplex => {
    this.calls.push(`MQTT ${provision.host}:${provision.port}`);
    if (this.trouble === "hangs-up") return createHangUp();
    const [near, far] = createStreamPair();
    far.on("error", () => {});
    if (this.trouble === "broker-down") near.destroy(new Error("connect ECONNREFUSED"));
    else this.#broker.handle(far);
    return near;
  };

  /** Cuts every connection. */
  drop(): void {
    for (const client of this.#clients) client.close();
  }

  /** Sends to whoever has subscribed. */
  publish(topic: string, hex: string): Promise<void> {
    const payload = Buffer.from(hex.replaceAll(" ", ""), "hex");
    return new Promise((resolve) => {
      this.#broker.publish({ cmd: "publish", topic, payload, qos: 0, retain: false, dup: false }, () => resolve());
    });
  }
}

/** A broker that lets the client in and is gone with the same breath. */
function createHangUp(): Duplex {
  const stream = new Duplex({
    read() {},
    write(_chunk, _encoding, done) {
      done();
      this.push(Uint8Array.of(0x20, 2, 0, 0));
      this.push(null);
      this.destroy();
    },
  });
  return stream;
}
