import { scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import type { Random } from "../../core/random.js";

const derive = promisify<string, Uint8Array, number, Uint8Array>(scrypt);
const KEY_LENGTH = 32;

/** At least 8 characters, of three of: upper case, lower case, digits, others (the Open API's own rule). */
export function isStrongPassword(password: string): boolean {
  const kinds = [/[A-Z]/, /[a-z]/, /[0-9]/, /[^A-Za-z0-9]/].filter((kind) => kind.test(password));
  return password.length >= 8 && kinds.length >= 3;
}

/** A salted scrypt hash as text. */
export async function hashPassword(password: string, random: Random): Promise<string> {
  const salt = random.hex(16);
  return `scrypt:${salt}:${Buffer.from(await derive(password, Buffer.from(salt, "hex"), KEY_LENGTH)).toString("hex")}`;
}

/** True when the password made the hash; takes the same time either way. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const [, salt = "", key = ""] = hash.split(":");
  const expected = Buffer.from(key, "hex");
  const found = await derive(password, Buffer.from(salt, "hex"), KEY_LENGTH);
  return expected.length === found.length && timingSafeEqual(expected, found);
}
