import { parseDecimal } from "./decimal.js";

type Scalar = string | number | boolean;

/** What may come along with a value; kept with it, and given back when asked for (aggregation-apis.md 3.1, 3.2 #26). */
export interface UploadExtras {
  /** Degrees, as they were written. */
  readonly latitude?: string;
  readonly longitude?: string;
  readonly x_axis_value?: string;
  readonly metadata?: Scalar;
  /** From the oldest version of the API. */
  readonly related_file?: Scalar;
  readonly raw_data?: Scalar;
  readonly is_public?: Scalar;
}

/** With their escapes they fit beside each other into one log entry. */
const MAX_TEXT = 2000;
const MAX_AXIS = 64;
const DEGREES: Readonly<Record<string, number>> = { latitude: 90, longitude: 180 };
const SCALARS = ["metadata", "related_file", "raw_data", "is_public"] as const;

/** Reads what an upload has besides value and time; null and "" count as absent. Throws what `refuse` makes. */
export function packExtras(
  attributes: Readonly<Record<string, unknown>>,
  refuse: (attribute: string, detail: string) => Error,
): { extras: UploadExtras; detail: string | undefined } {
  const extras: Record<string, Scalar> = {};
  const isGiven = (name: string): boolean => ![undefined, null, ""].includes(attributes[name] as null);
  for (const [name, limit] of Object.entries(DEGREES)) {
    if (!isGiven(name)) continue;
    const degrees = parseDecimal(attributes[name]);
    if (degrees === undefined || Math.abs(degrees) > limit) {
      throw refuse(name, `degrees from -${limit} to ${limit} are wanted`);
    }
    extras[name] = String(attributes[name]).trim();
  }
  const axis = attributes.x_axis_value;
  if (isGiven("x_axis_value")) {
    if (!isScalar(axis) || String(axis).length > MAX_AXIS) {
      throw refuse("x_axis_value", `a number or a text of at most ${MAX_AXIS} characters is wanted`);
    }
    extras.x_axis_value = String(axis);
  }
  for (const name of SCALARS) {
    const value = attributes[name];
    if (!isGiven(name)) continue;
    if (!isScalar(value) || String(value).length > MAX_TEXT) {
      throw refuse(name, `a text of at most ${MAX_TEXT} characters, a number, true or false is wanted`);
    }
    extras[name] = value;
  }
  return { extras, detail: Object.keys(extras).length === 0 ? undefined : JSON.stringify(extras) };
}

/** What `packExtras` kept with a value. */
export function readExtras(detail: string | undefined): UploadExtras {
  return detail === undefined ? {} : (JSON.parse(detail) as UploadExtras);
}

/** The metadata of a row: as they were sent, or all there is when fields of the oldest version came too. */
export function metadataOf({ metadata, related_file, raw_data, is_public }: UploadExtras) {
  const older = { related_file, raw_data, is_public };
  if (Object.values(older).every((value) => value === undefined)) return metadata ?? null;
  return { metadata, ...older };
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
}
