import type { DevoTokens } from "../../cloud/accounts/devo-tokens.js";
import type { Face } from "../face.js";
import { Type } from "../schema.js";

/** Tokens for Devo's face, beside the one of the ready line: a vendor's page makes them, here a route does. */
export function registerDevoTokens(face: Face, tokens: DevoTokens): void {
  face.post(
    "/_lab/devo/tokens",
    {
      schema: {
        tags: ["Lab control"],
        summary: "Make a token that may see aggregation tasks, or manage them",
        body: Type.Object({
          permission: Type.Union([Type.Literal("view"), Type.Literal("manage")]),
          domain: Type.Optional(Type.String({ pattern: "^[\\w.-]{1,64}$" })),
        }),
      },
    },
    (request, reply) => {
      const { permission, domain = tokens.home } = request.body;
      return reply.code(201).send({ token: tokens.add({ domain, permission }), domain, permission });
    },
  );
}
