import { COMMANDS, type Command, nameFrame } from "../codec/commands.js";
import type { LayoutPoint } from "../codec/layout.js";
import { M2M_COMMANDS, type M2mFraming } from "../codec/m2m/commands.js";
import { M2M } from "../codec/m2m.js";
import { ACTION, nameAction } from "../codec/p0.js";
import type { FieldShape } from "../codec/payload.js";
import { UNSTUFFED } from "../codec/tolerance.js";
import { describeWifiStatus, unpackWifiStatus } from "../codec/wifi-status.js";
import type { Whole } from "../core/numbers/whole.js";
import type { Datapoint, Profile } from "../profile/profile.js";
import { decimalsOf } from "../profile/scale.js";
import { DIRECTIONS, HEADER_TEXTS, HEADER_VERSION } from "./capture-header.js";
import { type FilterNames, nameFilters } from "./filter-names.js";
import { type LuaValue, printLua } from "./lua-literal.js";

/** Beyond these decimals a double has nothing left to round. */
const MAX_DECIMALS = 15;
const P0_FIELD = "p0";

/** The Lua tables that `dissector-body` reads: everything that gizlab's own tables and the profiles know. */
export function printTables(profiles: readonly Profile[]): string {
  const names = nameFilters(profiles);
  const tables: Readonly<Record<string, LuaValue>> = {
    HEADER_VERSION,
    HEADER_TEXTS,
    DIRECTIONS: new Map(DIRECTIONS.map((name, number) => [number, name])),
    ACTIONS: new Map(Object.values(ACTION).map((action) => [action, nameAction(action)])),
    ACTION,
    COMMANDS: new Map(COMMANDS.map((command) => [command.code, describeCommand(command)])),
    M2M: nameM2mCodes("business"),
    M2M_P0: new Map(M2M_COMMANDS.filter(({ body }) => body.kind === "p0").map(({ code }) => [code, true])),
    M2M_WITH_SN: new Map([M2M.sendWithAck, M2M.ack].map((code) => [code, true])),
    M2M_CONTROL: nameM2mCodes("control"),
    WIFI_BITS: listWifiBits(),
    UNSTUFFED: `${UNSTUFFED}. A real GAgent drops such a frame (uart.md 1.2), and sends its own plain acknowledgements so (uart.md 1.1)`,
    PRODUCTS: profiles.map((profile, at) => describeProduct(profile, names[at] as FilterNames)),
  };
  return Object.entries(tables)
    .map(([name, value]) => `local ${name} = ${printLua(value)}\n`)
    .join("");
}

function describeCommand(command: Command): LuaValue {
  const carriesP0 = command.fields.some(({ name }) => name === P0_FIELD);
  const plainName = nameFrame(command.code, new Uint8Array(0));
  return {
    name: command.name,
    // What to call a frame without a payload, where that differs: 04 is an ack of a control then.
    ...(plainName === command.name ? {} : { plain_name: plainName }),
    ...(carriesP0 ? { carries_p0: true } : {}),
    fields: carriesP0 ? [] : command.fields.map(describeField),
  };
}

function describeField(shape: FieldShape): LuaValue {
  const { name, optional } = shape;
  switch (shape.kind) {
    case "uint":
      return { name, optional, kind: `uint${shape.bytes * 8}`, size: shape.bytes };
    case "text":
      return { name, optional, kind: "string", size: shape.length };
    case "hex":
      return { name, optional, kind: "bytes", size: shape.length };
    case "counted-text":
      return { name, optional, kind: "string", is_counted: true };
    case "counted-hex":
      return { name, optional, kind: "bytes", is_counted: true };
    // No command of the serial protocol has them.
    case "nul-text":
    case "repeated":
    case "rest":
      return { name, optional, kind: "bytes" };
  }
}

/** The commands of one framing as `[147] = "send-with-ack"`. */
function nameM2mCodes(framing: M2mFraming): ReadonlyMap<number, string> {
  return new Map(M2M_COMMANDS.filter((command) => command.framing === framing).map(({ code, name }) => [code, name]));
}

/** The status bits of command 0D that have a name of their own (uart.md 2.3), asked of the codec one by one. */
function listWifiBits(): LuaValue {
  return Array.from({ length: 16 }, (_, bit) => bit)
    .filter((bit) => Object.values(unpackWifiStatus(1 << bit)).includes(true))
    .map((bit) => ({ bit, name: describeWifiStatus(1 << bit).split(" ")[0] ?? "" }));
}

function describeProduct({ name, productKey, datapoints, layout }: Profile, filters: FilterNames): LuaValue {
  const places = placePoints(layout.fixed);
  const writable = layout.points.filter(({ access }) => access === "writable").map(({ index }) => index);
  return {
    title: name,
    name: filters.product,
    key: productKey,
    status_length: layout.fixed.statusLength,
    writable_length: layout.fixed.writableLength,
    flags_length: layout.fixed.flagsLength,
    variable_flags_length: layout.variableFlagsLength,
    points: datapoints.map((datapoint) => ({
      name: filters.points[datapoint.index],
      about: datapoint.displayName,
      kind: kindOf(datapoint),
      width: datapoint.width,
      ...places.get(datapoint.index),
      // The bit in attr_flags of a fixed-length control; only writable datapoints have one (uart.md 4.3).
      ...(datapoint.access === "writable" ? { flag: writable.indexOf(datapoint.index) } : {}),
      ...(datapoint.dataType === "enum" ? { labels: datapoint.labels } : {}),
      ...scaleOf(datapoint),
      ...limitsOf(datapoint),
    })),
  };
}

/** Where each datapoint sits in dev_status: `at`, and inside a bit section of `section` bytes also `bit`. */
function placePoints({ sections, fields }: Profile["layout"]["fixed"]): ReadonlyMap<number, Record<string, number>> {
  const inSection = sections.flatMap(({ byteOffset, byteLength, points }) =>
    points.map(({ point, bitOffset }) => placed(point, { at: byteOffset, section: byteLength, bit: bitOffset })),
  );
  return new Map([...inSection, ...fields.map(({ point, byteOffset }) => placed(point, { at: byteOffset }))]);
}

function placed(point: LayoutPoint, place: Record<string, number>): [number, Record<string, number>] {
  return [point.index, place];
}

function kindOf({ dataType }: Datapoint): string {
  // Wireshark's Lua reads 8 bytes as an object of their own kind.
  if (dataType === "uint64") return "wide";
  return dataType.startsWith("uint") ? "number" : dataType;
}

/** The least and the largest wire value that the product allows; nothing where all are. */
function limitsOf({ dataType, labels, min, max }: Datapoint): Record<string, number | string> {
  // Lua's numbers have 53 bits.
  if (dataType === "uint64") return { least_hex: wideHex(min), most_hex: wideHex(max) };
  if (dataType === "enum") return { least: 0, most: labels.length - 1 };
  return dataType.startsWith("uint") ? { least: Number(min), most: Number(max) } : {};
}

function wideHex(value: Whole): string {
  return value.toString(16).padStart(16, "0");
}

/** y = ratio * x + addition, rounded to 1 / `parts` (uart.md 4.5); nothing where y is x, no `parts` where y is whole. */
function scaleOf(datapoint: Datapoint): { ratio?: number; addition?: number; parts?: number } {
  const { ratio, addition } = datapoint;
  if (ratio === 1 && addition === 0) return {};
  const decimals = decimalsOf(datapoint);
  return { ratio, addition, ...(decimals > 0 && decimals <= MAX_DECIMALS ? { parts: 10 ** decimals } : {}) };
}
