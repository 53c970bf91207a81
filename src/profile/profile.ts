import type { Layout, LayoutPoint } from "../codec/layout.js";
import type { Whole } from "../core/numbers/whole.js";

/** One datapoint of a product, as the vendor's JSON defines it (uart.md 5). */
export interface Datapoint extends LayoutPoint {
  readonly displayName: string;
  readonly description: string;
  /** Enum labels by wire value; empty for other types. */
  readonly labels: readonly string[];
  /** Limits of the wire value x, not of the displayed y (uart.md 4.5). */
  readonly min: Whole;
  readonly max: Whole;
  /** y = ratio * x + addition. */
  readonly ratio: number;
  readonly addition: number;
}

/** A product: the vendor's datapoint JSON, checked, with every datapoint's place. */
export interface Profile {
  readonly name: string;
  readonly productKey: string;
  readonly datapoints: readonly Datapoint[];
  readonly layout: Layout;
  /** The document as it was read; `/app/datapoint` answers with it unchanged. */
  readonly document: Readonly<Record<string, unknown>>;
}

const byName = new WeakMap<Profile, ReadonlyMap<string, Datapoint>>();

/** The datapoint of that name, if the product has one. */
export function findDatapoint(profile: Profile, name: string): Datapoint | undefined {
  let known = byName.get(profile);
  if (known === undefined) {
    known = new Map(profile.datapoints.map((datapoint) => [datapoint.name, datapoint]));
    byName.set(profile, known);
  }
  return known.get(name);
}
