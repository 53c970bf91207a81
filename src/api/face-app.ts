import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import Fastify, { type FastifyReply, type FastifyRequest, type FastifyServerOptions } from "fastify";
import type { ApiContext } from "./context.js";
import { traceErrors } from "./error-trace.js";
import type { Face } from "./face.js";
import type { FacePlugin } from "./face-plugin.js";
import { injectFaults } from "./fault-hook.js";
import { checkLazily } from "./request-check.js";

/** No honest request of these faces is larger; imports have their own limit. */
const BODY_LIMIT = 256 * 1024;
const URL_PART_LIMIT = 500;

/** Fastify knows them as the compilers of Ajv's own packages, of which it asks this alone. */
const COMPILERS = {
  buildValidator: () => (route: { readonly schema: object }) => checkLazily(route.schema),
  buildSerializer: () => () => (answer: unknown) => JSON.stringify(answer),
} as unknown as NonNullable<NonNullable<FastifyServerOptions["schemaController"]>["compilersFactory"]>;

/** The Fastify instance of one face, with its routes. */
export async function createFaceApp(plugin: FacePlugin, { cloud, trace, faults }: ApiContext): Promise<Face> {
  const app = createBareApp(plugin);
  if (trace !== undefined) traceErrors(app, trace, cloud);
  if (faults !== undefined) injectFaults(app, cloud.clock, faults, () => plugin.answer);
  await app.register(async (face) => plugin.register(face.withTypeProvider<TypeBoxTypeProvider>()));
  await app.ready();
  return app;
}

/** A Fastify instance without routes, that says in the face's words what reaches none. */
export function createBareApp({ answer, answerUnknown = answerNotFound }: FacePlugin): Face {
  const app = Fastify({
    bodyLimit: BODY_LIMIT,
    routerOptions: { maxParamLength: URL_PART_LIMIT, ignoreTrailingSlash: true },
    // Nothing is compiled for a route that nobody asks, and nothing at all for answers: a serializer of each lab of a
    // process would cost memory that is never given back.
    schemaController: { compilersFactory: COMPILERS },
    // An unforeseen error is written to stderr, without headers or bodies that could hold a secret.
    logger: {
      level: "error",
      stream: process.stderr,
      serializers: { req: ({ method, url }) => ({ method, path: url.split("?")[0] }) },
    },
    // A path that cannot be decoded, or with too long a part, never reaches a route.
    frameworkErrors: (error, request, reply) => {
      const why = error.code === "FST_ERR_BAD_URL" ? "the path cannot be decoded" : "a part of the path is too long";
      answer({ statusCode: 400, code: error.code, message: why }, request, reply);
    },
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.setErrorHandler(answer);
  app.setNotFoundHandler(answerUnknown);
  app.setSchemaErrorFormatter((errors, part) => {
    const [first] = errors;
    return new Error(`${part}${(first?.instancePath ?? "").replaceAll("/", ".")} ${first?.message ?? "is invalid"}`);
  });
  return app;
}

function answerNotFound(request: FastifyRequest, reply: FastifyReply): void {
  const path = request.url.split("?")[0]?.slice(0, 200);
  void reply.code(404).send({
    error_message: "API not found!",
    error_code: 9999,
    detail_message: `${request.method} ${path}`,
  });
}
