import type { InjectOptions, LightMyRequestResponse } from "fastify";
import { entityId } from "../../src/cloud/devices/outside-ids.js";
import type { Device } from "../../src/cloud/devices/registry.js";
import type { Lab } from "../../src/lab/lab.js";
import { inject } from "./open-api.js";

interface Schema {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
}

interface Parameter {
  readonly in: "path" | "query";
  readonly name: string;
}

/** One route, as `/openapi.json` lists it. */
export interface Operation {
  readonly name: string;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly query: readonly string[];
  /** Fields of the JSON body; undefined where the document names no body. */
  readonly body: Schema | undefined;
}

interface Document {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly parameters?: readonly Parameter[];
            readonly requestBody?: { readonly content: { readonly "application/json": { readonly schema: Schema } } };
          }
        >
      >
    >
  >;
}

/** Every route of the server, read from its own document. */
export async function listOperations(lab: Lab): Promise<Operation[]> {
  const { body } = await inject<Document>(lab, { method: "GET", url: "/openapi.json" });
  return Object.entries(body.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody }]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase() as Operation["method"],
      path,
      query: parameters.filter((parameter) => parameter.in === "query").map((parameter) => parameter.name),
      body: requestBody?.content["application/json"].schema,
    })),
  );
}

const DID = /^[1-9A-Za-z]{22}$/;

/** The product of the lab that routes are tried on. */
const PET_HOUSE = "de9e8d18d9394cce9081b25a531e552b";

/** The route's URL with its path parameters filled in: `params` by name, then the did, its entity, or whatever has no name of its own. */
export function urlOf(
  { path }: Operation,
  parameter: string,
  query?: Readonly<Record<string, string>>,
  params: Readonly<Record<string, string>> = {},
): string {
  const named = path.replace(/\{(\w+)\}/g, (part, name: string) => params[name] ?? part);
  const inside = named.replace(/\{product_key\}(?=.*\{)/, PET_HOUSE);
  const isEntity = path.includes("{entityId}") && DID.test(parameter);
  const filled = inside.replace(/\{\w+\}/, () => (isEntity ? entityId({ did: parameter } as Device) : parameter));
  return query === undefined ? filled : `${filled}?${new URLSearchParams(query)}`;
}

/** What a path's last parameter is filled with in a good request. */
export function goodParameter({ path }: Operation, did: string): string {
  return path.startsWith("/v1/products/") && !/\{product_key\}.*\{/.test(path) ? PET_HOUSE : did;
}

/** One request, of whatever shape. */
export function send(lab: Lab, options: InjectOptions): Promise<LightMyRequestResponse> {
  return lab.server.inject(options);
}
