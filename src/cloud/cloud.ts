import type { Clock } from "../core/clock.js";
import type { Random, RandomState } from "../core/random.js";
import { Refusals } from "../core/refusals.js";
import type { Trace } from "../core/trace.js";
import { AccessTokens } from "./accounts/access-tokens.js";
import { Applications } from "./accounts/applications.js";
import { DevoTokens } from "./accounts/devo-tokens.js";
import { Enterprise } from "./accounts/enterprise.js";
import { Organizations } from "./accounts/organizations.js";
import { Signatures } from "./accounts/signatures.js";
import { UserDirectory } from "./accounts/user-directory.js";
import { Users } from "./accounts/users.js";
import { Bindings } from "./bindings/bindings.js";
import { Broker } from "./broker/broker.js";
import type { PresenceState } from "./broker/presence.js";
import type { NetworkFaults } from "./broker/wire-gate.js";
import { CloudTrace } from "./cloud-trace.js";
import { Commands } from "./commands.js";
import { DeviceGroups } from "./devices/device-groups.js";
import { EnergyMappings } from "./devices/energy-mappings.js";
import { Entities } from "./devices/entities.js";
import { Firmwares } from "./devices/firmwares.js";
import { Inputs } from "./devices/inputs.js";
import { Locations } from "./devices/locations.js";
import { Logins } from "./devices/logins.js";
import { Products } from "./devices/products.js";
import { Registry } from "./devices/registry.js";
import { Upgrades } from "./devices/upgrades.js";
import { type Linq, openLinqStore, startLinq } from "./linq/linq.js";
import { openDatabase } from "./store/database.js";
import { Settings } from "./store/settings.js";
import { Snapshots } from "./store/snapshots.js";
import { InputData } from "./telemetry/input-data.js";
import { Telemetry } from "./telemetry/telemetry.js";

export interface CloudOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly trace: Trace;
  /** Where the store lies; in memory without it. */
  readonly folder?: string;
  /** MQTT without login and topic rights. */
  readonly open?: boolean;
  /** What a test does to the network. */
  readonly network?: NetworkFaults;
}

/** What of the cloud is in no table, as plain JSON. */
export interface CloudState {
  readonly dids: RandomState;
  readonly users: RandomState;
  readonly enterprise: RandomState;
  readonly devo: RandomState;
  readonly tasks: RandomState;
  readonly online: PresenceState;
}

/** The platform without its faces. */
export interface Cloud {
  readonly clock: Clock;
  readonly settings: Settings;
  readonly signatures: Signatures;
  readonly accessTokens: AccessTokens;
  readonly applications: Applications;
  readonly users: Users;
  readonly userDirectory: UserDirectory;
  readonly enterprise: Enterprise;
  readonly products: Products;
  readonly registry: Registry;
  readonly entities: Entities;
  readonly energy: EnergyMappings;
  readonly groups: DeviceGroups;
  readonly locations: Locations;
  readonly logins: Logins;
  readonly bindings: Bindings;
  readonly telemetry: Telemetry;
  readonly organizations: Organizations;
  readonly inputs: Inputs;
  readonly inputData: InputData;
  readonly broker: Broker;
  readonly commands: Commands;
  readonly firmwares: Firmwares;
  readonly upgrades: Upgrades;
  readonly linq: Linq;
  readonly devoTokens: DevoTokens;
  /** Where every face notes what it refuses to devices. */
  readonly refusals: Refusals;
  readonly snapshots: Snapshots;
  save(): CloudState;
  /** Forgets what it knows of the store, and goes on from a saved state. */
  load(state: CloudState): void;
  close(): Promise<void>;
}

/** Opens the store and starts everything behind the faces. Throws the `store-…` errors of `openDatabase`. */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const { clock, random } = options;
  const database = openDatabase(options.folder);
  const settings = new Settings(database);
  const products = new Products(database, random);
  // A seeded stream begins anew with every opening; the run's number keeps its ids apart from earlier ones.
  const run = Number(settings.read("run") ?? 0) + 1;
  settings.write("run", String(run));
  const ids = random.stream(`run/${run}`);
  const randoms = {
    dids: ids.stream("dids"),
    users: ids.stream("users"),
    enterprise: ids.stream("enterprise"),
    devo: ids.stream("devo"),
    tasks: ids.stream("tasks"),
  };
  const registry = new Registry(database, products, clock, randoms.dids);
  const entities = new Entities(registry);
  const signatures = new Signatures(settings, random);
  const users = new Users(database, clock, randoms.users);
  const bindings = new Bindings(database, clock);
  const linqStore = openLinqStore(database);
  const telemetry = new Telemetry(database, products, clock, (deviceId, bucket) =>
    linqStore.late.mark(deviceId, bucket),
  );
  const logins = new Logins(database);
  const trace = new CloudTrace(options.trace, registry);
  const refusals = new Refusals(options.trace);
  const broker = await Broker.start({
    clock,
    trace,
    refusals,
    registry,
    users,
    bindings,
    telemetry,
    ...(options.open === undefined ? {} : { open: options.open }),
    ...(options.network === undefined ? {} : { network: options.network }),
  });
  const firmwares = new Firmwares(database);
  const inputs = new Inputs(database, registry);
  broker.presence.listen(({ did, isOnline, reason }) => {
    trace.presence(did, isOnline, reason);
    if (isOnline) logins.note(registry.get(did).id, clock.now());
  });
  const devoTokens = new DevoTokens(database, settings, randoms.devo);
  const linq = startLinq({
    clock,
    random: randoms.tasks,
    store: linqStore,
    products,
    registry,
    telemetry,
    home: () => devoTokens.home,
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
    signatures,
    accessTokens: new AccessTokens(clock, signatures),
    applications: new Applications(database),
    users,
    userDirectory: new UserDirectory(database),
    enterprise: new Enterprise(database, clock, randoms.enterprise),
    products,
    registry,
    entities,
    energy: new EnergyMappings(settings),
    groups: new DeviceGroups(database, registry, randoms.enterprise),
    locations: new Locations(database),
    logins,
    bindings,
    telemetry,
    organizations: new Organizations(database, settings, ids),
    inputs,
    inputData: new InputData(telemetry, settings),
    broker,
    commands: new Commands(clock, trace, telemetry, broker),
    firmwares,
    upgrades: new Upgrades({ clock, firmwares, registry, broker, trace }),
    linq,
    devoTokens,
    refusals,
    snapshots: new Snapshots(database),
    save() {
      telemetry.flush();
      const { dids, users, enterprise, devo, tasks } = randoms;
      return {
        dids: dids.save(),
        users: users.save(),
        enterprise: enterprise.save(),
        devo: devo.save(),
        tasks: tasks.save(),
        online: broker.presence.save(),
      };
    },
    load(state) {
      refusals.clear();
      products.reload();
      registry.reload();
      entities.reload();
      inputs.reload();
      telemetry.reload();
      randoms.dids.load(state.dids);
      randoms.users.load(state.users);
      randoms.enterprise.load(state.enterprise);
      randoms.devo.load(state.devo);
      randoms.tasks.load(state.tasks);
      linq.reload();
      broker.presence.load(state.online);
    },
    async close() {
      await broker.close();
      await linq.close();
      telemetry.close();
      database.close();
    },
  };
}
