import { unpackP0 } from "../codec/p0.js";
import { GizlabError } from "../core/errors.js";
import { formatHexNumber } from "../core/hex.js";
import { findOutOfRange } from "./out-of-range.js";
import type { Profile } from "./profile.js";
import { displayValues } from "./scale.js";

/** What a P0 says: its action, and datapoints in engineering units. */
export function describeP0(p0: Uint8Array, profile: Profile | undefined): Record<string, unknown> {
  const action = p0[0];
  if (action === undefined) return {};
  const head = { action: formatHexNumber(action) };
  if (profile === undefined) return head;
  try {
    const content = unpackP0(profile.layout, p0);
    if ("values" in content) {
      const outOfRange = findOutOfRange(profile, content.values);
      return {
        ...head,
        attrs: displayValues(profile, content.values),
        ...(outOfRange === undefined ? {} : { out_of_range: outOfRange }),
      };
    }
    if (content.kind === "read" && content.wanted !== undefined) {
      return { ...head, wanted: content.wanted.map(({ name }) => name) };
    }
    return head;
  } catch (error) {
    return { ...head, problem: explainProblem(error) };
  }
}

/** An error as words beside what was found. Throws any other error. */
export function explainProblem(error: unknown): string {
  if (!(error instanceof GizlabError)) throw error;
  return error.expected === undefined
    ? error.message
    : `${error.message} (expected ${error.expected}, found ${error.found})`;
}
