import { onTestFinished } from "vitest";
import { encodeFrame } from "../../src/codec/frame.js";
import { splitFrames } from "../../src/codec/splitter.js";
import { VirtualMcu } from "../../src/mcu/virtual-mcu.js";
import type { VirtualMcuOptions } from "../../src/mcu/virtual-mcu-options.js";
import type { Profile } from "../../src/profile/profile.js";
import { WireBench } from "./wire-bench.js";

/** A running MCU at one end of a wire; the other is the test's. */
export function createMcuBench(profile: Profile, options: Partial<VirtualMcuOptions> = {}) {
  const wire = new WireBench();
  const mcu = new VirtualMcu({ profile, clock: wire.clock, link: wire.link, ...options });
  onTestFinished(() => mcu.stop());
  mcu.start();
  return { wire, mcu, clock: wire.clock };
}

/** From now on every request is acknowledged at once, so that nothing is sent twice. */
export function acknowledgeAll(wire: WireBench): void {
  wire.answerWith((bytes) => {
    for (const item of splitFrames(bytes)) {
      if (item.kind !== "frame" || item.frame.cmd % 2 === 0) continue;
      const { cmd, sn } = item.frame;
      wire.write(encodeFrame({ cmd: cmd + 1, sn, flags: 0, payload: new Uint8Array(0) }));
    }
  });
}
