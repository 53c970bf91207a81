/**
 * A process of its own that backfills batches of reports into a data folder and prints a line after each one. It is
 * there to be killed. Usage: node --import tsx backfill-writer.ts FOLDER BATCH
 */
import { Products } from "../../src/cloud/devices/products.js";
import { Registry } from "../../src/cloud/devices/registry.js";
import { openDatabase } from "../../src/cloud/store/database.js";
import { Telemetry } from "../../src/cloud/telemetry/telemetry.js";
import { VirtualClock } from "../../src/core/clock.js";
import { createSeededRandom } from "../../src/core/random.js";
import { parseProfile } from "../../src/profile/load.js";
import { wireValues } from "../../src/profile/scale.js";
import { printProfile } from "./profile-document.js";

const MINUTE_MS = 60_000;
const [folder = "", batch = "1"] = process.argv.slice(2);
const database = openDatabase(folder);
const random = createSeededRandom("report store");
const products = new Products(database, random);
const product = products.add("bench", parseProfile(printProfile(), "bench"));
const registry = new Registry(database, products, new VirtualClock(0), random);
const device = registry.register(product.productKey, "020000000001", "PASSCODE");
const telemetry = new Telemetry(database, products, new VirtualClock(0));
const values = wireValues(product.profile, { power: true, target: 20 });

for (let number = 0; ; number += 1) {
  telemetry.backfill(
    Array.from({ length: Number(batch) }, (_, minute) => ({
      deviceId: device.id,
      product,
      at: (number * Number(batch) + minute) * MINUTE_MS,
      values,
    })),
  );
  process.stdout.write(`${number}\n`);
}
