import { entityId } from "./outside-ids.js";
import type { Device, Registry } from "./registry.js";

/** Which device an entity of DER Connect is. Ids are made of dids, so they are known once a device has been seen. */
export class Entities {
  readonly #registry: Registry;
  readonly #dids = new Map<string, string>();
  /** The store numbers up to here are known. */
  #seen = 0;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** The device in service behind an entity's id, in whatever case that is written. */
  find(id: string): Device | undefined {
    const key = id.toLowerCase();
    if (!this.#dids.has(key)) this.#seeNew();
    const did = this.#dids.get(key);
    const device = did === undefined ? undefined : this.#registry.find(did);
    return device?.isDisabled === false ? device : undefined;
  }

  /** Forgets what it has read of the store. */
  reload(): void {
    this.#dids.clear();
    this.#seen = 0;
  }

  #seeNew(): void {
    for (const device of this.#registry.listAfter(this.#seen)) {
      this.#dids.set(entityId(device), device.did);
      this.#seen = device.id;
    }
  }
}
