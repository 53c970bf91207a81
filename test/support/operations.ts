import type { InjectOptions, LightMyRequestResponse } from "fastify";
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

/** The route's URL with its path parameters filled in: `params` by name, then the did or whatever has no name of its own. */
export function urlOf(
  { path }: Operation,
  parameter: string,
  query?: Readonly<Record<string, string>>,
  params: Readonly<Record<string, string>> = {},
): string {
  const named = path.replace(/\{(\w+)\}/g, (part, name: string) => params[name] ?? part);
  const filled = named.replace(/\{\w+\}/, () => parameter);
  return query === undefined ? filled : `${filled}?${new URLSearchParams(query)}`;
}

/** One request, of whatever shape. */
export function send(lab: Lab, options: InjectOptions): Promise<LightMyRequestResponse> {
  return lab.server.inject(options);
}
