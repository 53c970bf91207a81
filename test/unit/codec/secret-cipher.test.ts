import { createCipheriv } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decipher, encipher } from "../../../src/codec/secret-cipher.js";
import { formatHex, parseHex } from "../../../src/core/hex.js";

const VECTORS = JSON.parse(readFileSync(new URL("../../vectors/aes.json", import.meta.url), "utf8")) as {
  key: string;
  plaintext: string;
  hex: string;
}[];
const KEY = "00112233445566778899aabbccddeeff";

describe("AES under the product secret (cloud.md 2.2)", () => {
  it.each(VECTORS)("reads and writes $plaintext", ({ key, plaintext, hex }) => {
    expect(formatHex(encipher(key, Buffer.from(plaintext)))).toBe(hex);
    expect(decipher(key, parseHex(hex))).toEqual({ bytes: Uint8Array.from(Buffer.from(plaintext)), isPadded: true });
    expect(decipher(key.toUpperCase(), parseHex(hex.toUpperCase())).isPadded).toBe(true);
  });

  it("takes whole blocks without padding as they are, as one firmware family sends them", () => {
    const plain = Buffer.from("mac=5ccf7f0a1b2c&passcode=ABCDEFGHIJ&type=normal");
    const cipher = createCipheriv("aes-128-ecb", parseHex(KEY), null).setAutoPadding(false);
    const found = decipher(KEY, Buffer.concat([cipher.update(plain), cipher.final()]));
    expect(plain).toHaveLength(48);
    expect({ ...found, bytes: Buffer.from(found.bytes) }).toEqual({ bytes: plain, isPadded: false });
  });

  it("gives back whatever was put in", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(decipher(KEY, encipher(KEY, bytes)).bytes).toEqual(bytes);
      }),
    );
  });

  it.each(["", "00", "1f"])("refuses %j, which is no whole number of blocks", (hex) => {
    expect(() => decipher(KEY, parseHex(hex))).toThrow(expect.objectContaining({ code: "cipher-length" }));
  });

  it.each(["", KEY.slice(1), `${KEY}0`, "product-secret-that-is-no-hex-at"])("refuses %j as a secret", (secret) => {
    expect(() => encipher(secret, Uint8Array.of(1))).toThrow(expect.objectContaining({ code: "secret-invalid" }));
  });
});
