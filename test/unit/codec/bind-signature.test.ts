import { expect, it } from "vitest";
import { signBind } from "../../../src/codec/bind-signature.js";

// The test suite of RFC 1321, cut in two: secret and timestamp are joined with nothing in between (cloud.md 8.5).
it.each([
  ["a", "bc", "900150983cd24fb0d6963f7d28e17f72"],
  ["message ", "digest", "f96b697d7cb7938d525a2f31aaf161d0"],
  [
    "1234567890123456789012345678901234567890123456789012345678901234567890",
    1234567890,
    "57edf4a22be3c955ac49da2e2107b67a",
  ],
])("signs %j with %j as %s", (secret, timestamp, signature) => {
  expect(signBind(secret, timestamp)).toBe(signature);
});
