import { GizlabError } from "../../core/errors.js";
import type { ApiContext } from "../context.js";
import type { Face } from "../face.js";
import { Type } from "../schema.js";

const tags = ["Lab control"];
const UidParams = Type.Object({ uid: Type.String({ maxLength: 64 }) });
const BindBody = Type.Object({ did: Type.String({ maxLength: 64 }) });
const Name = Type.Optional(Type.String({ minLength: 1, maxLength: 64 }));
/** The phone of a user whom nobody named. */
const PHONE_ID = "phone-1";

/** Users of the lab's app without the Open API's signatures: made, listed, and bound to devices. */
export function registerUserControl(face: Face, { cloud, credentials }: ApiContext): void {
  const { users, userDirectory, bindings, registry } = cloud;
  const appId = credentials.app.id;

  face.post(
    "/_lab/users",
    {
      schema: {
        tags,
        summary: "Register or log in a user of the lab's app; the token is one of the Open API",
        body: Type.Object({ phone_id: Name, username: Name, password: Name }),
      },
    },
    async (request) => {
      const { phone_id: phoneId = PHONE_ID, username, password } = request.body;
      const isNamed = username !== undefined || password !== undefined;
      if (isNamed && (username === undefined || password === undefined)) {
        throw new GizlabError("request-invalid", "username and password are given together, or phone_id alone");
      }
      const isKnown = isNamed && userDirectory.search({ appId, username: username ?? "" }).length > 0;
      const { uid, token, expireAt } = !isNamed
        ? users.enterAnonymously(appId, phoneId)
        : await users[isKnown ? "login" : "register"](appId, username ?? "", password ?? "");
      return { uid, token, app_id: appId, expire_at: Math.floor(expireAt / 1000) };
    },
  );

  face.get("/_lab/users", { schema: { tags, summary: "List users and the devices they have bound" } }, () => ({
    users: userDirectory.search({}).map(({ uid, appId: app, username, isAnonymous }) => ({
      uid,
      app_id: app,
      username,
      is_anonymous: isAnonymous,
      dids: bindings.ofUser(uid).flatMap(({ deviceId }) => registry.findById(deviceId)?.did ?? []),
    })),
  }));

  face.post(
    "/_lab/users/:uid/bind",
    { schema: { tags, summary: "Bind a device to a user", params: UidParams, body: BindBody } },
    (request) => {
      const { uid } = users.get(request.params.uid);
      const device = registry.get(request.body.did);
      const isShared = registry.productOf(device)?.sharing ?? false;
      const { binding, isNew } = bindings.bind(uid, device, isShared);
      return { did: device.did, role: binding.role, is_new: isNew };
    },
  );

  face.delete(
    "/_lab/users/:uid/bind",
    { schema: { tags, summary: "Take a device from a user", params: UidParams, body: BindBody } },
    (request) => {
      const { uid } = users.get(request.params.uid);
      const device = registry.get(request.body.did);
      bindings.get(uid, device.id);
      bindings.unbind(uid, device.id);
      return { did: device.did };
    },
  );
}
