import { lstatSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isOfThisMachine } from "./local-url.js";
import { isOwnFolder, makeRuntimeFolder, runtimeFolder } from "./runtime-folder.js";

/** What a running lab says about itself to other processes of this machine. It holds no secret. */
export interface Announcement {
  readonly pid: number;
  readonly version: string;
  readonly http: string;
  readonly mqtt: string;
  /** The data folder as an absolute path; null for a lab in memory. */
  readonly folder: string | null;
  /** The folder in which it was started. */
  readonly cwd: string;
}

/** The file of a lab inside its data folder. */
export const ANNOUNCEMENT_FILE = "running.json";
const READABLE = 0o644;
const ONLY_OWNER = 0o600;
const LARGEST = 64 * 1024;

/**
 * Writes where a lab runs into its data folder and into the runtime folder of this user. The returned function removes
 * both. A file that cannot be written is left out: the lab runs without it, and `tell` hears what follows from that.
 */
export function announceLab(announcement: Announcement, tell: (remark: string) => void): () => void {
  const { folder, pid } = announcement;
  const shared = runtimeFolder();
  const isShared = makeRuntimeFolder(shared);
  const written = [
    ...(folder === null ? [] : write(join(folder, ANNOUNCEMENT_FILE), READABLE, announcement)),
    ...(isShared ? write(join(shared, `${pid}.json`), ONLY_OWNER, announcement) : []),
  ];
  if (!isShared) {
    tell(
      `${shared} is not a folder of this user alone, so commands in other folders do not find this lab: name it with --cloud ${announcement.http}`,
    );
  }
  return () => {
    for (const file of written) {
      // Another lab may have taken the data folder over meanwhile.
      if (readAnnouncement(file)?.pid === pid) removeAnnouncement(file);
    }
  };
}

/** The files of all labs that this user has announced on this machine. */
export function listAnnouncements(): string[] {
  const folder = runtimeFolder();
  if (!isOwnFolder(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^\d+\.json$/.test(name))
    .map((name) => join(folder, name));
}

/** What a file announces; undefined for a file that is missing, is not an announcement, or is of another user. */
export function readAnnouncement(file: string): Announcement | undefined {
  try {
    const stat = lstatSync(file);
    const own = process.getuid?.();
    // A file that another user left here could lead to a server of theirs.
    if ((own !== undefined && stat.uid !== own && stat.uid !== 0) || !stat.isFile() || stat.size > LARGEST)
      return undefined;
    const announcement = toAnnouncement(JSON.parse(readFileSync(file, "utf8")));
    // So could one that came with a copied folder: commands send their token to the lab that they find.
    return announcement !== undefined && isOfThisMachine(announcement.http) ? announcement : undefined;
  } catch {
    return undefined;
  }
}

/** Removes the file of a lab that has ended. */
export function removeAnnouncement(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // A file of another user stays; it is recognised as stale each time.
  }
}

/** The file, if it could be written as a whole. */
function write(file: string, mode: number, announcement: Announcement): string[] {
  const draft = `${file}.${announcement.pid}.tmp`;
  try {
    writeFileSync(draft, `${JSON.stringify(announcement)}\n`, { mode });
    renameSync(draft, file);
    return [file];
  } catch {
    removeAnnouncement(draft);
    return [];
  }
}

function toAnnouncement(value: unknown): Announcement | undefined {
  const { pid, version, http, mqtt, folder, cwd } = (value ?? {}) as Record<string, unknown>;
  if (typeof pid !== "number" || typeof http !== "string" || typeof mqtt !== "string") return undefined;
  if (!/^https?:/i.test(http) || !URL.canParse(http) || !URL.canParse(mqtt)) return undefined;
  if (typeof cwd !== "string" || (folder !== null && typeof folder !== "string")) return undefined;
  return { pid, version: String(version), http, mqtt, folder, cwd };
}
