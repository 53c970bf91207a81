import { readFileSync } from "node:fs";

/** The version of this gizlab. */
export const VERSION = String(
  (JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string }).version,
);
