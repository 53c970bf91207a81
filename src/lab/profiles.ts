import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { GizlabError } from "../core/errors.js";
import { stringifyExactJson } from "../core/numbers/exact-json.js";
import { suggestNearest } from "../core/suggestion.js";
import { parseProfile } from "../profile/load.js";
import type { Profile } from "../profile/profile.js";
import { describeUnreadable, readNamedFile } from "./named-file.js";

/** A profile with the name by which people call the product. */
export interface NamedProfile {
  readonly name: string;
  readonly file: string;
  readonly profile: Profile;
}

/** A profile that is at hand instead of in a file. */
export interface ProfileDocument {
  readonly name: string;
  /** The vendor's datapoint JSON. */
  readonly document: unknown;
}

const SHIPPED = fileURLToPath(new URL("../../profiles", import.meta.url));
const FILE_NAME = "profile.json";

/** The names of the profiles that come with gizlab. */
export function listShippedProfiles(): string[] {
  return readdirSync(SHIPPED, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(SHIPPED, entry.name, FILE_NAME)))
    .map((entry) => entry.name)
    .sort();
}

/** The file of a profile that is named by a shipped name, a file, or a folder that holds `profile.json`. Throws `profile-missing`, `file-unreadable`. */
export function findProfileFile(nameOrFile: string): string {
  const shipped = join(SHIPPED, nameOrFile, FILE_NAME);
  const candidates = [
    ...(listShippedProfiles().includes(nameOrFile) ? [shipped] : []),
    nameOrFile,
    join(nameOrFile, FILE_NAME),
  ];
  const file = candidates.find((candidate) => findKind(candidate) === "file");
  if (file !== undefined) return file;
  if (findKind(nameOrFile) === "directory") {
    throw new GizlabError("profile-missing", `the directory ${nameOrFile} has no ${FILE_NAME}`, {
      hint: `name the profile's own file, or one of ${listShippedProfiles().join(", ")}`,
    });
  }
  const nearest = suggestNearest(nameOrFile, listShippedProfiles());
  throw new GizlabError("profile-missing", `there is no profile "${nameOrFile}"`, {
    hint:
      nearest === undefined
        ? `name a file, or one of ${listShippedProfiles().join(", ")}`
        : `did you mean ${nearest}? Otherwise name a file`,
  });
}

/**
 * Loads a profile by shipped name, from a file, or from a document. Throws `profile-missing`, `profile-invalid`,
 * `file-unreadable`, `text-encoding`.
 */
export function loadProfile(source: string | ProfileDocument): NamedProfile {
  if (typeof source !== "string") {
    const { name, document } = source;
    return { name, file: name, profile: parseProfile(stringifyExactJson(document), name) };
  }
  return loadProfileFile(source);
}

/** Shipped profiles that were read before: they do not change while a process runs, and hold nothing of a lab. */
const SHIPPED_READ = new Map<string, NamedProfile>();

function loadProfileFile(nameOrFile: string): NamedProfile {
  const known = SHIPPED_READ.get(nameOrFile);
  if (known !== undefined) return known;
  const file = findProfileFile(nameOrFile);
  const loaded = readProfileFile(file);
  if (file === join(SHIPPED, nameOrFile, FILE_NAME)) SHIPPED_READ.set(nameOrFile, loaded);
  return loaded;
}

function readProfileFile(file: string): NamedProfile {
  const name = basename(file) === FILE_NAME ? basename(dirname(resolve(file))) : basename(file).replace(/\.json$/, "");
  return { name, file, profile: parseProfile(readNamedFile(file), file) };
}

/** Throws `file-unreadable` where the system does not say: a directory on the way may not be looked into. */
function findKind(path: string): "file" | "directory" | "absent" {
  try {
    return statSync(path).isDirectory() ? "directory" : "file";
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return "absent";
    throw describeUnreadable(path, error);
  }
}
