import { GizlabError } from "../../core/errors.js";
import type { Random } from "../../core/random.js";
import { parseProfile } from "../../profile/load.js";
import type { Profile } from "../../profile/profile.js";
import { isNumeric } from "../../profile/scale.js";
import type { Database } from "../store/database.js";
import { MEASUREMENT_KEY, MEASUREMENT_SCALES, measurementVersion } from "./measurement.js";

/** A product as the cloud knows it: its profile, its secret and what is opened for it. */
export interface Product {
  readonly profile: Profile;
  /** The name of the profile's folder or file, by which people call the product. */
  readonly name: string;
  readonly productKey: string;
  readonly secret: string;
  readonly sharing: boolean;
  readonly aggregation: boolean;
  /** Reports are kept with the version of the profile they were made by. */
  readonly profileId: number;
  /** Store id of each datapoint that is rolled up, by index. */
  readonly rollupIds: readonly (number | undefined)[];
}

export interface ProductSettings {
  readonly secret?: string;
  readonly sharing?: boolean;
  readonly aggregation?: boolean;
}

/** How the wire values of some rollups are put into engineering units; a changed ratio makes another. */
export interface RollupScale {
  /** The store id by which those rollups are kept. */
  readonly id: number;
  readonly ratio: number;
  readonly addition: number;
}

/** A version of a product's profile, as reports were made by it. */
export interface ProfileVersion {
  readonly profile: Profile;
  /** Store id of each datapoint that is rolled up, by index. */
  readonly rollupIds: readonly (number | undefined)[];
}

/** The products of a cloud. A changed profile becomes a new version; older reports keep theirs. */
export class Products {
  readonly #database: Database;
  readonly #random: Random;
  readonly #scales;
  readonly #byKey = new Map<string, Product>();
  readonly #profiles = new Map<number, ProfileVersion>();

  constructor(database: Database, random: Random) {
    this.#database = database;
    this.#random = random;
    this.#scales = database.prepare<[string, string], RollupScale>(
      "SELECT id, ratio, addition FROM datapoints WHERE product_key = ? AND name = ? ORDER BY id",
    );
  }

  get all(): readonly Product[] {
    return [...this.#byKey.values()];
  }

  find(productKey: string): Product | undefined {
    return this.#byKey.get(productKey.toLowerCase());
  }

  /** Adds a product or takes over its changed profile. Throws `product-twice` when two profiles share a product_key. */
  add(name: string, profile: Profile): Product {
    const rival = this.#byKey.get(profile.productKey);
    if (rival !== undefined && rival.name !== name) {
      throw new GizlabError("product-twice", `${name} and ${rival.name} have the same product_key`, {
        found: profile.productKey,
        hint: "give each profile its own product_key",
      });
    }
    this.#database
      .prepare("INSERT INTO products (product_key, secret) VALUES (?, ?) ON CONFLICT DO NOTHING")
      .run(profile.productKey, this.#random.stream(`secret/${profile.productKey}`).hex(16));
    const profileId = this.#keepVersion(profile);
    return this.#register(name, profile, profileId);
  }

  /** Changes what is opened for a product, or its secret. Throws `product-unknown`. */
  change(productKey: string, settings: ProductSettings): Product {
    const product = this.find(productKey);
    if (product === undefined) {
      throw new GizlabError("product-unknown", `no product has the product_key ${productKey}`);
    }
    const next = { ...product, ...settings };
    this.#database
      .prepare("UPDATE products SET secret = ?, sharing = ?, aggregation = ? WHERE product_key = ?")
      .run(next.secret, Number(next.sharing), Number(next.aggregation), product.productKey);
    this.#byKey.set(product.productKey, next);
    return next;
  }

  /** Takes over what the store says now of every product. */
  reload(): void {
    this.#profiles.clear();
    for (const { name, profile } of this.all) this.add(name, profile);
  }

  /** The profile version a stored report was made by, and the store ids of its datapoints. */
  version(profileId: number): ProfileVersion | undefined {
    const known = this.#profiles.get(profileId) ?? measurementVersion(profileId);
    if (known !== undefined) return known;
    const row = this.#database
      .prepare<[number], { document: string }>("SELECT document FROM profiles WHERE id = ?")
      .get(profileId);
    if (row === undefined) return undefined;
    const profile = parseProfile(row.document, "stored profile");
    const version = { profile, rollupIds: this.#rollupIds(profile) };
    this.#profiles.set(profileId, version);
    return version;
  }

  #register(name: string, profile: Profile, profileId: number): Product {
    const row = this.#database
      .prepare<[string], { secret: string; sharing: number; aggregation: number }>(
        "SELECT secret, sharing, aggregation FROM products WHERE product_key = ?",
      )
      .get(profile.productKey);
    const rollupIds = this.#rollupIds(profile);
    this.#profiles.set(profileId, { profile, rollupIds });
    const product: Product = {
      profile,
      name,
      productKey: profile.productKey,
      secret: row?.secret ?? "",
      sharing: row?.sharing === 1,
      aggregation: row?.aggregation === 1,
      profileId,
      rollupIds,
    };
    this.#byKey.set(profile.productKey, product);
    return product;
  }

  #keepVersion(profile: Profile): number {
    const document = JSON.stringify(profile.document);
    const newest = this.#database
      .prepare<[string], { id: number; document: string }>(
        "SELECT id, document FROM profiles WHERE product_key = ? ORDER BY id DESC LIMIT 1",
      )
      .get(profile.productKey);
    if (newest?.document === document) return newest.id;
    const added = this.#database
      .prepare("INSERT INTO profiles (product_key, document) VALUES (?, ?)")
      .run(profile.productKey, document);
    return Number(added.lastInsertRowid);
  }

  /** Every scale a datapoint has been rolled up by, over all versions of the profile. */
  scalesOf(productKey: string, name: string): readonly RollupScale[] {
    return productKey === MEASUREMENT_KEY ? MEASUREMENT_SCALES : this.#scales.all(productKey, name);
  }

  /** The store ids of all rollups that devices of a product may have, over all versions of the profile. */
  allRollupIds(productKey: string): readonly number[] {
    return this.#database
      .prepare<[string], number>("SELECT id FROM datapoints WHERE product_key = ? ORDER BY id")
      .pluck()
      .all(productKey);
  }

  #rollupIds(profile: Profile): (number | undefined)[] {
    const add = this.#database.prepare<[string, string, number, number]>(
      "INSERT INTO datapoints (product_key, name, ratio, addition) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
    );
    return profile.datapoints.map((datapoint) => {
      if (!isNumeric(datapoint)) return undefined;
      const { name, ratio, addition } = datapoint;
      add.run(profile.productKey, name, ratio, addition);
      return this.scalesOf(profile.productKey, name).find(
        (scale) => scale.ratio === ratio && scale.addition === addition,
      )?.id;
    });
  }
}
