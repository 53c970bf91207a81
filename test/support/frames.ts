import fc from "fast-check";
import type { Frame } from "../../src/codec/frame.js";
import type { FoundItem } from "../../src/codec/splitter.js";

const byte = fc.integer({ min: 0, max: 0xff });
/** Bytes in which the two that matter to stuffing are common. */
const wireByte = fc.oneof({ weight: 3, arbitrary: byte }, { weight: 2, arbitrary: fc.constantFrom(0xff, 0x55) });

/** A payload rich in FF and 55. */
export function anyPayload(maxLength = 40): fc.Arbitrary<Uint8Array> {
  return fc.array(wireByte, { maxLength }).map((bytes) => Uint8Array.from(bytes));
}

/** Any frame that can be sent. */
export function anyFrame(maxLength = 40): fc.Arbitrary<Frame> {
  return fc.record({
    cmd: wireByte,
    sn: wireByte,
    flags: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })),
    payload: anyPayload(maxLength),
  });
}

/** Line noise made of the bytes that drive a splitter through its states. */
export function anyNoise(maxLength = 60): fc.Arbitrary<Uint8Array> {
  const tricky = fc.constantFrom(0xff, 0xff, 0xff, 0x55, 0x00, 0x01, 0x05, 0x06, 0x10, 0x11);
  return fc
    .array(fc.oneof({ weight: 4, arbitrary: tricky }, byte), { maxLength })
    .map((bytes) => Uint8Array.from(bytes));
}

/** One after the other. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

/** The frames among the items. */
export function framesOf(items: readonly FoundItem[]): Frame[] {
  return items.flatMap((item) => (item.kind === "frame" ? [item.frame] : []));
}

/** `frame`, or `checksum`, `length`, `truncated`, or `garbage`, item by item. */
export function kindsOf(items: readonly FoundItem[]): string[] {
  return items.map((item) => (item.kind === "bad" ? item.bad.reason : item.kind));
}
