import type { Input } from "../../cloud/devices/inputs.js";
import type { InputRow, InputStatistic, InputStatistics } from "../../cloud/telemetry/input-data.js";
import { formatInstant } from "./instant.js";
import { metadataOf, readExtras } from "./upload-extras.js";

/** What a row has besides time and value. */
export interface RowFields {
  readonly place: boolean;
  readonly axis: boolean;
  readonly metadata: boolean;
}

/** In the order in which answers show them. */
export const STATISTICS: readonly InputStatistic[] = ["min", "max", "avg"];

/** An input and what is answered of it. */
export function showInput({ id, name, measureUnit }: Input, inputdata: readonly object[]) {
  return { input: { id, name, measure_unit: measureUnit }, inputdata };
}

/** One reading; numbers are texts, as in the sample of an upload's answer (aggregation-apis.md 3.2 #11, #13). */
export function showRow({ at, value, detail }: InputRow, { place, axis, metadata }: RowFields) {
  const extras = place || axis || metadata ? readExtras(detail) : {};
  return {
    timestamp: formatInstant(at),
    value: String(value),
    ...(place ? { latitude: extras.latitude ?? null, longitude: extras.longitude ?? null } : {}),
    ...(metadata ? { metadata: metadataOf(extras) } : {}),
    ...(axis ? { x_axis_value: extras.x_axis_value ?? null } : {}),
  };
}

/** The functions that were asked for; null where there is no reading (aggregation-apis.md 3.2 #18, 3.3 T15). */
export function showStatistics(statistics: InputStatistics, functions: readonly InputStatistic[]) {
  return Object.fromEntries(
    functions.map((name) => {
      const value = statistics[name];
      return [name, value === undefined ? null : String(value)];
    }),
  );
}
