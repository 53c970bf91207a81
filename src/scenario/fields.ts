import { suggestNearest } from "../core/suggestion.js";
import type { Entry, Located } from "./located-yaml.js";
import type { Problems, Spot } from "./problems.js";

/** A part of a JSON Schema, draft 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What a key means: one table is what the parser knows and what the schema for editors says. */
export interface FieldInfo {
  readonly about: string;
  readonly schema: JsonSchema;
  readonly isRequired?: boolean;
}

export type FieldTable = Readonly<Record<string, FieldInfo>>;
export type ReadFields = ReadonlyMap<string, Entry>;

const NONE: ReadFields = new Map();

/** The entries of a mapping that takes the keys of a table; unknown and missing ones are problems. */
export function readFields(problems: Problems, node: Located, table: FieldTable, what: string): ReadFields {
  const known = Object.keys(table);
  if (node.kind !== "map") {
    problems.add(node.spot, `${what} is a mapping`, { hint: `of ${known.join(", ")}` });
    return NONE;
  }
  const fields = new Map<string, Entry>();
  for (const entry of node.entries) {
    if (known.includes(entry.key)) fields.set(entry.key, entry);
    else problems.add(entry.spot, `${what} has no ${entry.key}`, { hint: advise(entry.key, known) });
  }
  for (const [key, { isRequired }] of Object.entries(table)) {
    if (isRequired === true && !fields.has(key)) problems.add(node.spot, `${what} needs ${key}`);
  }
  return fields;
}

/** The schema of a mapping that takes the keys of a table. */
export function describeFields(table: FieldTable): JsonSchema {
  const required = Object.keys(table).filter((key) => table[key]?.isRequired === true);
  return {
    type: "object",
    properties: Object.fromEntries(
      Object.entries(table).map(([key, { about, schema }]) => [key, { description: about, ...schema }]),
    ),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
}

/** What was probably meant, or what there is. */
export function advise(word: string, known: Iterable<string>): string {
  const names = [...known];
  const nearest = suggestNearest(word, names);
  return nearest === undefined ? `known: ${names.join(", ") || "none"}` : `did you mean ${nearest}?`;
}

/** A name of several; undefined when it is none of them, which is a problem. */
export function pickName<T extends string>(
  problems: Problems,
  spot: Spot,
  value: unknown,
  known: readonly T[],
  what: string,
): T | undefined {
  const found = known.find((name) => name === value);
  if (found !== undefined) return found;
  problems.add(spot, `${JSON.stringify(value)} is no ${what}`, { hint: advise(String(value), known) });
  return undefined;
}
