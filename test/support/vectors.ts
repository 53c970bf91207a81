import { readFileSync } from "node:fs";
import { parseHex } from "../../src/core/hex.js";

/** One frame of uart.md 6, with its fields as they were read off by hand. */
export interface UartVector {
  readonly id: string;
  readonly dir: "W" | "M";
  readonly wire: Uint8Array;
  readonly meaning: string;
  readonly cmd: number;
  readonly sn: number;
  readonly flags: number;
  readonly payload: Uint8Array;
  /** False for the one frame that vendor firmware sent without stuffing (uart.md 1.1). */
  readonly stuffed: boolean;
}

/** One frame of cloud.md 3.4 or 4.2. */
export interface M2mVector {
  readonly id: string;
  readonly framing: "business" | "control";
  readonly bytes: Uint8Array;
  readonly cmd: number;
  readonly sn: number | undefined;
  readonly body: Uint8Array;
}

/** Facts of uart.md 4.3 to 4.5. */
export interface ValueVectors {
  readonly integer: readonly { fn: "y2x" | "x2y"; ratio: number; addition: number; in: number; out: number }[];
  readonly float32: readonly { ratio: number; addition: number; y: number; x: number }[];
  readonly bits: readonly { points: { offset: number; len: number; value: number }[]; bytes: string }[];
  readonly compact: readonly { values: number[]; lens: number[]; bytes: string }[];
}

interface UartJson extends Omit<UartVector, "wire" | "cmd" | "flags" | "payload"> {
  readonly wire: string;
  readonly cmd: string;
  readonly flags: string;
  readonly payload: string;
}

interface M2mJson {
  readonly id: string;
  readonly framing: "business" | "control";
  readonly hex: string;
  readonly cmd: string;
  readonly sn: number | null;
  readonly body: string;
}

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), "utf8"));
}

/** The frames of test/vectors/uart.json. */
export function loadUartVectors(): UartVector[] {
  return (readJson("uart") as UartJson[]).map((vector) => ({
    ...vector,
    wire: parseHex(vector.wire),
    cmd: Number(vector.cmd),
    flags: Number(vector.flags),
    payload: parseHex(vector.payload),
  }));
}

/** The frames of test/vectors/m2m.json. */
export function loadM2mVectors(): M2mVector[] {
  return (readJson("m2m") as M2mJson[]).map(({ id, framing, hex, cmd, sn, body }) => ({
    id,
    framing,
    bytes: parseHex(hex),
    cmd: Number(cmd),
    sn: sn ?? undefined,
    body: parseHex(body),
  }));
}

/** test/vectors/values.json. */
export function loadValueVectors(): ValueVectors {
  return readJson("values") as ValueVectors;
}
