import { signBind } from "../codec/bind-signature.js";
import { examineChecksum } from "../codec/checksum.js";
import { CMD } from "../codec/commands.js";
import { readVarlen, startsLikeM2m, writeVarlen } from "../codec/m2m.js";
import { decipher, encipher } from "../codec/secret-cipher.js";
import { splitFrames } from "../codec/splitter.js";
import { hintTolerated } from "../codec/tolerance.js";
import { describeWifiStatus, listWifiBits, reservedWifiBits, unpackWifiStatus } from "../codec/wifi-status.js";
import { createWallClock } from "../core/clock.js";
import { formatHex, formatHexNumber, parseHex } from "../core/hex.js";
import { createOutput, EXIT, UsageError } from "./output.js";
import { readStdin } from "./stdin.js";

interface Json {
  readonly json: boolean;
}
export type HexArguments = Json & { readonly hex: string[] };
export type SignatureArguments = Json & { readonly secret: string; readonly timestamp?: string };
export type AesArguments = Json & {
  readonly direction: "encrypt" | "decrypt";
  readonly text?: string[];
  readonly secret: string;
};
export type VarintArguments = Json & { readonly value: string[] };

const M2M_PREFIX_LENGTH = 4;
const MAX_VARLEN = 128 ** 4 - 1;
/** The largest second that the cloud takes for a time; milliseconds have more digits. */
const MAX_TIMESTAMP = 99_999_999_999;

/** The checksum of bytes; the exit code is 1 when a frame carries another one. Throws `hex-invalid`. */
export function runChecksum({ hex, json }: HexArguments): void {
  const output = createOutput(json);
  const bytes = parseHex(hex.join(" "));
  if (bytes.length === 0) throw new UsageError("there is nothing to sum", "give bytes as hex: 00 05 07 10 00 00");
  const report = examineChecksum(bytes);
  const sum = formatHexNumber(report.sum);
  if (report.kind === "bytes" || report.kind === "unsummed") {
    output.json({ kind: report.kind, bytes: bytes.length, sum });
    const what = report.kind === "bytes" ? "bytes" : "bytes, a frame that lacks its checksum yet";
    output.line(`${sum}  the sum of ${bytes.length} ${what}`);
    return;
  }
  const { hint } = report;
  if (report.kind === "frame") {
    const isRight = report.found === report.sum;
    output.json({
      kind: "frame",
      bytes: bytes.length,
      sum,
      found: formatHexNumber(report.found),
      ok: isRight,
      hint,
    });
    output.line(isRight ? `${sum}  a frame, and its checksum fits` : `${sum}  a frame, and its checksum does not fit`);
    if (isRight) {
      if (hint !== undefined) output.line(`      ! ${hint}`);
      return;
    }
    output.line(`      it carries ${formatHexNumber(report.found)}`);
  } else {
    output.json({ kind: "broken", bytes: bytes.length, sum, reason: report.reason, ok: false, hint });
    output.line(`${sum}  the sum of all behind FF FF, and no whole frame: ${report.reason}`);
  }
  if (hint !== undefined) output.line(`      ! ${hint}`);
  process.exitCode = EXIT.failed;
}

/** A text of a form. Throws `usage` with what is expected. */
export function requireForm(name: string, text: string, form: RegExp, expected: string): string {
  if (form.test(text)) return text;
  throw new UsageError(`--${name} is ${expected}, not ${JSON.stringify(text)}`);
}

/** The two headers that `POST /app/bind_mac` wants. Throws `usage`. */
export function runSignature({ secret, timestamp, json }: SignatureArguments): void {
  const output = createOutput(json);
  const productSecret = requireForm("secret", secret, /^[0-9a-f]{32}$/i, "32 hex digits").toLowerCase();
  const seconds = timestamp ?? String(Math.floor(createWallClock().now() / 1000));
  if (!/^\d{1,13}$/.test(seconds))
    throw new UsageError(`--timestamp is seconds since 1970, not ${JSON.stringify(seconds)}`);
  if (Number(seconds) > MAX_TIMESTAMP)
    throw new UsageError("--timestamp is in seconds; this looks like milliseconds", `try ${seconds.slice(0, -3)}`);
  const signature = signBind(productSecret, seconds);
  output.json({ timestamp: Number(seconds), signature });
  output.line(`X-Gizwits-Timestamp: ${seconds}`);
  output.line(`X-Gizwits-Signature: ${signature}`);
}

/** Text to the hex of the device API and back. Throws `hex-invalid`, `secret-invalid`, `cipher-length`. */
export async function runAes({ direction, text, secret, json }: AesArguments): Promise<void> {
  const output = createOutput(json);
  const given =
    text === undefined || text.length === 0 ? (await readStdin({ keepsReturns: true })).trimEnd() : text.join(" ");
  if (given === "") throw new UsageError(`there is nothing to ${direction}`, "give it, or pipe it in");
  if (direction === "encrypt") {
    const hex = formatHex(encipher(secret, Buffer.from(given, "utf8")));
    output.json({ hex });
    output.line(hex);
    return;
  }
  const { bytes, isPadded } = decipher(secret, parseHex(given));
  const plain = readText(bytes);
  output.json({
    hex: formatHex(bytes),
    padding: isPadded ? "pkcs7" : "none",
    ...(plain === undefined ? {} : { text: plain }),
  });
  output.line(plain ?? formatHex(bytes));
  if (plain !== undefined) return;
  output.note("gizlab: what came out is no text: is this the right product secret?");
  process.exitCode = EXIT.failed;
}

/** UTF-8 without control characters, or undefined. */
function readText(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return /^[^\p{Cc}]*$/u.test(text.replaceAll(/[\r\n\t]/g, "")) ? text : undefined;
  } catch {
    return undefined;
  }
}

/** The length coding of M2M and MQTT, both ways. Throws `usage`, `m2m-length`, `m2m-truncated`, `hex-invalid`. */
export function runVarint({ value, json }: VarintArguments): void {
  const output = createOutput(json);
  const text = value.join(" ").trim();
  if (/^(?:0|[1-9]\d*)$/.test(text)) {
    if (Number(text) > MAX_VARLEN) throw new UsageError(`${text} is too long`, `4 bytes hold ${MAX_VARLEN} at most`);
    const bytes = formatHex(writeVarlen(Number(text)));
    output.json({ value: Number(text), bytes });
    output.line(`${text} is ${spaced(bytes)}`);
    return;
  }
  if (/^[-+]?\d*\.?\d+$/.test(text) && !/^\d+$/.test(text))
    throw new UsageError(`${text} is no length`, "a whole number from 0 on, or bytes as hex: 0x8001 or 80 01");
  const bytes = parseHex(text);
  if (bytes.length === 0) throw new UsageError("there is nothing to convert", "give a number, or bytes as hex");
  const at = startsLikeM2m(bytes) ? M2M_PREFIX_LENGTH : 0;
  const found = readVarlen(bytes, at);
  const coded = formatHex(bytes.subarray(at, at + found.size));
  const rest = bytes.length - at - found.size;
  output.json({ value: found.value, bytes: coded, rest });
  output.line(`${spaced(coded)} is ${found.value}`);
  if (rest > 0)
    output.line(
      `${rest} ${rest === 1 ? "byte follows" : "bytes follow"}${rest === found.value ? ", as many as it says" : ""}`,
    );
}

function spaced(hex: string): string {
  return hex.toUpperCase().replaceAll(/(..)(?=.)/g, "$1 ");
}

/** The Wi-Fi status of command 0D in words. Throws `usage`, `hex-invalid`. */
export function runStatus({ hex, json }: HexArguments): void {
  const output = createOutput(json);
  const { bits, hint } = readStatus(hex.join(" ").trim());
  const reserved = reservedWifiBits(bits);
  const words = describeWifiStatus(bits);
  const status = formatHexNumber(bits, 4);
  output.json({ status, words, ...unpackWifiStatus(bits), reserved: formatHexNumber(reserved, 4), hint });
  output.line(`${status}  ${words}`);
  for (const { bits: at, meaning, value } of listWifiBits(bits))
    output.line(
      `  bit ${at.padEnd(5)} ${meaning.padEnd(32)} ${typeof value === "number" ? value : value ? "on" : "off"}`,
    );
  if (reserved !== 0) output.line(`  ! ${formatHexNumber(reserved, 4)} is reserved and should be 0 (uart.md 2.3)`);
  if (hint !== undefined) output.line(`  ! ${hint}`);
}

/** The bits, and what is wrong with the frame that they come in. */
function readStatus(text: string): { readonly bits: number; readonly hint?: string | undefined } {
  if (/^(?:0x)?[0-9a-f]{1,4}$/i.test(text)) return { bits: Number.parseInt(text.replace(/^0x/i, ""), 16) };
  const bytes = parseHex(text);
  if (bytes.length === 2) return { bits: readBits(bytes) };
  const [item, ...more] = splitFrames(bytes);
  const found = item?.kind === "frame" && more.length === 0 ? item : undefined;
  const frame = found?.frame;
  if (found !== undefined && frame?.cmd === CMD.wifiStatus && frame.payload.length >= 2)
    return { bits: readBits(frame.payload), hint: hintTolerated(frame, found.form) };
  throw new UsageError(
    frame === undefined ? "a Wi-Fi status is 2 bytes, or a frame of command 0D" : "this is a frame of another command",
    "such as 073A, or FF FF 00 07 0D 01 00 00 07 3A 56; gizlab decode reads every frame",
  );
}

function readBits([high = 0, low = 0]: Uint8Array): number {
  return high * 256 + low;
}
