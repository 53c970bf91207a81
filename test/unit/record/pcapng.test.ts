import { describe, expect, it } from "vitest";
import type { TraceEntry } from "../../../src/core/trace.js";
import { encodePcapng, type PcapngOptions } from "../../../src/record/pcapng.js";

interface Block {
  readonly type: number;
  readonly body: Buffer;
}

/** The blocks of a little-endian capture; throws where a length is wrong or the two of a block differ. */
function readBlocks(bytes: Uint8Array): Block[] {
  const file = Buffer.from(bytes);
  const blocks: Block[] = [];
  for (let at = 0; at < file.length; ) {
    const length = file.readUInt32LE(at + 4);
    if (length % 4 !== 0 || file.readUInt32LE(at + length - 4) !== length) throw new Error(`bad block at ${at}`);
    blocks.push({ type: file.readUInt32LE(at), body: file.subarray(at + 8, at + length - 4) });
    at += length;
  }
  return blocks;
}

/** Options by code; throws unless the list ends with its end mark, and that at the block's end. */
function readOptions(body: Buffer, start: number): Map<number, Buffer> {
  const options = new Map<number, Buffer>();
  for (let at = start; ; ) {
    const [code, length] = [body.readUInt16LE(at), body.readUInt16LE(at + 2)];
    const end = at + 4 + length;
    if (code === 0) {
      if (end !== body.length) throw new Error("bytes behind the end of the options");
      return options;
    }
    options.set(code, body.subarray(at + 4, end));
    at = end + (-end & 3);
  }
}

function readInterfaces(blocks: readonly Block[]) {
  return blocks
    .filter(({ type }) => type === 1)
    .map(({ body }) => {
      const options = readOptions(body, 8);
      return { linkType: body.readUInt16LE(0), name: options.get(2)?.toString(), resolution: options.get(9)?.[0] };
    });
}

function readPackets(blocks: readonly Block[]) {
  return blocks
    .filter(({ type }) => type === 6)
    .map(({ body }) => {
      const length = body.readUInt32LE(12);
      const options = readOptions(body, 20 + length + (-length & 3));
      return {
        interface: body.readUInt32LE(0),
        micros: (BigInt(body.readUInt32LE(4)) << 32n) + BigInt(body.readUInt32LE(8)),
        isWhole: length === body.readUInt32LE(16),
        hex: body.subarray(20, 20 + length).toString("hex"),
        comment: options.get(1)?.toString(),
        flags: options.get(2)?.readUInt32LE(0),
      };
    });
}

function capture(entries: readonly TraceEntry[], options?: PcapngOptions): Block[] {
  return readBlocks(encodePcapng(entries, options));
}

const BEAT = "ffff0005071000001c";
const UP: TraceEntry = { at: 1_700_000_000_123.456, id: "t7", hop: "uart.up", mac: "aabb", detail: { hex: BEAT } };
const MQTT: TraceEntry = {
  at: 1_700_000_000_200,
  id: "t8",
  hop: "mqtt.down",
  did: "DID",
  mac: "aabb",
  detail: { topic: "app2dev/DID/é", hex: "000000030400009002" },
};

describe("a capture", () => {
  it("begins with a section header by gizlab, also when it holds nothing", () => {
    const [header, ...rest] = capture([]);
    expect(rest).toEqual([]);
    expect(header?.type).toBe(0x0a0d0d0a);
    // Magic, version 1.0, a section of unknown length.
    expect(header?.body.subarray(0, 16).toString("hex")).toBe("4d3c2b1a01000000ffffffffffffffff");
    expect(
      readOptions(header?.body ?? Buffer.alloc(0), 16)
        .get(4)
        ?.toString(),
    ).toBe("gizlab");
  });

  it("describes a link of a device once, before its first packet", () => {
    const blocks = capture([UP, MQTT, { ...UP, hop: "uart.down" }, { ...UP, mac: "ccdd" }, MQTT]);
    expect(blocks.slice(1).map(({ type }) => type)).toEqual([1, 6, 1, 6, 6, 1, 6, 6]);
    expect(readInterfaces(blocks)).toEqual([
      { linkType: 147, name: "uart aabb", resolution: 6 },
      { linkType: 148, name: "mqtt aabb", resolution: 6 },
      { linkType: 147, name: "uart ccdd", resolution: 6 },
    ]);
    expect(readPackets(blocks).map((packet) => packet.interface)).toEqual([0, 1, 0, 2, 1]);
  });

  it("names a device by its did where it has no mac, and not at all where nothing is known", () => {
    const { mac: _, ...unknown } = UP;
    expect(readInterfaces(capture([{ ...unknown, did: "DID" }, unknown])).map(({ name }) => name)).toEqual([
      "uart DID",
      "uart",
    ]);
  });

  it("has time to the microsecond, direction, and a comment with hop, id and device", () => {
    const [up, down] = readPackets(capture([UP, MQTT]));
    expect(up).toMatchObject({ micros: 1_700_000_000_123_456n, isWhole: true, flags: 1 });
    expect(up?.comment).toBe("uart.up id=t7 mac=aabb");
    expect(down).toMatchObject({ micros: 1_700_000_000_200_000n, isWhole: true, flags: 2 });
    expect(down?.comment).toBe("mqtt.down id=t8 did=DID mac=aabb");
  });

  it("puts version, direction, product_key, did, mac, id and topic before the bytes", () => {
    const packets = readPackets(capture([UP, MQTT], { productKeyOf: ({ id }) => (id === "t8" ? "A1B2" : undefined) }));
    const text = (value: string): string => {
      const bytes = Buffer.from(value);
      return `00${bytes.length.toString(16).padStart(2, "0")}${bytes.toString("hex")}`;
    };
    expect(packets.map(({ hex }) => hex)).toEqual([
      `0100${text("")}${text("")}${text("aabb")}${text("t7")}${text("")}${BEAT}`,
      `0101${text("a1b2")}${text("DID")}${text("aabb")}${text("t8")}${text("app2dev/DID/é")}000000030400009002`,
    ]);
  });

  it("leaves out hops without bytes", () => {
    const others: TraceEntry[] = [
      { at: 1, id: "a", hop: "cloud.telemetry" },
      { at: 1, id: "a", hop: "uart.up" },
      { at: 1, id: "a", hop: "mqtt.up", detail: { hex: 5 } },
    ];
    expect(capture(others)).toHaveLength(1);
  });

  it("takes a bad frame too, where it is known which way they went", () => {
    const flawed: TraceEntry[] = [
      { at: 1, id: "a", hop: "uart.bad", detail: { hex: "ffff00", way: "up" } },
      { at: 1, id: "a", hop: "uart.bad", detail: { hex: "ffff01", way: "down" } },
      { at: 1, id: "a", hop: "uart.bad", detail: { hex: "ffff00" } },
      { at: 1, id: "a", hop: "uart.tolerated", detail: { hex: "ffff00", way: "up" } },
    ];
    expect(readPackets(capture(flawed)).map(({ hex }) => [hex.slice(0, 4), hex.slice(-6)])).toEqual([
      ["0100", "ffff00"],
      ["0101", "ffff01"],
    ]);
  });

  it("refuses bytes that are no hex", () => {
    expect(() => encodePcapng([{ ...UP, detail: { hex: "zz" } }])).toThrowError(
      expect.objectContaining({ code: "hex-invalid" }),
    );
  });

  it("stays readable when a text is longer than its length can say", () => {
    const did = "d".repeat(70_000);
    const [packet] = readPackets(capture([{ at: 1, id: "a", hop: "uart.up", did, detail: { hex: BEAT } }]));
    expect(packet?.comment).toHaveLength(65_535);
    expect(packet?.hex.endsWith(BEAT)).toBe(true);
  });
});
