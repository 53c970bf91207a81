import { parseInstant } from "../core/instant.js";
import { RemoteLab, type RemoteQuery } from "../lab/remote-lab.js";
import { Zone } from "../lab/zone.js";
import { readLabToken } from "./lab-token.js";
import { createOutput, type Output, UsageError } from "./output.js";
import { FACES, type FaceName, type FaceQuestion } from "./query-faces.js";
import { formatCsv, formatPlot, formatTable } from "./query-text.js";
import { findCloud } from "./running-lab/find-cloud.js";

export interface QueryArguments {
  readonly did: string;
  readonly attrs: string;
  readonly aggregator: string;
  readonly unit: string;
  readonly start?: string;
  readonly end?: string;
  readonly last?: string;
  readonly tz: string;
  readonly "max-gap"?: string;
  readonly format: "table" | "csv" | "json" | "plot";
  readonly face?: FaceName | "all";
  readonly cloud?: string;
  readonly "lab-token"?: string;
  readonly json: boolean;
}

const DEFAULT_SPAN = "30d";

/** Asks a running cloud for aggregated values and prints them. Throws `usage`, `zone-unknown`, and as `RemoteLab.query`. */
export async function runQuery(args: QueryArguments): Promise<void> {
  const isJson = args.json || args.format === "json";
  const output = createOutput(isJson);
  const query = readQuery(args);
  const token = readLabToken(args["lab-token"]);
  const cloud = await findCloud(args.cloud, output.note);
  const lab = new RemoteLab(cloud, token);
  // Whatever is wrong with the question is told by the engine, for curl lines too.
  const answer = await lab.query(query);
  if (args.face !== undefined) {
    const { devices, products } = await lab.state();
    const device = devices.find(({ did }) => did === args.did);
    if (device === undefined) throw new UsageError(`${args.did} is disabled, no face shows it`);
    const product = products.find(({ product_key: key }) => key === device.product_key)?.name ?? "";
    const { start, end } = answer;
    const base = cloud.replace(/\/+$/, "");
    printFaces(args.face, { ...query, base, device, product, start, end, tz: answer.tz }, output);
    return;
  }
  const { buckets } = answer;
  for (const bucket of buckets) output.json(bucket);
  if (buckets.length === 0) {
    output.note(`gizlab: ${query.attrs.join(", ")} has no readings in that time; --start or --last go further back`);
    return;
  }
  if (isJson) return;
  const columns = process.stdout.columns || 80;
  const lines =
    args.format === "csv"
      ? formatCsv(query.attrs, buckets)
      : args.format === "plot"
        ? formatPlot(query.attrs, buckets, columns)
        : formatTable(query.attrs, buckets);
  for (const line of lines) output.line(line);
}

function readQuery(args: QueryArguments): RemoteQuery {
  const attrs = [...new Set(args.attrs.split(",").map((name) => name.trim()))].filter((name) => name !== "");
  if (attrs.length === 0) throw new UsageError("--attrs names no datapoint", "a comma list: power,voltage");
  if (args.start !== undefined && args.last !== undefined)
    throw new UsageError("--start and --last exclude each other");
  const zone = new Zone(args.tz);
  const readTime = (name: string, text: string): number => {
    const at = parseInstant(text, (local) => zone.toInstant(local));
    if (at !== undefined) return at;
    throw new UsageError(
      `--${name} is no time: "${text}"`,
      "2026-01-01, 2026-01-01T12:00, or seconds or milliseconds since 1970",
    );
  };
  return {
    did: args.did,
    attrs,
    aggregator: args.aggregator,
    width: args.unit,
    tz: args.tz,
    ...(args.start === undefined ? { last: args.last ?? DEFAULT_SPAN } : { start: readTime("start", args.start) }),
    ...(args.end === undefined ? {} : { end: readTime("end", args.end) }),
    ...(args["max-gap"] === undefined ? {} : { max_gap: args["max-gap"] }),
  };
}

function printFaces(wanted: FaceName | "all", question: FaceQuestion, output: Output): void {
  const names = wanted === "all" ? (Object.keys(FACES) as FaceName[]) : [wanted];
  names.forEach((name, index) => {
    const { title, notes, curl } = FACES[name](question);
    output.json({ face: name, notes, curl });
    if (index > 0) output.line("");
    output.line(`# ${title}`);
    for (const note of notes) output.line(`# ${note}`);
    output.line(curl);
  });
}
