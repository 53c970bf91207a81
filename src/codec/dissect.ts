import { GizlabError } from "../core/errors.js";
import { formatHex, formatHexNumber } from "../core/hex.js";
import { CMD, findCommand, nameFrame } from "./commands.js";
import type { Layout, LayoutPoint, RawValue } from "./layout.js";
import { findM2mCommand } from "./m2m/commands.js";
import { decodeM2m, type M2mFrame, startsLikeM2m } from "./m2m.js";
import { explainItem } from "./mistakes.js";
import { nameAction, unpackP0 } from "./p0.js";
import { placeFields } from "./payload.js";
import { type BadFrame, type FoundItem, splitFrames } from "./splitter.js";
import { hintTolerated } from "./tolerance.js";
import { describeWifiStatus } from "./wifi-status.js";

/** One explained stretch of bytes. Offsets count in the bytes as given, stuffing included. */
export interface DissectNode {
  readonly offset: number;
  readonly length: number;
  readonly name: string;
  readonly value: string;
  readonly note?: string;
  readonly children?: readonly DissectNode[];
}

export interface DissectOptions {
  readonly layout?: Layout;
  /** Puts a wire value into words; without it, numbers and hex. */
  readonly describeValue?: (point: LayoutPoint, value: RawValue) => string;
}

/** Explains any bytes as a tree, top to bottom: frames, broken frames with the likely mistake, and noise. Never throws. */
export function dissect(bytes: Uint8Array, options: DissectOptions = {}): DissectNode[] {
  return startsLikeM2m(bytes) ? dissectM2m(bytes, options) : dissectUart(bytes, options);
}

function dissectUart(bytes: Uint8Array, options: DissectOptions): DissectNode[] {
  const items = splitFrames(bytes);
  return items.map((item, index) => {
    if (item.kind === "frame") return dissectFrame(bytes, item, options);
    if (item.kind === "bad") return dissectBad(item.bad, item.offset, explainItem(items, index) ?? "");
    return {
      offset: item.offset,
      length: item.bytes.length,
      name: "garbage",
      value: formatHex(item.bytes),
      note: "not part of any frame",
    };
  });
}

function dissectBad({ bytes, reason, expected, found }: BadFrame, offset: number, hint: string): DissectNode {
  const note = `expected ${expected}, found ${found}; ${hint}`;
  return { offset, length: bytes.length, name: "bad frame", value: reason, note };
}

/** Wire offsets of each of the `count` un-stuffed bytes behind the header, and one for the end. */
function mapOffsets(bytes: Uint8Array, start: number, count: number): number[] {
  const offsets: number[] = [];
  let at = start;
  while (offsets.length <= count) {
    offsets.push(at);
    at += bytes[at] === 0xff && bytes[at + 1] === 0x55 ? 2 : 1;
  }
  return offsets;
}

function dissectFrame(bytes: Uint8Array, item: FoundItem & { kind: "frame" }, options: DissectOptions): DissectNode {
  const { offset, frame, form } = item;
  const { cmd, sn, flags, payload } = frame;
  const bodyLength = payload.length + 7;
  const offsets = mapOffsets(bytes, offset + 2, bodyLength);
  const end = offsets[bodyLength] ?? bytes.length;
  const place: Place = (from, length) => {
    const start = offsets[from] ?? end;
    return { offset: start, length: (offsets[from + length] ?? end) - start };
  };
  const name = nameFrame(cmd, payload);
  const checksum = bytes[offsets[bodyLength - 1] ?? 0] ?? 0;
  const tolerated = hintTolerated(frame, form);
  return {
    offset,
    length: end - offset,
    name: "frame",
    value: name,
    ...(tolerated === undefined ? {} : { note: tolerated }),
    children: [
      { offset, length: 2, name: "header", value: "ffff" },
      { ...place(0, 2), name: "len", value: String(payload.length + 5), note: "cmd through checksum" },
      { ...place(2, 1), name: "cmd", value: formatHexNumber(cmd), note: name },
      { ...place(3, 1), name: "sn", value: String(sn) },
      { ...place(4, 2), name: "flags", value: formatHexNumber(flags, 4) },
      ...dissectPayload(cmd, payload, (from, length) => place(6 + from, length), options),
      { ...place(bodyLength - 1, 1), name: "checksum", value: formatHexNumber(checksum), note: "ok" },
    ],
  };
}

type Place = (from: number, length: number) => { offset: number; length: number };

function dissectPayload(cmd: number, payload: Uint8Array, place: Place, options: DissectOptions): DissectNode[] {
  if (payload.length === 0) return [];
  if (cmd === CMD.p0Down || cmd === CMD.p0DownAck || cmd === CMD.p0Up) return [dissectP0(payload, place, options)];
  const fields = findCommand(cmd)?.fields ?? [];
  try {
    return placeFields(fields, payload).map((field) => ({
      ...place(field.offset, field.length),
      name: field.name,
      value: String(field.value),
      ...(field.name === "status" ? { note: describeWifiStatus(Number(field.value)) } : {}),
    }));
  } catch (error) {
    return [{ ...place(0, payload.length), name: "payload", value: formatHex(payload), note: noteOf(error) }];
  }
}

function dissectP0(p0: Uint8Array, place: Place, { layout, describeValue }: DissectOptions): DissectNode {
  const whole = { ...place(0, p0.length), name: "P0", value: formatHex(p0) };
  const action = p0[0];
  if (action === undefined) return whole;
  const children: DissectNode[] = [
    { ...place(0, 1), name: "action", value: formatHexNumber(action), note: nameAction(action) },
  ];
  if (layout === undefined) return { ...whole, children, note: "name a profile to see datapoints" };
  try {
    const content = unpackP0(layout, p0);
    if ("values" in content) {
      for (const point of layout.points) {
        const value = content.values[point.index];
        if (value === undefined) continue;
        const raw = value instanceof Uint8Array ? formatHex(value) : String(value);
        children.push({ ...place(1, p0.length - 1), name: point.name, value: describeValue?.(point, value) ?? raw });
      }
    }
    return { ...whole, children };
  } catch (error) {
    return { ...whole, children, note: noteOf(error) };
  }
}

function dissectM2m(bytes: Uint8Array, options: DissectOptions): DissectNode[] {
  try {
    return decodeM2m(bytes).map((frame) => dissectM2mFrame(bytes, frame, options));
  } catch (error) {
    return [{ offset: 0, length: bytes.length, name: "bad m2m", value: formatHex(bytes), note: noteOf(error) }];
  }
}

const M2M_PREFIX_LENGTH = 4;
const M2M_CMD_LENGTH = 2;

function dissectM2mFrame(bytes: Uint8Array, frame: M2mFrame, options: DissectOptions): DissectNode {
  const { offset, kind, cmd } = frame;
  const body = kind === "business" ? frame.p0 : frame.body;
  // The P0 is a view of the bytes.
  const start =
    kind === "business" ? frame.p0.byteOffset - bytes.byteOffset : offset + M2M_PREFIX_LENGTH + M2M_CMD_LENGTH;
  const didLength = kind === "business" ? (frame.did?.length ?? 0) : 0;
  const snAt = start - 4 - (kind === "business" && frame.did !== undefined ? didLength + 2 : 0);
  const place: Place = (from, length) => ({ offset: start + from, length });
  const isP0 = findM2mCommand(kind, cmd)?.body.kind === "p0" && body.length > 0;
  return {
    offset,
    length: start - offset + body.length,
    name: "m2m",
    value: formatHexNumber(cmd, 4),
    note: kind === "business" ? "business frame" : "control frame",
    children: [
      { offset, length: M2M_PREFIX_LENGTH, name: "prefix", value: "00000003" },
      ...(kind === "business" && frame.sn !== undefined
        ? [{ offset: snAt, length: 4, name: "sn", value: String(frame.sn) }]
        : []),
      ...(kind === "business" && frame.did !== undefined
        ? [{ offset: start - didLength, length: didLength, name: "did", value: frame.did }]
        : []),
      isP0
        ? dissectP0(body, place, options)
        : { offset: start, length: body.length, name: "body", value: formatHex(body) },
    ],
  };
}

function noteOf(error: unknown): string {
  if (!(error instanceof GizlabError)) throw error;
  const compared = error.expected === undefined ? "" : ` (expected ${error.expected}, found ${error.found})`;
  return `${error.message}${compared}`;
}
