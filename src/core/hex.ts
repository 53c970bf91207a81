import { GizlabError } from "./errors.js";

/** Lower-case hex without separators. */
export function formatHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** Upper-case hex of a number with a `0x` prefix, at least `digits` long. */
export function formatHexNumber(value: number, digits = 2): string {
  return `0x${value.toString(16).toUpperCase().padStart(digits, "0")}`;
}

/** Reads hex digits; spaces, commas, colons, dashes and `0x` are passed over. Throws `hex-invalid`. */
export function parseHex(text: string): Uint8Array {
  const digits = text.replace(/0[xX](?=[0-9a-fA-F])/g, "").replace(/[\s,:;-]+/g, "");
  const odd = digits.search(/[^0-9a-fA-F]/);
  if (odd >= 0) {
    throw new GizlabError("hex-invalid", `"${digits[odd]}" is not a hex digit`, {
      hint: "write bytes as two hex digits each: FF FF 00 05 07 10 00 00 1C",
    });
  }
  if (digits.length % 2 !== 0) {
    throw new GizlabError("hex-invalid", `${digits.length} hex digits make no whole number of bytes`, {
      hint: "a digit is missing or there is one too many",
    });
  }
  return Uint8Array.from(Buffer.from(digits, "hex"));
}
