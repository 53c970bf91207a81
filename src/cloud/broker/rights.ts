import type { Bindings } from "../bindings/bindings.js";
import type { Device, Registry } from "../devices/registry.js";
import type { BrokerSession } from "./session.js";
import { mayDeviceSubscribe, readAppTopic } from "./topics.js";

/** Who may hear and say what: a device its own topics, an app those of the devices its user has bound (cloud.md 3.2, 5.2). */
export class Rights {
  readonly #registry: Registry;
  readonly #bindings: Bindings;

  constructor(registry: Registry, bindings: Bindings) {
    this.#registry = registry;
    this.#bindings = bindings;
  }

  maySubscribe(session: BrokerSession | undefined, clientId: string, filter: string): boolean {
    if (session === undefined) return false;
    if (session.kind === "open") return true;
    if (session.kind === "device") return mayDeviceSubscribe(session.device.did, session.device.productKey, filter);
    const target = readAppTopic("subscribe", filter);
    if (target === undefined) return false;
    if (target.kind === "own") return target.clientId === clientId;
    return this.#boundDevice(session.uid, target.did) !== undefined;
  }

  /** The device that an app's message is for, if its user has bound it. */
  addressedDevice(uid: string, topic: string): Device | undefined {
    const target = readAppTopic("publish", topic);
    return target?.kind === "device" ? this.#boundDevice(uid, target.did) : undefined;
  }

  #boundDevice(uid: string, did: string): Device | undefined {
    const device = this.#registry.find(did);
    if (device === undefined) return undefined;
    return this.#bindings.find(uid, device.id) === undefined ? undefined : device;
  }
}
