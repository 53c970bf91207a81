import type { FastifyReply, FastifyRequest } from "fastify";
import type { ApiContext } from "../context.js";
import { acceptJson, type Face } from "../face.js";
import { answerRefusal, complain, JSON_API, RefusedRequest } from "./errors.js";
import { registerFetch } from "./fetch.js";
import { requireOrganization } from "./session.js";
import { registerUpload } from "./upload.js";

/** Below it lies everything of this face; both with and without a slash at the end (aggregation-apis.md 3.2 #7). */
export const DATACOOEE_PREFIX = "/api/external/v1";

const UPLOAD_PATH = /^\/inputs\/[^/]+\/inputdata\/?$/;
const FETCH_PATH = /^\/get_(?:latest_)?(?:statistics_)?inputdata_by_(?:inputs|asset)\/?$/;

/** Datacooee's face: values in, readings and statistics out (aggregation-apis.md 3). */
export async function registerDatacooee(face: Face, context: ApiContext): Promise<void> {
  acceptJson(face, [JSON_API, "application/json"]);
  face.setErrorHandler(answerRefusal);
  face.setSchemaErrorFormatter(complain);
  // Who asks is looked at before anything of the request is read.
  face.addHook("onRequest", async (request) => {
    requireOrganization(context, request);
  });
  face.setNotFoundHandler(answerUnknown);
  registerUpload(face, context);
  registerFetch(face, context);
}

function answerUnknown(request: FastifyRequest, reply: FastifyReply): void {
  const path = (request.url.split("?")[0] ?? "").slice(DATACOOEE_PREFIX.length);
  const allowed = UPLOAD_PATH.test(path) ? "POST" : FETCH_PATH.test(path) ? "GET, HEAD" : undefined;
  if (allowed === undefined) throw new RefusedRequest(404, "not_found", "there is nothing at this path");
  void reply.header("allow", allowed);
  throw new RefusedRequest(405, "method_not_allowed", `${request.method} is not allowed here, ${allowed} is`);
}
