import { readWord } from "../openapi/query.js";
import { Type } from "../schema.js";

/** A parameter of a query string; what it means is read by hand, so that refusals name it. */
export const Text = Type.Optional(Type.String({ minLength: 1, maxLength: 256 }));

/** Paths below a product. */
export const ProductParams = Type.Object({ product_key: Type.String({ minLength: 1, maxLength: 500 }) });

/** Paths below a device of a product. */
export const DeviceParams = Type.Object({
  product_key: Type.String({ minLength: 1, maxLength: 500 }),
  did: Type.String({ minLength: 1, maxLength: 500 }),
});

/** A switch in a query string, 0 or 1; undefined when it is not there. Throws `request-invalid`. */
export function readSwitch(name: string, text: string | undefined): boolean | undefined {
  return text === undefined ? undefined : readWord(name, text, ["0", "1"]) === "1";
}
