import { describe, expect, it } from "vitest";
import { createLinkPair } from "../../../src/link/pair.js";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe("a link pair", () => {
  it("brings bytes to the other end in order, not before the writer has gone on", async () => {
    const [left, right] = createLinkPair();
    const seen: string[] = [];
    right.onData((chunk) => seen.push(`right ${chunk.join()}`));
    left.onData((chunk) => seen.push(`left ${chunk.join()}`));
    left.write(bytes(1, 2));
    left.write(bytes(3));
    right.write(bytes(4));
    seen.push("written");
    await Promise.resolve();
    expect(seen).toEqual(["written", "right 1,2", "right 3", "left 4"]);
  });

  it("lets the two ends talk to each other from within their receivers", async () => {
    const [left, right] = createLinkPair();
    const seen: number[] = [];
    right.onData(([value = 0]) => right.write(bytes(value + 1)));
    const done = new Promise<void>((resolve) => {
      left.onData(([value = 0]) => {
        seen.push(value);
        if (value < 9) left.write(bytes(value + 1));
        else resolve();
      });
    });
    left.write(bytes(0));
    await done;
    expect(seen).toEqual([1, 3, 5, 7, 9]);
  });

  it("has one receiver an end: the last one set", async () => {
    const [left, right] = createLinkPair();
    const seen: string[] = [];
    right.onData(() => seen.push("first"));
    right.onData(() => seen.push("second"));
    left.write(bytes(1));
    await Promise.resolve();
    expect(seen).toEqual(["second"]);
  });

  it.each([0, 1])("closes at both ends when end %i closes, and says so once", async (end) => {
    const pair = createLinkPair();
    const seen: string[] = [];
    pair[0].onClose(() => seen.push("left closed"));
    pair[1].onClose(() => seen.push("right closed"));
    for (const link of pair) link.onData(() => seen.push("data"));
    pair[0].write(bytes(1));
    pair[end]?.close();
    pair[0].close();
    pair[1].close();
    pair[0].write(bytes(2));
    pair[1].write(bytes(3));
    await Promise.resolve();
    expect(seen.sort()).toEqual(["left closed", "right closed"]);
  });
});
