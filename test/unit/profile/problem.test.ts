import { describe, expect, it } from "vitest";
import { checkProfile } from "../../../src/profile/load.js";
import { type AttrJson, BENCH_ATTRS, findPlace, printChanged, printProfile } from "../../support/profile-document.js";

type Name = keyof typeof BENCH_ATTRS;
type Message = string | RegExp;

const { power, mode, target, serial, level } = BENCH_ATTRS;

function expectProblem(text: string, landmarks: readonly string[], path: string, message: Message): void {
  const { profile, problems } = checkProfile(text);
  expect(profile).toBeUndefined();
  expect(problems).toEqual([
    {
      ...findPlace(text, ...landmarks),
      path,
      message: typeof message === "string" ? message : expect.stringMatching(message),
    },
  ]);
}

function pathOf(name: Name, key: string): string {
  return `entities[0].attrs[${BENCH_ATTRS[name].id}].${key}`;
}

/** The landmark before the datapoint: the end of the one ahead of it. */
function ahead(name: Name): readonly string[] {
  const earlier = Object.values(BENCH_ATTRS)[BENCH_ATTRS[name].id - 1]?.name;
  return [`"name": "${earlier}"`, "\n        },\n        "];
}

describe("a bad value in a datapoint", () => {
  /** What is wrong; the datapoint; its change; the member that is pointed at; the message. */
  const rows: readonly (readonly [what: string, name: Name, change: AttrJson, key: string, message: Message])[] = [
    ["a name that is none", "mode", { name: "2nd mode" }, "name", /^"2nd mode" is no datapoint name: a letter, then/],
    ["a name too long", "mode", { name: "m".repeat(65) }, "name", /at most 64/],
    ["two datapoints of one name", "level", { name: "power" }, "name", "power is already the name of attrs[0]"],
    ["a typing slip", "target", { data_type: "unit8" }, "data_type", '"unit8" is no data_type: did you mean "uint8"?'],
    ["a foreign data_type", "target", { data_type: "float" }, "data_type", /is no data_type: one of bool, enum, uint8/],
    [
      "a slip in type",
      "power",
      { type: "status_writeable" },
      "type",
      '"status_writeable" is no type: did you mean "status_writable"?',
    ],
    ["an alert that is no bool", "alert", { data_type: "enum", enum: ["a"] }, "data_type", /^an alert is always bool/],
    ["a fault that is no bool", "fault", { data_type: "binary" }, "data_type", /^a fault is always bool/],
    ["an enum with a number as label", "mode", { enum: ["auto", 1] }, "enum", "enum is a list of labels"],
    ["an enum of no labels", "mode", { enum: [] }, "enum", "enum is a list of labels"],
    ["a label twice", "mode", { enum: ["auto", "cool", "auto"] }, "enum", "two labels are equal"],
    [
      "too many labels",
      "mode",
      { enum: Array.from({ length: 257 }, (_, at) => `label${at}`), position: undefined },
      "enum",
      "an enum has at most 256 labels, not 257",
    ],
    ["a max above the width", "target", { uint_spec: { max: 256 } }, "uint_spec", /^max .+ uint8, 0\.\.255, not 256$/],
    ["no max", "target", { uint_spec: { min: 0 } }, "uint_spec", /^max is a wire value of uint8/],
    ["a max of half a step", "level", { uint_spec: { max: 2.5 } }, "uint_spec", /^max .+ uint16, 0\.\.65535, not 2.5$/],
    ["a min below zero", "target", { uint_spec: { min: -1, max: 5 } }, "uint_spec", /^min is a wire value .+ not -1$/],
    ["a min above max", "target", { uint_spec: { min: 9, max: 5 } }, "uint_spec", "min 9 is above max 5"],
    ["a ratio of zero", "level", { uint_spec: { max: 5, ratio: 0 } }, "uint_spec", "ratio is a number other than 0"],
    ["an addition of text", "level", { uint_spec: { max: 5, addition: "1" } }, "uint_spec", "addition is a number"],
    ["a position that is no object", "target", { position: "1" }, "position", "position is an object"],
    ["a binary too long", "serial", { position: { ...serial.position, len: 4097 } }, "position", /1\.\.4096 bytes$/],
    ["a narrow enum", "mode", { position: { ...mode.position, len: 2 } }, "position", /^2 bits cannot hold 5 labels/],
    ["an enum too wide", "mode", { position: { ...mode.position, len: 9 } }, "position", /^9 bits .+ \(1 to 8 bits/],
    [
      "an enum of half a bit",
      "mode",
      { position: { ...mode.position, len: 3.5 } },
      "position",
      /^3.5 bits cannot hold/,
    ],
    [
      "a misplaced byte",
      "level",
      { position: { ...level.position, byte_offset: 7 } },
      "position",
      "level: overlaps alert; expected byte 6 len 2, found byte 7 len 2 (uart.md 4.2)",
    ],
    [
      "a misplaced bit next to another's",
      "power",
      { position: { ...power.position, bit_offset: 4 } },
      "position",
      "power: expected byte 0 bit 0 len 1, found byte 0 bit 4 len 1 (uart.md 4.2)",
    ],
    [
      "a bit on another's",
      "mode",
      { position: { ...mode.position, bit_offset: 0 } },
      "position",
      "mode: overlaps power; expected byte 0 bit 1 len 3, found byte 0 bit 0 len 3 (uart.md 4.2)",
    ],
    [
      "bytes counted as bits",
      "target",
      { position: { ...target.position, unit: "bit" } },
      "position",
      /expected byte 1 len 1, found byte 1 bit 0 len 1/,
    ],
    ["an id twice", "mode", { id: 0 }, "id", "ids run 0, 1, 2 …: expected 1, found 0"],
    ["a gap in the ids", "fault", { id: 9 }, "id", "ids run 0, 1, 2 …: expected 6, found 9"],
  ];

  it.each(rows)("is pointed at: %s", (_what, name, change, key, message) => {
    const landmarks = name === "power" ? ['"attrs": [\n'] : ahead(name);
    expectProblem(printChanged(name, change), [...landmarks, `"${key}": `], pathOf(name, key), message);
  });

  it("is pointed at where a number is too large for a computer", () => {
    const text = printProfile().replace('"addition": -13', '"addition": 1e999');
    expectProblem(text, [...ahead("target"), '"uint_spec": '], pathOf("target", "uint_spec"), "addition is a number");
  });

  it("overlaps a datapoint that states no position, too", () => {
    const text = printChanged("power", { position: undefined }).replace('"byte_offset": 1', '"byte_offset": 0');
    const message = "target: overlaps power; expected byte 1 len 1, found byte 0 len 1 (uart.md 4.2)";
    expectProblem(text, [...ahead("target"), '"position": '], pathOf("target", "position"), message);
  });
});

describe("a member that is missing from a datapoint", () => {
  const rows: readonly (readonly [name: Name, change: AttrJson, key: string, message: string])[] = [
    ["mode", { name: undefined }, "name", "name is missing"],
    ["mode", { type: undefined }, "type", "type is missing"],
    ["mode", { enum: undefined }, "enum", "enum is a list of labels"],
    ["serial", { position: undefined }, "position", "a binary needs position.len, 1..4096 bytes"],
    [
      "mode",
      { data_type: undefined, datatype: "enum" },
      "data_type",
      'data_type is missing; is "datatype" a slip for it?',
    ],
    [
      "target",
      { uint_spec: undefined, unit_spec: { max: 5 } },
      "uint_spec",
      'uint_spec is missing; is "unit_spec" a slip for it?',
    ],
  ];

  it.each(rows)("is missed at the brace of %s: %j", (name, change, key, message) => {
    expectProblem(printChanged(name, change), ahead(name), pathOf(name, key), message);
  });
});

describe("a bad document", () => {
  const head = (change: AttrJson): string => printProfile(undefined, change);
  const rows: readonly (readonly [string, string, readonly string[], string, Message])[] = [
    ["no name", head({ name: "" }), ['"name": '], "name", "name is missing"],
    ["a key of letters", head({ product_key: "x" }), ['"product_key": '], "product_key", /^product_key is 32 hex/],
    [
      "another protocol",
      head({ protocolType: "varlen" }),
      ['"protocolType": '],
      "protocolType",
      /or "var_len", not "v/,
    ],
    ["no entities", head({ entities: [] }), ['"entities": '], "entities", /^entities is a list with at least one/],
    ["an empty entity", head({ entities: [{}] }), ["[\n    "], "entities[0].attrs", "attrs is a list of datapoints"],
    ["a datapoint 5", printProfile([power, 5]), ahead("mode"), "entities[0].attrs[1]", "a datapoint is a JSON object"],
    ["no comma", printProfile().replace('"bench",', '"bench"'), ['"bench"\n  '], "", /^not JSON: comma expected/],
    ["a comma too many", '{\n  "name": "x",\n}', ['"x",\n'], "", /^not JSON: /],
    ["a comment", '{ // no\n "name": "x" }', ["{ "], "", /^not JSON: invalid comment/],
    ["nothing at all", "", [], "", /^not JSON: /],
    ["a list", " [1, 2]", [" "], "", "a profile is a JSON object"],
  ];

  it.each(rows)("is pointed at: %s", (_what, text, landmarks, path, message) => {
    expectProblem(text, landmarks, path, message);
  });
});

describe("checkProfile", () => {
  it("takes the bench product that the rows above damage", () => {
    expect(checkProfile(printProfile()).problems).toEqual([]);
  });

  it("reports every problem, not only the first", () => {
    const attrs = [
      { ...power, name: undefined },
      { ...mode, enum: [] },
      { ...target, type: "x", data_type: "y" },
    ];
    expect(checkProfile(printProfile(attrs, { product_key: "" })).problems.map(({ path }) => path)).toEqual([
      "product_key",
      "entities[0].attrs[0].name",
      "entities[0].attrs[1].enum",
      "entities[0].attrs[2].type",
      "entities[0].attrs[2].data_type",
    ]);
  });

  it("does not blame the ids of datapoints that follow a broken one", () => {
    const attrs = [{ ...power, type: "none" }, mode, target];
    expect(checkProfile(printProfile(attrs)).problems.map(({ path }) => path)).toEqual(["entities[0].attrs[0].type"]);
  });
});
