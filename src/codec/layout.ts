import type { Whole } from "../core/numbers/whole.js";

/** What a datapoint is for (uart.md 4.1). Alerts and faults are always bool. */
export type Access = "writable" | "readonly" | "alert" | "fault";
export type DataType = "bool" | "enum" | "uint8" | "uint16" | "uint32" | "uint64" | "binary";

/** A value as it stands on the wire: the integer x of y = ratio * x + addition, or bytes. */
export type RawValue = Whole | Uint8Array;
/** Wire values by datapoint index; `undefined` where a frame does not carry the datapoint. */
export type RawValues = (RawValue | undefined)[];

/** One datapoint as far as bytes are concerned. */
export interface LayoutPoint {
  /** Position in the product's list; also its bit in attr_flags where it has one. */
  readonly index: number;
  readonly name: string;
  readonly access: Access;
  readonly dataType: DataType;
  /** Bits for bool and enum, bytes for the rest. */
  readonly width: number;
}

/** A run of bit points packed into one big-endian integer (uart.md 4.2). */
export interface BitSection {
  /** Offset inside dev_status. */
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly points: readonly { readonly point: LayoutPoint; readonly bitOffset: number }[];
}

/** A value of whole bytes. */
export interface ByteField {
  readonly byteOffset: number;
  readonly point: LayoutPoint;
}

/** dev_status of the fixed-length protocol: `[W bits][W values][R bits][R values][alert bits][fault bits]` (uart.md 4.2). */
export interface FixedLayout {
  readonly statusLength: number;
  readonly sections: readonly BitSection[];
  readonly fields: readonly ByteField[];
  /** attr_flags of a control frame: one bit a writable datapoint (uart.md 4.3). */
  readonly flagsLength: number;
  /** attr_vals of a control frame: the writable section at full length. */
  readonly writableLength: number;
}

/** Where every datapoint of a product sits. */
export interface Layout {
  readonly protocol: "standard" | "var_len";
  readonly points: readonly LayoutPoint[];
  readonly fixed: FixedLayout;
  /** attr_flags of the variable-length protocol: one bit a datapoint (uart.md 4.4). */
  readonly variableFlagsLength: number;
}

const ACCESS_ORDER: readonly Access[] = ["writable", "readonly", "alert", "fault"];
const TYPE_ORDER: readonly DataType[] = ["bool", "enum", "uint8", "uint16", "uint32", "uint64", "binary"];

/** True for bool and enum, which share bytes with others. */
export function isBitType(dataType: DataType): boolean {
  return dataType === "bool" || dataType === "enum";
}

/** The order that defines ids and positions: kind first, then data type (uart.md 4.1). */
export function compareLayoutOrder(a: LayoutPoint, b: LayoutPoint): number {
  return (
    ACCESS_ORDER.indexOf(a.access) - ACCESS_ORDER.indexOf(b.access) ||
    TYPE_ORDER.indexOf(a.dataType) - TYPE_ORDER.indexOf(b.dataType) ||
    a.index - b.index
  );
}

/** Places datapoints by the rules of uart.md 4.2 to 4.4. `points` stand in index order. */
export function planLayout(protocol: Layout["protocol"], points: readonly LayoutPoint[]): Layout {
  const sections: BitSection[] = [];
  const fields: ByteField[] = [];
  let offset = 0;
  let writableLength = 0;
  for (const access of ACCESS_ORDER) {
    const members = points.filter((point) => point.access === access).sort(compareLayoutOrder);
    const section = planBits(members, offset);
    if (section !== undefined) sections.push(section);
    offset += section?.byteLength ?? 0;
    for (const point of members.filter((member) => !isBitType(member.dataType))) {
      fields.push({ byteOffset: offset, point });
      offset += point.width;
    }
    if (access === "writable") writableLength = offset;
  }
  return {
    protocol,
    points,
    fixed: {
      statusLength: offset,
      sections,
      fields,
      flagsLength: Math.ceil(points.filter((point) => point.access === "writable").length / 8),
      writableLength,
    },
    variableFlagsLength: Math.ceil(points.length / 8),
  };
}

function planBits(members: readonly LayoutPoint[], byteOffset: number): BitSection | undefined {
  let bits = 0;
  const placed = members
    .filter((member) => isBitType(member.dataType))
    .map((point) => {
      const bitOffset = bits;
      bits += point.width;
      return { point, bitOffset };
    });
  if (placed.length === 0) return undefined;
  return { byteOffset, byteLength: Math.ceil(bits / 8), points: placed };
}
