import type { FastifyReply, FastifyRequest } from "fastify";
import type { Product } from "../../cloud/devices/products.js";
import type { Device } from "../../cloud/devices/registry.js";
import type { ApiContext } from "../context.js";
import { clientIp } from "../openapi/devices.js";
import { header } from "../openapi/session.js";
import { EnterpriseError } from "./errors.js";

/** Lets in who calls from an address of the white list. Answers 5012. */
export function requireListedAddress({ cloud }: ApiContext, request: FastifyRequest): void {
  const ip = clientIp(request);
  if (!cloud.enterprise.settings.admits(ip)) throw new EnterpriseError(5012, `the address is ${ip}`);
}

/** The token of the path's product, in `Authorization: token …`. Answers 5009, 5011, 5015, 5010. */
export function requireToken(context: ApiContext, request: FastifyRequest): void {
  // The aggregation guide calls the header Authorize; a slip, and harmless to take (rest.md 2.1).
  const text = header(request, "authorization") ?? header(request, "authorize") ?? "";
  const [, token] = /^token +(\S{1,128})$/i.exec(text.trim()) ?? [];
  if (token === undefined) throw new EnterpriseError(5009);
  const productKey = context.cloud.enterprise.productOf(token);
  if (requireProduct(context, request).productKey !== productKey) throw new EnterpriseError(5010);
}

/** The enterprise's id and secret in two headers, as `/v1/users/…` wants them (rest.md 2.1). Answers 5003, 5004. */
export function requireEnterprise({ cloud }: ApiContext, request: FastifyRequest): void {
  cloud.enterprise.authenticate(
    header(request, "x-gizwits-enterprise-id") ?? "",
    header(request, "x-gizwits-enterprise-secret") ?? "",
  );
}

/** Counts a call and tells in the headers what is left of the quota (rest.md 2.1). Answers 5013. */
export function countCall({ cloud }: ApiContext, reply: FastifyReply): void {
  const { limit, remaining, resetAt, isExceeded } = cloud.enterprise.countCall();
  void reply.headers({
    "x-ratelimit-limit": limit,
    "x-ratelimit-remaining": remaining,
    "x-ratelimit-reset": Math.ceil(resetAt / 1000),
  });
  if (isExceeded) throw new EnterpriseError(5013);
}

/** The product of the path. Answers 5015. */
export function requireProduct({ cloud }: ApiContext, request: FastifyRequest): Product {
  const { product_key: productKey = "" } = request.params as { readonly product_key?: string };
  const product = cloud.products.find(productKey);
  if (product === undefined) throw new EnterpriseError(5015);
  return product;
}

/** A device of the path's product. Answers 5301, 5302. */
export function requireDevice({ cloud }: ApiContext, product: Product, did: string): Device {
  const device = cloud.registry.find(did);
  if (device === undefined) throw new EnterpriseError(5301);
  if (device.productKey !== product.productKey) throw new EnterpriseError(5302);
  return device;
}
