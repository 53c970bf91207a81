import { describe, expect, it } from "vitest";
import { readSources } from "../support/architecture/check.js";
import { loadedBy } from "../support/architecture/loading.js";

const TREE = readSources(new URL("../../", import.meta.url));

/** The rooms of the tree that importing a file enters. */
function roomsOf(entry: string): string[] {
  const { files } = loadedBy(entry, TREE);
  return [...new Set(files.map((path) => path.split("/")[1] ?? ""))];
}

describe("what is loaded at start", () => {
  it("is followed through imports, and not through types or import()", () => {
    const tree = [
      {
        path: "src/a.ts",
        source: 'import { b } from "./b.js";\nimport type { c } from "./c.js";\nawait import("./d.js");',
      },
      { path: "src/b.ts", source: 'export * from "./e.js";\nimport "some-package";\nimport "node:fs";' },
      { path: "src/c.ts", source: "export const c = 1;" },
      { path: "src/d.ts", source: "export const d = 1;" },
      { path: "src/e.ts", source: 'export type { c } from "./c.js";' },
    ];
    expect(loadedBy("src/a.ts", tree)).toEqual({
      files: ["src/a.ts", "src/b.ts", "src/e.ts"],
      packages: ["some-package"],
    });
  });

  it("is no cloud, no module, no MCU and no recording for gizlab --help", () => {
    expect(roomsOf("src/cli/main.ts").sort()).toEqual(["cli", "codec", "core", "lab", "profile"]);
    expect(loadedBy("src/cli/main.ts", TREE).packages).toEqual(["binary-parser", "yargs", "yargs/helpers"]);
  });

  it.each(["src/cli/decode/run-decode.ts", "src/cli/encode/run-encode.ts", "src/cli/profile/run-profile.ts"])(
    "is no cloud and no module for %s",
    (entry) => {
      const rooms = roomsOf(entry);
      for (const room of ["cloud", "api", "gagent", "mcu"]) expect(rooms).not.toContain(room);
      expect(loadedBy(entry, TREE).packages).toEqual(["binary-parser", "jsonc-parser"]);
    },
  );

  it("is no MQTT client and no HTTP framework for gizlab up without devices", () => {
    const { packages } = loadedBy("src/cli/up/run-up.ts", TREE);
    expect(packages).toEqual(["aedes", "better-sqlite3", "binary-parser", "jsonc-parser"]);
  });

  it("is only what a lab needs of the packages for the test kit", () => {
    const { packages } = loadedBy("src/testing.ts", TREE);
    expect(packages).toEqual(["aedes", "ajv", "better-sqlite3", "binary-parser", "fastify", "jsonc-parser"]);
  });
});
