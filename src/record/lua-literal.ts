type LuaScalar = string | number | boolean;

/** What can be written as a Lua constructor: a Map makes numeric keys, an object makes names. */
export type LuaValue =
  | LuaScalar
  | readonly LuaValue[]
  | ReadonlyMap<number, LuaValue>
  | { readonly [name: string]: LuaValue | undefined };

/**
 * A value as Lua source of ASCII only, whatever the strings hold. What holds tables takes a line an item.
 * Names of members are the caller's own words, never a user's text; members without a value are left out.
 */
export function printLua(value: LuaValue, indent = ""): string {
  if (typeof value === "string") return printString(value);
  if (typeof value !== "object") return String(value);
  const items = listItems(value);
  if (items.length === 0) return "{}";
  const isLong = !items.every(([, item]) => isShort(item));
  const inner = isLong ? `${indent}  ` : indent;
  const printed = items.map(([key, item]) => `${key}${printLua(item, inner)}`);
  return isLong ? `{\n${printed.map((item) => `${inner}${item},\n`).join("")}${indent}}` : `{ ${printed.join(", ")} }`;
}

function listItems(value: Exclude<LuaValue, LuaScalar>): [key: string, item: LuaValue][] {
  if (value instanceof Map) return [...value].map(([key, item]) => [`[${key}] = `, item]);
  if (Array.isArray(value)) return value.map((item) => ["", item]);
  return Object.entries(value).flatMap(([name, item]) => (item === undefined ? [] : [[`${name} = `, item]]));
}

function isShort(value: LuaValue): boolean {
  return typeof value !== "object" || (Array.isArray(value) && value.every((item) => typeof item !== "object"));
}

/** Every byte that is not plain ASCII text is written as its decimal escape. */
function printString(text: string): string {
  const escaped = Array.from(Buffer.from(text), (byte) => {
    const isPlain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c;
    return isPlain ? String.fromCharCode(byte) : `\\${String(byte).padStart(3, "0")}`;
  });
  return `"${escaped.join("")}"`;
}
