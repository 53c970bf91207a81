import type { FastifyRequest } from "fastify";
import { isSameSecret } from "../../cloud/accounts/secret.js";
import type { Product } from "../../cloud/devices/products.js";
import { signBind } from "../../codec/bind-signature.js";
import type { ApiContext } from "../context.js";
import type { Face } from "../face.js";
import { header } from "../openapi/session.js";
import { requestError } from "../request-error.js";
import { Type } from "../schema.js";
import { EnterpriseError } from "./errors.js";

const LocationQuery = Type.Object({
  product_key: Type.String({ minLength: 1, maxLength: 64 }),
  dids: Type.String({ minLength: 1, maxLength: 8192 }),
});
/** A request may be five minutes old or young, as when binding by mac (cloud.md 8.5). */
const TIMESTAMP_TOLERANCE_S = 300;

/** Where devices are, for whoever signs with the product's secret; `{}` when nobody has said so (rest.md 2.2). */
export function registerLocationData(face: Face, context: ApiContext): void {
  const { registry, locations } = context.cloud;
  face.get(
    "/dataapi/location/bs/dids/v1",
    {
      schema: { tags: ["Enterprise: locations"], summary: "Where devices are", querystring: LocationQuery },
      onRequest: async (request) => {
        requireSignature(context, request);
      },
    },
    (request) => {
      const product = requireSignature(context, request);
      const { product_key: productKey, dids } = request.query;
      if (productKey.toLowerCase() !== product.productKey) throw requestError("product_key is that of the headers");
      const found = dids.split(",").flatMap((did) => {
        const device = registry.find(did.trim());
        const location = device?.productKey === product.productKey ? locations.find(device.id) : undefined;
        if (device === undefined || location === undefined) return [];
        const { region, city, longitude, latitude } = location;
        // Clients put the texts together as they are; what nobody knows is empty.
        return [{ did: device.did, province: region, city, district: "", road: "", street: "", longitude, latitude }];
      });
      return found.length === 0 ? {} : found;
    },
  );
}

/** The product whose secret has signed the request: md5(product_secret + timestamp). Answers 5015, 5002, 5005. */
function requireSignature({ cloud }: ApiContext, request: FastifyRequest): Product {
  const product = cloud.products.find(header(request, "x-gizwits-productkey") ?? "");
  if (product === undefined) throw new EnterpriseError(5015);
  const timestamp = header(request, "x-gizwits-timestamp") ?? "";
  const isTimely =
    /^\d{1,12}$/.test(timestamp) && Math.abs(cloud.clock.now() / 1000 - Number(timestamp)) <= TIMESTAMP_TOLERANCE_S;
  if (!isTimely) throw new EnterpriseError(5002, "X-Gizwits-Timestamp is the time in seconds");
  const signature = header(request, "x-gizwits-signature")?.toLowerCase() ?? "";
  if (!isSameSecret(signature, signBind(product.secret, timestamp))) throw new EnterpriseError(5005);
  return product;
}
