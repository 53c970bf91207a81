import type { RemoteDevice } from "../lab/remote-lab.js";

export type FaceName = "openapi" | "enterprise" | "connect" | "datacooee" | "devo";

/** One question, as each API is to be asked it. */
export interface FaceQuestion {
  readonly base: string;
  readonly device: Pick<RemoteDevice, "did" | "mac" | "product_key" | "entity_id" | "inputs">;
  /** The product's name. */
  readonly product: string;
  readonly attrs: readonly string[];
  readonly aggregator: string;
  readonly width: string;
  readonly tz?: string;
  readonly start: number;
  /** Not included. */
  readonly end: number;
}

/** The request as a command line, and where it is not quite the same question. */
export interface FaceRequest {
  readonly title: string;
  readonly notes: readonly string[];
  readonly curl: string;
}

const UNITS: Readonly<Record<string, string>> = { "1h": "HOURS", "1d": "DAYS", "1w": "WEEKS", "1mo": "MONTHS" };
const WIDTHS: Readonly<Record<string, string>> = { HOURS: "1h", DAYS: "1d", WEEKS: "1w", MONTHS: "1mo" };
const WORDS: Readonly<Record<string, string>> = {
  ms: "milliseconds",
  s: "seconds",
  m: "minutes",
  h: "hours",
  d: "days",
  w: "weeks",
  mo: "months",
  y: "years",
};
const GIZWITS_AGGREGATORS = ["sum", "avg", "max", "min"];
const DEVO_FUNCTIONS = ["sum", "avg", "max", "min", "count", "first", "last"];
/** Fields of DER Connect by datapoint (aggregation-apis.md 2.5). */
const CONNECT_FIELDS = /^(positive|negative)_energy|_volume$/;

/** How each API is asked; credentials are names of the environment. */
export const FACES: Readonly<Record<FaceName, (question: FaceQuestion) => FaceRequest>> = {
  openapi: (question) => ({
    title: "Gizwits Open API",
    ...aggData(question, `/app/devdata/${question.device.did}/agg_data`, [
      "X-Gizwits-Application-Id: $GIZLAB_APP_ID",
      "X-Gizwits-User-token: $GIZLAB_USER_TOKEN",
    ]),
  }),
  enterprise: (question) => ({
    title: "Gizwits Enterprise API",
    ...aggData(question, `/v1/products/${question.device.product_key}/devices/${question.device.did}/agg_data`, [
      "Authorization: token $GIZLAB_ENTERPRISE_TOKEN",
    ]),
  }),
  connect: askConnect,
  datacooee: askDatacooee,
  devo: askDevo,
};

/** rest.md 3.1: the end is included there. */
function aggData(
  { base, attrs, aggregator, width, start, end, tz }: FaceQuestion,
  path: string,
  headers: readonly string[],
): Omit<FaceRequest, "title"> {
  const unit = UNITS[width] ?? width.toUpperCase();
  const query = { start_ts: start, end_ts: end - 1, attrs: attrs.join(","), aggregator, unit };
  const notes = [
    ...(GIZWITS_AGGREGATORS.includes(aggregator)
      ? []
      : [`knows no ${aggregator}, only ${GIZWITS_AGGREGATORS.join(", ")}`]),
    ...(unit in WIDTHS ? [] : [`knows no width ${width}, only HOURS, DAYS, WEEKS, MONTHS`]),
    ...(tz === undefined || tz === "UTC" ? [] : [`days are those of the cloud's zone: gizlab up --tz ${tz}`]),
  ];
  return { notes, curl: curl(headers, `${base}${path}?${queryString(query)}`) };
}

/** aggregation-apis.md 2: averages of meter readings, in UTC. */
function askConnect({ base, device, attrs, aggregator, width, start, end, tz }: FaceQuestion): FaceRequest {
  const [, count = "1", unit = "d"] = /^(\d+)([a-z]+)$/.exec(WIDTHS[width.toUpperCase()] ?? width) ?? [];
  const query = { start: isoOf(start), end: isoOf(end), resolution: `${count} ${WORDS[unit] ?? unit}` };
  const others = attrs.filter((name) => !CONNECT_FIELDS.test(name));
  return {
    title: "DER Connect",
    notes: [
      ...(aggregator === "avg" ? [] : [`knows averages only, no ${aggregator}`]),
      ...(others.length === 0 ? [] : [`shows energy and gas registers only, not ${others.join(", ")}`]),
      ...(tz === undefined || tz === "UTC" ? [] : ["buckets are those of UTC"]),
    ],
    curl: curl(
      ["Authorization: Bearer $GIZLAB_CONNECT_TOKEN"],
      `${base}/v1/entities/${device.entity_id}/aggregations?${queryString(query)}`,
    ),
  };
}

/** aggregation-apis.md 3: one figure for the whole time. */
function askDatacooee({ base, device, attrs, aggregator, start, end }: FaceQuestion): FaceRequest {
  const isKnown = ["min", "max", "avg"].includes(aggregator);
  const query = {
    inputs_ids: attrs.map((name) => device.inputs[name] ?? name).join(","),
    timeperiod_start: isoOf(start).slice(0, 19).replace("T", " "),
    timeperiod_finish: isoOf(end - 1)
      .slice(0, 19)
      .replace("T", " "),
    aggregation_func: isKnown ? aggregator : "min,max,avg",
  };
  return {
    title: "Datacooee",
    notes: [
      "one figure for the whole time, in whole seconds of UTC",
      ...(isKnown ? [] : [`knows no ${aggregator}, only min, max and avg`]),
    ],
    curl: curl(
      [
        "ORGANIZATION-ID: $GIZLAB_DATACOOEE_ORGANIZATION_ID",
        "ORGANIZATION-API-KEY: $GIZLAB_DATACOOEE_ORGANIZATION_API_KEY",
      ],
      `${base}/api/external/v1/get_statistics_inputdata_by_inputs/?${queryString(query)}`,
    ),
  };
}

/** aggregation-apis.md 1.7. */
function askDevo({
  base,
  device,
  product,
  attrs,
  aggregator,
  width,
  start,
  end,
  tz = "UTC",
}: FaceQuestion): FaceRequest {
  const isKnown = DEVO_FUNCTIONS.includes(aggregator);
  const period = WIDTHS[width.toUpperCase()] ?? width;
  const columns = attrs.map((name) => `${isKnown ? aggregator : "avg"}(${name}) as ${name}`).join(", ");
  const linq = `from gizlab.${product.replaceAll("-", "_")}.data where did = "${device.did}" group every ${period} select ${columns}`;
  const body = { query: linq, from: start, to: end, timeUnit: "MILLISECONDS", timeZone: tz, mode: { type: "json" } };
  return {
    title: "Devo",
    notes: [
      ...(isKnown ? [] : [`has no ${aggregator} by this name; avg stands for it`]),
      ...(/mo|y/.test(period) ? [`groups by s, m, h and d, not by ${width}`] : []),
    ],
    curl: [
      ...["curl", ...header("standAloneToken: $GIZLAB_DEVO_TOKEN"), ...header("Content-Type: application/json")],
      ...["-d", quote(JSON.stringify(body)), `"${base}/search/query"`],
    ].join(" "),
  };
}

function isoOf(at: number): string {
  return new Date(at).toISOString();
}

function queryString(query: Readonly<Record<string, string | number>>): string {
  return Object.entries(query)
    .map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll("%2C", ",")}`)
    .join("&");
}

function curl(headers: readonly string[], url: string): string {
  return ["curl", ...headers.flatMap(header), `"${url}"`].join(" ");
}

/** In double quotes, so that the shell puts the credentials in. */
function header(text: string): string[] {
  return ["-H", `"${text}"`];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
