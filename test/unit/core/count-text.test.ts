import { describe, expect, it } from "vitest";
import { formatCount } from "../../../src/core/count-text.js";

describe("formatCount", () => {
  it.each([
    [0, "0 reports"],
    [1, "1 report"],
    [2, "2 reports"],
    [1000, "1000 reports"],
  ])("says %i with its noun", (count, text) => {
    expect(formatCount(count, "report")).toBe(text);
  });

  it("takes a plural of its own", () => {
    expect([formatCount(1, "retry", "retries"), formatCount(3, "retry", "retries")]).toEqual(["1 retry", "3 retries"]);
  });
});
