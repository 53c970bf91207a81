import type { SavedGroup } from "../group-table.js";
import { LinqError } from "../linq-error.js";
import type { LinqValue } from "../value.js";

/** Characters of one group, about: more would take long to write and to read. */
const MAX_GROUP_SIZE = 1024 * 1024;

/** A group as a task keeps it. Throws `linq-limit` for one that is too large. */
export function packGroup({ bucket, keys, states }: SavedGroup): string {
  let left = MAX_GROUP_SIZE;
  const measure = (value: LinqValue): void => {
    left -= typeof value === "string" ? value.length + 3 : 8;
    if (left < 0) throw tooLarge();
    if (typeof value === "object" && value !== null) for (const item of value) measure(item);
  };
  measure(keys);
  for (const state of states) measure(state);
  return JSON.stringify([bucket, keys, states]);
}

/** The group of a text that `packGroup` made. */
export function unpackGroup(text: string): SavedGroup {
  const [bucket, keys, states] = JSON.parse(text) as [SavedGroup["bucket"], SavedGroup["keys"], SavedGroup["states"]];
  return { bucket, keys, states };
}

function tooLarge(): LinqError {
  const message = `a task keeps at most ${MAX_GROUP_SIZE} characters a group and chunk of time`;
  const hint = "collect fewer or shorter values, or count them";
  return new LinqError("linq-limit", message, undefined, { hint });
}
