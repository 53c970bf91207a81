import type { Device } from "../../cloud/devices/registry.js";
import type { LogEntry } from "../../cloud/telemetry/log-entry.js";
import { formatHex } from "../../core/hex.js";
import type { ApiContext } from "../context.js";
import type { Face } from "../face.js";
import { LOG_TYPE_NAMES } from "../openapi/devices.js";
import { readWord } from "../openapi/query.js";
import { viewAttrs } from "../openapi/views.js";
import { Type } from "../schema.js";
import { PageQuery, type PageRange, readPage, viewPage } from "./page.js";
import { DeviceParams, Text } from "./parameters.js";
import { requireDevice, requireProduct } from "./session.js";
import { type LogWindow, readLogWindow } from "./window.js";

const LogQuery = Type.Object({ start_ts: Text, end_ts: Text, sort: Text, ...PageQuery });

interface LogQuestion {
  readonly device: Device;
  readonly window: LogWindow;
  readonly order: "asc" | "desc";
  readonly page: PageRange;
}

interface LogPage {
  readonly total: number;
  readonly objects: readonly object[];
}

const LOGS: Readonly<
  Record<
    string,
    {
      readonly summary: string;
      readonly read: (context: ApiContext, question: LogQuestion) => LogPage | Promise<LogPage>;
    }
  >
> = {
  online: {
    summary: "Get a device's comings and goings",
    read: (context, question) => readEntries(context, question, "online"),
  },
  cmd: {
    summary: "Get what a device and the cloud have sent",
    read: (context, question) => readEntries(context, question, "cmd"),
  },
  data: { summary: "Get the values that a device has reported", read: readData },
};

/** The logs of a device, newest first unless asked otherwise (rest.md 2.2). */
export function registerDeviceLogs(face: Face, context: ApiContext): void {
  for (const [name, { summary, read }] of Object.entries(LOGS)) {
    face.get(
      `/v1/products/:product_key/devices/:did/${name}`,
      { schema: { tags: ["Enterprise: devices"], summary, params: DeviceParams, querystring: LogQuery } },
      async (request) => {
        const { did } = request.params as { readonly did: string };
        const device = requireDevice(context, requireProduct(context, request), did);
        const query = request.query as Readonly<
          Partial<Record<"start_ts" | "end_ts" | "sort" | "limit" | "skip", string>>
        >;
        const page = readPage(query);
        const order = readWord("sort", query.sort, ["asc", "desc"], "desc");
        const window = readLogWindow(query, context.cloud.clock.now());
        const { total, objects } = await read(context, { device, window, order, page });
        return viewPage(request, page, total, objects);
      },
    );
  }
}

function readEntries({ cloud }: ApiContext, question: LogQuestion, type: "online" | "cmd"): LogPage {
  const { device, window, order, page } = question;
  const { total, entries } = cloud.telemetry.logPage({
    deviceId: device.id,
    type,
    after: window.start - 1,
    until: window.end,
    ...page,
    order,
  });
  return { total, objects: entries.map((entry) => viewEntry(entry, type)) };
}

/** The documents show hex where their text says base64; the example is taken at its word (rest.md 2.2). */
function viewEntry({ at, kind, payload, detail }: LogEntry, type: "online" | "cmd"): object {
  return {
    timestamp: at / 1000,
    type: LOG_TYPE_NAMES[kind] ?? "unknown",
    payload: type === "cmd" ? formatHex(payload ?? new Uint8Array(0)) : JSON.parse(detail ?? "{}"),
  };
}

async function readData({ cloud }: ApiContext, { device, window, order, page }: LogQuestion): Promise<LogPage> {
  const query = { device, start: window.start, end: window.end + 1, order };
  const { total, readings } = await cloud.telemetry.readingsPage(query, page.skip, page.limit);
  return { total, objects: readings.map(({ at, attrs }) => ({ ts: Math.floor(at / 1000), attrs: viewAttrs(attrs) })) };
}
