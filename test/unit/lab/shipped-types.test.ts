import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { makeShippedTypes, SHIPPED_TYPES } from "../../support/write-shipped-types.js";

it("the types of the shipped profiles are those that npm run types writes", () => {
  expect(readFileSync(SHIPPED_TYPES, "utf8")).toBe(makeShippedTypes());
});
