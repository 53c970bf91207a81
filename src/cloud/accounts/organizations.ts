import { GizlabError } from "../../core/errors.js";
import type { Random } from "../../core/random.js";
import type { Database } from "../store/database.js";
import type { Settings } from "../store/settings.js";
import { readCredentials } from "./credentials.js";
import { digestSecret, isSameSecret } from "./secret.js";

/** The number of the cloud's own organisation, whose assets the devices are; all others have inputs of their own only. */
export const OWN_ORGANIZATION = 0;

/** Whose inputs a client of Datacooee's face reaches (aggregation-apis.md 3.2). */
export interface Organization {
  readonly number: number;
  readonly id: string;
}

/** What the store keeps of one. */
interface KeptOrganization extends Organization {
  readonly keyDigest: string;
}

/** The organisations of a cloud: its own, which its credentials name, and those that were added. */
export class Organizations {
  readonly #settings: Settings;
  readonly #random: Random;
  readonly #statements;

  /** @param random only streams of it are drawn from, one for each organisation */
  constructor(database: Database, settings: Settings, random: Random) {
    this.#settings = settings;
    this.#random = random;
    this.#statements = {
      find: database.prepare<[string], KeptOrganization>(
        "SELECT number, organization_id AS id, key_digest AS keyDigest FROM organizations WHERE organization_id = ?",
      ),
      last: database.prepare<[], number>("SELECT coalesce(max(number), 0) FROM organizations").pluck(),
      add: database.prepare<[number, string, string]>(
        "INSERT INTO organizations (number, organization_id, key_digest) VALUES (?, ?, ?)",
      ),
    };
  }

  /** One more organisation, with an id and a key of its own; of the key only the digest is kept. */
  add(): Organization & { readonly apiKey: string } {
    const number = (this.#statements.last.get() ?? 0) + 1;
    const random = this.#random.stream(`organization/${number}`);
    const organization = { number, id: Buffer.from(random.hex(16)).toString("base64"), apiKey: random.hex(16) };
    this.#statements.add.run(number, organization.id, digestSecret(organization.apiKey));
    return organization;
  }

  /** An organisation; the cloud's own without an id. Throws `organization-unknown`. */
  get(id?: string): Organization {
    const organization = id === undefined ? this.#own() : this.#find(id);
    if (organization !== undefined) return organization;
    throw new GizlabError("organization-unknown", "no organisation has this id");
  }

  /** The organisation that both id and key are of. */
  authenticate(id: string, apiKey: string): Organization | undefined {
    const organization = this.#find(id);
    return organization !== undefined && isSameSecret(digestSecret(apiKey), organization.keyDigest)
      ? organization
      : undefined;
  }

  #find(id: string): KeptOrganization | undefined {
    const own = this.#own();
    return own?.id === id ? own : this.#statements.find.get(id);
  }

  #own(): KeptOrganization | undefined {
    const own = readCredentials(this.#settings)?.datacooee;
    if (own === undefined) return undefined;
    return { number: OWN_ORGANIZATION, id: own.organization_id, keyDigest: digestSecret(own.organization_api_key) };
  }
}
