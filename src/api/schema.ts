/**
 * TypeBox's builders of JSON schemas, as far as the faces use them. The types are TypeBox's own. The builders are made
 * here because the package loads more than 300 files, its compiler of types among them, before it makes the first schema.
 */
import type { Type as TypeBox } from "typebox";

export type { Static } from "typebox";

/** One schema; what TypeBox hides in it for its own compiler is left out. */
type Schema = Readonly<Record<string, unknown>>;
type Properties = Readonly<Record<string, Schema>>;

/** Marks a property that an object may lack; hidden, so that it is no keyword of the schema. */
const OPTIONAL = Symbol("optional");
/** The keys of a record: every text. */
const ANY_KEY = "^.*$";

type Builder = "Array" | "Boolean" | "Integer" | "Literal" | "Null" | "Number" | "Object" | "Optional" | "Partial";
type Builders = Pick<typeof TypeBox, Builder | "Record" | "String" | "Union" | "Unknown">;

const BUILDERS = {
  Array: (items: Schema, options: Schema = {}) => ({ type: "array", items, ...options }),
  Boolean: (options: Schema = {}) => ({ type: "boolean", ...options }),
  Integer: (options: Schema = {}) => ({ type: "integer", ...options }),
  Literal: (value: boolean | number | string, options: Schema = {}) => ({
    type: typeof value,
    const: value,
    ...options,
  }),
  Null: (options: Schema = {}) => ({ type: "null", ...options }),
  Number: (options: Schema = {}) => ({ type: "number", ...options }),
  Object: (properties: Properties, options: Schema = {}) => ({
    type: "object",
    ...requireKeys(properties),
    properties,
    ...options,
  }),
  Optional: markOptional,
  Partial: ({ properties, required: _, ...rest }: Schema) => ({
    ...rest,
    properties: Object.fromEntries(
      Object.entries(properties as Properties).map(([name, schema]) => [name, markOptional(schema)]),
    ),
  }),
  Record: (_key: Schema, value: Schema, options: Schema = {}) => ({
    type: "object",
    patternProperties: { [ANY_KEY]: value },
    ...options,
  }),
  String: (options: Schema = {}) => ({ type: "string", ...options }),
  Union: (anyOf: readonly Schema[], options: Schema = {}) => ({ anyOf, ...options }),
  Unknown: (options: Schema = {}) => ({ ...options }),
};

/** Makes schemas of requests and answers; a record has text keys. */
export const Type = BUILDERS as unknown as Builders;

function markOptional(schema: Schema): Schema {
  return Object.defineProperty({ ...schema }, OPTIONAL, { value: true });
}

function requireKeys(properties: Properties): { readonly required?: readonly string[] } {
  const required = Object.keys(properties).filter((name) => !(OPTIONAL in (properties[name] as Schema)));
  return required.length === 0 ? {} : { required };
}
