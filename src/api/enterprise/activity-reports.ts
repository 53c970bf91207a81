import type { Product } from "../../cloud/devices/products.js";
import type { Device } from "../../cloud/devices/registry.js";
import { calendarBuckets } from "../../cloud/telemetry/calendar.js";
import type { ApiContext } from "../context.js";
import type { Face } from "../face.js";
import { Type } from "../schema.js";
import { type Cycle, type CycleName, labelCycle, readCycleName, readCycles } from "./cycles.js";
import { findDevices } from "./device-search.js";
import { PageQuery, readPage, viewPage, viewPageOf } from "./page.js";
import { ProductParams, Text } from "./parameters.js";
import { viewPlaces } from "./places.js";
import { requireProduct } from "./session.js";

const tags = ["Enterprise: device reports"];
const DaysQuery = Type.Object({ start: Text, end: Text, country: Text, region: Text, city: Text, ...PageQuery });
const GroupQuery = Type.Object({ gid: Text });
const HistoryQuery = Type.Object({ gid: Text, cycle: Text, start: Text, end: Text });
const DAY_MS = 86_400_000;
/** A report of single devices covers a leap year. */
const MOST_DAYS = 366;
/** Without dates a report is of a week. */
const DEFAULT_DAYS = 7;

type DaysRequest = Readonly<Partial<Record<"start" | "end" | "country" | "region" | "city", string>>>;
const UNITS = { date: "DAYS", week: "WEEKS", month: "MONTHS" } as const;

/** A device on a day. */
interface DeviceDay {
  readonly device: Device;
  readonly day: Pick<Cycle, "label">;
}

/** Which devices were new or active, and when; active is who has reported something (rest.md 2.2). */
export function registerActivityReports(face: Face, context: ApiContext): void {
  const { cloud } = context;
  const { telemetry, clock, locations } = cloud;

  face.get(
    "/v1/products/:product_key/incr_devices",
    { schema: { tags, summary: "Devices by the day of registration", params: ProductParams, querystring: DaysQuery } },
    (request) => {
      const product = requireProduct(context, request);
      const days = readDays(context, request.query);
      const found = findDevices(context, product, placeOf(request.query)).flatMap((device): DeviceDay[] => {
        const day = days.find(({ start, end }) => device.createdAt >= start && device.createdAt < end);
        return day === undefined ? [] : [{ device, day }];
      });
      found.sort((a, b) => a.device.createdAt - b.device.createdAt);
      return viewPageOf(request, readPage(request.query), found, (item) => viewDeviceDay(context, product, item));
    },
  );

  face.get(
    "/v1/products/:product_key/active_devices",
    { schema: { tags, summary: "Devices by the days they reported", params: ProductParams, querystring: DaysQuery } },
    async (request) => {
      const product = requireProduct(context, request);
      const days = readDays(context, request.query);
      const page = readPage(request.query);
      const devices = findDevices(context, product, placeOf(request.query));
      const active = await findActive(context, devices, "date", days);
      const found = days.flatMap((day): DeviceDay[] =>
        (active.get(day.start) ?? []).map((device) => ({ device, day })),
      );
      const shown = found.slice(page.skip, page.skip + page.limit);
      return viewPage(
        request,
        page,
        found.length,
        shown.map((item) => viewDeviceDay(context, product, item)),
      );
    },
  );

  // Asked by clients and in no document: how many were active in the last 1, 7 and 30 times 24 hours (rest.md 2.2).
  face.get(
    "/v1/products/:product_key/devices/report/liveness",
    { schema: { tags, summary: "How many devices were active", params: ProductParams, querystring: GroupQuery } },
    async (request) => {
      const { gid } = request.query;
      const devices = findDevices(context, requireProduct(context, request), gid === undefined ? {} : { gid });
      const end = clock.now() + 1;
      const count = (days: number): Promise<number> => telemetry.countActive(devices, end - days * DAY_MS, end);
      return { gid: gid ?? null, latest_1: await count(1), latest_7: await count(7), latest_30: await count(30) };
    },
  );

  face.get(
    "/v1/products/:product_key/devices/report/liveness/history",
    { schema: { tags, summary: "Active devices by cycle", params: ProductParams, querystring: HistoryQuery } },
    async (request) => {
      const { gid, start, end } = request.query;
      const cycle = readCycleName(request.query.cycle);
      const cycles = readCycles(context, cycle, request.query);
      const devices = findDevices(context, requireProduct(context, request), gid === undefined ? {} : { gid });
      const active = await findActive(context, devices, cycle, cycles);
      return {
        start,
        gid: gid ?? null,
        end,
        data: cycles.map((each) => {
          const present = active.get(each.start) ?? [];
          return {
            count: present.length,
            location: viewPlaces(
              present,
              ({ id }) => locations.find(id),
              (inside) => ({ count: inside.length }),
            ),
            [cycle]: each.label,
          };
        }),
        cycle,
      };
    },
  );
}

/** The devices that reported in each of some cycles in a row, by the cycle's start. */
function findActive(
  { cloud, zone }: ApiContext,
  devices: readonly Device[],
  name: CycleName,
  cycles: readonly Cycle[],
): Promise<Map<number, Device[]>> {
  const [start, end] = [cycles[0]?.start ?? 0, cycles.at(-1)?.end ?? 0];
  return cloud.telemetry.groupActive(devices, { buckets: calendarBuckets(UNITS[name], zone), start, end });
}

/** The days of a report; one end alone is that of a week. */
function readDays(context: ApiContext, { start, end }: DaysRequest): Cycle[] {
  const { clock } = context.cloud;
  const days = calendarBuckets("DAYS", context.zone);
  const label = (at: number): string => labelCycle(context, "date", days.at(at).start);
  const noonOf = (text: string): number => {
    const [day] = readCycles(context, "date", { start: text, end: text });
    return (day?.start ?? 0) + DAY_MS / 2;
  };
  const span = (DEFAULT_DAYS - 1) * DAY_MS;
  const lastText = end ?? label(start === undefined ? clock.now() : noonOf(start) + span);
  const firstText = start ?? label(noonOf(lastText) - span);
  return readCycles(context, "date", { start: firstText, end: lastText }, MOST_DAYS);
}

function placeOf({ country, region, city }: DaysRequest) {
  return {
    ...(country === undefined ? {} : { country }),
    ...(region === undefined ? {} : { region }),
    ...(city === undefined ? {} : { city }),
  };
}

function viewDeviceDay({ cloud, zone }: ApiContext, { productKey }: Product, { device, day }: DeviceDay) {
  const { country = null, region = null, city = null } = cloud.locations.find(device.id) ?? {};
  const created = new Date(zone.toLocal(device.createdAt)).toISOString();
  return {
    report_date: day.label,
    product_key: productKey,
    mac: device.mac,
    country,
    region,
    city,
    created_at: `${created.slice(0, 10)} ${created.slice(11, 19)}`,
  };
}
