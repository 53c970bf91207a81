import { describe, expect, it } from "vitest";
import { describeError, GizlabError } from "../../../src/core/errors.js";

describe("describeError", () => {
  it("tells place, message, comparison, code and hint, in that order", () => {
    const error = new GizlabError("m2m-length", "the length is too small", {
      expected: "at least 3",
      found: "2",
      hint: "control frames have no length",
      at: { file: "capture.hex", line: 3, column: 7, path: "frames[0]", offset: 4 },
    });
    expect(describeError(error)).toBe(
      "capture.hex:3:7 frames[0] offset 4: the length is too small (expected at least 3, found 2) [m2m-length]\n" +
        "  control frames have no length",
    );
  });

  it.each([
    [new GizlabError("p0-empty", "no action"), "no action [p0-empty]"],
    [new GizlabError("p0-empty", "no action", { expected: "1 byte" }), "no action [p0-empty]"],
    [new GizlabError("bytes-short", "ends early", { at: { offset: 0 } }), "offset 0: ends early [bytes-short]"],
    [
      new GizlabError("attr-range", "LED_R is out of range", { at: { path: "LED_R" } }),
      "LED_R is out of range [attr-range]",
    ],
    [
      new GizlabError("attr-type", "LED_RR is a bool", { at: { path: "LED_R" } }),
      "LED_R: LED_RR is a bool [attr-type]",
    ],
    [new GizlabError("x", "ab.c and b", { at: { path: "b" } }), "ab.c and b [x]"],
    [new GizlabError("x", "a name is missing", { at: { file: "f", path: "name" } }), "f name: a name is missing [x]"],
    [new GizlabError("x", "no word", { at: { path: "" } }), "no word [x]"],
    [new Error("plain"), "plain"],
    ["thrown text", "thrown text"],
    [undefined, "undefined"],
  ])("leaves out what is not known: %s", (error, text) => {
    expect(describeError(error)).toBe(text);
  });
});

describe("GizlabError", () => {
  it("keeps its cause, and has none unless given one", () => {
    const cause = new Error("disk full");
    expect(new GizlabError("x", "y", { cause }).cause).toBe(cause);
    expect(new GizlabError("x", "y")).not.toHaveProperty("cause");
  });
});
