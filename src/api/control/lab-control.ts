import type { Millis } from "../../core/duration.js";

/** What the control routes drive; the lab implements it and hands it in (architecture.md 3). */
export interface LabControl {
  /** Moves virtual time. Throws `clock-wall` on a wall clock. */
  advance(spanMs: Millis): Promise<void>;
  /** Adds virtual devices and resolves with their dids once they are online. Throws `product-unknown`. */
  addDevices(product: string, count: number): Promise<readonly string[]>;
  /** Changes datapoints from a virtual device's own side. Throws `device-not-virtual` and the `attr-…` errors. */
  setAttrs(did: string, attrs: Readonly<Record<string, boolean | number | string>>): void;
}
