import type { Clock } from "../../core/clock.js";
import { GizlabError } from "../../core/errors.js";
import type { Random } from "../../core/random.js";
import type { Database } from "../store/database.js";
import { makeDid } from "./identity.js";
import type { Product, Products } from "./products.js";

/** A registered device. */
export interface Device {
  /** The store's own number of the device. */
  readonly id: number;
  readonly did: string;
  readonly productKey: string;
  readonly mac: string;
  readonly passcode: string;
  readonly isDisabled: boolean;
  readonly createdAt: number;
}

interface DeviceRow {
  id: number;
  did: string;
  product_key: string;
  mac: string;
  passcode: string;
  is_disabled: number;
  created_at: number;
}

const COLUMNS = "id, did, product_key, mac, passcode, is_disabled, created_at";
/** MAC (12 hex), IMEI (15 digits) or `virtual:site` (cloud.md 1.1). */
const MAC = /^(?:[0-9a-fA-F]{12}|\d{15}|virtual:[\w-]{1,24})$/;
/** 1 to 16 printable characters, upper case not required (cloud.md 1.1). */
const PASSCODE = /^[\x21-\x7e]{1,16}$/;

/** Who is who among devices: registration, and the way back from did or mac. */
export class Registry {
  readonly #products: Products;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #byDid = new Map<string, Device>();
  readonly #statements;
  /** Called when a device was disabled, so that sessions and bindings end. */
  onDisabled: (device: Device) => void = () => {};

  constructor(database: Database, products: Products, clock: Clock, random: Random) {
    this.#products = products;
    this.#clock = clock;
    this.#random = random;
    this.#statements = {
      byDid: database.prepare<[string], DeviceRow>(`SELECT ${COLUMNS} FROM devices WHERE did = ?`),
      byId: database.prepare<[number], DeviceRow>(`SELECT ${COLUMNS} FROM devices WHERE id = ?`),
      byMac: database.prepare<[string, string], DeviceRow>(
        `SELECT ${COLUMNS} FROM devices WHERE product_key = ? AND mac = ? AND is_disabled = 0`,
      ),
      all: database.prepare<[], DeviceRow>(`SELECT ${COLUMNS} FROM devices ORDER BY id`),
      ofProduct: database.prepare<[string], DeviceRow>(
        `SELECT ${COLUMNS} FROM devices WHERE product_key = ? ORDER BY id`,
      ),
      add: database.prepare<[string, string, string, string, number]>(
        "INSERT INTO devices (did, product_key, mac, passcode, created_at) VALUES (?, ?, ?, ?, ?)",
      ),
      disable: database.prepare<[number]>("UPDATE devices SET is_disabled = 1 WHERE id = ?"),
    };
  }

  /**
   * The did of a module. Same product, mac and passcode give the same did; a new passcode gives a new did and
   * disables the old device (cloud.md 2.1). Throws `product-unknown`, `device-form`.
   */
  register(productKey: string, mac: string, passcode: string): Device {
    const product = this.#products.find(productKey);
    if (product === undefined) {
      throw new GizlabError("product-unknown", `no product has the product_key ${productKey}`);
    }
    if (!MAC.test(mac) || !PASSCODE.test(passcode)) {
      throw new GizlabError("device-form", "mac is 12 hex digits, passcode 1 to 16 printable characters");
    }
    const known = this.findByMac(product.productKey, mac);
    if (known !== undefined) {
      if (known.passcode === passcode) return known;
      this.disable(known);
    }
    const did = makeDid(this.#random);
    this.#statements.add.run(did, product.productKey, mac, passcode, this.#clock.now());
    return this.get(did);
  }

  find(did: string): Device | undefined {
    const cached = this.#byDid.get(did);
    if (cached !== undefined) return cached;
    const row = this.#statements.byDid.get(did);
    return row === undefined ? undefined : this.#keep(row);
  }

  /** The device of a store number. */
  findById(id: number): Device | undefined {
    const row = this.#statements.byId.get(id);
    return row === undefined ? undefined : this.#keep(row);
  }

  /** Throws `device-unknown`. */
  get(did: string): Device {
    const device = this.find(did);
    if (device === undefined) throw new GizlabError("device-unknown", `no device has the did ${did}`);
    return device;
  }

  /** The device of a mac that is not disabled; the mac's case does not matter. */
  findByMac(productKey: string, mac: string): Device | undefined {
    for (const form of new Set([mac, mac.toLowerCase(), mac.toUpperCase()])) {
      const row = this.#statements.byMac.get(productKey.toLowerCase(), form);
      if (row !== undefined) return this.#keep(row);
    }
    return undefined;
  }

  /** Forgets what it has read of the store. */
  reload(): void {
    this.#byDid.clear();
  }

  list(): Device[] {
    return this.#statements.all.all().map((row) => this.#keep(row));
  }

  /** The devices of a product, those out of service too. */
  ofProduct(productKey: string): Device[] {
    return this.#statements.ofProduct.all(productKey).map((row) => this.#keep(row));
  }

  /** Takes a device out of service; doing it twice is harmless. */
  disable(device: Device): void {
    if (this.get(device.did).isDisabled) return;
    this.#statements.disable.run(device.id);
    const disabled = { ...device, isDisabled: true };
    this.#byDid.set(device.did, disabled);
    this.onDisabled(disabled);
  }

  /** The product a device was made by; undefined when its profile is not loaded. */
  productOf(device: Device): Product | undefined {
    return this.#products.find(device.productKey);
  }

  #keep(row: DeviceRow): Device {
    const known = this.#byDid.get(row.did);
    if (known !== undefined) return known;
    const device: Device = {
      id: row.id,
      did: row.did,
      productKey: row.product_key,
      mac: row.mac,
      passcode: row.passcode,
      isDisabled: row.is_disabled === 1,
      createdAt: row.created_at,
    };
    this.#byDid.set(row.did, device);
    return device;
  }
}
