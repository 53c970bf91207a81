import { GizlabError } from "../../core/errors.js";
import type { Random } from "../../core/random.js";
import type { Database } from "../store/database.js";
import type { Settings } from "../store/settings.js";
import { readCredentials } from "./credentials.js";
import { digestSecret, isSameSecret } from "./secret.js";

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
      count: database.prepare<[], number>("SELECT count(*) FROM devo_tokens").pluck(),
      find: database.prepare<[string], DevoGrant>("SELECT domain, permission FROM devo_tokens WHERE digest = ?"),
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
    if ((this.#statements.count.get() ?? 0) >= MOST_TOKENS) {
      throw new GizlabError("devo-token-limit", `there are ${MOST_TOKENS} tokens already`);
    }
    const token = this.#random.hex(16);
    this.#statements.add.run(digestSecret(token), grant.domain, grant.permission);
    return token;
  }

  /** What a token stands for; undefined for one that nobody was given. */
  find(token: string): DevoGrant | undefined {
    const devo = readCredentials(this.#settings)?.devo;
    const isOwn = devo !== undefined && isSameSecret(token, devo.token);
    const own: DevoGrant | undefined = isOwn ? { domain: devo.domain, permission: "manage" } : undefined;
    return this.#statements.find.get(digestSecret(token)) ?? own;
  }
}
