import type { UserInfo } from "../../cloud/accounts/users.js";
import type { ApiContext } from "../context.js";
import { ApiError } from "../errors.js";
import type { Face } from "../face.js";
import { Type } from "../schema.js";
import { requireApp, requireUser } from "./session.js";
import { viewUser } from "./views.js";

const Text = (maxLength: number) => Type.Optional(Type.String({ minLength: 1, maxLength }));
const LooseText = (maxLength: number) => Type.Optional(Type.String({ maxLength }));
/** YYYY-MM-DD or MM-DD. */
const Birthday = Type.Optional(Type.String({ pattern: "^(?:\\d{4}-)?(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])$" }));

const NewUser = Type.Object({
  phone_id: Text(128),
  username: Text(128),
  password: Text(256),
  lang: Text(16),
  phone: Text(32),
  email: Text(128),
  code: Text(32),
});
const UserChange = Type.Object({
  username: Text(128),
  password: Text(256),
  old_pwd: Text(256),
  new_pwd: Text(256),
  name: LooseText(128),
  gender: Type.Optional(Type.Union([Type.Literal("M"), Type.Literal("F"), Type.Literal("N")])),
  birthday: Birthday,
  address: LooseText(512),
  lang: Text(16),
  remark: LooseText(512),
  remar: LooseText(512),
});
const Credentials = Type.Object({
  username: Type.String({ minLength: 1, maxLength: 128 }),
  password: Type.String({ minLength: 1, maxLength: 256 }),
  lang: Text(16),
});

/** Registration, login and a user's own data. */
export function registerUsers(face: Face, context: ApiContext): void {
  const { users } = context.cloud;
  const tags = ["User Management"];

  face.post("/app/users", { schema: { tags, summary: "Create a user", body: NewUser } }, async (request, reply) => {
    const appId = requireApp(context, request);
    const { phone_id: phoneId, username, password, lang, phone, email } = request.body;
    if (phone !== undefined || email !== undefined) {
      throw new ApiError(9015, "registration by phone and e-mail is not in this version; use phone_id or username");
    }
    if (username !== undefined && password !== undefined) {
      return reply.code(201).send(viewSession(await users.register(appId, username, password, lang)));
    }
    if (phoneId === undefined) throw new ApiError(9015, "phone_id, or username and password, are needed");
    return reply.code(201).send(viewSession(users.enterAnonymously(appId, phoneId, lang)));
  });

  face.get("/app/users", { schema: { tags, summary: "Get user information" } }, (request) =>
    viewUser(requireUser(context, request)),
  );

  face.put(
    "/app/users",
    { schema: { tags, summary: "Update user information", body: UserChange } },
    async (request) => {
      const { uid } = requireUser(context, request);
      const { username, password, old_pwd: oldPassword, new_pwd: newPassword, remar, ...rest } = request.body;
      const info = pickInfo({ ...(remar === undefined ? {} : { remark: remar }), ...rest });
      const converts = username !== undefined || password !== undefined;
      const changesPassword = oldPassword !== undefined || newPassword !== undefined;
      if (!converts && !changesPassword && Object.keys(info).length === 0)
        throw new ApiError(9015, "nothing to change");
      if ((username === undefined) !== (password === undefined))
        throw new ApiError(9015, "username and password go together");
      if ((oldPassword === undefined) !== (newPassword === undefined))
        throw new ApiError(9015, "old_pwd and new_pwd go together");
      if (username !== undefined && password !== undefined) await users.convert(uid, username, password);
      if (oldPassword !== undefined && newPassword !== undefined)
        await users.changePassword(uid, oldPassword, newPassword);
      if (Object.keys(info).length > 0) users.changeInfo(uid, info);
      return { updatedAt: `${new Date(context.cloud.clock.now()).toISOString().slice(0, -1)}000` };
    },
  );

  face.post("/app/login", { schema: { tags, summary: "User login", body: Credentials } }, async (request) => {
    const appId = requireApp(context, request);
    const { username, password } = request.body;
    return viewSession(await users.login(appId, username, password));
  });
}

function pickInfo(info: UserInfo): UserInfo {
  const fields = ["name", "gender", "birthday", "address", "lang", "remark"] as const;
  return Object.fromEntries(fields.filter((field) => info[field] !== undefined).map((field) => [field, info[field]]));
}

function viewSession({ token, uid, expireAt }: { token: string; uid: string; expireAt: number }) {
  return { token, uid, expire_at: expireAt };
}
