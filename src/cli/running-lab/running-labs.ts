import { realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { type LabProbe, probeLab } from "../../lab/lab-probe.js";
import {
  ANNOUNCEMENT_FILE,
  type Announcement,
  listAnnouncements,
  readAnnouncement,
  removeAnnouncement,
} from "./announcement.js";
import { DEFAULT_FOLDER } from "./data-folder.js";

/** A lab that runs on this machine. */
export interface RunningLab extends Announcement {
  /** True when it was started in this folder, or keeps its data in `.gizlab` here. */
  readonly isHere: boolean;
}

/** The labs that announce themselves in this folder and on this machine, and that run. Files of labs that have ended are removed. */
export async function listRunningLabs(): Promise<RunningLab[]> {
  const cwd = realPath(process.cwd());
  const ownData = realPath(DEFAULT_FOLDER);
  const files = [join(DEFAULT_FOLDER, ANNOUNCEMENT_FILE), ...listAnnouncements()];
  const known = new Map<string, Announcement>();
  await Promise.all(
    files.map(async (file) => {
      const announcement = readAnnouncement(file);
      if (announcement === undefined) return;
      const probe = await probeLab(announcement.http);
      if (isOf(probe, announcement)) known.set(`${announcement.pid} ${announcement.http}`, announcement);
      else if (!isAlive(announcement.pid) && isElsewhere(probe)) removeAnnouncement(file);
    }),
  );
  return [...known.values()]
    .sort((a, b) => a.pid - b.pid)
    .map((announcement) => {
      const { folder } = announcement;
      const isHere = realPath(announcement.cwd) === cwd || (folder !== null && realPath(folder) === ownData);
      return { ...announcement, isHere };
    });
}

/** Whether what answers is the lab that was announced, and not one that has its port now. */
function isOf(probe: LabProbe, { pid }: Announcement): boolean {
  if (probe.kind === "lab") return probe.pid === pid;
  return (probe.kind === "forbidden" || probe.kind === "silent") && isAlive(pid);
}

/** Whether the announced lab has certainly left its address: nobody answers there, or another process does. */
function isElsewhere({ kind }: LabProbe): boolean {
  return kind === "absent" || kind === "other" || kind === "lab";
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
