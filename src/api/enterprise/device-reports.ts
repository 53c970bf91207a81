import type { Product } from "../../cloud/devices/products.js";
import type { Device } from "../../cloud/devices/registry.js";
import { calendarBuckets } from "../../cloud/telemetry/calendar.js";
import type { ApiContext } from "../context.js";
import type { Face } from "../face.js";
import { Type } from "../schema.js";
import { findDevices } from "./device-search.js";
import { hasSet } from "./device-views.js";
import { ProductParams, Text } from "./parameters.js";
import { viewPlaces } from "./places.js";
import { requireProduct } from "./session.js";

const tags = ["Enterprise: device reports"];
const LocationsQuery = Type.Object({ gid: Text, is_online: Text, is_faulty: Text, is_alert: Text });
const GroupQuery = Type.Object({ gid: Text });

/** How a product's devices are now: where, how many, in what state (rest.md 2.2). */
export function registerDeviceReports(face: Face, context: ApiContext): void {
  const { locations } = context.cloud;
  const locate = ({ id }: Device) => locations.find(id);

  face.get(
    "/v1/products/:product_key/devices/locations",
    { schema: { tags, summary: "Where devices are", params: ProductParams, querystring: LocationsQuery } },
    (request) => {
      const devices = findDevices(context, requireProduct(context, request), request.query);
      return {
        gid: request.query.gid ?? null,
        total: devices.length,
        location: viewPlaces(devices, locate, (inside, level) =>
          level === "city" ? inside.length : { count: inside.length },
        ),
      };
    },
  );

  face.get(
    "/v1/products/:product_key/devices/summary",
    { schema: { tags, summary: "How many devices are there, new and active", params: ProductParams } },
    (request) => summarize(context, requireProduct(context, request)),
  );

  // The documents' own path has a part of it twice; both are taken.
  for (const path of ["devices/report/rt", "devices/report/devices/report/rt"]) {
    face.get(
      `/v1/products/:product_key/${path}`,
      { schema: { tags, summary: "How many devices are faulty", params: ProductParams, querystring: GroupQuery } },
      (request) => {
        const product = requireProduct(context, request);
        const { gid } = request.query as { readonly gid?: string };
        const devices = findDevices(context, product, gid === undefined ? {} : { gid });
        const faulty = new Set(devices.filter((device) => hasSet(context, product, device, "fault")));
        const alert = new Set(devices.filter((device) => hasSet(context, product, device, "alert")));
        const count = (inside: readonly Device[]) => ({
          faulty: inside.filter((device) => faulty.has(device)).length,
          activated: inside.length,
          alert: inside.filter((device) => alert.has(device)).length,
        });
        return {
          count: count(devices),
          gid: gid ?? null,
          location: viewPlaces(devices, locate, (inside) => ({ count: count(inside) })),
        };
      },
    );
  }
}

/** Days are those of the lab's zone; the last N days are today and the N - 1 before it. */
async function summarize(context: ApiContext, product: Product) {
  const { clock, telemetry, broker } = context.cloud;
  const days = calendarBuckets("DAYS", context.zone);
  const today = days.at(clock.now());
  const yesterday = days.at(today.start - 1);
  const daysBack = (count: number): number => {
    let { start } = today;
    for (let day = 1; day < count; day += 1) start = days.at(start - 1).start;
    return start;
  };
  const devices = findDevices(context, product, {});
  const countNew = (start: number, end: number): number =>
    devices.filter(({ createdAt }) => createdAt >= start && createdAt < end).length;
  const week = daysBack(7);
  return {
    active: {
      "7_day": await telemetry.countActive(devices, week, today.end),
      yesterday: await telemetry.countActive(devices, yesterday.start, yesterday.end),
    },
    new: {
      "7_day": countNew(week, today.end),
      "30_day": countNew(daysBack(30), today.end),
      yesterday: countNew(yesterday.start, yesterday.end),
      today: countNew(today.start, today.end),
    },
    total: devices.length,
    online: devices.filter(({ did }) => broker.presence.isOnline(did)).length,
  };
}
