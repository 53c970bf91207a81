import type { Product } from "../../cloud/devices/products.js";
import { GizlabError } from "../../core/errors.js";
import {
  AggQuery,
  type AggQuestion,
  type AggRequest,
  answerAggQuestion,
  echoAggQuestion,
  readAggQuestion,
} from "../agg-data.js";
import type { ApiContext } from "../context.js";
import type { Face } from "../face.js";
import { requestError } from "../request-error.js";
import { EnterpriseError } from "./errors.js";
import { DeviceParams } from "./parameters.js";
import { requireDevice, requireProduct } from "./session.js";

/** The longest month (rest.md 3.1). */
const MONTH_MS = 31 * 86_400_000;

/** Aggregated values of one device (rest.md 3); a product whose aggregation is not opened answers 5024. */
export function registerAggData(face: Face, context: ApiContext): void {
  const { enterprise, clock } = context.cloud;
  face.get(
    "/v1/products/:product_key/devices/:did/agg_data",
    {
      schema: {
        tags: ["Enterprise: devices"],
        summary: "Get aggregated values of a device",
        params: DeviceParams,
        querystring: AggQuery,
      },
    },
    async (request) => {
      const product = requireProduct(context, request);
      const device = requireDevice(context, product, request.params.did);
      if (!product.aggregation) throw new EnterpriseError(5024, "aggregation is not opened for this product");
      const question = readQuestion(product, request.query);
      if (enterprise.settings.limits.monthLimit && question.start < clock.now() - MONTH_MS) {
        throw requestError("start_ts is within the last month");
      }
      const data = await answerAggQuestion(context, device, question, ({ datetime, attrs }) => ({ attrs, datetime }));
      return { query: echoAggQuestion(question), data };
    },
  );
}

/** A name that the product does not have is 5405 here, as opposed to one in a control (rest.md 3.6, 6.4). */
function readQuestion(product: Product, query: AggRequest): AggQuestion {
  try {
    return readAggQuestion(product, query);
  } catch (error) {
    if (error instanceof GizlabError && error.code === "attr-unknown") throw new EnterpriseError(5405, error.message);
    throw error;
  }
}
