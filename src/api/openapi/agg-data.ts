import type { FastifyRequest } from "fastify";
import { AggQuery, type AggRequest, answerAggQuestion, echoAggQuestion, readAggQuestion } from "../agg-data.js";
import type { ApiContext } from "../context.js";
import { ApiError } from "../errors.js";
import type { Face } from "../face.js";
import { Type } from "../schema.js";
import { requireBound, requireUser } from "./session.js";

const DidParams = Type.Object({ did: Type.String({ minLength: 1, maxLength: 500 }) });

/** Aggregated values of a bound device (rest.md 3). PUT is a slip of the seed's and harmless to accept. */
export function registerAggData(face: Face, context: ApiContext): void {
  face.route({
    method: ["GET", "PUT"],
    url: "/app/devdata/:did/agg_data",
    schema: {
      tags: ["Advanced Data API"],
      summary: "Get an aggregated value of a given device",
      params: DidParams,
      querystring: AggQuery,
    },
    handler: (request) => answerAggData(context, request, request.params.did, request.query),
  });
}

async function answerAggData(context: ApiContext, request: FastifyRequest, did: string, query: AggRequest) {
  const user = requireUser(context, request);
  const { device } = requireBound(context, user, did);
  const product = context.cloud.registry.productOf(device);
  if (product === undefined) throw new ApiError(9002);
  if (!product.aggregation) throw new ApiError(9039, "aggregation is not opened for this product");
  const question = readAggQuestion(product, query);
  return {
    query: echoAggQuestion(question),
    data: await answerAggQuestion(context, device, question, ({ datetime, attrs }) => ({
      datetime,
      uid: user.uid,
      product_key: device.productKey,
      attrs,
    })),
  };
}
