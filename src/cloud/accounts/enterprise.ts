import type { Clock } from "../../core/clock.js";
import type { Millis } from "../../core/duration.js";
import { GizlabError } from "../../core/errors.js";
import type { Random } from "../../core/random.js";
import type { Database } from "../store/database.js";
import { Settings } from "../store/settings.js";
import { readCredentials } from "./credentials.js";
import { EnterpriseSettings } from "./enterprise-settings.js";
import { digestSecret, isSameSecret } from "./secret.js";

const DAY_MS: Millis = 86_400_000;
/** An access token lives 7 days (rest.md 2.1). */
const TOKEN_LIFE_MS: Millis = 7 * DAY_MS;
/** So long after its end a token is still known to have expired; then it is one nobody knows. */
const TOKEN_MEMORY_MS: Millis = 30 * DAY_MS;
/** Calls are counted by the hour from the first one on (rest.md 2.1). */
const QUOTA_WINDOW_MS: Millis = 3_600_000;

/** A fresh token of a product. */
export interface ProductToken {
  readonly token: string;
  /** Epoch seconds. */
  readonly expireAt: number;
}

/** What a call leaves of the quota. */
export interface QuotaState {
  readonly limit: number;
  readonly remaining: number;
  /** When calls are counted from zero again. */
  readonly resetAt: Millis;
  /** True when the call came after the last one that was free. */
  readonly isExceeded: boolean;
}

/** The enterprise of a cloud: who it is, its tokens, how often and from where it may call (rest.md 2.1). */
export class Enterprise {
  readonly settings: EnterpriseSettings;
  readonly #store: Settings;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #statements;

  constructor(database: Database, clock: Clock, random: Random) {
    this.#store = new Settings(database);
    this.settings = new EnterpriseSettings(this.#store);
    this.#clock = clock;
    this.#random = random;
    this.#statements = {
      addToken: database.prepare<[string, string, Millis]>(
        "INSERT INTO enterprise_tokens (digest, product_key, expire_at) VALUES (?, ?, ?)",
      ),
      token: database.prepare<[string], { product_key: string; expire_at: Millis }>(
        "SELECT product_key, expire_at FROM enterprise_tokens WHERE digest = ?",
      ),
      forget: database.prepare<[Millis]>("DELETE FROM enterprise_tokens WHERE expire_at < ?"),
      calls: database.prepare<[string], { since: Millis; calls: number }>(
        "SELECT since, calls FROM enterprise_calls WHERE enterprise_id = ?",
      ),
      setCalls: database.prepare<[string, Millis, number]>(
        "INSERT OR REPLACE INTO enterprise_calls (enterprise_id, since, calls) VALUES (?, ?, ?)",
      ),
    };
  }

  /** Throws `enterprise-unknown`, `enterprise-secret`. */
  authenticate(id: string, secret: string): void {
    const own = this.#credentials();
    if (own === undefined || !isSameSecret(id, own.id)) {
      throw new GizlabError("enterprise-unknown", "no enterprise has this id");
    }
    if (!isSameSecret(secret, own.secret)) {
      throw new GizlabError("enterprise-secret", "the secret is not this enterprise's");
    }
  }

  /** Makes a token for one product, of which only the digest is kept; earlier ones stay valid. */
  openSession(productKey: string): ProductToken {
    const now = this.#clock.now();
    this.#statements.forget.run(now - TOKEN_MEMORY_MS);
    const token = this.#random.hex(16);
    const expireAt = Math.floor((now + TOKEN_LIFE_MS) / 1000);
    this.#statements.addToken.run(digestSecret(token), productKey, expireAt * 1000);
    return { token, expireAt };
  }

  /** The product_key that a token was made for. Throws `token-invalid`, `token-expired`. */
  productOf(token: string): string {
    const row = this.#statements.token.get(digestSecret(token));
    if (row === undefined) throw new GizlabError("token-invalid", "the token is not known");
    if (row.expire_at <= this.#clock.now()) throw new GizlabError("token-expired", "the token has expired");
    return row.product_key;
  }

  /** Counts a call against the quota of all tokens together. */
  countCall(): QuotaState {
    const id = this.#credentials()?.id ?? "";
    const { quota } = this.settings.limits;
    const now = this.#clock.now();
    const row = this.#statements.calls.get(id);
    const isCurrent = row !== undefined && now >= row.since && now < row.since + QUOTA_WINDOW_MS;
    const since = isCurrent ? row.since : now;
    const calls = (isCurrent ? row.calls : 0) + 1;
    // Refused calls are not counted: they change nothing any more.
    if (calls <= quota) this.#statements.setCalls.run(id, since, calls);
    return {
      limit: quota,
      remaining: Math.max(0, quota - calls),
      resetAt: since + QUOTA_WINDOW_MS,
      isExceeded: calls > quota,
    };
  }

  #credentials(): { readonly id: string; readonly secret: string } | undefined {
    return readCredentials(this.#store)?.enterprise;
  }
}
