import type { Duplex } from "node:stream";
import type { Aedes, AuthenticateError, Client, PublishPacket, Subscription, UnsubscribePacket } from "aedes";
import type { TraceId } from "../../core/trace.js";
import { AppSessions } from "./app-sessions.js";
import type { BrokerParts } from "./broker-parts.js";
import { type Connection, watchKeepalive } from "./connection.js";
import { type Arrival, Door } from "./door.js";
import { Downlink } from "./downlink.js";
import { startHeartbeat } from "./heartbeat.js";
import { watchInbound } from "./inbound-watch.js";
import { deniedTopic, Intake } from "./intake.js";
import { judgeLogin } from "./login.js";
import { assemblePackets } from "./packet-assembly.js";
import { pacePublishes } from "./packet-pacer.js";
import { Presence } from "./presence.js";
import { RefusalNotes } from "./refusal-notes.js";
import { connackOf, type LoginProblem } from "./refused-login.js";
import { Rights } from "./rights.js";
import { createRoutingAedes } from "./routing.js";
import type { OfflineReason } from "./session.js";
import { isAcceptableClientId, isControlFilter, readAppTopic } from "./topics.js";
import { gateConnection } from "./wire-gate.js";

/** The M2M broker: aedes with the cloud's rules of who may log in, publish and subscribe (cloud.md 3). */
export class Broker {
  readonly presence: Presence;
  readonly #parts: BrokerParts;
  readonly #aedes: Aedes;
  readonly #rights: Rights;
  readonly #intake: Intake;
  readonly #connections = new WeakMap<Client, Connection>();
  readonly #apps = new AppSessions();
  readonly #door: Door;
  readonly #downlink: Downlink;
  readonly #notes: RefusalNotes;
  #isShut = false;

  private constructor(parts: BrokerParts) {
    this.#parts = parts;
    this.presence = new Presence(parts.clock, parts.telemetry);
    this.#rights = new Rights(parts.registry, parts.bindings);
    this.#downlink = new Downlink(this.presence, this.#apps);
    this.#notes = new RefusalNotes(parts.refusals, parts.registry);
    this.#intake = new Intake(parts, this.#notes, (did) => this.#downlink.sendAppCount(did));
    this.#door = new Door(
      (arrival) => this.#take(arrival),
      () => parts.clock.stir(),
    );
    this.#aedes = createRoutingAedes(
      {
        maxClientsIdLength: 128,
        queueLimit: 64,
        preConnect: (client, packet, callback) => {
          const connection = this.#connections.get(client);
          if (connection === undefined) return callback(new Error("the connection is not the broker's"), false);
          // Every login begins anew: a subscription kept from before would outlive the rights it was granted by.
          if (parts.open !== true) packet.clean = true;
          // The deadline is kept on the domain clock, not on aedes' wall timer (architecture.md 4).
          connection.keepaliveS = packet.keepalive ?? 0;
          packet.keepalive = 0;
          callback(null, true);
        },
        authenticate: (client, username, password, done) => {
          const problem = this.#admit(client, username ?? "", password?.toString("utf8") ?? "");
          if (problem === undefined) return done(null, true);
          this.#notes.login(this.#connections.get(client), problem, client.id, username ?? "");
          const refusal = Object.assign(new Error("login refused"), { returnCode: connackOf(problem) });
          done(refusal as AuthenticateError, false);
        },
        authorizePublish: (client, packet, callback) => this.#authorizePublish(client, packet, callback),
        authorizeSubscribe: (client, subscription, callback) => {
          const { session } = this.#connections.get(client) ?? {};
          const isGranted = this.#rights.maySubscribe(session, client.id, subscription.topic);
          if (!isGranted) this.#notes.topic(session, "subscribe", subscription.topic);
          callback(null, isGranted ? subscription : null);
        },
      },
      (client) => this.#isAwaited(client),
    );
    this.#aedes.on("clientReady", (client) => this.#begin(client));
    this.#aedes.on("ping", (_packet, client) => {
      const session = this.#connections.get(client)?.session;
      if (session?.kind === "device") this.presence.beat(session);
    });
    this.#aedes.on("subscribe", (subscriptions, client) => this.#subscribed(client, subscriptions));
    this.#aedes.on("unsubscribe", (filters, client) => this.#unsubscribed(client, filters));
    for (const event of ["clientError", "connectionError"] as const) {
      this.#aedes.on(event, (client, error) => this.#broken(client, error));
    }
  }

  static async start(parts: BrokerParts): Promise<Broker> {
    const broker = new Broker(parts);
    await broker.#aedes.listen();
    return broker;
  }

  /** Listens for MQTT on TCP. Resolves with the port; rejects with the system's error, such as EADDRINUSE. */
  listen(host: string, port: number): Promise<number> {
    return this.#door.listen(host, port);
  }

  /** A connection without a port: the client's end of a stream pair. */
  connect(): Duplex {
    return this.#door.connect();
  }

  /**
   * Sends a message to a device, at QoS 0 as firmware expects; held back until it listens. False when it is offline.
   * @param id the correlation id of what caused it
   */
  sendToDevice(did: string, topic: string, payload: Uint8Array, id?: TraceId): boolean {
    return this.#downlink.send(did, topic, payload, id);
  }

  /** Ends a device's session, with the reason that the log will give. */
  disconnect(did: string, reason: OfflineReason): void {
    const session = this.presence.find(did);
    if (session === undefined) return;
    session.ending = reason;
    this.#close(session.client);
  }

  /** Lets nobody log in over a socket until `reopen`. */
  shut(): void {
    this.#isShut = true;
  }

  reopen(): void {
    this.#isShut = false;
  }

  /** Cuts every connection, and resolves when all are closed. */
  disconnectAll(): Promise<void> {
    return this.#door.clear();
  }

  /** Ends what a user's apps hear of a device that the user has bound no longer. */
  silence(uid: string, did: string): void {
    for (const { session, filters } of this.#apps.ofUser(uid, did)) {
      session.client.unsubscribe({ unsubscriptions: filters } as UnsubscribePacket, () => {});
    }
  }

  async close(): Promise<void> {
    const stopped = this.#door.stop();
    await new Promise<void>((resolve) => this.#aedes.close(() => resolve()));
    // aedes knows only who has logged in.
    await this.#door.clear();
    await stopped;
  }

  #take({ conn, ip, isSocket }: Arrival): void {
    const { clock, network } = this.#parts;
    const connection: Connection = {
      conn,
      ip,
      isSocket,
      keepaliveS: 0,
      lastHeardAt: clock.steady(),
      session: undefined,
      isRefused: false,
      deadline: undefined,
    };
    let hasBegun = false;
    if (network !== undefined) {
      gateConnection(conn, clock, network, () =>
        connection.session?.kind === "device" ? connection.session.device.did : undefined,
      );
    }
    watchInbound(conn, {
      bytes: (chunk) => {
        connection.lastHeardAt = clock.steady();
        if (!hasBegun) this.#notes.begun(connection, chunk);
        hasBegun = true;
      },
      tooLarge: (length) => this.#notes.tooLarge(connection, length),
    });
    const client = this.#aedes.handle(conn);
    this.#connections.set(client, connection);
    // Not aedes' own event: it is missing for a connection that ends in the middle of its login.
    conn.once("close", () => this.#end(client));
  }

  /** Why a client is refused, or undefined when it may come in. */
  #admit(client: Client, username: string, password: string): LoginProblem | undefined {
    const connection = this.#connections.get(client);
    // aedes goes on with the login of a client that has left meanwhile.
    if (connection === undefined || client.closed) return "connection-gone";
    if (this.#isShut && connection.isSocket) return "lab-restoring";
    if (!isAcceptableClientId(client.id)) return "client-id-invalid";
    const login = judgeLogin(this.#parts.registry, this.#parts.users, client.id, username, password);
    if (login.kind === "refused" && this.#parts.open === true) {
      connection.session = { kind: "open" };
      return undefined;
    }
    if (login.kind === "refused") return login.problem;
    if (login.kind === "app") {
      if (this.#apps.isTaken(client.id, login.uid)) return "client-id-taken";
      connection.session = { kind: "app", client, uid: login.uid, appId: login.appId, watching: new Map() };
      return undefined;
    }
    if (this.#parts.network?.admits(login.device.did) === false) return "fault-refuse";
    const older = this.presence.find(login.device.did);
    if (older !== undefined) older.ending = "taken-over";
    const { conn } = connection;
    if (connection.isSocket) pacePublishes(conn);
    else assemblePackets(conn, conn.write.bind(conn));
    connection.session = {
      kind: "device",
      client,
      device: login.device,
      hops: this.#parts.trace.of(login.device),
      profileId: login.product.profileId,
      ip: connection.ip,
      connectedAt: this.#parts.clock.now(),
      heartbeat: startHeartbeat(this.#parts.clock.now()),
      keepaliveS: connection.keepaliveS,
      isReady: false,
      held: [],
      ending: undefined,
    };
    return undefined;
  }

  #begin(client: Client): void {
    const connection = this.#connections.get(client);
    const session = connection?.session;
    if (connection === undefined || client.closed) return;
    watchKeepalive(this.#parts.clock, connection, () => {
      if (connection.session?.kind === "device") connection.session.ending = "no_heartbeat";
      this.#close(client);
    });
    if (session?.kind === "device") this.presence.begin(session);
    if (session?.kind === "app") this.#apps.add(session);
  }

  #end(client: Client): void {
    const connection = this.#connections.get(client);
    connection?.deadline?.cancel();
    const session = connection?.session;
    if (session?.kind === "app") {
      for (const did of this.#apps.remove(session)) this.#downlink.sendAppCount(did);
    }
    if (session?.kind !== "device") return;
    if (this.presence.find(session.device.did) !== session) return this.#breakOff(session.device.did);
    if (session.ending === "taken-over") return;
    // aedes keeps to itself whether a DISCONNECT came first.
    const wasOrderly = (client as unknown as { _disconnected: boolean })._disconnected;
    this.presence.end(session, session.ending ?? (wasOrderly ? "mqtt_disconnect" : "tcp_closed"));
  }

  /** A login that was taking an older session over has not come to its end: the older one goes on, or has ended. */
  #breakOff(did: string): void {
    const older = this.presence.find(did);
    if (older?.ending !== "taken-over") return;
    if (older.client.closed) this.presence.end(older, "tcp_closed");
    else older.ending = undefined;
  }

  /** aedes ends a connection: what is not the network's doing and was not refused with a reason is no MQTT. */
  #broken(client: Client, error: Error & { readonly code?: string }): void {
    const connection = this.#connections.get(client);
    if (connection === undefined || error.code !== undefined) return;
    this.#notes.protocol(connection, error.message);
  }

  #authorizePublish(client: Client | null, packet: PublishPacket, callback: (error?: Error | null) => void): void {
    const session = client === null ? undefined : this.#connections.get(client)?.session;
    if (client === null || session?.kind === "open") return callback(null);
    // Nothing is retained: the latest values are the store's business.
    packet.retain = false;
    if (session?.kind === "device") return this.#intake.takeDeviceMessage(session, packet, callback);
    const device = session === undefined ? undefined : this.#rights.addressedDevice(session.uid, packet.topic);
    if (session === undefined || device === undefined) {
      this.#notes.topic(session, "publish", packet.topic);
      return callback(deniedTopic("the device is not bound"));
    }
    this.#intake.takeAppMessage(session, device, packet, callback);
  }

  #subscribed(client: Client, subscriptions: readonly Subscription[]): void {
    const session = this.#connections.get(client)?.session;
    const granted = subscriptions.filter((subscription) => Number(subscription.qos) !== 128);
    if (session?.kind === "app") {
      for (const { topic } of granted) {
        const target = readAppTopic("subscribe", topic);
        if (target?.kind !== "device") continue;
        if (this.#apps.watch(session, topic, target.did)) this.#downlink.sendAppCount(target.did);
      }
    }
    if (session?.kind !== "device") return;
    if (!granted.some(({ topic }) => isControlFilter(session.device.did, topic))) return;
    this.#downlink.open(session);
  }

  #unsubscribed(client: Client, filters: readonly string[]): void {
    const session = this.#connections.get(client)?.session;
    if (session?.kind === "device" && filters.some((filter) => isControlFilter(session.device.did, filter))) {
      session.isReady = false;
    }
    if (session?.kind !== "app") return;
    for (const filter of filters) {
      const did = this.#apps.unwatch(session, filter);
      if (did !== undefined) this.#downlink.sendAppCount(did);
    }
  }

  /** aedes closes in its own time; virtual time waits for it. */
  #close(client: Client): void {
    this.#parts.clock.stir();
    client.close();
  }

  /** Only apps subscribe to what devices publish. */
  #isAwaited(client: Client): boolean {
    const session = this.#connections.get(client)?.session;
    return this.#parts.open === true || session?.kind !== "device" || this.#apps.count(session.device.did) > 0;
  }
}
