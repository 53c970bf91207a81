import { Type as TypeBox } from "typebox";
import { describe, expect, it } from "vitest";
import { Type } from "../../../src/api/schema.js";

type Builders = typeof Type;

/** Makes the same schema with either set of builders. */
const SCHEMAS: Readonly<Record<string, (make: Builders) => object>> = {
  "a text with limits": (make) => make.String({ minLength: 1, maxLength: 64 }),
  "a text, a number, a whole number, a bool, null and anything": (make) =>
    make.Union([make.String(), make.Number(), make.Integer(), make.Boolean(), make.Null(), make.Unknown()]),
  "constants of every kind": (make) => make.Union([make.Literal("a"), make.Literal(1), make.Literal(true)]),
  "a list with limits": (make) => make.Array(make.Integer({ minimum: 0 }), { maxItems: 3 }),
  "a record": (make) => make.Record(make.String(), make.Union([make.Boolean(), make.Number()]), { description: "d" }),
  "an object without properties": (make) => make.Object({}),
  "an object whose properties are all optional": (make) => make.Object({ a: make.Optional(make.String()) }),
  "an object with required and optional properties, and options": (make) =>
    make.Object(
      { a: make.String(), b: make.Optional(make.Object({ c: make.Null() })), d: make.Unknown() },
      { additionalProperties: false },
    ),
  "an optional schema that stands elsewhere": (make) => {
    const optional = make.Optional(make.Union([make.String(), make.Null()], { description: "d" }));
    return make.Object({ a: optional, b: make.Array(optional), c: make.Optional(optional) });
  },
  "a partial object": (make) =>
    make.Partial(make.Object({ a: make.String(), b: make.Optional(make.Integer()), c: make.Object({}) })),
  "a partial object in an object": (make) => make.Object({ a: make.Partial(make.Object({ b: make.String() })) }),
};

describe("schemas", () => {
  it.each(Object.keys(SCHEMAS))("of %s are those of TypeBox, in the same order of keys", (name) => {
    const make = SCHEMAS[name] as (typeof SCHEMAS)[string];
    expect(JSON.stringify(make(Type))).toBe(JSON.stringify(make(TypeBox as unknown as Builders)));
  });

  it("leave the schema alone of which an optional one is made", () => {
    const name = Type.String();
    expect(Type.Object({ a: Type.Optional(name), b: name })).toMatchObject({ required: ["b"] });
  });
});
