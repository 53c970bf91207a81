import { listShippedProfiles, loadProfile, type NamedProfile } from "../lab/profiles.js";

/** The named profiles and the shipped ones; a named one takes the place of a shipped one of its product_key. Throws as `loadProfile`. */
export function loadKnownProducts(given: readonly string[] = []): NamedProfile[] {
  const own = given.map(loadProfile);
  const keys = own.map(({ profile }) => profile.productKey);
  return [
    ...own,
    ...listShippedProfiles()
      .map(loadProfile)
      .filter(({ profile }) => !keys.includes(profile.productKey)),
  ];
}
