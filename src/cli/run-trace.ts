import type { TraceEntry } from "../core/trace.js";
import { RemoteLab, type TraceFilter } from "../lab/remote-lab.js";
import { formatHop, formatMarks, formatRoad } from "../lab/trace-text.js";
import { waitForInterrupt } from "./interrupt.js";
import { readLabToken } from "./lab-token.js";
import { readInteger } from "./number-option.js";
import { createOutput, type Output } from "./output.js";
import { findCloud } from "./running-lab/find-cloud.js";

export interface TraceArguments {
  readonly cloud?: string;
  readonly did?: string;
  readonly id?: string;
  readonly limit?: string;
  readonly follow: boolean;
  readonly "lab-token"?: string;
  readonly json: boolean;
}

const MOST_HOPS = 999_999;

/** Prints the hops that a running cloud has kept, or those to come. Throws as `RemoteLab` does, and `cloud-gone`. */
export async function runTrace(args: TraceArguments): Promise<void> {
  const output = createOutput(args.json);
  const limit = args.limit === undefined ? undefined : readInteger("limit", args.limit, 0, 1, MOST_HOPS);
  const token = readLabToken(args["lab-token"]);
  const cloud = await findCloud(args.cloud, output.note);
  const lab = new RemoteLab(cloud, token);
  const filter: TraceFilter = {
    ...(args.did === undefined ? {} : { did: args.did }),
    ...(args.id === undefined ? {} : { id: args.id }),
  };
  if (args.follow) return follow(lab, filter, limit ?? Number.POSITIVE_INFINITY, cloud, output);
  const entries = await lab.trace(limit === undefined ? filter : { ...filter, limit });
  for (const entry of entries) output.json(entry);
  for (const line of groupRoads(entries).flatMap((entries) => formatRoad(entries))) output.line(line);
  if (entries.length === 0) output.note("gizlab: no such hop is kept");
}

/** The hops of each correlation id, in the order in which they began. */
function groupRoads(entries: readonly TraceEntry[]): TraceEntry[][] {
  const roads = new Map<string, TraceEntry[]>();
  for (const entry of entries) {
    const road = roads.get(entry.id);
    if (road === undefined) roads.set(entry.id, [entry]);
    else road.push(entry);
  }
  return [...roads.values()];
}

async function follow(lab: RemoteLab, filter: TraceFilter, limit: number, cloud: string, output: Output) {
  let left = limit;
  let finish: () => void = () => {};
  const enough = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const follower = await lab.followTrace(filter, (entry) => {
    if (left <= 0) return;
    left -= 1;
    for (const line of [formatHop(entry), ...formatMarks(entry)]) output.line(line);
    output.json(entry);
    if (left === 0) finish();
  });
  try {
    output.note(`gizlab: following ${cloud}; Ctrl-C stops`);
    await Promise.race([waitForInterrupt(), enough, follower.gone]);
  } finally {
    follower.close();
  }
}
