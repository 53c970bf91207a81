import { planLayout } from "../../codec/layout.js";
import type { Datapoint, Profile } from "../../profile/profile.js";
import { countDecimals, shiftPoint } from "../../profile/scale.js";

/**
 * What is uploaded to an input of its own: one decimal number, kept as the whole number x of y = 10^-d * x, so that
 * sums are exact in any order. Each d is a scale of the one datapoint, as a changed ratio is one of a device's.
 */

/** Stands for a product_key, which no profile can have. */
export const MEASUREMENT_KEY = "measurement";

/** What is kept of a number: so many significant digits, and decimals. */
const MAX_DIGITS = 15;
/** From here on a number has more digits than are kept. */
export const MEASUREMENT_LIMIT = 10 ** MAX_DIGITS;
/** Above all profile versions that a store can have. */
const FIRST_VERSION = 0xffff_ff00;
/** Decimals that most numbers get, so that one sensor's stay of one scale. */
const USUAL_DECIMALS = [3, 6, 9, 12, 15];

/** The datapoint of an input of its own, as the engine is asked for it: rounded no more than its numbers are. */
export const MEASURED: Datapoint = datapointOf(MAX_DIGITS);

const VERSIONS: readonly { readonly profile: Profile; readonly rollupIds: readonly number[] }[] = Array.from(
  { length: MAX_DIGITS + 1 },
  (_, decimals) => {
    const datapoints = [datapointOf(decimals)];
    return {
      profile: {
        name: MEASUREMENT_KEY,
        productKey: MEASUREMENT_KEY,
        datapoints,
        layout: planLayout("standard", datapoints),
        document: {},
      },
      rollupIds: [rollupIdOf(decimals)],
    };
  },
);

/** Every scale that an input of its own can be rolled up by. */
export const MEASUREMENT_SCALES: readonly { readonly id: number; readonly ratio: number; readonly addition: number }[] =
  VERSIONS.map((_, decimals) => ({ id: rollupIdOf(decimals), ratio: ratioOf(decimals), addition: 0 }));

/** What stands for a profile version in the log entry of a measurement. */
export function measurementVersion(profileId: number): (typeof VERSIONS)[number] | undefined {
  return VERSIONS[profileId - FIRST_VERSION];
}

/** The number that is kept of one: 15 significant digits and 15 decimals of it, never -0. */
export function roundMeasurement(value: number): number {
  const rounded = Number(value.toPrecision(MAX_DIGITS));
  return (Math.abs(rounded) < 1 ? Number(rounded.toFixed(MAX_DIGITS)) : rounded) || 0;
}

/** A rounded number below `MEASUREMENT_LIMIT` as a log entry holds it. */
export function packMeasurement(value: number): { readonly profileId: number; readonly payload: Uint8Array } {
  const least = countDecimals(value);
  const decimals = USUAL_DECIMALS.find((many) => many >= least && isKept(shiftPoint(value, many))) ?? least;
  const payload = new Uint8Array(8);
  new DataView(payload.buffer).setFloat64(0, Math.round(shiftPoint(value, decimals)), true);
  return { profileId: FIRST_VERSION + decimals, payload };
}

/** The x of a log entry; 0 for one without it. */
export function readMeasurement(payload: Uint8Array | undefined): number {
  if (payload === undefined || payload.length < 8) return 0;
  return new DataView(payload.buffer, payload.byteOffset).getFloat64(0, true);
}

function datapointOf(decimals: number): Datapoint {
  return {
    index: 0,
    name: "value",
    displayName: "value",
    description: "",
    access: "readonly",
    // Any number; it never stands in a frame.
    dataType: "uint32",
    width: 4,
    labels: [],
    min: -MEASUREMENT_LIMIT,
    max: MEASUREMENT_LIMIT,
    ratio: ratioOf(decimals),
    addition: 0,
  };
}

function ratioOf(decimals: number): number {
  return Number(`1e-${decimals}`);
}

/** Datapoints of profiles are counted from 1 up. */
function rollupIdOf(decimals: number): number {
  return -1 - decimals;
}

function isKept(x: number): boolean {
  return Math.abs(x) < MEASUREMENT_LIMIT;
}
