import type { Clock } from "../core/clock.js";
import { createSeededRandom } from "../core/random.js";
import type { Link } from "../link/link.js";
import { lineTime, paceLink } from "../link/paced.js";
import { createLinkPair } from "../link/pair.js";
import { createWorld } from "../mcu/models/world/world.js";
import { VirtualMcu } from "../mcu/virtual-mcu.js";
import { createModel } from "./device-model.js";
import type { NamedProfile } from "./profiles.js";

export interface LoneMcuOptions {
  readonly product: NamedProfile;
  readonly clock: Clock;
  readonly seed: number | string;
  readonly baud?: number;
}

/** A virtual MCU that runs without a module: the other end of its wire is the caller's. */
export interface LoneMcu {
  readonly link: Link;
  close(): void;
}

const DEFAULT_BAUD = 9600;

/** Powers on a virtual MCU of a product at the far end of a wire in memory, paced like a UART. */
export function startLoneMcu({ product, clock, seed, baud = DEFAULT_BAUD }: LoneMcuOptions): LoneMcu {
  const [mcuEnd, moduleEnd] = createLinkPair();
  const mcu = new VirtualMcu({
    profile: product.profile,
    clock,
    link: paceLink(mcuEnd, clock, baud),
    model: createModel(product, createWorld(createSeededRandom(seed).stream("world"))),
    lineTime: (length) => lineTime(length, baud),
  });
  mcu.start();
  return {
    link: paceLink(moduleEnd, clock, baud),
    close() {
      mcu.stop();
      moduleEnd.close();
    },
  };
}
