import type { RawValue, RawValues } from "../codec/layout.js";
import { formatCount } from "../core/count-text.js";
import { GizlabError } from "../core/errors.js";
import { formatHex } from "../core/hex.js";
import { decimalOf, parseDecimal } from "../core/numbers/decimal.js";
import { MAX_UINT64, toWhole, type Whole } from "../core/numbers/whole.js";
import { suggestNearest } from "../core/suggestion.js";
import { type Datapoint, findDatapoint, type Profile } from "./profile.js";
import { scaleDownWide, scaleUpWide } from "./wide-number.js";

/**
 * A value in engineering units: bool, number, enum label, or lower-case hex of a binary. A number of 8 bytes beyond
 * 2^53-1 is the text of its digits.
 */
export type DisplayValue = boolean | number | string;
export type DisplayValues = Record<string, DisplayValue>;

/** How binaries are written in JSON (rest.md 6.3). */
export type BinaryCoding = "hex" | "base64";

const INTEGER_LIMITS: Readonly<Record<string, Whole>> = {
  uint8: 0xff,
  uint16: 0xffff,
  uint32: 0xffff_ffff,
  uint64: MAX_UINT64,
};

/** The largest wire value a data type can carry; 0 for types without numbers. */
export function widthLimit(dataType: string): Whole {
  return INTEGER_LIMITS[dataType] ?? 0;
}

/**
 * y = ratio * x + addition, rounded to the decimals of ratio and addition, as the cloud shows it
 * (uart.md 4.5, rest.md 6.1). An enum index without a label stays a number.
 */
export function toDisplay(datapoint: Datapoint, raw: RawValue): DisplayValue {
  if (typeof raw !== "number") return typeof raw === "bigint" ? scaleUpWide(datapoint, raw) : formatHex(raw);
  if (datapoint.dataType === "bool") return raw !== 0;
  if (datapoint.dataType === "enum") return datapoint.labels[raw] ?? raw;
  return datapoint.dataType === "uint64" ? scaleUpWide(datapoint, raw) : scaleUp(datapoint, raw);
}

/** The number y of a wire number x. */
export function scaleUp(datapoint: Datapoint, x: number): number {
  if (datapoint.ratio === 1 && datapoint.addition === 0) return x;
  const y = datapoint.ratio * x + datapoint.addition;
  return Number.isInteger(datapoint.ratio) && Number.isInteger(datapoint.addition)
    ? y
    : roundTo(y, decimalsOf(datapoint));
}

/** x = (y - addition) / ratio at the nearest integer, never -0: what a cloud or an app intends (uart.md 4.5). */
export function scaleDown(datapoint: Datapoint, y: number): number {
  return Math.round((y - datapoint.addition) / datapoint.ratio) || 0;
}

/** x as the vendor's MCU firmware computes it: float32 arithmetic, truncated (uart.md 4.5). */
export function scaleDownLikeFirmware(ratio: number, addition: number, y: number): number {
  const f32 = Math.fround;
  if (Number.isInteger(ratio) && Number.isInteger(addition) && Number.isInteger(y)) {
    return Math.trunc((y - addition) / ratio) || 0;
  }
  return Math.trunc(f32(f32(f32(y) - f32(addition)) / f32(ratio))) || 0;
}

/** y as the vendor's integer function computes it. */
export function scaleUpLikeFirmware(ratio: number, addition: number, x: number): number {
  return Math.trunc(Math.fround(Math.fround(x * Math.fround(ratio)) + addition));
}

const knownDecimals = new WeakMap<Datapoint, number>();

/** How many decimals a displayed value has: those of ratio and addition. */
export function decimalsOf(datapoint: Datapoint): number {
  let decimals = knownDecimals.get(datapoint);
  if (decimals === undefined) {
    decimals = Math.max(countDecimals(datapoint.ratio), countDecimals(datapoint.addition));
    knownDecimals.set(datapoint, decimals);
  }
  return decimals;
}

/** Rounds half away from zero at `decimals`, so that 0.1 * 3 is 0.3. */
export function roundTo(value: number, decimals: number): number {
  const size = Math.abs(value);
  const factor = POWERS_OF_TEN[decimals] ?? Number.NaN;
  const shifted = size * factor;
  const rest = shifted - Math.floor(shifted);
  // Where the product's error cannot reach the next half, the division of two exact numbers is the nearest there is.
  const rounded =
    shifted < EXACT_LIMIT && Math.abs(rest - 0.5) > NEAR_HALF
      ? Math.round(shifted) / factor
      : shiftPoint(Math.round(shiftPoint(size, decimals)), -decimals);
  return value < 0 && rounded > 0 ? -rounded : rounded;
}

const POWERS_OF_TEN: readonly number[] = Array.from({ length: 16 }, (_, power) => Number(`1e${power}`));
/** Below it a product of two numbers is off by less than a thousandth. */
const EXACT_LIMIT = 2 ** 40;
const NEAR_HALF = 0.001;

/** The displayed values of what a frame carries, by datapoint name. */
export function displayValues(profile: Profile, values: Readonly<RawValues>): DisplayValues {
  const attrs: DisplayValues = {};
  for (const datapoint of profile.datapoints) {
    const raw = values[datapoint.index];
    if (raw !== undefined) attrs[datapoint.name] = toDisplay(datapoint, raw);
  }
  return attrs;
}

export interface WireOptions {
  readonly binaryCoding?: BinaryCoding;
  /** Refuse datapoints an app may not write. */
  readonly writableOnly?: boolean;
  /** `nearest` (default) is what the cloud intends; `firmware` truncates in float32 as the vendor's MCU code does. */
  readonly rounding?: "nearest" | "firmware";
}

/**
 * Wire values of named engineering values. Bools may be 0 and 1, enums may be an index.
 * Throws `attr-unknown`, `attr-readonly`, `attr-type`, `attr-range`, each naming the datapoint in `at.path`.
 */
export function wireValues(
  profile: Profile,
  attrs: Readonly<Record<string, unknown>>,
  options: WireOptions = {},
): RawValues {
  const values: RawValues = [];
  for (const name of Object.keys(attrs)) {
    const value = attrs[name];
    const datapoint = findDatapoint(profile, name);
    if (datapoint === undefined) throw refuseUnknown(profile, name);
    if (options.writableOnly === true && datapoint.access !== "writable") {
      throw new GizlabError("attr-readonly", `${name} is read-only`, { at: { path: name } });
    }
    values[datapoint.index] = toWire(datapoint, value, options);
  }
  return values;
}

/** One wire value. Throws `attr-type`, `attr-range`. */
export function toWire(datapoint: Datapoint, value: unknown, options: WireOptions = {}): RawValue {
  switch (datapoint.dataType) {
    case "bool":
      if (value === true || value === 1) return 1;
      if (value === false || value === 0) return 0;
      throw wrongType(datapoint, "true, false, 1 or 0", value);
    case "enum":
      return enumToWire(datapoint, value);
    case "binary":
      return binaryToWire(datapoint, value, options.binaryCoding ?? "hex");
    case "uint64":
      return wideToWire(datapoint, value, options);
    default: {
      if (typeof value !== "number" || !Number.isFinite(value)) throw wrongType(datapoint, "a number", value);
      const x =
        options.rounding === "firmware"
          ? scaleDownLikeFirmware(datapoint.ratio, datapoint.addition, value)
          : scaleDown(datapoint, value);
      if (x < datapoint.min || x > datapoint.max) throw outOfRange(datapoint, describeRange(datapoint), value);
      return x;
    }
  }
}

/** 8 bytes hold more than a number: beyond 2^53 a value is a bigint, or a text of digits. */
function wideToWire(datapoint: Datapoint, value: unknown, { rounding }: WireOptions): Whole {
  const decimal =
    typeof value === "string"
      ? parseDecimal(value)
      : typeof value === "bigint" || (typeof value === "number" && Number.isFinite(value))
        ? decimalOf(value)
        : undefined;
  if (decimal === undefined) throw wrongType(datapoint, "a number, or a text of digits", value);
  const { ratio, addition } = datapoint;
  const x =
    rounding === "firmware" && !(ratio === 1 && addition === 0)
      ? toWhole(BigInt(Math.max(-1, Math.min(scaleDownLikeFirmware(ratio, addition, Number(value)), 2 ** 64))))
      : scaleDownWide(datapoint, decimal);
  // A number that far off may be the rounding of one that is allowed.
  const isRounded = typeof value === "number" && Math.abs(value) > Number.MAX_SAFE_INTEGER;
  const isNear = isRounded && [datapoint.min, datapoint.max].some((end) => Number(toDisplay(datapoint, end)) === value);
  if (!isNear && (x < datapoint.min || x > datapoint.max))
    throw outOfRange(datapoint, describeRange(datapoint), typeof value === "number" ? value : String(value));
  if (!isRounded) return x;
  throw new GizlabError("attr-type", `${datapoint.name} has lost digits: a number holds no more than 2^53`, {
    expected: "a text of digits, or a bigint, beyond 9007199254740991",
    found: String(value),
    hint: `write its digits in quotes: "${MAX_UINT64}"`,
    at: { path: datapoint.name },
  });
}

function describeRange(datapoint: Datapoint): string {
  return `${toDisplay(datapoint, datapoint.min)}..${toDisplay(datapoint, datapoint.max)}`;
}

/** Whether the product allows a wire value: a label's index, a number within its limits (uart.md 4.5). */
export function isAllowed({ dataType, labels, min, max }: Datapoint, raw: RawValue): boolean {
  if (raw instanceof Uint8Array || dataType === "bool") return true;
  return dataType === "enum" ? raw < labels.length : raw >= min && raw <= max;
}

/** The numbers that can be added up: uints, and bools as 0 and 1 (rest.md 3.1 shows an alert summed). */
export function isNumeric(datapoint: Datapoint): boolean {
  return datapoint.dataType !== "enum" && datapoint.dataType !== "binary";
}

function enumToWire(datapoint: Datapoint, value: unknown): number {
  const index = typeof value === "string" ? datapoint.labels.indexOf(value) : value;
  if (typeof index !== "number") throw wrongType(datapoint, "a label or its index", value);
  if (Number.isInteger(index) && index >= 0 && index < datapoint.labels.length) return index;
  const nearest = typeof value === "string" ? suggestNearest(value, datapoint.labels) : undefined;
  throw outOfRange(
    datapoint,
    `one of ${datapoint.labels.map((label) => `"${label}"`).join(", ")}`,
    value,
    nearest === undefined ? undefined : `did you mean "${nearest}"?`,
  );
}

function binaryToWire(datapoint: Datapoint, value: unknown, coding: BinaryCoding): Uint8Array {
  const isWellFormed =
    typeof value === "string" &&
    (coding === "hex"
      ? /^(?:[0-9a-fA-F]{2})*$/.test(value)
      : /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value));
  if (!isWellFormed) throw wrongType(datapoint, `a ${coding} string`, value);
  const bytes = Uint8Array.from(Buffer.from(value, coding));
  if (bytes.length !== datapoint.width) {
    throw outOfRange(
      datapoint,
      formatCount(datapoint.width, "byte"),
      formatCount(bytes.length, "byte"),
      "pad the value to its full length",
    );
  }
  return bytes;
}

/** What is said of a name that is no datapoint: the one that was probably meant, or all that there are. */
export function refuseUnknown(profile: Profile, name: string): GizlabError {
  const known = profile.datapoints.map((datapoint) => datapoint.name);
  const nearest = suggestNearest(name, known);
  return new GizlabError("attr-unknown", `${profile.name} has no datapoint ${name}`, {
    hint: nearest === undefined ? `it has ${known.join(", ")}` : `did you mean ${nearest}?`,
    at: { path: name },
  });
}

function wrongType(datapoint: Datapoint, expected: string, found: unknown): GizlabError {
  return new GizlabError("attr-type", `${datapoint.name} is a ${datapoint.dataType}`, {
    expected,
    found: typeof found === "bigint" ? String(found) : (JSON.stringify(found) ?? String(found)),
    at: { path: datapoint.name },
  });
}

function outOfRange(datapoint: Datapoint, expected: string, found: unknown, hint?: string): GizlabError {
  return new GizlabError("attr-range", `${datapoint.name} is out of range`, {
    expected,
    found: typeof found === "string" ? found : JSON.stringify(found),
    ...(hint === undefined ? {} : { hint }),
    at: { path: datapoint.name },
  });
}

/** The number whose decimal digits stand `places` further left: exact where a product with 10 ** places is not. */
export function shiftPoint(value: number, places: number): number {
  const [mantissa = "", exponent = "0"] = String(value).split("e");
  return Number(`${mantissa}e${Number(exponent) + places}`);
}

/** How many decimals a number is written with: 2 of 12.25, none of 1e21. */
export function countDecimals(value: number): number {
  const [mantissa = "", exponent = "0"] = String(value).toLowerCase().split("e");
  return Math.max(0, (mantissa.split(".")[1]?.length ?? 0) - Number(exponent));
}
