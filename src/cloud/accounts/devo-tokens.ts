import { createHash, timingSafeEqual } from "node:crypto";
import { GizlabError } from "../../core/errors.js";
import type { Random } from "../../core/random.js";
import type { Database } from "../store/database.js";
import type { Settings } from "../store/settings.js";
import { readCredentials } from "./credentials.js";

/** What a role may do with aggregation tasks (aggregation-apis.md 1.1); queries need either. */
export type DevoPermission = "view" | "manage";

/** What a token stands for. */
export interface DevoGrant {
  readonly domain: string;
  readonly permission: DevoPermission;
}

const MOST_TOKENS = 1000;

/** Who may use Devo's face: the cloud's own token, which manages its domain, and those that were made beside it. */
export class DevoTokens {
  readonly #settings: Settings;
  readonly #random: Random;
  readonly #statements;

  constructor(database: Database, settings: Settings, random: Random) {
    this.#settings = settings;
    this.#random = random;
    this.#statements = {
      all: database.prepare<[], DevoGrant & { digest: string }>("SELECT digest, domain, permission FROM devo_tokens"),
      add: database.prepare<[string, string, string]>(
        "INSERT INTO devo_tokens (digest, domain, permission) VALUES (?, ?, ?)",
      ),
    };
  }

  /** The domain whose the products are. */
  get home(): string {
    return readCredentials(this.#settings)?.devo.domain ?? "self";
  }

  /** Makes a token; only its digest is kept. Throws `devo-token-limit`. */
  add(grant: DevoGrant): string {
    if (this.#statements.all.all().length >= MOST_TOKENS) {
      throw new GizlabError("devo-token-limit", `there are ${MOST_TOKENS} tokens already`);
    }
    const token = this.#random.hex(16);
    this.#statements.add.run(digestOf(token), grant.domain, grant.permission);
    return token;
  }

  /** What a token stands for; undefined for one that nobody was given. Takes as long for any token of a length. */
  find(token: string): DevoGrant | undefined {
    const digest = digestOf(token);
    const devo = readCredentials(this.#settings)?.devo;
    let found: DevoGrant | undefined;
    if (devo !== undefined && isEqual(digest, digestOf(devo.token)))
      found = { domain: devo.domain, permission: "manage" };
    for (const { digest: known, domain, permission } of this.#statements.all.all()) {
      if (isEqual(digest, known)) found = { domain, permission };
    }
    return found;
  }
}

function digestOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

function isEqual(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
