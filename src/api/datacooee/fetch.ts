import type { FastifyRequest } from "fastify";
import type { Organization } from "../../cloud/accounts/organizations.js";
import type { Cloud } from "../../cloud/cloud.js";
import type { Asset, Input } from "../../cloud/devices/inputs.js";
import type { ApiContext } from "../context.js";
import type { Face } from "../face.js";
import { Type } from "../schema.js";
import { RefusedRequest } from "./errors.js";
import {
  type QueryText,
  readFlag,
  readList,
  readPeriod,
  readPositive,
  readWord,
  readWords,
  wrongParameter,
} from "./parameters.js";
import { requireOrganization } from "./session.js";
import { type RowFields, STATISTICS, showInput, showRow, showStatistics } from "./views.js";

const Text = Type.Optional(Type.String({ maxLength: 8192 }));
const INPUTS = { inputs_ids: Text, input_ids: Text };
const TIMES = {
  timeperiod_start: Text,
  timeperiod_finish: Text,
  timeperiod_last: Text,
  "timeperiod-start": Text,
  "timeperiod-finish": Text,
  "timeperiod-last": Text,
  limit: Text,
};
const ROWS = { is_add_lat_long: Text, is_add_x_axis_data: Text, is_add_metadata: Text, order_by: Text, sort_by: Text };

const DEFAULT_LIMIT = 1000;
const MAX_LIMIT = 100_000;

/** Of which inputs a route answers, and in which shape. */
interface Selection {
  readonly inputs: readonly Input[];
  /** @param lists what is answered of each input, in order */
  shape(lists: readonly (readonly object[])[]): object;
}

type Select = (organization: Organization, query: QueryText) => Selection;
type List = (inputs: readonly Input[], query: QueryText, isLatest: boolean) => Promise<readonly (readonly object[])[]>;

/**
 * The eight routes by which readings are fetched (seed "Fetch data"): of inputs or of an asset, of a range or of the last
 * time, one by one or as statistics. All take either form of a range (aggregation-apis.md 3.2 #15).
 */
export function registerFetch(face: Face, context: ApiContext): void {
  const { cloud } = context;
  const selections: [string, Select, object][] = [
    ["inputs", (organization, query) => selectInputs(cloud, organization, query), INPUTS],
    ["asset", (organization, query) => selectAsset(cloud, organization, query), { ...INPUTS, asset_id: Text }],
  ];
  const lists: [string, List, object][] = [
    ["inputdata", (inputs, query, isLatest) => listRows(cloud, inputs, query, isLatest), ROWS],
    ["statistics_inputdata", (inputs, query) => listStatistics(cloud, inputs, query), { aggregation_func: Text }],
  ];
  for (const [by, select, selectionFields] of selections) {
    for (const [what, list, listFields] of lists) {
      for (const latest of ["", "latest_"]) {
        face.get(
          `/get_${latest}${what}_by_${by}`,
          {
            schema: {
              tags: ["Datacooee"],
              summary: `Get ${latest === "" ? "" : "the latest "}${what.replace("_", " of ")} by ${by}`,
              querystring: Type.Object({ ...selectionFields, ...TIMES, ...listFields }),
            },
          },
          async (request: FastifyRequest) => {
            const query = request.query as QueryText;
            const { inputs, shape } = select(requireOrganization(context, request), query);
            return shape(await list(inputs, query, latest !== ""));
          },
        );
      }
    }
  }
}

function selectInputs({ inputs }: Cloud, organization: Organization, query: QueryText): Selection {
  const ids = readList(query, "inputs_ids");
  if (ids === undefined) throw missing("inputs_ids");
  const found = ids.map((id) => inputs.get(organization, id));
  return { inputs: found, shape: (lists) => found.map((input, place) => showInput(input, lists[place] ?? [])) };
}

function selectAsset({ inputs }: Cloud, organization: Organization, query: QueryText): Selection {
  const id = readPositive(query, "asset_id", Number.MAX_SAFE_INTEGER);
  if (id === undefined) throw missing("asset_id");
  const ids = readList(query, "inputs_ids");
  const asset = inputs.asset(organization, id);
  const all = inputs.ofAsset(asset);
  const found = ids === undefined ? all : ids.map((wanted) => requireOfAsset(asset, all, wanted));
  return {
    inputs: found,
    shape: (lists) => ({
      id: asset.id,
      name: asset.name,
      inputs: found.map((input, place) => showInput(input, lists[place] ?? [])),
    }),
  };
}

function requireOfAsset(asset: Asset, all: readonly Input[], id: string): Input {
  const input = all.find((candidate) => candidate.id === id);
  if (input !== undefined) return input;
  const source = { parameter: "inputs_ids" };
  throw new RefusedRequest(404, "not_found", `the asset ${asset.id} has no input ${id.slice(0, 64)}`, source);
}

/** Without an order oldest first, but the latest newest first, so that a limit leaves what is wanted. */
async function listRows({ clock, inputData }: Cloud, inputs: readonly Input[], query: QueryText, isLatest: boolean) {
  const fields: RowFields = {
    place: readFlag(query, "is_add_lat_long"),
    axis: readFlag(query, "is_add_x_axis_data"),
    metadata: readFlag(query, "is_add_metadata"),
  };
  const rows = await inputData.rows(inputs, {
    ...readPeriod(query, clock.now()),
    limit: readPositive(query, "limit", MAX_LIMIT) ?? DEFAULT_LIMIT,
    orderBy: readWord(query, "order_by", ["date", "timestamp", "value"]) === "value" ? "value" : "timestamp",
    direction: readWord(query, "sort_by", ["asc", "desc"]) ?? (isLatest ? "desc" : "asc"),
  });
  return rows.map((list) => list.map((row) => showRow(row, fields)));
}

/** Of all readings, unless a limit is sent: then of the newest so many (aggregation-apis.md 3.2 #25). */
async function listStatistics({ clock, inputData }: Cloud, inputs: readonly Input[], query: QueryText) {
  const functions = readWords(query, "aggregation_func", STATISTICS) ?? STATISTICS;
  const limit = readPositive(query, "limit", MAX_LIMIT);
  const period = readPeriod(query, clock.now());
  const all = await inputData.statistics(inputs, { ...period, functions, ...(limit === undefined ? {} : { limit }) });
  return all.map((statistics) => [showStatistics(statistics, functions)]);
}

function missing(parameter: "inputs_ids" | "asset_id"): RefusedRequest {
  return parameter === "asset_id"
    ? wrongParameter(parameter, "must be a positive integer")
    : new RefusedRequest(400, "required", "inputs_ids is required: a comma list of input ids", { parameter });
}
