/**
 * A process of its own that writes reports into a data folder as fast as it can, numbered from `first` on, and
 * prints the number of each report once it is acknowledged (writes to a pipe are synchronous). It is there to be killed.
 * Usage: node --import tsx journal-writer.ts FOLDER FIRST
 */
import { Products } from "../../src/cloud/devices/products.js";
import { Registry } from "../../src/cloud/devices/registry.js";
import { openDatabase } from "../../src/cloud/store/database.js";
import { LOG_KIND } from "../../src/cloud/telemetry/log-kind.js";
import { Telemetry } from "../../src/cloud/telemetry/telemetry.js";
import { encodeBusinessFrame, M2M } from "../../src/codec/m2m.js";
import { VirtualClock } from "../../src/core/clock.js";
import { createSeededRandom } from "../../src/core/random.js";
import { parseProfile } from "../../src/profile/load.js";
import { printProfile } from "./profile-document.js";

const BATCH = 40;

const [folder = "", first = "1"] = process.argv.slice(2);
const database = openDatabase(folder);
const random = createSeededRandom("report store");
const products = new Products(database, random);
const product = products.add("bench", parseProfile(printProfile(), "bench"));
const registry = new Registry(database, products, new VirtualClock(0), random);
const device = registry.register(product.productKey, "020000000001", "PASSCODE");
const telemetry = new Telemetry(database, products, new VirtualClock(0));

let number = Number(first);

/** One batch a turn of the event loop; a report is known by its time, a second for each number. */
function writeBatch(): void {
  for (let left = BATCH; left > 0; left -= 1) {
    const written = number;
    const p0 = Uint8Array.of(4, ...Buffer.alloc(6), written >> 8, written & 0xff, 0, 0);
    telemetry.append(
      {
        deviceId: device.id,
        at: written * 1000,
        kind: LOG_KIND.dev2app,
        profileId: product.profileId,
        payload: encodeBusinessFrame({ cmd: M2M.report, p0 }),
      },
      (error) => {
        if (error !== null) throw error;
        process.stdout.write(`${written}\n`);
      },
    );
    number += 1;
  }
  setImmediate(writeBatch);
}

writeBatch();
