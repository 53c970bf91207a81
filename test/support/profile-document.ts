/** One datapoint of the vendor's JSON (uart.md 5); anything in it may be left out or wrong. */
export type AttrJson = Readonly<Record<string, unknown>>;

/** The product_key of the device-info vector of uart.md 6.3. */
export const BENCH_KEY = "a1b2c3d4e5f60718293a4b5c6d7e8f90";

const bit = (byteOffset: number, bitOffset: number, len: number) => ({
  byte_offset: byteOffset,
  bit_offset: bitOffset,
  len,
  unit: "bit",
});
const bytes = (byteOffset: number, len: number) => ({ byte_offset: byteOffset, bit_offset: 0, len, unit: "byte" });

/** A small sound product: one datapoint of each kind and of most types, 10 bytes of dev_status. */
export const BENCH_ATTRS = {
  power: { id: 0, name: "power", type: "status_writable", data_type: "bool", position: bit(0, 0, 1) },
  mode: {
    id: 1,
    name: "mode",
    type: "status_writable",
    data_type: "enum",
    enum: ["auto", "cool", "heat", "fan", "dry"],
    position: bit(0, 1, 3),
  },
  target: {
    id: 2,
    name: "target",
    type: "status_writable",
    data_type: "uint8",
    uint_spec: { min: 0, max: 200, ratio: 1, addition: -13 },
    position: bytes(1, 1),
  },
  serial: { id: 3, name: "serial", type: "status_writable", data_type: "binary", position: bytes(2, 4) },
  level: {
    id: 4,
    name: "level",
    type: "status_readonly",
    data_type: "uint16",
    uint_spec: { min: 0, max: 1400, ratio: 0.01, addition: 0 },
    position: bytes(6, 2),
  },
  alert: { id: 5, name: "alert", type: "alert", data_type: "bool", position: bit(8, 0, 1) },
  fault: { id: 6, name: "fault", type: "fault", data_type: "bool", position: bit(9, 0, 1) },
} as const;

/** The text of a profile with these datapoints; `head` adds to its outermost object or replaces parts of it. */
export function printProfile(
  attrs: readonly unknown[] = Object.values(BENCH_ATTRS),
  head: Readonly<Record<string, unknown>> = {},
): string {
  const document = {
    name: "bench",
    product_key: BENCH_KEY,
    protocolType: "standard",
    entities: [{ id: 0, name: "entity0", attrs }],
    ...head,
  };
  return JSON.stringify(document, null, 2);
}

/** The bench product with members of one datapoint replaced; `undefined` leaves a member out. */
export function printChanged(name: keyof typeof BENCH_ATTRS, change: AttrJson): string {
  return printProfile(Object.values({ ...BENCH_ATTRS, [name]: { ...BENCH_ATTRS[name], ...change } }));
}

/** Line and column, both from 1, of the text behind the last of `landmarks`, each looked for behind the one before. */
export function findPlace(text: string, ...landmarks: readonly string[]): { line: number; column: number } {
  let offset = 0;
  for (const landmark of landmarks) {
    const at = text.indexOf(landmark, offset);
    if (at < 0) throw new Error(`the text has no ${landmark}`);
    offset = at + landmark.length;
  }
  const lines = text.slice(0, offset).split("\n");
  return { line: lines.length, column: (lines.at(-1) ?? "").length + 1 };
}
