import type { FastifyReply, FastifyRequest } from "fastify";
import { parseDuration } from "../../core/duration.js";
import { GizlabError } from "../../core/errors.js";
import { LATEST_MS } from "../../core/instant.js";
import type { ApiContext } from "../context.js";
import { acceptAnyJson, acceptText, type Face } from "../face.js";
import { Type } from "../schema.js";
import { requireOwner } from "./admission.js";
import { registerDeviceControl } from "./devices.js";
import { registerDevoTokens } from "./devo-tokens.js";
import { registerEnergyControl } from "./energy.js";
import { registerEnterpriseControl } from "./enterprise.js";
import { registerExpectations } from "./expectations.js";
import { registerFaults } from "./faults.js";
import { registerInputControl } from "./inputs.js";
import type { LabControl } from "./lab-control.js";
import { registerQuery } from "./query.js";
import { registerRecordings } from "./recordings.js";
import { importReports } from "./reports.js";
import { registerRetention } from "./retention.js";
import { registerSnapshots } from "./snapshots.js";
import { registerState } from "./state.js";
import { registerUpgradeControl } from "./upgrades.js";
import { registerUserControl } from "./users.js";

/** A day of one-second reports of several devices fits; more goes in several requests. */
const IMPORT_LIMIT = 64 * 1024 * 1024;

/** The control routes: what tests and scripts do to a lab, not part of any vendor's API (interfaces.md 5). */
export async function registerControl(face: Face, context: ApiContext, control: LabControl): Promise<void> {
  const { cloud } = context;
  const tags = ["Lab control"];
  face.addHook("onRequest", async (request) => requireOwner(request, context.labToken));
  face.setErrorHandler(answerLabError);
  await face.register(async (lines) => {
    acceptText(lines as Face, IMPORT_LIMIT);
    lines.post(
      "/_lab/reports",
      { bodyLimit: IMPORT_LIMIT, schema: { tags, summary: "Import past reports, one JSON object a line" } },
      (request) => importReports(cloud, String(request.body ?? "")),
    );
  });
  await face.register(async (bytes) => registerSnapshots(bytes as Face, control));
  await face.register(async (bytes) => registerUpgradeControl(bytes as Face, control));
  acceptAnyJson(face);
  registerDeviceControl(face, control);
  registerEnergyControl(face, cloud);
  registerEnterpriseControl(face, context);
  registerExpectations(face, control);
  registerFaults(face, control);
  registerInputControl(face, cloud);
  registerRecordings(face, control);
  registerDevoTokens(face, cloud.devoTokens);
  registerQuery(face, context);
  registerRetention(face, context);
  registerUserControl(face, context);

  face.put(
    "/_lab/products/:product_key",
    {
      schema: {
        tags,
        summary: "Change what is open for a product, or its secret",
        params: Type.Object({ product_key: Type.String({ maxLength: 64 }) }),
        body: Type.Object(
          {
            product_secret: Type.Optional(Type.String({ pattern: "^[0-9a-f]{32}$" })),
            sharing: Type.Optional(Type.Boolean()),
            aggregation: Type.Optional(Type.Boolean()),
          },
          { additionalProperties: false },
        ),
      },
    },
    (request) => {
      const { product_secret: secret, ...settings } = request.body;
      const product = cloud.products.change(request.params.product_key.toLowerCase(), {
        ...settings,
        ...(secret === undefined ? {} : { secret }),
      });
      return { product_key: product.productKey, sharing: product.sharing, aggregation: product.aggregation };
    },
  );

  face.get(
    "/_lab/health",
    { schema: { tags, summary: "Whether the lab runs, as which process, on which data folder" } },
    () => ({
      status: "ok",
      version: context.version,
      pid: process.pid,
      folder: context.folder ?? null,
    }),
  );

  registerState(face, context, control);

  face.post(
    "/_lab/clock",
    { schema: { tags, summary: "Move virtual time", body: Type.Object({ advance: Type.String({ maxLength: 64 }) }) } },
    async (request) => {
      const spanMs = Math.round(parseDuration(request.body.advance));
      if (!(cloud.clock.now() + spanMs <= LATEST_MS)) {
        throw new GizlabError("duration-invalid", `"${request.body.advance}" leads past the year 9998`);
      }
      await control.advance(spanMs);
      return { mode: cloud.clock.mode, now: cloud.clock.now() };
    },
  );
}

const STATUS_OF_ERROR: Readonly<Record<string, number>> = {
  "lab-forbidden": 403,
  "asset-unknown": 404,
  "device-unknown": 404,
  "devo-token-limit": 409,
  "product-unknown": 404,
  "device-not-virtual": 409,
  "device-offline": 409,
  "device-gone": 409,
  "expectation-failed": 409,
  "fault-unknown": 404,
  "input-exists": 409,
  "not-bound": 404,
  "organization-unknown": 404,
  "owner-exists": 409,
  "password-wrong": 403,
  "user-unknown": 404,
  "recording-unknown": 404,
  "recording-limit": 409,
  "reset-refused": 409,
  "snapshot-limit": 409,
  "snapshot-unknown": 404,
  "clock-wall": 409,
  "version-last": 409,
};

/** The answer where the lab has no such route. */
export function answerLabUnknown(request: FastifyRequest, reply: FastifyReply): void {
  const path = request.url.split("?")[0]?.slice(0, 200);
  void reply.code(404).send({ error: { code: "route-unknown", message: `the lab has no ${request.method} ${path}` } });
}

function answerLabError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  if (error instanceof GizlabError) {
    const { code, message, expected, found, hint } = error;
    // JSON leaves out what is undefined.
    void reply.code(STATUS_OF_ERROR[code] ?? 400).send({ error: { code, message, expected, found, hint } });
    return;
  }
  const { statusCode, message } = error as { statusCode?: number; message: string };
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    void reply.code(statusCode).send({ error: { code: "request-invalid", message } });
    return;
  }
  request.log.error({ err: error }, "unforeseen error");
  void reply.code(500).send({ error: { code: "internal", message: "the lab could not do this" } });
}
