import type { ApiContext } from "../context.js";
import { acceptAnyJson, type Face } from "../face.js";
import { registerAccessToken } from "./access-token.js";
import { registerActivityReports } from "./activity-reports.js";
import { registerAggData } from "./agg-data.js";
import { registerBindings } from "./bindings.js";
import { registerDeviceGroups } from "./device-groups.js";
import { registerDeviceLogs } from "./device-log.js";
import { registerDeviceReports } from "./device-reports.js";
import { registerDevices } from "./devices.js";
import { answerEnterpriseError } from "./errors.js";
import { registerFaultReports } from "./fault-reports.js";
import { registerLocationData } from "./location-data.js";
import { countCall, requireEnterprise, requireListedAddress, requireToken } from "./session.js";
import { registerProductUserReports, registerUserReports } from "./user-reports.js";
import { registerBoundUsers, registerRegisteredUsers } from "./users.js";

/** The Enterprise API: `/v1/products/*`, `/v1/users/*` and the location data (rest.md 2). */
export async function registerEnterpriseApi(face: Face, context: ApiContext): Promise<void> {
  acceptAnyJson(face);
  face.setErrorHandler(answerEnterpriseError);
  // Who asks is looked at before anything of the request is read.
  face.addHook("onRequest", async (request) => requireListedAddress(context, request));
  registerAccessToken(face, context);
  registerLocationData(face, context);
  await face.register(async (nested) => {
    const own = nested as Face;
    own.addHook("onRequest", async (request, reply) => {
      requireToken(context, request);
      countCall(context, reply);
    });
    registerDevices(own, context);
    registerDeviceLogs(own, context);
    registerAggData(own, context);
    registerDeviceGroups(own, context);
    registerBindings(own, context);
    registerBoundUsers(own, context);
    registerDeviceReports(own, context);
    registerActivityReports(own, context);
    registerFaultReports(own, context);
    registerProductUserReports(own, context);
  });
  await face.register(async (nested) => {
    const own = nested as Face;
    own.addHook("onRequest", async (request, reply) => {
      requireEnterprise(context, request);
      countCall(context, reply);
    });
    registerRegisteredUsers(own, context);
    registerUserReports(own, context);
  });
}
