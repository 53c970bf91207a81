import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = new URL("../../..", import.meta.url).pathname;

interface Outcome {
  readonly title: string;
  readonly status: string;
  readonly failureMessages: readonly string[];
}

let outcomes: ReadonlyMap<string, Outcome>;
let folder: string;

/** Runs the fixture in a folder of its own, under a vitest of its own. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "gizlab-vitest-"));
  const stdout = await new Promise<string>((resolve) => {
    const { VITEST: _, NODE_ENV: __, VITEST_WORKER_ID: ___, VITEST_POOL_ID: ____, ...env } = process.env;
    const settings = { include: ["**/failing.ts"], dir: join(ROOT, "test/fixtures/vitest"), testTimeout: 60_000 };
    writeFileSync(join(folder, "vitest.config.mjs"), `export default { test: ${JSON.stringify(settings)} };`);
    execFile(
      join(ROOT, "node_modules/.bin/vitest"),
      ["run", "--reporter=json"],
      { cwd: folder, env: { ...env, NO_COLOR: "1" } },
      (_error, out) => resolve(out),
    );
  });
  const { testResults } = JSON.parse(stdout.slice(stdout.indexOf("{"))) as {
    testResults: readonly { assertionResults: readonly Outcome[] }[];
  };
  outcomes = new Map(testResults.flatMap((file) => file.assertionResults).map((outcome) => [outcome.title, outcome]));
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function failureOf(title: string): string {
  const outcome = outcomes.get(title);
  expect(outcome?.status).toBe("failed");
  return outcome?.failureMessages.join("\n") ?? "";
}

describe("test of gizlab/vitest", () => {
  it.each(["meets a device that is online and reports", "has a meter", "is a lab of that seed"])("%s", (title) => {
    expect(outcomes.get(title)).toMatchObject({ status: "passed" });
  });

  it.each([
    ["fails where its device never reports", "no report LED_R=99 of pet-house"],
    ["fails by an assertion of its own", "expected 7 to be 8"],
    ["fails in an expectation of the kit", "no report LED_B=5 of pet-house"],
  ])("shows the trace and leaves a bundle when a test %s", (title, message) => {
    const failure = failureOf(title);
    expect(failure).toContain(message);
    expect(failure).toMatch(/last hops of the trace:\n {2}\d\d:\d\d/);
    const [, file = ""] = /gizlab replay (\S+\.jsonl)/.exec(failure) ?? [];
    const [head = "", ...hops] = readFileSync(join(folder, file), "utf8").trim().split("\n");
    expect(JSON.parse(head)).toMatchObject({ kind: "recording" });
    expect(hops.length).toBeGreaterThan(5);
  });

  it("has no frame of gizlab in the stack of a failed expectation", () => {
    const frames = failureOf("fails in an expectation of the kit").match(/^ +at .*$/gm) ?? [];
    expect(frames[0]).toContain("failing.ts");
    expect(frames.filter((frame) => frame.includes("/src/"))).toEqual([]);
  });
});
