import { findEncoding } from "../../core/text/encoding.js";
import { isM2mPrefix } from "../capture/m2m-extent.js";
import { PasteBuilder, type PasteForm } from "./paste.js";

const M2M_PREFIX = Buffer.of(0, 0, 0, 3);
const UART_HEADER = Buffer.of(0xff, 0xff);
const NEW_LINE = 0x0a;
const SPACE = 0x20;
const TOPIC = /^(?:dev2app|app2dev|ser2cli_res|ser2cli_noti|cli2ser_req|app2module)(?:\/[!-~]*)?$/;
const LONGEST_TOPIC = 120;
/** More control characters than this are no text. */
const CONTROL_SHARE = 0.05;
const SAMPLE = 65_536;

/** True for bytes that are no text: a frame stands in them as it is, or control characters that no text has. */
export function isBinary(bytes: Uint8Array): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.includes(M2M_PREFIX) || buffer.includes(UART_HEADER)) return true;
  const sample = bytes.subarray(0, SAMPLE);
  // UTF-16 and UTF-32 are full of zero bytes.
  if (findEncoding(sample, true)?.kind !== "utf-8") return false;
  let controls = 0;
  for (const byte of sample) if (byte < 0x09 || (byte > 0x0d && byte < SPACE && byte !== 0x1b)) controls += 1;
  return controls > sample.length * CONTROL_SHARE;
}

/** `mosquitto_sub -v` as it comes: the topic, a space, the payload, a line end. */
export const MQTT_BYTES: PasteForm = {
  name: "topics and payloads of mosquitto_sub -v",
  read({ text, bytes }) {
    if (text !== undefined) return undefined;
    const payloads = findPayloads(bytes);
    if (payloads[0]?.topicAt !== 0) return undefined;
    const builder = new PasteBuilder();
    for (const [at, { start, topic }] of payloads.entries()) {
      const { way } = wayOf(topic);
      const end = payloads[at + 1]?.topicAt ?? bytes.length;
      const payload = bytes.subarray(start, bytes[end - 1] === NEW_LINE && end > start ? end - 1 : end);
      builder.add(payload, 1, way === undefined ? {} : { stream: way, way });
    }
    return builder.finish(this.name, true);
  },
};

/** Bytes as they are. */
export const RAW_BYTES: PasteForm = {
  name: "bytes",
  read({ text, bytes }) {
    if (text !== undefined) return undefined;
    const builder = new PasteBuilder();
    builder.add(bytes, 1);
    return builder.finish(this.name, false);
  },
};

interface Payload {
  readonly topicAt: number;
  readonly topic: string;
  readonly start: number;
}

/** Every M2M frame that a topic at the start of a line stands before. */
function findPayloads(bytes: Uint8Array): Payload[] {
  const found: Payload[] = [];
  for (let space = bytes.indexOf(SPACE); space >= 0; space = bytes.indexOf(SPACE, space + 1)) {
    if (!isM2mPrefix(bytes, space + 1)) continue;
    const from = Math.max(0, space - LONGEST_TOPIC);
    const lineAt = from + bytes.subarray(from, space).lastIndexOf(NEW_LINE) + 1;
    const topic = Buffer.from(bytes.subarray(lineAt, space)).toString("latin1");
    if (TOPIC.test(topic)) found.push({ topicAt: lineAt, topic, start: space + 1 });
  }
  return found;
}

/** The way of what is published on a topic (cloud.md 3.2). */
export function wayOf(topic: string): { readonly way?: "up" | "down" } {
  if (/^(?:dev2app|cli2ser_req)\b/.test(topic)) return { way: "up" };
  return /^(?:app2dev|ser2cli_res|ser2cli_noti|app2module)\b/.test(topic) ? { way: "down" } : {};
}
