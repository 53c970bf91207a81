import { isSameSecret } from "../../cloud/accounts/secret.js";
import type { Product } from "../../cloud/devices/products.js";
import type { ApiContext } from "../context.js";
import type { Face } from "../face.js";
import { Type } from "../schema.js";
import { EnterpriseError } from "./errors.js";
import { ProductParams } from "./parameters.js";
import { countCall, requireProduct } from "./session.js";

const Secret = Type.String({ minLength: 1, maxLength: 256 });
const Credentials = Type.Object({ enterprise_id: Secret, enterprise_secret: Secret, product_secret: Secret });
const tags = ["Enterprise: authorization"];

/** How an enterprise comes to a token for one of its products (rest.md 2.2). */
export function registerAccessToken(face: Face, context: ApiContext): void {
  const { enterprise } = context.cloud;
  const requireSecrets = (
    product: () => Product,
    { enterprise_id: id, enterprise_secret: secret, product_secret: productSecret }: Readonly<Record<string, string>>,
  ): Product => {
    enterprise.authenticate(id ?? "", secret ?? "");
    const found = product();
    if (!isSameSecret(productSecret ?? "", found.secret)) throw new EnterpriseError(5005);
    return found;
  };

  face.post(
    "/v1/products/:product_key/access_token",
    { schema: { tags, summary: "Get a token for a product", params: ProductParams, body: Credentials } },
    (request, reply) => {
      const product = requireSecrets(() => requireProduct(context, request), request.body);
      countCall(context, reply);
      const { token, expireAt } = enterprise.openSession(product.productKey);
      // The documents call the field by both names (rest.md 2.1).
      return reply.code(201).send({ token, expire_at: expireAt, expired_at: expireAt });
    },
  );

  // Every product of the lab belongs to its one enterprise; there is nothing left to associate.
  face.post(
    "/v1/products/:product_key/association",
    { schema: { tags, summary: "Associate a product", params: ProductParams, body: Credentials } },
    (request, reply) => {
      requireSecrets(() => requireProduct(context, request), request.body);
      countCall(context, reply);
      return reply.code(201).send({});
    },
  );
}
