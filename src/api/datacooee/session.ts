import type { FastifyRequest } from "fastify";
import type { Organization } from "../../cloud/accounts/organizations.js";
import type { ApiContext } from "../context.js";
import { RefusedRequest } from "./errors.js";

const ID = "organization-id";
const KEY = "organization-api-key";

/**
 * The organisation that a request's two headers name, with hyphens or underscores and either spelling of the word
 * (aggregation-apis.md 3.2 #19). Answers 401 when one is missing, doubled or wrong.
 */
export function requireOrganization({ cloud }: ApiContext, { headers }: FastifyRequest): Organization {
  const id = readHeader(headers, ID);
  const apiKey = readHeader(headers, KEY);
  const organization = cloud.organizations.authenticate(id, apiKey);
  if (organization !== undefined) return organization;
  throw new RefusedRequest(401, "authentication_failed", `no organisation has this ${ID} and ${KEY}`);
}

function readHeader(headers: FastifyRequest["headers"], name: string): string {
  const values = new Set<string>();
  for (const [given, value] of Object.entries(headers)) {
    const spelt = given
      .toLowerCase()
      .replaceAll("_", "-")
      .replace(/^organisation-/, "organization-");
    if (spelt === name) values.add(String(value).trim());
  }
  const [value = "", other] = values;
  if (value === "" || other !== undefined) {
    const source = { header: name };
    throw new RefusedRequest(401, "not_authenticated", `the header ${name} is missing or given twice`, source);
  }
  return value;
}
