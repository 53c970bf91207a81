import type { Product } from "../../cloud/devices/products.js";
import type { Device } from "../../cloud/devices/registry.js";
import { wholeRange } from "../../cloud/telemetry/calendar.js";
import type { ApiContext } from "../context.js";
import { readWord } from "../openapi/query.js";
import { requestError } from "../request-error.js";
import { hasSet } from "./device-views.js";
import { readSwitch } from "./parameters.js";
import { readMoment } from "./window.js";

/** What devices are looked for by; all of it must fit. Texts as they came in the query string. */
export type DeviceFilter = Readonly<
  Partial<
    Record<
      | "gid"
      | "country"
      | "region"
      | "city"
      | "is_online"
      | "is_faulty"
      | "is_alert"
      | "show_disabled"
      | "liveness_start"
      | "type"
      | "val",
      string
    >
  >
>;

type Test = (device: Device) => boolean;

/**
 * The devices of a product that fit, in the order of their registration; disabled ones only when asked for.
 * Throws `request-invalid`, `group-unknown`, `group-foreign`.
 */
export function findDevices(context: ApiContext, product: Product, filter: DeviceFilter): Device[] {
  const { registry } = context.cloud;
  const tests = [...readTests(context, product, filter)];
  return registry.ofProduct(product.productKey).filter((device) => tests.every((fits) => fits(device)));
}

/** Cheap ones first. */
function* readTests(context: ApiContext, product: Product, filter: DeviceFilter): Generator<Test> {
  const { cloud } = context;
  if (readSwitch("show_disabled", filter.show_disabled) !== true) yield ({ isDisabled }) => !isDisabled;
  yield* readNameTest(context, filter);
  const isOnline = readSwitch("is_online", filter.is_online);
  if (isOnline !== undefined) yield ({ did }) => cloud.broker.presence.isOnline(did) === isOnline;
  if (filter.gid !== undefined) {
    const macs = cloud.groups.macsBelow(product.productKey, filter.gid);
    yield ({ mac }) => macs.has(mac);
  }
  for (const field of ["country", "region", "city"] as const) {
    const wanted = filter[field];
    if (wanted !== undefined) yield ({ id }) => cloud.locations.find(id)?.[field] === wanted;
  }
  for (const type of ["fault", "alert"] as const) {
    const name = type === "fault" ? "is_faulty" : "is_alert";
    const wanted = readSwitch(name, filter[name]);
    if (wanted !== undefined) yield (device) => hasSet(context, product, device, type) === wanted;
  }
  if (filter.liveness_start !== undefined) {
    const start = readMoment("liveness_start", filter.liveness_start);
    const end = cloud.clock.now() + 1;
    yield (device) => cloud.telemetry.activeBuckets(device, wholeRange(start, end), start, end).next().done !== true;
  }
}

/** `val` is what `type` says: a did, a mac, or the uid of who has bound the device. */
function* readNameTest({ cloud }: ApiContext, { type, val }: DeviceFilter): Generator<Test> {
  if (type === undefined && val === undefined) return;
  const kind = readWord("type", type, ["did", "mac", "uid"]);
  if (val === undefined) throw requestError(`val is the ${kind} that is looked for`);
  if (kind === "did") yield ({ did }) => did === val;
  if (kind === "mac") yield ({ mac }) => mac.toLowerCase() === val.toLowerCase();
  if (kind === "uid") {
    const bound = new Set(cloud.bindings.ofUser(val).map(({ deviceId }) => deviceId));
    yield ({ id }) => bound.has(id);
  }
}
