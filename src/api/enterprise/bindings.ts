import type { Device } from "../../cloud/devices/registry.js";
import { GizlabError } from "../../core/errors.js";
import type { ApiContext } from "../context.js";
import type { Face } from "../face.js";
import { Type } from "../schema.js";
import { EnterpriseError } from "./errors.js";
import { ProductParams } from "./parameters.js";
import { requireProduct } from "./session.js";

const tags = ["Enterprise: bindings"];
const MAX_DIDS = 1000;
const Id = Type.String({ minLength: 1, maxLength: 64 });
/** A list; the documents also call it a text. */
const BindingBody = Type.Object({
  uid: Id,
  appid: Id,
  dids: Type.Union([
    Type.Array(Id, { minItems: 1, maxItems: MAX_DIDS }),
    Type.String({ pattern: "^\\w{1,64}( *, *\\w{1,64}){0,999}$" }),
  ]),
});

/** Binding a product's devices to a user and back; devices that it cannot be done with are named (rest.md 2.2). */
export function registerBindings(face: Face, context: ApiContext): void {
  const { bindings, registry } = context.cloud;

  face.post(
    "/v1/products/:product_key/devices/bindings",
    { schema: { tags, summary: "Bind devices to a user", params: ProductParams, body: BindingBody } },
    (request) => {
      const product = requireProduct(context, request);
      requireUser(context, request.body);
      return sortOut(readDids(request.body.dids), (did) => {
        const device = findOwn(product.productKey, registry.find(did));
        if (device === undefined || device.isDisabled) return false;
        bindings.bind(request.body.uid, device, product.sharing);
        return true;
      });
    },
  );

  face.delete(
    "/v1/products/:product_key/devices/bindings",
    { schema: { tags, summary: "Unbind devices from a user", params: ProductParams, body: BindingBody } },
    (request) => {
      const { productKey } = requireProduct(context, request);
      requireUser(context, request.body);
      return sortOut(readDids(request.body.dids), (did) => {
        const device = findOwn(productKey, registry.find(did));
        return device !== undefined && bindings.unbind(request.body.uid, device.id);
      });
    },
  );
}

/** Answers 5016 for an unknown app, 5017 for a user that it does not have. */
function requireUser({ cloud }: ApiContext, { uid, appid }: { readonly uid: string; readonly appid: string }): void {
  if (cloud.applications.find(appid) === undefined) throw new EnterpriseError(5016);
  if (cloud.userDirectory.find(uid)?.appId !== appid) throw new EnterpriseError(5017);
}

function findOwn(productKey: string, device: Device | undefined): Device | undefined {
  return device?.productKey === productKey ? device : undefined;
}

function readDids(dids: readonly string[] | string): readonly string[] {
  return typeof dids === "string" ? dids.split(",").map((did) => did.trim()) : dids;
}

function sortOut(dids: readonly string[], act: (did: string) => boolean): { failed: string[]; success: string[] } {
  const failed: string[] = [];
  const success: string[] = [];
  for (const did of dids) {
    try {
      (act(did) ? success : failed).push(did);
    } catch (error) {
      if (!(error instanceof GizlabError)) throw error;
      failed.push(did);
    }
  }
  return { failed, success };
}
