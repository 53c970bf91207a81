import type { Credentials } from "../cloud/accounts/credentials.js";
import { GizlabError } from "../core/errors.js";
import { suggestNearest } from "../core/suggestion.js";
import { readNamedFile } from "./named-file.js";

/** What `--seed FILE` fixes: credentials, and the secrets and settings of products. */
export interface Seed {
  readonly credentials: Partial<Credentials>;
  readonly products: readonly {
    readonly productKey: string;
    readonly secret?: string;
    readonly sharing?: boolean;
    readonly aggregation?: boolean;
  }[];
}

const SECTIONS: Readonly<Record<keyof Credentials, readonly string[]>> = {
  app: ["id", "secret"],
  enterprise: ["id", "secret"],
  connect: ["client_id", "client_secret", "token"],
  datacooee: ["organization_id", "organization_api_key"],
  devo: ["domain", "token"],
};
const PRODUCT_FIELDS: Readonly<Record<string, string>> = {
  product_key: "string",
  product_secret: "string",
  sharing: "boolean",
  aggregation: "boolean",
};
const SECRET = /^[0-9a-f]{32}$/;

/** Reads a seed file: the credential sections of the ready line, and `products`. Throws `seed-invalid`, `file-unreadable`, `text-encoding`. */
export function readSeedFile(file: string): Seed {
  const root = parse(file);
  const known = [...Object.keys(SECTIONS), "products"];
  for (const key of Object.keys(root)) {
    if (!known.includes(key)) {
      const nearest = suggestNearest(key, known);
      throw invalid(file, key, nearest === undefined ? `known: ${known.join(", ")}` : `did you mean ${nearest}?`);
    }
  }
  const credentials: Record<string, Record<string, string>> = {};
  for (const [section, fields] of Object.entries(SECTIONS)) {
    const given = root[section] as Record<string, unknown> | undefined;
    if (given === undefined) continue;
    if (typeof given !== "object" || given === null) throw invalid(file, section, "a JSON object is needed");
    for (const field of fields) {
      if (typeof given[field] !== "string" || given[field] === "")
        throw invalid(file, `${section}.${field}`, "a text is needed");
    }
    credentials[section] = Object.fromEntries(fields.map((field) => [field, String(given[field])]));
  }
  return { credentials: credentials as Partial<Credentials>, products: readProducts(file, root.products ?? []) };
}

function readProducts(file: string, list: unknown): Seed["products"] {
  if (!Array.isArray(list)) throw invalid(file, "products", "a list is needed");
  return list.map((product: Record<string, unknown>, at) => {
    const path = `products[${at}]`;
    if (typeof product !== "object" || product === null) throw invalid(file, path, "a JSON object is needed");
    for (const [field, value] of Object.entries(product ?? {})) {
      if (PRODUCT_FIELDS[field] === undefined)
        throw invalid(file, `${path}.${field}`, `known: ${Object.keys(PRODUCT_FIELDS).join(", ")}`);
      if (typeof value !== PRODUCT_FIELDS[field])
        throw invalid(file, `${path}.${field}`, `a ${PRODUCT_FIELDS[field]} is needed`);
    }
    const { product_key: productKey, product_secret: secret, sharing, aggregation } = product;
    if (typeof productKey !== "string") throw invalid(file, `${path}.product_key`, "a text is needed");
    if (secret !== undefined && !SECRET.test(String(secret))) {
      throw invalid(file, `${path}.product_secret`, "32 lower-case hex digits are needed");
    }
    return {
      productKey,
      ...(secret === undefined ? {} : { secret: String(secret) }),
      ...(sharing === undefined ? {} : { sharing: sharing === true }),
      ...(aggregation === undefined ? {} : { aggregation: aggregation === true }),
    };
  });
}

function parse(file: string): Record<string, unknown> {
  const text = readNamedFile(file);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (error) {
    throw new GizlabError("seed-invalid", `the seed file is not JSON: ${(error as Error).message}`, {
      at: { file },
      cause: error,
    });
  }
  throw invalid(file, "", "a JSON object is needed");
}

function invalid(file: string, path: string, hint: string): GizlabError {
  return new GizlabError("seed-invalid", "the seed file is not as it should be", { at: { file, path }, hint });
}
