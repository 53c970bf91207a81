import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { listShippedProfiles, loadProfile } from "../../src/lab/profiles.js";
import { printShippedTypes } from "../../src/profile/typescript.js";

/** What src/lab/shipped-types.ts has to say; `npm run types` writes it. */
export function makeShippedTypes(): string {
  return printShippedTypes(listShippedProfiles().map(loadProfile));
}

export const SHIPPED_TYPES = fileURLToPath(new URL("../../src/lab/shipped-types.ts", import.meta.url));

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(SHIPPED_TYPES, makeShippedTypes());
