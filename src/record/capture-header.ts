/**
 * What stands before the bytes of every packet in a capture, since neither a UART frame nor an MQTT
 * payload says which device it belongs to or which way it went:
 *
 *   u8 version (1) | u8 direction (0 up, 1 down) | product_key | did | mac | id | topic
 *
 * where each text is u16 length (big-endian) + UTF-8, and empty when unknown. `id` is the correlation
 * id of the trace. `topic` is empty on UART links.
 */

export interface CaptureHeader {
  readonly direction: "up" | "down";
  readonly productKey?: string | undefined;
  readonly did?: string | undefined;
  readonly mac?: string | undefined;
  readonly id?: string | undefined;
  readonly topic?: string | undefined;
}

export const HEADER_VERSION = 1;
/** The directions, seen from the device, in the order of their numbers. */
export const DIRECTIONS = ["up", "down"] as const;
/** The texts in their order; the dissector shows them under these names. */
export const HEADER_TEXTS = ["product_key", "did", "mac", "id", "topic"] as const;

const MAX_TEXT = 0xffff;

/** The pseudo header in front of a packet. A text beyond 65,535 bytes is cut. */
export function encodeCaptureHeader(header: CaptureHeader): Uint8Array {
  const { direction, productKey = "", did = "", mac = "", id = "", topic = "" } = header;
  const texts: Readonly<Record<(typeof HEADER_TEXTS)[number], string>> = {
    product_key: productKey.toLowerCase(),
    did,
    mac,
    id,
    topic,
  };
  return Buffer.concat([
    Uint8Array.of(HEADER_VERSION, DIRECTIONS.indexOf(direction)),
    ...HEADER_TEXTS.flatMap((name) => {
      const text = Buffer.from(texts[name]).subarray(0, MAX_TEXT);
      return [Uint8Array.of(text.length >> 8, text.length), text];
    }),
  ]);
}
