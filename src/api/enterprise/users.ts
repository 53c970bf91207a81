import type { UserRecord } from "../../cloud/accounts/user-directory.js";
import type { Product } from "../../cloud/devices/products.js";
import type { ApiContext } from "../context.js";
import type { Face } from "../face.js";
import { readWord } from "../openapi/query.js";
import { requestError } from "../request-error.js";
import { Type } from "../schema.js";
import { EnterpriseError } from "./errors.js";
import { PageQuery, readPage, viewPageOf } from "./page.js";
import { ProductParams, Text } from "./parameters.js";
import { requireProduct } from "./session.js";

const tags = ["Enterprise: users"];
const BoundQuery = Type.Object({ gid: Text, type: Text, val: Text, ...PageQuery });
const RegisteredQuery = Type.Object({
  product_key: Text,
  appid: Text,
  username: Text,
  phone: Text,
  email: Text,
  ...PageQuery,
});

/** A user who has bound a device; of which device they were looked for by, if any. */
interface FoundUser {
  readonly user: UserRecord;
  readonly isOwner?: boolean;
}

/** Users who have bound a device of the product (rest.md 2.2). */
export function registerBoundUsers(face: Face, context: ApiContext): void {
  face.get(
    "/v1/products/:product_key/users/search",
    { schema: { tags, summary: "Search users with devices", params: ProductParams, querystring: BoundQuery } },
    (request) => {
      const product = requireProduct(context, request);
      const page = readPage(request.query);
      return viewPageOf(request, page, findBound(context, product, request.query), ({ user, isOwner }) => ({
        ...viewUser(user),
        ...(isOwner === undefined ? {} : { is_owner: isOwner }),
      }));
    },
  );
}

/** All registered users, whether they have bound anything or not (rest.md 2.2). */
export function registerRegisteredUsers(face: Face, context: ApiContext): void {
  const { applications, products, userDirectory } = context.cloud;
  face.get(
    "/v1/users/search",
    { schema: { tags, summary: "Search registered users", querystring: RegisteredQuery } },
    (request) => {
      const { product_key: productKey, appid: appId, username, phone, email } = request.query;
      // The product says whose users are meant; here all are those of the one enterprise.
      if (productKey !== undefined && products.find(productKey) === undefined) throw new EnterpriseError(5015);
      if (appId !== undefined && applications.find(appId) === undefined) throw new EnterpriseError(5016);
      const page = readPage(request.query);
      const found = userDirectory.search({
        ...(appId === undefined ? {} : { appId }),
        ...(username === undefined ? {} : { username }),
        ...(phone === undefined ? {} : { phone }),
        ...(email === undefined ? {} : { email }),
      });
      return viewPageOf(request, page, found, (user) => {
        const { name: _, auth_src: __, ...rest } = viewUser(user);
        return { ...rest, updated_at: Math.floor(user.updatedAt / 1000) };
      });
    },
  );
}

function findBound(
  { cloud }: ApiContext,
  product: Product,
  { gid, type, val }: { readonly gid?: string; readonly type?: string; readonly val?: string },
): FoundUser[] {
  const { groups, registry, userDirectory } = cloud;
  let bound = userDirectory.boundTo(product.productKey);
  if (gid !== undefined) {
    const macs = groups.macsBelow(product.productKey, gid);
    bound = bound.filter(({ deviceId }) => macs.has(registry.findById(deviceId)?.mac ?? ""));
  }
  if (type === undefined && val === undefined)
    return toUsers(
      cloud,
      bound.map(({ uid }) => uid),
    );
  const kind = readWord("type", type, ["did", "mac", "uid", "username", "phone", "email"]);
  if (val === undefined) throw requestError(`val is the ${kind} that is looked for`);
  if (kind === "did" || kind === "mac") {
    const isWanted = (id: number): boolean => {
      const device = registry.findById(id);
      return kind === "did" ? device?.did === val : device?.mac.toLowerCase() === val.toLowerCase();
    };
    const owners = new Map(
      bound.filter(({ deviceId }) => isWanted(deviceId)).map(({ uid, isOwner }) => [uid, isOwner]),
    );
    return toUsers(cloud, [...owners.keys()]).map(({ user }) => ({
      user,
      // Told only of a device that was named by its did.
      ...(kind === "did" ? { isOwner: owners.get(user.uid) === true } : {}),
    }));
  }
  return toUsers(
    cloud,
    bound.map(({ uid }) => uid),
  ).filter(({ user }) => user[kind] === val);
}

function toUsers({ userDirectory }: ApiContext["cloud"], uids: readonly string[]): FoundUser[] {
  return [...new Set(uids)].flatMap((uid) => {
    const user = userDirectory.find(uid);
    return user === undefined ? [] : [{ user }];
  });
}

function viewUser(user: UserRecord) {
  return {
    uid: user.uid,
    username: user.username,
    phone: user.phone,
    email: user.email,
    name: user.name,
    birthday: user.birthday,
    address: user.address,
    remark: user.remark,
    created_at: Math.floor(user.createdAt / 1000),
    is_anonymous: user.isAnonymous,
    // Registration through others is not in this version.
    auth_src: null,
    gender: user.gender,
  };
}
