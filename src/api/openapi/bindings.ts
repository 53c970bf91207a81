import type { FastifyRequest } from "fastify";
import type { BindingNames } from "../../cloud/bindings/bindings.js";
import type { Product } from "../../cloud/devices/products.js";
import { signBind } from "../../codec/bind-signature.js";
import { GizlabError } from "../../core/errors.js";
import type { ApiContext } from "../context.js";
import { ApiError } from "../errors.js";
import type { Face } from "../face.js";
import { Type } from "../schema.js";
import { readCount } from "./query.js";
import { header, requireBound, requireUser } from "./session.js";
import { viewBoundDevice } from "./views.js";

const Did = Type.String({ minLength: 1, maxLength: 64 });
const Name = Type.Optional(Type.Union([Type.String({ maxLength: 512 }), Type.Null()]));
const SetOwner = Type.Optional(Type.Union([Type.Integer({ minimum: 0, maximum: 1 }), Type.Boolean()]));

const BindMac = Type.Object({
  product_key: Type.String({ minLength: 1, maxLength: 64 }),
  mac: Type.String({ minLength: 1, maxLength: 64 }),
  remark: Name,
  dev_alias: Name,
  set_owner: SetOwner,
});
const BindDevices = Type.Object({
  devices: Type.Array(
    Type.Object({ did: Did, passcode: Type.String({ minLength: 1, maxLength: 64 }), remark: Name, dev_alias: Name }),
    { minItems: 1, maxItems: 500 },
  ),
});
const UnbindDevices = Type.Object({ devices: Type.Array(Type.Object({ did: Did }), { minItems: 1, maxItems: 500 }) });
const RenameBinding = Type.Object({
  remark: Type.Optional(Type.String({ maxLength: 512 })),
  dev_alias: Type.Optional(Type.String({ maxLength: 512 })),
  dev_label: Type.Optional(Type.Array(Type.String({ maxLength: 128 }), { maxItems: 50 })),
});
const BindingsQuery = Type.Object({
  limit: Type.Optional(Type.String()),
  skip: Type.Optional(Type.String()),
  show_disabled: Type.Optional(Type.String()),
  show_proto_ver: Type.Optional(Type.String()),
});

/** A request may be five minutes old or young (rest.md, cloud.md 8.5). */
const TIMESTAMP_TOLERANCE_S = 300;
const MAX_PAGE = 1000;

/** Binding and unbinding devices, and what users call them. */
export function registerBindings(face: Face, context: ApiContext): void {
  const { bindings, registry, products } = context.cloud;
  const tags = ["Binding Management"];
  const sharingOf = (productKey: string): boolean => products.find(productKey)?.sharing ?? false;

  face.post(
    "/app/bind_mac",
    { schema: { tags, summary: "Bind a device by its MAC address", body: BindMac } },
    (request, reply) => {
      const user = requireUser(context, request);
      const { product_key: productKey, mac, remark, dev_alias: alias } = request.body;
      const timestamp = requireTimestamp(context, request);
      const product = products.find(productKey);
      if (product === undefined) throw new ApiError(9002);
      requireSignature(request, product, timestamp);
      const device = registry.findByMac(productKey, mac);
      if (device === undefined) throw new ApiError(9014);
      const { binding, isNew } = bindings.bind(user.uid, device, product.sharing, toNames(remark, alias));
      return reply.code(isNew ? 201 : 200).send(viewBoundDevice(context, request, device, binding));
    },
  );

  face.post(
    "/app/bindings",
    { schema: { tags, summary: "Bind devices by did and passcode", body: BindDevices } },
    (request) => {
      const user = requireUser(context, request);
      return sortOut(request.body.devices, ({ did, passcode, remark, dev_alias: alias }) => {
        const device = registry.find(did);
        if (device === undefined || device.isDisabled || device.passcode !== passcode) return false;
        bindings.bind(user.uid, device, sharingOf(device.productKey), toNames(remark, alias));
        return true;
      });
    },
  );

  face.get(
    "/app/bindings",
    { schema: { tags, summary: "Get a list of bound devices", querystring: BindingsQuery } },
    (request) => {
      const user = requireUser(context, request);
      const { limit, skip, show_disabled: showDisabled } = request.query;
      const from = readCount("skip", skip, 0, Number.MAX_SAFE_INTEGER);
      const size = readCount("limit", limit, 20, MAX_PAGE);
      const all = bindings.ofUser(user.uid).flatMap((binding) => {
        const device = registry.findById(binding.deviceId);
        return device === undefined || (device.isDisabled && showDisabled !== "1") ? [] : [{ device, binding }];
      });
      return {
        devices: all
          .slice(from, from + size)
          .map(({ device, binding }) => viewBoundDevice(context, request, device, binding)),
      };
    },
  );

  face.delete("/app/bindings", { schema: { tags, summary: "Unbind devices", body: UnbindDevices } }, (request) => {
    const user = requireUser(context, request);
    return sortOut(request.body.devices, ({ did }) => {
      const device = registry.find(did);
      return device !== undefined && bindings.unbind(user.uid, device.id);
    });
  });

  face.put(
    "/app/bindings/:did",
    { schema: { tags, summary: "Update binding information", params: Type.Object({ did: Did }), body: RenameBinding } },
    (request) => {
      const user = requireUser(context, request);
      const { device } = requireBound(context, user, request.params.did);
      const { remark, dev_alias: alias, dev_label: labels } = request.body;
      if (remark === undefined && alias === undefined && labels === undefined)
        throw new ApiError(9015, "nothing to change");
      const binding = bindings.rename(user.uid, device.id, {
        ...toNames(remark, alias),
        ...(labels === undefined ? {} : { labels }),
      });
      return { remark: binding.remark, dev_label: binding.labels, dev_alias: binding.alias };
    },
  );
}

function toNames(remark: string | null | undefined, alias: string | null | undefined): BindingNames {
  return {
    ...(typeof remark === "string" ? { remark } : {}),
    ...(typeof alias === "string" ? { alias } : {}),
  };
}

/** The did of each device, by whether `act` could do it; a device that refuses does not stop the others. */
function sortOut<T extends { did: string }>(
  devices: readonly T[],
  act: (device: T) => boolean,
): { failed: string[]; success: string[] } {
  const failed: string[] = [];
  const success: string[] = [];
  for (const device of devices) {
    try {
      (act(device) ? success : failed).push(device.did);
    } catch (error) {
      if (!(error instanceof GizlabError)) throw error;
      failed.push(device.did);
    }
  }
  return { failed, success };
}

function requireTimestamp({ cloud }: ApiContext, request: FastifyRequest): string {
  const timestamp = header(request, "x-gizwits-timestamp");
  if (timestamp === undefined || !/^\d{1,12}$/.test(timestamp)) throw new ApiError(9043);
  if (Math.abs(cloud.clock.now() / 1000 - Number(timestamp)) > TIMESTAMP_TOLERANCE_S) throw new ApiError(9043);
  return timestamp;
}

function requireSignature(request: FastifyRequest, product: Product, timestamp: string): void {
  const expected = signBind(product.secret, timestamp);
  if (header(request, "x-gizwits-signature")?.toLowerCase() !== expected) throw new ApiError(9044);
}
