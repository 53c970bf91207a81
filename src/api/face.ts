import type { IncomingMessage, ServerResponse } from "node:http";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from "fastify";
import { parseExactJson } from "../core/numbers/exact-json.js";

/** A Fastify instance whose schemas are TypeBox; each face gets one of its own. */
export type Face = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** Reads every body as JSON, whatever its Content-Type says, as the vendor's server does (rest.md 4.2). */
export function acceptAnyJson(face: Face): void {
  face.removeAllContentTypeParsers();
  face.addHook("onRequest", async (request) => {
    if (request.headers["content-type"] !== undefined) request.headers["content-type"] = "application/json";
  });
  face.addContentTypeParser(["application/json", "*"], { parseAs: "string" }, (_request, body, done) => {
    if (body === "") done(null, {});
    else readJson(String(body), done);
  });
}

/** Reads bodies of some media types as JSON; one of another is a 415. */
export function acceptJson(face: Face, types: readonly string[]): void {
  face.removeAllContentTypeParsers();
  face.addContentTypeParser([...types], { parseAs: "string" }, (_request, body, done) => readJson(String(body), done));
}

/** Reads every body as text, for forms and lines. */
export function acceptText(face: Face, bodyLimit: number): void {
  face.removeAllContentTypeParsers();
  face.addHook("onRequest", async (request) => {
    if (request.headers["content-type"] !== undefined) request.headers["content-type"] = "text/plain";
  });
  face.addContentTypeParser(["text/plain", "*"], { parseAs: "string", bodyLimit }, (_request, body, done) =>
    done(null, body),
  );
}

function readJson(text: string, done: (error: Error | null, body?: unknown) => void): void {
  let body: unknown;
  try {
    body = parseJson(text);
  } catch {
    done(Object.assign(new Error("the body is not JSON"), { statusCode: 400 }));
    return;
  }
  done(null, body);
}

/** JSON without the keys by which an object's prototype could be reached; whole numbers beyond 2^53 come as text. */
function parseJson(text: string): unknown {
  return parseExactJson(text, (key, value) => (key === "__proto__" || key === "constructor" ? undefined : value));
}
