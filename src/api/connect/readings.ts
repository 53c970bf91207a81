import { ENERGY_METRICS, type EnergyMetric, measure } from "../../cloud/devices/energy-metrics.js";
import type { Reading as Report } from "../../cloud/telemetry/readings.js";
import type { Millis } from "../../core/duration.js";
import { GizlabError } from "../../core/errors.js";
import { EARLIEST_MS, LATEST_MS } from "../../core/instant.js";
import { nameUuid } from "../../core/uuid.js";
import type { ApiContext } from "../context.js";
import type { Face } from "../face.js";
import { Type } from "../schema.js";
import { type Cursor, openCursor, requireSameEnd, sealCursor } from "./continuation.js";
import { Reading, ReadingPage } from "./documents.js";
import { type Entity, findEntity } from "./entity.js";
import { createPage } from "./page.js";
import { EntityParams, optionalEnd, paging, readPageSize, readRange, refuseUnknownExtensions, start } from "./query.js";
import { formatTime } from "./time.js";

const METRICS = Object.keys(ENERGY_METRICS) as EnergyMetric[];
const tags = ["DER Connect"];
/** Reports lie within these times. */
const EVER = { start: EARLIEST_MS, end: LATEST_MS + 1 };

/** What an entity reported, report by report; one that says nothing of energy is none (aggregation-apis.md 2.1). */
export function registerReadings(face: Face, context: ApiContext): void {
  const { signatures } = context.cloud;

  face.get(
    "/:entityId/readings",
    {
      schema: {
        tags,
        summary: "Retrieve Readings",
        params: EntityParams,
        querystring: Type.Object({ ...start, ...optionalEnd, ...paging }),
        response: { 200: ReadingPage },
      },
    },
    (request) => {
      const { query } = request;
      refuseUnknownExtensions(query);
      const range = readRange(context, query);
      const pageSize = readPageSize(query.pageSize);
      const entity = findEntity(context, request.params.entityId);
      const parameters = ["readings", entity.id, String(range.start)];
      const cursor =
        query.continuationToken === undefined
          ? { end: range.end, at: range.start, skip: 0 }
          : openCursor(signatures, parameters, query.continuationToken);
      requireSameEnd(query.end, range.end, cursor);
      const { data, next } = readPage(context, entity, cursor, pageSize);
      const token = next === undefined ? undefined : sealCursor(signatures, parameters, next);
      return createPage(context, request, { data, pageSize, token });
    },
  );

  face.get(
    "/:entityId/readings/last",
    {
      schema: { tags, summary: "Retrieve the last Reading", params: EntityParams, response: { 200: Reading } },
    },
    (request) => {
      refuseUnknownExtensions(request.query as object);
      const entity = findEntity(context, request.params.entityId);
      const [newest] = reportsOf(context, entity, EVER, "desc");
      if (newest === undefined) throw new GizlabError("reading-unknown", "the entity has no reading yet");
      // Of those of the same moment it is the last.
      const before = [...reportsOf(context, entity, { start: newest.at, end: newest.at + 1 })].length - 1;
      return showReading(entity, newest, before);
    },
  );
}

/** Readings from a cursor on, oldest first, and the cursor of the page behind them. */
function readPage(context: ApiContext, entity: Entity, cursor: Cursor, pageSize: number) {
  const data: ReturnType<typeof showReading>[] = [];
  let [at, nth] = [cursor.at, 0];
  for (const report of reportsOf(context, entity, { start: cursor.at, end: cursor.end })) {
    if (report.at !== at) [at, nth] = [report.at, 0];
    if (at > cursor.at || nth >= cursor.skip) {
      if (data.length === pageSize) return { data, next: { end: cursor.end, at, skip: nth } };
      data.push(showReading(entity, report, nth));
    }
    nth += 1;
  }
  return { data, next: undefined };
}

function reportsOf(
  { cloud }: ApiContext,
  { device, datapointsOf }: Entity,
  { start, end }: { readonly start: Millis; readonly end: Millis },
  order: "asc" | "desc" = "asc",
): Iterable<Report> {
  const names = datapointsOf(METRICS).map(({ name }) => name);
  return names.length === 0 ? [] : cloud.telemetry.numbers({ device, start, end, order, names });
}

/** @param nth how many readings of the entity have the same time and came before */
function showReading({ id, mapping }: Entity, { at, attrs }: Report, nth: number) {
  const time = formatTime(at);
  return {
    data: measure(mapping, METRICS, attrs),
    entityId: id,
    id: nameUuid(id, `reading/${at}/${nth}`),
    measured: time,
    processed: time,
    received: time,
  };
}
