import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { ApiContext } from "../context.js";
import { acceptAnyJson, type Face } from "../face.js";
import { registerAggregationTasks } from "./aggregation-tasks.js";
import { answerDevoError, DevoError, type Marks } from "./devo-error.js";
import { registerSearch } from "./search.js";
import { requireGrant } from "./session.js";

/** The base of the document, that of its own host, and the one of its example, which is a slip (aggregation-apis.md 1.1). */
const TASK_PREFIXES = ["/v2/aggrtasks", "/aggregations/v2/aggrtasks", "/aggregations/v2/aggregations/v2/aggrtasks"];
const SEARCH_PREFIX = "/search";
const TASK_PATH = /^\/[^/]+(?:\/[^/]+(?:\/(?:measures|start|stop|resume))?)?\/?$/;
const SEARCH_PATH = /^\/(?:query|table\/[^/]+)\/?$/;

/** Devo's face: aggregation tasks, and queries that read them back (aggregation-apis.md 1). */
export async function registerDevoApi(face: Face, context: ApiContext, marks: Marks): Promise<void> {
  for (const prefix of TASK_PREFIXES) {
    await registerBelow(face, context, marks, { prefix, paths: TASK_PATH, isQuery: false }, (below) =>
      registerAggregationTasks(below, context, prefix === TASK_PREFIXES[2]),
    );
  }
  await registerBelow(face, context, marks, { prefix: SEARCH_PREFIX, paths: SEARCH_PATH, isQuery: true }, (below) =>
    registerSearch(below, context, marks),
  );
}

interface Part {
  readonly prefix: string;
  /** The paths below the prefix that there are; another method on one is 405. */
  readonly paths: RegExp;
  readonly isQuery: boolean;
}

async function registerBelow(
  face: Face,
  context: ApiContext,
  marks: Marks,
  { prefix, paths, isQuery }: Part,
  register: (below: Face) => void,
): Promise<void> {
  const plugin = async (plain: Face): Promise<void> => {
    const below = plain.withTypeProvider<TypeBoxTypeProvider>();
    acceptAnyJson(below);
    below.setErrorHandler(answerDevoError(marks, isQuery));
    // Who asks is looked at before anything of the request is read.
    below.addHook("onRequest", async (request) => {
      requireGrant(context, request);
    });
    below.setNotFoundHandler((request) => {
      const path = (request.url.split("?")[0] ?? "").slice(prefix.length);
      const isPath = paths.test(path);
      throw new DevoError(
        isPath ? 405 : 404,
        isPath ? 405 : 404,
        isPath ? `there is no ${request.method} for this path` : "there is nothing at this path",
      );
    });
    register(below);
  };
  await face.register(async (below) => plugin(below as Face), { prefix });
}
