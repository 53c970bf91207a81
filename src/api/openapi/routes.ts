import type { ApiContext } from "../context.js";
import { answerError } from "../errors.js";
import { acceptAnyJson, type Face } from "../face.js";
import { registerAggData } from "./agg-data.js";
import { registerBindings } from "./bindings.js";
import { registerControlDevice } from "./control.js";
import { registerDevices } from "./devices.js";
import { ERROR_CODES } from "./error-codes.js";
import { requireApp, requireUser } from "./session.js";
import { registerUsers } from "./users.js";

/** The version that `/status` names: that of the documentation which is followed. */
const OPEN_API_VERSION = "2.15.1";

/** What an app may ask without a user; everything else is a user's. */
const WITHOUT_USER: ReadonlySet<string> = new Set([
  "POST /app/users",
  "POST /app/login",
  "GET /app/devdata/:did/latest",
  "GET /app/datapoint",
  "GET /status",
  "GET /errors",
]);

/** The Open API for apps: `/app/*`, `/status`, `/errors` (rest.md 4, 6). */
export function registerOpenApi(face: Face, context: ApiContext): void {
  acceptAnyJson(face);
  face.setErrorHandler(answerError);
  // Who asks is looked at before anything of the request is read.
  face.addHook("onRequest", async (request) => {
    const method = request.method === "HEAD" ? "GET" : request.method;
    if (WITHOUT_USER.has(`${method} ${request.routeOptions.url}`)) requireApp(context, request);
    else requireUser(context, request);
  });
  registerUsers(face, context);
  registerBindings(face, context);
  registerDevices(face, context);
  registerControlDevice(face, context);
  registerAggData(face, context);

  const tags = ["System Information"];
  face.get("/status", { schema: { tags, summary: "Get service status" } }, () => ({
    status: { version: OPEN_API_VERSION },
  }));
  face.get("/errors", { schema: { tags, summary: "Get error status code list" } }, () => ERROR_CODES);
}
