import { createCipheriv, createDecipheriv } from "node:crypto";
import { formatCount } from "../core/count-text.js";
import { GizlabError } from "../core/errors.js";
import { parseHex } from "../core/hex.js";

const CIPHER = "aes-128-ecb";
const BLOCK = 16;

/** What a device and the cloud said to each other under a product secret. */
export interface Deciphered {
  readonly bytes: Uint8Array;
  /** False where the last block ends in no PKCS7 padding: one firmware family adds none to whole blocks (cloud.md 2.2). */
  readonly isPadded: boolean;
}

/** AES-128-ECB with PKCS7 padding; the key is the product secret's 16 bytes (cloud.md 2.2). Throws `secret-invalid`. */
export function encipher(secret: string, bytes: Uint8Array): Uint8Array {
  const cipher = createCipheriv(CIPHER, readKey(secret), null);
  return Uint8Array.from(Buffer.concat([cipher.update(bytes), cipher.final()]));
}

/** The inverse of `encipher`; bytes without padding are taken as they are. Throws `secret-invalid`, `cipher-length`. */
export function decipher(secret: string, bytes: Uint8Array): Deciphered {
  const key = readKey(secret);
  if (bytes.length === 0 || bytes.length % BLOCK !== 0) {
    throw new GizlabError("cipher-length", "what AES has made is a whole number of blocks", {
      expected: `a multiple of ${BLOCK} bytes`,
      found: String(bytes.length),
      hint: "a part is missing, or this is plain text",
    });
  }
  const cipher = createDecipheriv(CIPHER, key, null).setAutoPadding(false);
  const plain = Uint8Array.from(Buffer.concat([cipher.update(bytes), cipher.final()]));
  const padding = plain[plain.length - 1] as number;
  const isPadded =
    padding >= 1 && padding <= BLOCK && plain.subarray(plain.length - padding).every((byte) => byte === padding);
  return { bytes: isPadded ? plain.subarray(0, plain.length - padding) : plain, isPadded };
}

function readKey(secret: string): Uint8Array {
  if (/^[0-9a-f]{32}$/i.test(secret)) return parseHex(secret);
  throw new GizlabError("secret-invalid", "a product secret is 32 hex digits", {
    expected: "32 hex digits",
    found: formatCount(secret.length, "character"),
    hint: "gizlab up --json says each product's product_secret",
  });
}
