import type { Duplex } from "node:stream";
import { readPacketLength } from "../../src/cloud/broker/packet-pacer.js";
import type { TestLab } from "../../src/testing.js";

const [PUBLISH, PUBACK] = [3, 4];

/**
 * Reads along at the modules' ends of their connections, from now on: the messages whose PUBACK has reached the module,
 * in hex, in the order of their PUBACKs, by topic.
 */
export function watchAcknowledged(lab: TestLab): ReadonlyMap<string, readonly string[]> {
  const acknowledged = new Map<string, string[]>();
  const { broker } = lab.platform.cloud;
  const connect = broker.connect.bind(broker);
  broker.connect = () => {
    const near = connect();
    const sent = new Map<number, { topic: string; hex: string }>();
    tapWrites(
      near,
      readPackets((packet) => {
        if ((packet[0] as number) >> 4 !== PUBLISH) return;
        const { id, topic, payload } = readPublish(packet);
        sent.set(id, { topic, hex: payload.toString("hex") });
      }),
    );
    near.on(
      "data",
      readPackets((packet) => {
        const message = (packet[0] as number) >> 4 === PUBACK ? sent.get(packet.readUInt16BE(2)) : undefined;
        if (message === undefined) return;
        acknowledged.set(message.topic, [...(acknowledged.get(message.topic) ?? []), message.hex]);
      }),
    );
    return near;
  };
  return acknowledged;
}

function tapWrites(stream: Duplex, see: (bytes: Buffer) => void): void {
  const write = stream.write.bind(stream) as (chunk: Uint8Array | string, ...rest: unknown[]) => boolean;
  stream.write = ((chunk: Uint8Array | string, ...rest: unknown[]) => {
    see(Buffer.from(chunk as Uint8Array));
    return write(chunk, ...rest);
  }) as Duplex["write"];
}

/** Hands whole packets on, however they are cut. */
function readPackets(take: (packet: Buffer) => void): (bytes: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    for (;;) {
      const length = readPacketLength(rest);
      if (length === undefined || rest.length < length) return;
      take(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
  };
}

/** A PUBLISH at QoS 1. */
function readPublish(packet: Buffer): { id: number; topic: string; payload: Buffer } {
  let at = 1;
  while ((packet[at] as number) >= 0x80) at += 1;
  at += 1;
  const end = at + 2 + packet.readUInt16BE(at);
  const topic = packet.subarray(at + 2, end).toString("utf8");
  return { id: packet.readUInt16BE(end), topic, payload: packet.subarray(end + 2) };
}
