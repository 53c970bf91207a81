import type { Clock } from "../core/clock.js";
import type { Random } from "../core/random.js";
import type { Trace } from "../core/trace.js";
import { Applications } from "./accounts/applications.js";
import { Users } from "./accounts/users.js";
import { Bindings } from "./bindings/bindings.js";
import { Broker } from "./broker/broker.js";
import { Commands } from "./commands.js";
import { Products } from "./devices/products.js";
import { Registry } from "./devices/registry.js";
import { openDatabase } from "./store/database.js";
import { Settings } from "./store/settings.js";
import { Telemetry } from "./telemetry/telemetry.js";

export interface CloudOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly trace: Trace;
  /** Where the store lies; in memory without it. */
  readonly folder?: string;
  /** MQTT without login and topic rights. */
  readonly open?: boolean;
}

/** The platform without its faces. */
export interface Cloud {
  readonly clock: Clock;
  readonly settings: Settings;
  readonly applications: Applications;
  readonly users: Users;
  readonly products: Products;
  readonly registry: Registry;
  readonly bindings: Bindings;
  readonly telemetry: Telemetry;
  readonly broker: Broker;
  readonly commands: Commands;
  close(): Promise<void>;
}

/** Opens the store and starts everything behind the faces. Throws the `store-…` errors of `openDatabase`. */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const { clock, random, trace } = options;
  const database = openDatabase(options.folder);
  const settings = new Settings(database);
  const products = new Products(database, random);
  // A seeded stream begins anew with every opening; the run's number keeps its ids apart from earlier ones.
  const run = Number(settings.read("run") ?? 0) + 1;
  settings.write("run", String(run));
  const ids = random.stream(`run/${run}`);
  const registry = new Registry(database, products, clock, ids.stream("dids"));
  const users = new Users(database, clock, ids.stream("users"));
  const bindings = new Bindings(database, clock);
  const telemetry = new Telemetry(database, products);
  const broker = await Broker.start({
    clock,
    trace,
    registry,
    users,
    bindings,
    telemetry,
    ...(options.open === undefined ? {} : { open: options.open }),
  });
  bindings.onUnbound = (uid, deviceId) => {
    const device = registry.findById(deviceId);
    if (device !== undefined) broker.silence(uid, device.did);
  };
  registry.onDisabled = (device) => {
    bindings.unbindAll(device.id);
    broker.disconnect(device.did, "offline_reset");
  };
  return {
    clock,
    settings,
    applications: new Applications(database),
    users,
    products,
    registry,
    bindings,
    telemetry,
    broker,
    commands: new Commands(clock, trace, telemetry, broker),
    async close() {
      await broker.close();
      telemetry.close();
      database.close();
    },
  };
}
