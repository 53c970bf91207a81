import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import { parseTimeZone } from "../../cloud/linq/time.js";
import type { ApiContext } from "../context.js";
import type { Face } from "../face.js";
import { type Static, Type } from "../schema.js";
import { AnswersInFlight } from "./answers-in-flight.js";
import { DevoError, type Marks } from "./devo-error.js";
import { renderAnswer, SEARCH_MODES, type SearchMode } from "./search-answer.js";
import { readSearchRange } from "./search-range.js";
import { requireGrant } from "./session.js";

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Optional(Type.Union([type, Type.Null()]));
const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const DateText = Type.Union([Type.Integer(), Type.String({ maxLength: 200 })]);

const SearchBody = Type.Object({
  query: nullable(Type.String({ maxLength: 100_000 })),
  queryId: nullable(Type.String({ maxLength: 256 })),
  from: nullable(DateText),
  to: nullable(DateText),
  limit: nullable(Count),
  offset: nullable(Count),
  skip: nullable(Count),
  mode: nullable(Type.Object({ type: Type.String({ maxLength: 64 }) })),
  timeZone: nullable(Type.String({ maxLength: 64 })),
  timeUnit: nullable(Type.Union([Type.Literal("SECONDS"), Type.Literal("MILLISECONDS")])),
  dateFormat: nullable(Type.String({ maxLength: 64 })),
  ipAsString: nullable(Type.Boolean()),
  progressInfo: nullable(Type.Boolean()),
});
type SearchValue = Static<typeof SearchBody>;

const tags = ["Devo queries"];

/** Queries and what tables there are (aggregation-apis.md 1.7). */
export function registerSearch(face: Face, context: ApiContext, marks: Marks): void {
  const { linq, clock } = context.cloud;
  const answers = new AnswersInFlight();
  face.post("/query", { schema: { tags, summary: "Run a LINQ query", body: SearchBody } }, async (request, reply) => {
    const { domain } = requireGrant(context, request);
    const { body } = request;
    const text = readQuery(body);
    const mode = readMode(body);
    const timeZone = body.timeZone ?? "UTC";
    const range = readSearchRange(body, clock.now(), parseTimeZone(timeZone));
    const compiled = linq.search.compile(domain, text, timeZone);
    const rows = linq.search.run(compiled, { domain, ...range, isWanted: watch(reply) });
    const flight = answers.open();
    reply.raw.once("close", flight.end);
    const parts = await renderAnswer(mode, compiled.plan.columns, rows, {
      ...marks.next(),
      offset: body.offset ?? body.skip ?? 0,
      limit: body.limit ?? undefined,
      isIso: body.dateFormat === "iso",
      progressTo: body.progressInfo === true ? range.end : undefined,
      take: flight.take,
    }).catch((error: unknown) => {
      flight.end();
      throw error;
    });
    // Whoever went away meanwhile has closed it already.
    if (reply.raw.destroyed) flight.end();
    return reply.type(SEARCH_MODES[mode]).send(Readable.from(parts));
  });
  face.get(
    "/table/:name",
    {
      schema: {
        tags,
        summary: "The columns of a table",
        params: Type.Object({ name: Type.String({ minLength: 1, maxLength: 256 }) }),
      },
    },
    (request) => {
      const { domain } = requireGrant(context, request);
      const { name } = request.params;
      const columns = linq.tables.catalogOf(domain).columnsOf(name);
      if (columns === "forbidden") throw new DevoError(403, 403, `access not allowed for table '${name.slice(0, 80)}'`);
      if (columns === undefined) throw new DevoError(404, 404, `there is no table '${name.slice(0, 80)}'`);
      const object = columns.map((column) => ({ fieldName: column.name, type: column.type }));
      return { msg: "", ...marks.next(), status: 0, object };
    },
  );
}

/** False once the client has gone away without its answer. */
function watch({ raw }: FastifyReply): () => boolean {
  let isWanted = true;
  raw.once("close", () => {
    isWanted = raw.writableFinished;
  });
  return () => isWanted;
}

/** Answers 400 for what a lab does not do: stored queries, and answers that are sent elsewhere. */
function readQuery(body: SearchValue): string {
  if (body.queryId !== undefined && body.queryId !== null) {
    throw new DevoError(400, 400, "queryId: there are no stored queries, give the query itself");
  }
  if ("destination" in body && body.destination !== null) {
    throw new DevoError(400, 400, "destination: an answer is sent to whoever asks, and nowhere else");
  }
  if (typeof body.query !== "string" || body.query === "") throw new DevoError(400, 400, "query is missing");
  return body.query;
}

function readMode({ mode, dateFormat }: SearchValue): SearchMode {
  const type = mode?.type ?? "json";
  if (!Object.hasOwn(SEARCH_MODES, type)) {
    throw new DevoError(400, 400, `mode.type is one of ${Object.keys(SEARCH_MODES).join(", ")}`);
  }
  if (dateFormat !== undefined && dateFormat !== null && dateFormat !== "default" && dateFormat !== "iso") {
    throw new DevoError(400, 400, "dateFormat is default or iso");
  }
  return type as SearchMode;
}
