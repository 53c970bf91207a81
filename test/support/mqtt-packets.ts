/** MQTT packets as bytes, for tests that look at the wire itself. */

const text = (value: string): number[] => {
  const bytes = Buffer.from(value, "utf8");
  return [bytes.length >> 8, bytes.length & 0xff, ...bytes];
};

function packet(head: number, body: readonly number[]): Buffer {
  if (body.length > 16_383) throw new Error("two length bytes are enough for a test");
  const length = body.length < 128 ? [body.length] : [(body.length & 0x7f) | 0x80, body.length >> 7];
  return Buffer.from([head, ...length, ...body]);
}

/** CONNECT of MQTT 3.1 with user name, password and clean session. */
export function connectPacket(clientId: string, username: string, password: string, keepaliveS = 120): Buffer {
  return packet(0x10, [
    ...text("MQIsdp"),
    3,
    0xc2,
    keepaliveS >> 8,
    keepaliveS & 0xff,
    ...text(clientId),
    ...text(username),
    ...text(password),
  ]);
}

/** SUBSCRIBE of one topic at QoS 0, as firmware sends it. */
export function subscribePacket(messageId: number, filter: string): Buffer {
  return packet(0x82, [messageId >> 8, messageId & 0xff, ...text(filter), 0]);
}

/** PUBLISH at QoS 1. */
export function publishPacket(messageId: number, topic: string, payload: Uint8Array): Buffer {
  return packet(0x32, [...text(topic), messageId >> 8, messageId & 0xff, ...payload]);
}
