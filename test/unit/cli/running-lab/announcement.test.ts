import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { type Announcement, announceLab, readAnnouncement } from "../../../../src/cli/running-lab/announcement.js";
import { isOwnFolder, makeRuntimeFolder } from "../../../../src/cli/running-lab/runtime-folder.js";
import { makeTempFolder } from "../../../support/temp-folder.js";

const GOOD: Announcement = {
  pid: 12,
  version: "1.0.0",
  http: "http://127.0.0.1:8088",
  mqtt: "mqtt://127.0.0.1:1883",
  folder: null,
  cwd: "/home/ada",
};

function write(announcement: object): string {
  const file = join(makeTempFolder(), "running.json");
  writeFileSync(file, JSON.stringify(announcement));
  return file;
}

describe("an announcement of a lab", () => {
  it("is read as it was written", () => {
    expect(readAnnouncement(write(GOOD))).toEqual(GOOD);
  });

  it("leads to no other machine, as one in a folder from somewhere else could", () => {
    expect(readAnnouncement(write({ ...GOOD, http: "http://192.0.2.7:8088" }))).toBeUndefined();
  });

  it.each([{ http: "x" }, { http: "ftp://127.0.0.1" }, { mqtt: "x" }, { pid: "1" }, { cwd: 1 }, { folder: 1 }])(
    "is none with %j",
    (wrong) => {
      expect(readAnnouncement(write({ ...GOOD, ...wrong }))).toBeUndefined();
    },
  );

  it("goes into the runtime folder, or says that it cannot", () => {
    const runtime = makeTempFolder();
    vi.stubEnv("XDG_RUNTIME_DIR", runtime);
    const remarks: string[] = [];
    const tell = (remark: string): void => void remarks.push(remark);
    const withdraw = announceLab(GOOD, tell);
    const file = join(runtime, "gizlab", "12.json");
    expect(readAnnouncement(file)).toEqual(GOOD);
    withdraw();
    expect([existsSync(file), remarks]).toEqual([false, []]);

    const taken = makeTempFolder();
    symlinkSync(runtime, join(taken, "gizlab"));
    vi.stubEnv("XDG_RUNTIME_DIR", taken);
    announceLab(GOOD, tell)();
    expect(remarks).toEqual([expect.stringMatching(/is not a folder of this user alone.*--cloud http:\/\/127/)]);
    vi.unstubAllEnvs();
  });

  it("is a plain file", () => {
    const folder = makeTempFolder();
    symlinkSync(write(GOOD), join(folder, "link.json"));
    mkdirSync(join(folder, "folder.json"));
    for (const name of ["link.json", "folder.json", "none.json"])
      expect(readAnnouncement(join(folder, name))).toBeUndefined();
  });
});

describe("the runtime folder", () => {
  it("is no link that leads to another folder", () => {
    const folder = makeTempFolder();
    symlinkSync(makeTempFolder(), join(folder, "gizlab"));
    expect(makeRuntimeFolder(join(folder, "gizlab"))).toBe(false);
    expect(isOwnFolder(join(folder, "gizlab"))).toBe(false);
    expect(makeRuntimeFolder(join(folder, "other"))).toBe(true);
  });
});
