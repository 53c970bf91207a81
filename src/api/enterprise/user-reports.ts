import type { BoundUser } from "../../cloud/accounts/user-directory.js";
import type { Location } from "../../cloud/devices/locations.js";
import type { Product } from "../../cloud/devices/products.js";
import type { ApiContext } from "../context.js";
import type { Face } from "../face.js";
import { Type } from "../schema.js";
import { readCycleName, readCycles } from "./cycles.js";
import { EnterpriseError } from "./errors.js";
import { ProductParams, Text } from "./parameters.js";
import { viewPlaces } from "./places.js";
import { requireProduct } from "./session.js";

const tags = ["Enterprise: user reports"];
const GroupQuery = Type.Object({ gid: Text });
const NewQuery = Type.Object({ gid: Text, cycle: Text, start: Text, end: Text });
const LivenessQuery = Type.Object({ appid: Text, start_date: Text, end_date: Text });
/** A report by days covers a leap year. */
const MOST_DAYS = 366;

/** Users with devices of a product: how many, and since when. Bindings that have ended are not known any more. */
export function registerProductUserReports(face: Face, context: ApiContext): void {
  face.get(
    "/v1/products/:product_key/users/report/new",
    { schema: { tags, summary: "New users by cycle", params: ProductParams, querystring: NewQuery } },
    (request) => {
      const { gid, start, end } = request.query;
      const cycle = readCycleName(request.query.cycle);
      const cycles = readCycles(context, cycle, request.query);
      const firsts = firstBindings(context, requireProduct(context, request), gid);
      const count = (from: number, to: number): number => firsts.filter((at) => at >= from && at < to).length;
      return {
        start,
        gid: gid ?? null,
        end,
        data: cycles.map((each) => ({ count: count(each.start, each.end), [cycle]: each.label })),
        cycle,
      };
    },
  );

  face.get(
    "/v1/products/:product_key/users/report/total",
    { schema: { tags, summary: "How many users there are", params: ProductParams, querystring: GroupQuery } },
    (request) => {
      const { gid } = request.query;
      return { gid: gid ?? null, total: firstBindings(context, requireProduct(context, request), gid).length };
    },
  );
}

/** All users of the enterprise: on which days they logged in, and where their devices are. */
export function registerUserReports(face: Face, context: ApiContext): void {
  const { applications, userDirectory, products, locations } = context.cloud;

  face.get(
    "/v1/users/liveness_total",
    { schema: { tags, summary: "How many users logged in, by day", querystring: LivenessQuery } },
    (request) => {
      const { appid: appId, start_date: start, end_date: end } = request.query;
      if (appId !== undefined && applications.find(appId) === undefined) throw new EnterpriseError(5016);
      const range = { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) };
      const days = readCycles(context, "date", range, MOST_DAYS);
      const counts = userDirectory.countLogins(days, appId);
      return { data: days.map(({ label }, place) => ({ count: counts[place] ?? 0, date: label })) };
    },
  );

  face.get("/v1/users/location", { schema: { tags, summary: "Where users are" } }, () => {
    // A user is where their first device is of which somebody has said where.
    const places = new Map<string, Location>();
    for (const { uid, deviceId } of products.all.flatMap(({ productKey }) => userDirectory.boundTo(productKey))) {
      const location = locations.find(deviceId);
      if (location !== undefined && !places.has(uid)) places.set(uid, location);
    }
    return viewPlaces(
      [...places.values()],
      (location) => location,
      (inside) => ({ count: inside.length }),
    );
  });
}

/** When each user bound their first device of the product, or of a group of it. */
function firstBindings({ cloud }: ApiContext, { productKey }: Product, gid: string | undefined): number[] {
  const macs = gid === undefined ? undefined : cloud.groups.macsBelow(productKey, gid);
  const isIn = ({ deviceId }: BoundUser): boolean =>
    macs === undefined || macs.has(cloud.registry.findById(deviceId)?.mac ?? "");
  const firsts = new Map<string, number>();
  for (const bound of cloud.userDirectory.boundTo(productKey).filter(isIn)) {
    if (!firsts.has(bound.uid)) firsts.set(bound.uid, bound.boundAt);
  }
  return [...firsts.values()];
}
