import type { Millis } from "../core/duration.js";
import { parseHex } from "../core/hex.js";
import type { TraceEntry } from "../core/trace.js";
import { encodeCaptureHeader } from "./capture-header.js";

/**
 * The pcapng file format (draft-ietf-opsawg-pcapng): one section header, an interface description at
 * the first packet of each device's link, then one enhanced packet an entry. All numbers little-endian.
 */

export interface PcapngOptions {
  /** The product of an entry's device: by it the dissector finds the datapoints. */
  readonly productKeyOf?: (entry: TraceEntry) => string | undefined;
}

interface CaptureLink {
  readonly name: string;
  readonly linkType: number;
  readonly direction: "up" | "down";
}

/** LINKTYPE_USER0 and LINKTYPE_USER1: numbers set aside for private use. */
export const UART_LINK_TYPE = 147;
export const MQTT_LINK_TYPE = 148;

/** The hops whose `detail.hex` is what went over a link: a UART frame as on the wire, or an MQTT payload. */
const LINKS: Readonly<Record<string, CaptureLink>> = {
  "uart.up": { name: "uart", linkType: UART_LINK_TYPE, direction: "up" },
  "uart.down": { name: "uart", linkType: UART_LINK_TYPE, direction: "down" },
  "mqtt.up": { name: "mqtt", linkType: MQTT_LINK_TYPE, direction: "up" },
  "mqtt.down": { name: "mqtt", linkType: MQTT_LINK_TYPE, direction: "down" },
};

const BLOCK = { sectionHeader: 0x0a0d0d0a, interfaceDescription: 1, enhancedPacket: 6 } as const;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const MAX_OPTION = 0xffff;
const OPTION = { comment: 1, ifName: 2, packetFlags: 2, userApplication: 4, ifTimeResolution: 9 } as const;
/** Times count in 10^-6 s. */
const MICROSECONDS = 6;
/** Bits 0 and 1 of the packet flags: up is inbound to the cloud's side. */
const PACKET_FLAGS = { up: 1, down: 2 } as const;

/** Bytes on a UART that began like a frame and are none; their detail says which way they went, where that is known. */
const BAD_FRAME = "uart.bad";

/** True for what becomes a packet: an entry that carries bytes of one of the links. */
export function isPacket(entry: TraceEntry): boolean {
  return findLink(entry) !== undefined;
}

function findLink({ hop, detail }: TraceEntry): CaptureLink | undefined {
  if (typeof detail?.hex !== "string") return undefined;
  return LINKS[hop === BAD_FRAME ? `uart.${String(detail.way)}` : hop];
}

/**
 * A capture file for Wireshark of the entries that carry bytes: hops `uart.up`, `uart.down`, `uart.bad`,
 * `mqtt.up` and `mqtt.down` with `detail.hex`. Others are passed over. Throws `hex-invalid`.
 */
export function encodePcapng(entries: Iterable<TraceEntry>, options: PcapngOptions = {}): Uint8Array {
  return Uint8Array.from(Buffer.concat([...makeBlocks(entries, options)]));
}

function* makeBlocks(entries: Iterable<TraceEntry>, { productKeyOf }: PcapngOptions): Generator<Uint8Array> {
  yield sectionHeader();
  const interfaces = new Map<string, number>();
  for (const entry of entries) {
    const link = findLink(entry);
    if (link === undefined) continue;
    const name = [link.name, entry.mac ?? entry.did].filter((part) => part !== undefined).join(" ");
    let number = interfaces.get(name);
    if (number === undefined) {
      number = interfaces.size;
      interfaces.set(name, number);
      yield interfaceDescription(name, link.linkType);
    }
    const header = encodeCaptureHeader({
      direction: link.direction,
      productKey: productKeyOf?.(entry),
      did: entry.did,
      mac: entry.mac,
      id: entry.id,
      topic: typeof entry.detail?.topic === "string" ? entry.detail.topic : undefined,
    });
    const bytes = Buffer.concat([header, parseHex(String(entry.detail?.hex))]);
    yield enhancedPacket(number, entry.at, bytes, describeEntry(entry), PACKET_FLAGS[link.direction]);
  }
}

function describeEntry({ hop, id, did, mac }: TraceEntry): string {
  const device = [did === undefined ? "" : ` did=${did}`, mac === undefined ? "" : ` mac=${mac}`].join("");
  return `${hop} id=${id}${device}`;
}

function sectionHeader(): Uint8Array {
  // Version 1.0; the section's length is not given in advance: all ones.
  const version = Uint8Array.of(1, 0, 0, 0);
  const unknownLength = new Uint8Array(8).fill(0xff);
  return block(BLOCK.sectionHeader, [
    uint32(BYTE_ORDER_MAGIC),
    version,
    unknownLength,
    ...optionList([[OPTION.userApplication, Buffer.from("gizlab")]]),
  ]);
}

function interfaceDescription(name: string, linkType: number): Uint8Array {
  const noSnapLength = uint32(0);
  return block(BLOCK.interfaceDescription, [
    // The link type is a u16 with two reserved bytes behind it.
    uint32(linkType),
    noSnapLength,
    ...optionList([
      [OPTION.ifName, Buffer.from(name)],
      [OPTION.ifTimeResolution, Uint8Array.of(MICROSECONDS)],
    ]),
  ]);
}

function enhancedPacket(number: number, at: Millis, bytes: Uint8Array, comment: string, flags: number): Uint8Array {
  const micros = Math.round(at * 1000);
  return block(BLOCK.enhancedPacket, [
    uint32(number),
    uint32(Math.floor(micros / 2 ** 32)),
    uint32(micros % 2 ** 32),
    uint32(bytes.length),
    uint32(bytes.length),
    padded(bytes),
    ...optionList([
      [OPTION.comment, Buffer.from(comment)],
      [OPTION.packetFlags, uint32(flags)],
    ]),
  ]);
}

/** A block states its length before and behind its body. */
function block(type: number, body: readonly Uint8Array[]): Uint8Array {
  const length = uint32(body.reduce((sum, part) => sum + part.length, 12));
  return Buffer.concat([uint32(type), length, ...body, length]);
}

function optionList(options: readonly (readonly [code: number, value: Uint8Array])[]): Uint8Array[] {
  const end = uint32(0);
  const printed = options.flatMap(([code, value]) => {
    const fitting = value.subarray(0, MAX_OPTION);
    return [uint16(code), uint16(fitting.length), padded(fitting)];
  });
  return [...printed, end];
}

function padded(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([bytes, new Uint8Array(-bytes.length & 3)]);
}

function uint16(value: number): Uint8Array {
  return Uint8Array.of(value, value >> 8);
}

function uint32(value: number): Uint8Array {
  return Uint8Array.of(value, value >> 8, value >> 16, value >> 24);
}
