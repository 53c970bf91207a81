import { describe, expect, it } from "vitest";
import { type NamedTest, nameFailureFile } from "../../../../src/lab/kit/failure-file.js";

const TEST: NamedTest = {
  id: "-1234_0_1",
  name: "lights it: LED_R=1/2",
  suite: { name: "an app", suite: { name: "pet house" } },
  file: { name: "test/app.test.ts" },
};

describe("the bundle of a failing test", () => {
  it("has a readable name without what a file name could not have", () => {
    expect(nameFailureFile(TEST)).toMatch(
      /^\.gizlab[\\/]failures[\\/]pet-house-an-app-lights-it-LED-R-1-2-[0-9a-f]{8}\.jsonl$/,
    );
    expect(nameFailureFile({ ...TEST, name: "../".repeat(99) + "x".repeat(999) }).length).toBeLessThan(130);
  });

  it("is the same each time, and of no other test", () => {
    expect(nameFailureFile({ ...TEST })).toBe(nameFailureFile(TEST));
    const others: NamedTest[] = [
      { ...TEST, file: { name: "test/other.test.ts" } },
      { ...TEST, id: "-1234_0_2" },
      { ...TEST, name: "lights it: LED_R=1-2", id: "-1234_0_3" },
    ];
    expect(new Set([TEST, ...others].map(nameFailureFile)).size).toBe(4);
  });
});
