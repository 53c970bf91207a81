import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { nameCommandLine } from "../../../../src/cli/up/command-name.js";
import { makeTempFolder } from "../../../support/temp-folder.js";

describe("how the command line is called in a shell", () => {
  function install() {
    const root = makeTempFolder();
    const script = join(root, "main.js");
    writeFileSync(script, "");
    const link = (...folder: string[]): string => {
      const path = join(root, ...folder);
      mkdirSync(path, { recursive: true });
      symlinkSync(script, join(path, "gizlab"));
      return path;
    };
    return { root, script, link };
  }

  it("is gizlab where PATH leads to it, and npx gizlab elsewhere", () => {
    const { script, link } = install();
    const bin = link("bin");
    expect(nameCommandLine(script, `/nonexistent${delimiter}${bin}`)).toBe("gizlab");
    expect(nameCommandLine(script, "/nonexistent")).toBe("npx gizlab");
    expect(nameCommandLine(script, "")).toBe("npx gizlab");
  });

  it("is npx gizlab where only npx has put it into PATH, or where PATH leads to another one", () => {
    const { root, script, link } = install();
    expect(nameCommandLine(script, link("node_modules", ".bin"))).toBe("npx gizlab");
    const other = join(root, "other.js");
    writeFileSync(other, "");
    expect(nameCommandLine(other, link("bin"))).toBe("npx gizlab");
  });
});
