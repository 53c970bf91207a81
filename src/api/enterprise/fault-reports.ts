import type { Product } from "../../cloud/devices/products.js";
import type { Device } from "../../cloud/devices/registry.js";
import { WorkSlice } from "../../core/work-slice.js";
import type { ApiContext } from "../context.js";
import type { Face } from "../face.js";
import { Type } from "../schema.js";
import { findDevices } from "./device-search.js";
import { isSet } from "./device-views.js";
import { ProductParams, Text } from "./parameters.js";
import { viewPlaces } from "./places.js";
import { requireProduct } from "./session.js";

const tags = ["Enterprise: device reports"];
const GroupQuery = Type.Object({ gid: Text });

/** How often something came, and how often it is gone again. */
interface Count {
  readonly total: number;
  readonly resolved: number;
  readonly unresolved: number;
}

/** The faults or alerts of a device by datapoint, those that ever came. */
interface StruckDevice {
  readonly device: Device;
  readonly events: ReadonlyMap<string, Count>;
}

/** Faults and alerts: how many devices had some, and how often they came (rest.md 2.2). */
export function registerFaultReports(face: Face, context: ApiContext): void {
  for (const type of ["fault", "alert"] as const) {
    const read = async (
      request: Parameters<typeof requireProduct>[1],
      gid: string | undefined,
    ): Promise<StruckDevice[]> => {
      const product = requireProduct(context, request);
      const struck: StruckDevice[] = [];
      const slice = new WorkSlice();
      for (const device of findDevices(context, product, gid === undefined ? {} : { gid })) {
        const events = await countEvents(context, product, { device, type }, slice);
        if (events.size > 0) struck.push({ device, events });
      }
      return struck;
    };
    const locate = ({ device }: StruckDevice) => context.cloud.locations.find(device.id);

    face.get(
      `/v1/products/:product_key/${type}/report/devices`,
      { schema: { tags, summary: `Devices with a ${type}`, params: ProductParams, querystring: GroupQuery } },
      async (request) => {
        const { gid } = request.query as { readonly gid?: string };
        const struck = await read(request, gid);
        return {
          gid: gid ?? null,
          count: countDevices(struck),
          location: viewPlaces(struck, locate, (inside) => ({ count: countDevices(inside) })),
        };
      },
    );

    face.get(
      `/v1/products/:product_key/${type}/report/events`,
      { schema: { tags, summary: `How often each ${type} came`, params: ProductParams, querystring: GroupQuery } },
      async (request) => {
        const { gid } = request.query as { readonly gid?: string };
        const struck = await read(request, gid);
        const view = (records: readonly StruckDevice[]) => {
          const detail = addUpByName(records);
          return { count: addUp([...detail.values()]), detail: Object.fromEntries(detail) };
        };
        const { count, detail } = view(struck);
        return { count, gid: gid ?? null, detail, location: viewPlaces(struck, locate, view) };
      },
    );
  }
}

/**
 * A fault comes when a report has it and the one before had not, or when the first report has it; it is unresolved
 * while the last values have it (cloud.md 8.6).
 */
async function countEvents(
  { cloud }: ApiContext,
  product: Product,
  { device, type }: { readonly device: Device; readonly type: "fault" | "alert" },
  slice: WorkSlice,
): Promise<ReadonlyMap<string, Count>> {
  const datapoints = product.profile.datapoints.filter(
    ({ access, dataType }) => access === type && dataType === "bool",
  );
  const { telemetry, clock } = cloud;
  const rises = await telemetry.countRises({ device, datapoints, end: clock.now() + 1 }, slice);
  const latest = telemetry.latest(device.id)?.attrs ?? {};
  const events = new Map<string, Count>();
  for (const { name } of datapoints) {
    const unresolved = isSet(latest[name]) ? 1 : 0;
    const total = Math.max(rises[name] ?? 0, unresolved);
    if (total > 0) events.set(name, { total, resolved: total - unresolved, unresolved });
  }
  return events;
}

/** A device is resolved when none of its faults is left. */
function countDevices(struck: readonly StruckDevice[]): Count {
  const unresolved = struck.filter(({ events }) => addUp([...events.values()]).unresolved > 0).length;
  return { total: struck.length, resolved: struck.length - unresolved, unresolved };
}

function addUpByName(records: readonly StruckDevice[]): Map<string, Count> {
  const sums = new Map<string, Count>();
  for (const { events } of records) {
    for (const [name, count] of events)
      sums.set(name, addUp([count, ...(sums.has(name) ? [sums.get(name) as Count] : [])]));
  }
  return sums;
}

function addUp(counts: readonly Count[]): Count {
  const sum = (field: keyof Count): number => counts.reduce((total, count) => total + count[field], 0);
  return { total: sum("total"), resolved: sum("resolved"), unresolved: sum("unresolved") };
}
