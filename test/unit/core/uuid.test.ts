import { describe, expect, it } from "vitest";
import { isUuid, nameUuid } from "../../../src/core/uuid.js";

const DNS = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";

describe("a UUID of a name", () => {
  it("is that of RFC 9562, A.4", () => {
    expect(nameUuid(DNS, "www.example.com")).toBe("2ed6657d-e927-568b-95e1-2665a8aea6a2");
    expect(nameUuid(DNS.toUpperCase(), "www.example.com")).toBe("2ed6657d-e927-568b-95e1-2665a8aea6a2");
  });

  it("is another for another name or namespace, and always of version 5", () => {
    const made = ["", "a", "b", "é", "x".repeat(5000)].flatMap((name) => [
      nameUuid(DNS, name),
      nameUuid(nameUuid(DNS, "other"), name),
    ]);
    expect(new Set(made).size).toBe(made.length);
    for (const uuid of made)
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});

it("a UUID is told from other texts", () => {
  expect([DNS, DNS.toUpperCase()].map(isUuid)).toEqual([true, true]);
  const others = ["", DNS.slice(1), `${DNS}0`, `{${DNS}}`, DNS.replaceAll("-", ""), DNS.replace("6", "g"), `${DNS}\n`];
  expect(others.map(isUuid)).toEqual(others.map(() => false));
});
