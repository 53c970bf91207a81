import { answerError } from "./errors.js";
import type { Face } from "./face.js";
import type { FaceEntry } from "./face-plugin.js";

/** The faces, in the order of the OpenAPI document (interfaces.md 2). The last one takes every other path. */
export const FACES: readonly FaceEntry[] = [
  {
    name: "Open API",
    paths: /^\/(?:app\/|status\/?$|errors\/?$)/,
    async load() {
      const { registerOpenApi } = await import("./openapi/routes.js");
      return (context) => ({ register: (face) => registerOpenApi(face, context), answer: answerError });
    },
  },
  {
    name: "Enterprise",
    paths: /^\/(?:v1\/products|v1\/users|dataapi)\//,
    async load() {
      const { registerEnterpriseApi } = await import("./enterprise/routes.js");
      const { answerEnterpriseError } = await import("./enterprise/errors.js");
      return (context) => ({ register: (face) => registerEnterpriseApi(face, context), answer: answerEnterpriseError });
    },
  },
  {
    name: "device",
    paths: /^\/(?:dev|v2\/devices)(?:\/|$)/,
    async load() {
      const { registerDeviceApi } = await import("./device/routes.js");
      return (context) => ({ register: (face) => registerDeviceApi(face, context), answer: answerError });
    },
  },
  {
    name: "DER Connect tokens",
    paths: /^\/(?:am\/oauth2\/realms\/root\/realms\/difesp\/access_token|oauth2\/token)\/?$/,
    async load() {
      const { answerOauthError, answerOauthMethod, registerOauth } = await import("./connect/oauth.js");
      return (context) => ({
        register: (face) => registerOauth(face, context),
        answer: answerOauthError,
        answerUnknown: (_request, reply) => answerOauthMethod(reply),
      });
    },
  },
  {
    name: "DER Connect",
    paths: /^\/(?:connect\/)?v1\/entities(?:\/|$)/,
    async load() {
      const { registerConnect } = await import("./connect/routes.js");
      const { answerConnectError } = await import("./connect/errors.js");
      return (context) => ({ register: (face) => registerConnect(face, context), answer: answerConnectError });
    },
  },
  {
    name: "Datacooee",
    paths: /^\/api\/external\/v1(?:\/|$)/,
    async load() {
      const { DATACOOEE_PREFIX, registerDatacooee } = await import("./datacooee/routes.js");
      const { answerRefusal } = await import("./datacooee/errors.js");
      return (context) => ({
        register: async (face) => {
          await face.register(async (below) => registerDatacooee(below as Face, context), { prefix: DATACOOEE_PREFIX });
        },
        answer: answerRefusal,
      });
    },
  },
  {
    name: "Devo",
    paths: /^\/(?:v2\/aggrtasks|(?:aggregations\/v2\/){1,2}aggrtasks|search)(?:\/|$)/,
    async load() {
      const { registerDevoApi } = await import("./devo/routes.js");
      const { answerDevoError, Marks } = await import("./devo/devo-error.js");
      return (context) => {
        const marks = new Marks(context.cloud.clock);
        return { register: (face) => registerDevoApi(face, context, marks), answer: answerDevoError(marks) };
      };
    },
  },
  {
    name: "lab control",
    paths: /^\/_lab\//,
    async load() {
      const { answerLabUnknown, registerControl } = await import("./control/routes.js");
      return (context, control) => ({
        register: (face) => registerControl(face, context, control),
        answer: answerError,
        answerUnknown: answerLabUnknown,
      });
    },
  },
  {
    name: "other paths",
    paths: /^/,
    async load() {
      const { createDocument } = await import("./document.js");
      return (context, control) => {
        let document: Promise<object> | undefined;
        return {
          register(face) {
            face.get("/openapi.json", { schema: { hide: true } }, () => {
              document ??= createDocument(FACES, context, control);
              return document;
            });
          },
          answer: answerError,
        };
      };
    },
  },
];

/** The face that answers a request. @param url as the request line has it: with a query, percent-encoded, or absolute */
export function faceOf(url: string): FaceEntry {
  const path = decodePath(url.replace(/^https?:\/\/[^/?]*/i, "").split(/[?#;]/, 1)[0] ?? "");
  return FACES.find(({ paths }) => paths.test(path)) as FaceEntry;
}

/** As the router decodes it; a path that cannot be decoded stays as it is, and its face says so. */
function decodePath(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
