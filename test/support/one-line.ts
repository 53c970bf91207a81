import { expect } from "vitest";
import type { CliResult } from "./cli-process.js";

/** Asserts that a command said in one line what is wrong, and nothing else. */
export function expectOneLine({ code, stdout, stderr }: CliResult, wanted: { code: number; line: RegExp }): void {
  expect(stderr).toMatch(wanted.line);
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  expect(stderr).not.toContain("unforeseen");
  expect({ code, stdout }).toEqual({ code: wanted.code, stdout: "" });
}
