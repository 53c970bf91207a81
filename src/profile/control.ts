import { packP0 } from "../codec/p0.js";
import type { Profile } from "./profile.js";
import { type BinaryCoding, wireValues } from "./scale.js";

/** The P0 by which the cloud sets datapoints, in engineering units. Throws the `attr-…` errors of `wireValues`. */
export function packControlOf(
  profile: Profile,
  attrs: Readonly<Record<string, unknown>>,
  binaryCoding: BinaryCoding = "hex",
): Uint8Array {
  const values = wireValues(profile, attrs, { binaryCoding, writableOnly: true });
  return packP0(profile.layout, { kind: "control", values });
}
