import { onTestFinished } from "vitest";
import { type Product, Products } from "../../src/cloud/devices/products.js";
import { type Device, Registry } from "../../src/cloud/devices/registry.js";
import { type Database, openDatabase } from "../../src/cloud/store/database.js";
import { Telemetry } from "../../src/cloud/telemetry/telemetry.js";
import { VirtualClock } from "../../src/core/clock.js";
import { createSeededRandom } from "../../src/core/random.js";
import { parseProfile } from "../../src/profile/load.js";

/** A store with one product and one device, without the rest of a cloud. */
export interface ReportStore {
  readonly database: Database;
  readonly products: Products;
  readonly product: Product;
  readonly device: Device;
  readonly telemetry: Telemetry;
  readonly clock: VirtualClock;
  /** Every stored rollup, in order. */
  rollups(): Record<string, number>[];
  /** What a crash leaves: the store closed with whatever the journal holds. */
  crash(): void;
}

export interface ReportStoreOptions {
  readonly profile: string;
  readonly folder?: string;
  /** What its clock shows, by default 1970. */
  readonly now?: number;
}

/** Opens a store in memory or in a folder; it is closed when the test has ended. */
export function openReportStore({ profile, folder, now = 0 }: ReportStoreOptions): ReportStore {
  const database = openDatabase(folder);
  onTestFinished(() => {
    database.close();
  });
  const random = createSeededRandom("report store");
  const products = new Products(database, random);
  const product = products.add("bench", parseProfile(profile, "bench"));
  const clock = new VirtualClock(now);
  const registry = new Registry(database, products, clock, random);
  const device = registry.register(product.productKey, "020000000001", "PASSCODE");
  const telemetry = new Telemetry(database, products, clock);
  return {
    database,
    products,
    product,
    device,
    telemetry,
    clock,
    rollups: () =>
      database
        .prepare<[], Record<string, number>>("SELECT * FROM rollups ORDER BY device_id, datapoint_id, bucket")
        .all(),
    crash: () => {
      database.close();
    },
  };
}
