import type { Clock } from "../../core/clock.js";
import { GizlabError } from "../../core/errors.js";
import { isSameSecret } from "./secret.js";
import type { Signatures } from "./signatures.js";

/** A program that logs in with an id and a secret, or with a token that is always good. */
export interface Client {
  readonly client_id: string;
  readonly client_secret: string;
  readonly token: string;
}

/** A token and for how many seconds it is good. */
export interface AccessToken {
  readonly token: string;
  readonly lifeS: number;
}

/** A second short of an hour, as in the vendor's example (aggregation-apis.md 2.1). */
const LIFE_S = 3599;
const HEADER = encode({ typ: "JWT", alg: "HS256" });
/** Nothing that was issued here is longer. */
const LONGEST = 2048;

/** Tokens that say themselves for whom and until when they are good; none is stored, so they survive a restart. */
export class AccessTokens {
  readonly #clock: Clock;
  readonly #signatures: Signatures;

  constructor(clock: Clock, signatures: Signatures) {
    this.#clock = clock;
    this.#signatures = signatures;
  }

  /** A JSON Web Token for a client. Another secret ends it, as time does. */
  issue(client: Client): AccessToken {
    const now = Math.floor(this.#clock.now() / 1000);
    const claims = encode({ iss: "gizlab", sub: client.client_id, iat: now, exp: now + LIFE_S });
    const text = `${HEADER}.${claims}`;
    const signature = this.#signatures.sign(purposeOf(client), text).toString("base64url");
    return { token: `${text}.${signature}`, lifeS: LIFE_S };
  }

  /** Throws `token-invalid`, `token-expired`. */
  verify(client: Client, token: string): void {
    if (isSameSecret(token, client.token)) return;
    const [header, claims = "", signature = "", ...more] = token.length > LONGEST ? [] : token.split(".");
    const bytes = Buffer.from(signature, "base64url");
    const isOurs =
      header === HEADER &&
      more.length === 0 &&
      bytes.toString("base64url") === signature &&
      this.#signatures.isSigned(purposeOf(client), `${header}.${claims}`, bytes);
    if (!isOurs) throw new GizlabError("token-invalid", "the token is not known");
    const { exp } = JSON.parse(Buffer.from(claims, "base64url").toString()) as { exp: number };
    if (exp * 1000 <= this.#clock.now()) throw new GizlabError("token-expired", "the token has expired");
  }
}

function purposeOf({ client_id, client_secret }: Client): string {
  return JSON.stringify(["access-token", client_id, client_secret]);
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
