import type { Signatures } from "../../cloud/accounts/signatures.js";
import type { Millis } from "../../core/duration.js";
import { GizlabError } from "../../core/errors.js";

/** Where a page ended: what comes next is found by its time, so what comes late shifts nothing. */
export interface Cursor {
  /** The end of the whole query, as it was when its first page was asked for. */
  readonly end: Millis;
  /** The next page begins here. */
  readonly at: Millis;
  /** So many readings of that very millisecond have been given out. */
  readonly skip: number;
}

const MAC_LENGTH = 32;

/** A token that leads on in the query of these parameters and in no other (aggregation-apis.md 2.4). */
export function sealCursor(signatures: Signatures, parameters: readonly string[], cursor: Cursor): string {
  const text = JSON.stringify([cursor.end, cursor.at, cursor.skip]);
  return Buffer.concat([signatures.sign(purposeOf(parameters), text), Buffer.from(text)]).toString("base64url");
}

/** The cursor of a token. Throws `continuation-invalid` for one that was changed, or is another query's. */
export function openCursor(signatures: Signatures, parameters: readonly string[], token: string): Cursor {
  const bytes = Buffer.from(token, "base64url");
  const text = bytes.subarray(MAC_LENGTH).toString("latin1");
  const isOurs =
    bytes.toString("base64url") === token &&
    signatures.isSigned(purposeOf(parameters), text, bytes.subarray(0, MAC_LENGTH));
  if (!isOurs) {
    throw new GizlabError("continuation-invalid", "continuationToken is none that this query was given", {
      hint: "send the token as it came, with the same entity, start, end and resolution; or follow links.next",
    });
  }
  const [end, at, skip] = JSON.parse(text) as [Millis, Millis, number];
  return { end, at, skip };
}

/**
 * An end that is said on a later page, in whatever form, is that of the first. Throws `continuation-invalid`.
 * @param end what it means; without a text it is not looked at
 */
export function requireSameEnd(text: string | undefined, end: Millis, cursor: Pick<Cursor, "end">): void {
  if (text === undefined || end === cursor.end) return;
  throw new GizlabError("continuation-invalid", "end is another than the one continuationToken was made for");
}

function purposeOf(parameters: readonly string[]): string {
  return JSON.stringify(["continuation", ...parameters]);
}
