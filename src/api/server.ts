import swagger from "@fastify/swagger";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import Fastify from "fastify";
import { answerConnectError, isConnectPath } from "./connect/errors.js";
import { answerOauthError, answerOauthMethod, isOauthPath } from "./connect/oauth.js";
import { registerConnect } from "./connect/routes.js";
import type { ApiContext } from "./context.js";
import type { LabControl } from "./control/lab-control.js";
import { registerControl } from "./control/routes.js";
import { answerRefusal } from "./datacooee/errors.js";
import { DATACOOEE_PREFIX, isDatacooeePath, registerDatacooee } from "./datacooee/routes.js";
import { describeForeignBytes } from "./device/refused-requests.js";
import { registerDeviceApi } from "./device/routes.js";
import { answerDevoError, Marks } from "./devo/devo-error.js";
import { isDevoPath, registerDevoApi } from "./devo/routes.js";
import { answerEnterpriseError } from "./enterprise/errors.js";
import { isEnterprisePath, registerEnterpriseApi } from "./enterprise/routes.js";
import { traceErrors } from "./error-trace.js";
import { answerError, type ErrorAnswer, translateError } from "./errors.js";
import type { Face } from "./face.js";
import { injectFaults } from "./fault-hook.js";
import { registerOpenApi } from "./openapi/routes.js";

/** No honest request of these faces is larger; imports have their own limit. */
const BODY_LIMIT = 256 * 1024;
const URL_PART_LIMIT = 500;

/** The faces that refuse in words of their own, wherever in the server the refusal comes from. */
const OWN_WORDS = [
  { isOurs: isConnectPath, answer: answerConnectError },
  { isOurs: isOauthPath, answer: answerOauthError },
  { isOurs: isDatacooeePath, answer: answerRefusal },
  { isOurs: isEnterprisePath, answer: answerEnterpriseError },
] as const;

/** Builds the HTTP server with all faces on it; it listens to nothing yet. */
export async function createServer(context: ApiContext, control: LabControl): Promise<Face> {
  const marks = new Marks(context.cloud.clock);
  const ownWords = [...OWN_WORDS, { isOurs: isDevoPath, answer: answerDevoError(marks) }];
  const answerOf = (url: string): ErrorAnswer => ownWords.find(({ isOurs }) => isOurs(url))?.answer ?? answerError;
  const server = Fastify({
    bodyLimit: BODY_LIMIT,
    routerOptions: { maxParamLength: URL_PART_LIMIT, ignoreTrailingSlash: true },
    forceCloseConnections: true,
    // What is no HTTP at all, or has headers without end, never becomes a request.
    clientErrorHandler: (error, socket) => {
      const isLong = (error as { code?: string }).code === "HPE_HEADER_OVERFLOW";
      const [firstByte] = (error as unknown as { rawPacket?: Uint8Array }).rawPacket ?? [];
      const message = isLong ? "the URL and the headers are longer than 16 KB together" : "the request is not HTTP";
      // Nobody has sent anything wrong where the connection broke.
      if (String((error as { code?: string }).code).startsWith("HPE_")) {
        context.cloud.refusals.note(describeForeignBytes(firstByte, message, socket.remoteAddress ?? ""));
      }
      const body = JSON.stringify(translateError({ statusCode: 400, message }).body);
      const status = isLong ? "431 Request Header Fields Too Large" : "400 Bad Request";
      const head = `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
      if (socket.writable) socket.end(`${head}\r\nConnection: close\r\n\r\n${body}`);
    },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, allErrors: false } },
    // An unforeseen error is written to stderr, without headers or bodies that could hold a secret.
    logger: {
      level: "error",
      stream: process.stderr,
      serializers: { req: ({ method, url }) => ({ method, path: url.split("?")[0] }) },
    },
    // A path that cannot be decoded, or with too long a part, never reaches a route.
    frameworkErrors: (error, request, reply) => {
      const why = error.code === "FST_ERR_BAD_URL" ? "the path cannot be decoded" : "a part of the path is too long";
      answerOf(request.url)({ statusCode: 400, code: error.code, message: why }, request, reply);
    },
  }).withTypeProvider<TypeBoxTypeProvider>();
  await server.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "gizlab", version: context.version, description: "Every HTTP face of a gizlab cloud" },
    },
  });
  server.setErrorHandler(answerError);
  server.setNotFoundHandler((request, reply) => {
    if (isOauthPath(request.url)) return answerOauthMethod(reply);
    const path = request.url.split("?")[0]?.slice(0, 200);
    if (path?.startsWith("/_lab/") === true) {
      void reply
        .code(404)
        .send({ error: { code: "route-unknown", message: `the lab has no ${request.method} ${path}` } });
      return;
    }
    void reply.code(404).send({
      error_message: "API not found!",
      error_code: 9999,
      detail_message: `${request.method} ${path}`,
    });
  });
  server.setSchemaErrorFormatter((errors, part) => {
    const [first] = errors;
    return new Error(`${part}${(first?.instancePath ?? "").replaceAll("/", ".")} ${first?.message ?? "is invalid"}`);
  });
  // A serializer compiled for every answer's schema would cost each lab of a process memory that it never gives back.
  server.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  if (context.trace !== undefined) traceErrors(server, context.trace, context.cloud);
  if (context.faults !== undefined) injectFaults(server, context.cloud.clock, context.faults, answerOf);
  await server.register(async (face) => registerOpenApi(face.withTypeProvider<TypeBoxTypeProvider>(), context));
  await server.register(async (face) => registerEnterpriseApi(face.withTypeProvider<TypeBoxTypeProvider>(), context));
  await server.register(async (face) => registerDeviceApi(face.withTypeProvider<TypeBoxTypeProvider>(), context));
  await server.register(async (face) => registerConnect(face.withTypeProvider<TypeBoxTypeProvider>(), context));
  await server.register(async (face) => registerDatacooee(face.withTypeProvider<TypeBoxTypeProvider>(), context), {
    prefix: DATACOOEE_PREFIX,
  });
  await server.register(async (face) => registerDevoApi(face.withTypeProvider<TypeBoxTypeProvider>(), context, marks));
  await server.register(async (face) =>
    registerControl(face.withTypeProvider<TypeBoxTypeProvider>(), context, control),
  );
  server.get("/openapi.json", { schema: { hide: true } }, () => server.swagger());
  return server;
}
