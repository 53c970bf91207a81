import type { FastifyRequest } from "fastify";
import type { Device } from "../../cloud/devices/registry.js";
import type { LogEntry } from "../../cloud/telemetry/log-entry.js";
import { LOG_KIND } from "../../cloud/telemetry/log-kind.js";
import { formatHex } from "../../core/hex.js";
import type { ApiContext } from "../context.js";
import { ApiError } from "../errors.js";
import type { Face } from "../face.js";
import { Type } from "../schema.js";
import { readCount, readEpoch, readWord } from "./query.js";
import { requireBound, requireUser } from "./session.js";
import { viewAttrs, viewBoundDevice } from "./views.js";

const DidParams = Type.Object({ did: Type.String({ minLength: 1, maxLength: 500 }) });
const RawDataQuery = Type.Object({
  type: Type.Optional(Type.String()),
  start_time: Type.Optional(Type.String()),
  end_time: Type.Optional(Type.String()),
  skip: Type.Optional(Type.String()),
  limit: Type.Optional(Type.String()),
  sort: Type.Optional(Type.String()),
});

const DAY_MS = 86_400_000;
/** Values older than this are not shown (cloud.md 8.1). */
const LATEST_MS = DAY_MS;
/** The log shows a week, two days at a time (rest.md 4.6). */
const LOG_KEPT_MS = 7 * DAY_MS;
const LOG_WINDOW_MS = 2 * DAY_MS;
const LOG_PAGE = 1000;
const LOG_DEPTH = 5000;
/** A client's clock may run ahead of ours by this much. */
const SKEW_MS = 60_000;

/** What the log calls its entries. */
export const LOG_TYPE_NAMES: Readonly<Record<number, string>> = {
  [LOG_KIND.dev2app]: "dev2app",
  [LOG_KIND.app2dev]: "app2dev",
  [LOG_KIND.devOnline]: "dev_online",
  [LOG_KIND.devReOnline]: "dev_re_online",
  [LOG_KIND.devOffline]: "dev_offline",
};

/** What a device is, does and last said. */
export function registerDevices(face: Face, context: ApiContext): void {
  const { registry, products, telemetry, clock } = context.cloud;
  const tags = ["Device Remote Monitoring"];

  face.get(
    "/app/devices/:did",
    { schema: { tags, summary: "Get details of a given device", params: DidParams } },
    (request) => {
      const user = requireUser(context, request);
      const { device, binding } = requireBound(context, user, request.params.did);
      return viewBoundDevice(context, request, device, binding);
    },
  );

  face.get(
    "/app/devdata/:did/latest",
    { schema: { tags, summary: "Get latest status of a given device", params: DidParams } },
    (request) => {
      const device = registry.get(request.params.did);
      const latest = telemetry.latest(device.id);
      if (latest === undefined || clock.now() - latest.updatedAt > LATEST_MS)
        return { did: device.did, updated_at: 0, attr: {} };
      return { did: device.did, updated_at: Math.floor(latest.updatedAt / 1000), attr: viewAttrs(latest.attrs) };
    },
  );

  face.get(
    "/app/datapoint",
    {
      schema: {
        tags,
        summary: "Get the definition of product datapoint",
        querystring: Type.Object({ product_key: Type.Optional(Type.String()) }),
      },
    },
    (request) => {
      const { product_key: productKey } = request.query;
      if (productKey === undefined) throw new ApiError(9015, "product_key is needed");
      const product = products.find(productKey);
      if (product === undefined) throw new ApiError(9002);
      return product.profile.document;
    },
  );

  face.get(
    "/app/devices/:did/raw_data",
    {
      schema: {
        tags,
        summary: "Get communication log and online and offline records",
        params: DidParams,
        querystring: RawDataQuery,
      },
    },
    (request) => {
      const user = requireUser(context, request);
      const { device } = requireBound(context, user, request.params.did);
      return answerRawData(context, request.query, device);
    },
  );
}

function answerRawData(context: ApiContext, query: Readonly<Record<string, string | undefined>>, device: Device) {
  const { telemetry, clock } = context.cloud;
  const type = readWord("type", query.type, ["cmd", "online"]);
  // The seed's table spells the words another way than its example (rest.md 4.1 item 11).
  const sort = readWord("sort", query.sort, ["desc", "asc", "dese", "ase"], "desc");
  const start = readEpoch("start_time", query.start_time, 1000);
  const end = readEpoch("end_time", query.end_time, 1000);
  const skip = readCount("skip", query.skip, 0, LOG_DEPTH);
  const limit = readCount("limit", query.limit, 20, LOG_PAGE);
  if (skip + limit > LOG_DEPTH) throw new ApiError(9015, `skip and limit together are at most ${LOG_DEPTH}`);
  const now = clock.now();
  if (end <= start) throw new ApiError(9015, "end_time is after start_time");
  if (end > now + SKEW_MS) throw new ApiError(9015, "end_time is not in the future");
  if (end - start > LOG_WINDOW_MS) throw new ApiError(9015, "start_time and end_time are at most 48 hours apart");
  const { total, entries } = telemetry.logPage({
    deviceId: device.id,
    type,
    after: Math.max(start, now - LOG_KEPT_MS),
    // end_time counts whole seconds; what was logged within its second belongs to it.
    until: end + 999,
    skip,
    limit,
    order: sort.startsWith("a") ? "asc" : "desc",
  });
  return {
    meta: { sort, limit, end_time: end / 1000, did: device.did, skip, start_time: start / 1000, total, type },
    objects: entries.map(viewEntry),
  };
}

function viewEntry(entry: LogEntry): Record<string, unknown> {
  const { kind, ip = "127.0.0.1", payload = new Uint8Array(0), at } = entry;
  // Heartbeats are told of on the Enterprise API only.
  const { heartbeat: _, ...detail } = JSON.parse(entry.detail ?? "{}") as Record<string, unknown>;
  const isTraffic = kind === LOG_KIND.dev2app || kind === LOG_KIND.app2dev;
  return {
    ip,
    ...(isTraffic ? { payload_bin: formatHex(payload), ...detail } : { payload: detail }),
    type: LOG_TYPE_NAMES[kind] ?? "unknown",
    timestamp: at / 1000,
  };
}

/** The address of a client, for the log. */
export function clientIp(request: FastifyRequest): string {
  return request.ip.replace(/^::ffff:/, "");
}
