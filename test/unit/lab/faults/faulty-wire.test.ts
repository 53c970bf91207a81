import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeFrame, type Frame } from "../../../../src/codec/frame.js";
import { splitFrames } from "../../../../src/codec/splitter.js";
import { createSeededRandom } from "../../../../src/core/random.js";
import { type FaultSpec, readFault } from "../../../../src/lab/faults/fault-spec.js";
import { FaultyWire, isAimedAt } from "../../../../src/lab/faults/uart-faults.js";
import { anyFrame, concat, framesOf, kindsOf } from "../../../support/frames.js";

/** A wire on which a fault strikes every frame it is meant for. */
function createWire(spec: FaultSpec): FaultyWire {
  const rule = readFault(spec);
  const random = createSeededRandom(1);
  return new FaultyWire((frame) => (isAimedAt(rule, frame) ? { rule, random } : undefined));
}

/** What a frame becomes, all pieces together. */
function distort(kind: FaultSpec["kind"], frame: Frame): Uint8Array {
  const wire = encodeFrame(frame);
  return concat(...(createWire({ kind }).distort("did", "up", wire) ?? [{ bytes: wire }]).map(({ bytes }) => bytes));
}

/** What the next good frame behind it is found as. */
const NEXT: Frame = { cmd: 7, sn: 0, flags: 0, payload: Uint8Array.of(1, 2) };
const NEXT_WIRE = encodeFrame(NEXT);

describe("any frame", () => {
  it.each<[FaultSpec["kind"], string, (frame: Frame) => void]>([
    [
      "uart.bad-checksum",
      "has a wrong checksum, and nothing else is wrong",
      (frame) => expect(kindsOf(splitFrames(distort("uart.bad-checksum", frame)))).toEqual(["checksum"]),
    ],
    [
      "uart.bad-length",
      "is cut off by the next header",
      (frame) =>
        expect(kindsOf(splitFrames(concat(distort("uart.bad-length", frame), NEXT_WIRE)))).toEqual([
          "truncated",
          "frame",
        ]),
    ],
    [
      "uart.bad-sn",
      "is sound but for its sn",
      (frame) =>
        expect(framesOf(splitFrames(distort("uart.bad-sn", frame)))).toEqual([{ ...frame, sn: (frame.sn + 1) & 0xff }]),
    ],
    [
      "uart.duplicate",
      "is there twice",
      (frame) => expect(framesOf(splitFrames(distort("uart.duplicate", frame)))).toEqual([frame, frame]),
    ],
    [
      "uart.split",
      "is whole again when both pieces have come",
      (frame) => expect(framesOf(splitFrames(distort("uart.split", frame)))).toEqual([frame]),
    ],
    [
      "uart.noise",
      "is found behind the noise",
      (frame) => expect(framesOf(splitFrames(distort("uart.noise", frame))).at(-1)).toEqual(frame),
    ],
    [
      "uart.flip-bit",
      "is not what it was, and the next one is found",
      (frame) => {
        const found = framesOf(splitFrames(concat(distort("uart.flip-bit", frame), NEXT_WIRE)));
        expect(found.at(-1)).toEqual(NEXT);
        expect(found.slice(0, -1)).not.toContainEqual(frame);
      },
    ],
    [
      "uart.unstuffed",
      "keeps every byte but the stuffing",
      (frame) => {
        const { length } = distort("uart.unstuffed", frame);
        expect(length).toBe(frame.payload.length + 9);
      },
    ],
  ])("that meets %s %s", (_kind, _what, check) => {
    fc.assert(
      fc.property(anyFrame(300), (frame) => {
        check(frame);
      }),
      { numRuns: 300 },
    );
  });
});

describe("a wire that holds a frame back", () => {
  const [first, second] = [encodeFrame({ ...NEXT, sn: 1 }), encodeFrame({ ...NEXT, sn: 2 })];

  it("writes it together with the next one that is let pass", () => {
    const rule = readFault({ kind: "uart.join" });
    let isOn = true;
    const wire = new FaultyWire(() => (isOn ? { rule, random: createSeededRandom(1) } : undefined));
    expect(wire.distort("did", "up", first)).toEqual([]);
    expect(wire.isHolding).toBe(true);
    isOn = false;
    expect(wire.distort("did", "up", second)?.map(({ bytes }) => splitFrames(bytes).length)).toEqual([2]);
    expect([wire.isHolding, wire.distort("did", "up", second)]).toEqual([false, undefined]);
  });

  it("holds back one at a time, and loses it with the power", () => {
    const wire = createWire({ kind: "uart.join" });
    wire.distort("did", "up", first);
    expect(wire.distort("did", "up", second)).toEqual([{ bytes: first, delayMs: 0 }]);
    wire.drop();
    expect(wire.isHolding).toBe(false);
    expect(wire.distort("did", "up", first)).toEqual([]);
  });
});
