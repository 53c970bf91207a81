import { describe, expect, it } from "vitest";
import { printLua } from "../../../src/record/lua-literal.js";

describe("a Lua literal", () => {
  it.each([
    ["plain text", '"plain text"'],
    ['say "hi" \\ bye', '"say \\034hi\\034 \\092 bye"'],
    ["a\nb\r\0c", '"a\\010b\\013\\000c"'],
    // The next character is a digit: an escape of three digits does not swallow it.
    ["\n1", '"\\0101"'],
    ["°", '"\\194\\176"'],
    ["]] --[[ end", '"]] --[[ end"'],
    [-0.01, "-0.01"],
    [1e-7, "1e-7"],
    [true, "true"],
    [[1, "a"], '{ 1, "a" }'],
    [[], "{}"],
    [new Map([[0, "up"]]), '{ [0] = "up" }'],
    [{ a: 1, b: undefined, c: [2] }, "{ a = 1, c = { 2 } }"],
    [{ a: [{ b: 1 }] }, "{\n  a = {\n    { b = 1 },\n  },\n}"],
  ])("of %j", (value, lua) => expect(printLua(value)).toBe(lua));
});
