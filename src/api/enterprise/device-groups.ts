import type { DeviceGroup } from "../../cloud/devices/device-groups.js";
import type { ApiContext } from "../context.js";
import type { Face } from "../face.js";
import { Type } from "../schema.js";
import { ProductParams } from "./parameters.js";
import { requireProduct } from "./session.js";

const tags = ["Enterprise: device groups"];
const GroupParams = Type.Object({
  product_key: Type.String({ minLength: 1, maxLength: 500 }),
  gid: Type.String({ minLength: 1, maxLength: 500 }),
});
const NewGroup = Type.Object({ parent_gid: Type.Optional(Type.Union([Type.String({ maxLength: 64 }), Type.Null()])) });
const GroupUpdate = Type.Object({
  action: Type.Union([Type.Literal("assign"), Type.Literal("unassign")]),
  reassign: Type.Optional(Type.Boolean()),
  macs: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { minItems: 1, maxItems: 1000 }),
});

/** A tree as the documents show it: each gid holds its subgroups, and "" where it has none. */
type GroupTree = { readonly [gid: string]: GroupTree | "" };

/** The tree of device groups, and which devices are in them (rest.md 2.2). */
export function registerDeviceGroups(face: Face, context: ApiContext): void {
  const { groups } = context.cloud;

  face.get(
    "/v1/products/:product_key/device_groups",
    { schema: { tags, summary: "Get the tree of device groups", params: ProductParams } },
    (request) => {
      const root = groups.tree(requireProduct(context, request).productKey);
      return root === undefined ? {} : viewTree([root]);
    },
  );

  face.post(
    "/v1/products/:product_key/device_groups",
    {
      schema: { tags, summary: "Add a device group", params: ProductParams, body: NewGroup },
      // A root group needs no word.
      preValidation: async (request) => {
        if (request.body === undefined) request.body = {};
      },
    },
    (request) => {
      const { parent_gid: parent } = request.body;
      const { productKey } = requireProduct(context, request);
      return { gid: groups.add(productKey, parent === null || parent === "" ? undefined : parent) };
    },
  );

  face.get(
    "/v1/products/:product_key/device_groups/:gid",
    { schema: { tags, summary: "Get the macs of a device group", params: GroupParams } },
    (request) => ({ macs: groups.macs(requireProduct(context, request).productKey, request.params.gid) }),
  );

  face.put(
    "/v1/products/:product_key/device_groups/:gid",
    { schema: { tags, summary: "Assign devices to a group", params: GroupParams, body: GroupUpdate } },
    (request) => {
      const { productKey } = requireProduct(context, request);
      const { action, macs, reassign = false } = request.body;
      const { gid } = request.params;
      return action === "assign"
        ? groups.assign(productKey, gid, macs, reassign)
        : groups.unassign(productKey, gid, macs);
    },
  );

  face.delete(
    "/v1/products/:product_key/device_groups/:gid",
    { schema: { tags, summary: "Remove an empty device group", params: GroupParams } },
    (request) => {
      groups.remove(requireProduct(context, request).productKey, request.params.gid);
      return {};
    },
  );
}

function viewTree(groups: readonly DeviceGroup[]): GroupTree {
  return Object.fromEntries(
    groups.map(({ gid, subgroups }) => [gid, subgroups.length === 0 ? "" : viewTree(subgroups)]),
  );
}
