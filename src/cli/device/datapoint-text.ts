import { formatCount } from "../../core/count-text.js";
import type { Datapoint, Profile } from "../../profile/profile.js";
import { type DisplayValue, type DisplayValues, toDisplay } from "../../profile/scale.js";

const ACCESS_WORDS: Readonly<Record<Datapoint["access"], string>> = {
  writable: "writable",
  readonly: "read-only",
  alert: "alert",
  fault: "fault",
};
const COLUMNS = 80;

/** The values that a datapoint takes, in a few words: `-5..5`, `true, false`, its labels, `4 bytes`. */
export function describeValues(datapoint: Datapoint): string {
  switch (datapoint.dataType) {
    case "bool":
      return "true, false";
    case "enum":
      return datapoint.labels.join(", ");
    case "binary":
      return `${formatCount(datapoint.width, "byte")} of hex`;
    default:
      return `${toDisplay(datapoint, datapoint.min)}..${toDisplay(datapoint, datapoint.max)}`;
  }
}

/** A value as it may be typed again after `NAME=`: words with blanks in quotes. */
export function formatValue(value: DisplayValue): string {
  const text = String(value);
  return text === "" || /[\s"';\\]/.test(text) ? JSON.stringify(text) : text;
}

/** Datapoints as lines of `NAME=VALUE`, with who may write them and what they take. */
export function formatReadings(profile: Profile, names: readonly string[], attrs: DisplayValues): string[] {
  const rows = profile.datapoints
    .filter(({ name }) => names.includes(name))
    .map((datapoint) => {
      const value = attrs[datapoint.name];
      return {
        assignment:
          value === undefined ? `${datapoint.name} is not reported yet` : `${datapoint.name}=${formatValue(value)}`,
        about: `${ACCESS_WORDS[datapoint.access].padEnd(9)}  ${describeValues(datapoint)}`,
      };
    });
  const width = Math.max(0, ...rows.map(({ assignment }) => assignment.length));
  return rows.map(({ assignment, about }) => cut(`  ${assignment.padEnd(width)}  ${about}`));
}

function cut(line: string): string {
  return line.length <= COLUMNS ? line : `${line.slice(0, COLUMNS - 1)}…`;
}
