import { hostname } from "node:os";
import { describe, expect, it } from "vitest";
import { isOfThisMachine } from "../../../../src/cli/running-lab/local-url.js";

describe("a URL of this machine", () => {
  it.each(["http://127.0.0.1:8088", "http://127.1.2.3:1", "http://[::1]:8088", "http://localhost:80"])(
    "is %s",
    (url) => {
      expect(isOfThisMachine(url)).toBe(true);
    },
  );

  it("is one with its name", () => {
    expect(isOfThisMachine(`http://${hostname()}:8088`)).toBe(true);
  });

  it.each([
    "http://192.0.2.7:8088",
    "http://127.0.0.1.example:80",
    "http://evil.example",
    "http://[2001:db8::1]",
    "",
    "x",
  ])("is not %j", (url) => {
    expect(isOfThisMachine(url)).toBe(false);
  });
});
