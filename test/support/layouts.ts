import { type Access, type DataType, type Layout, planLayout } from "../../src/codec/layout.js";

/** Name, access, type; then bits of an enum or bytes of a binary. */
export type PointSpec = readonly [name: string, access: Access, dataType: DataType, width?: number];

const WIDTHS: Readonly<Record<DataType, number>> = {
  bool: 1,
  enum: 1,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  binary: 1,
};

/** A layout from a short list; ids follow the order of the list. */
export function defineLayout(protocol: Layout["protocol"], specs: readonly PointSpec[]): Layout {
  return planLayout(
    protocol,
    specs.map(([name, access, dataType, width], index) => ({
      index,
      name,
      access,
      dataType,
      width: width ?? WIDTHS[dataType],
    })),
  );
}

const numbered = (count: number, name: string, ...rest: readonly [Access, DataType, number?]): PointSpec[] =>
  Array.from({ length: count }, (_, at): PointSpec => [`${name}${at}`, ...rest]);

/** PET10, the GoKit pet house (uart.md 5.1). */
export const PET10 = defineLayout("standard", [
  ["LED_OnOff", "writable", "bool"],
  ["LED_Color", "writable", "enum", 2],
  ["LED_R", "writable", "uint8"],
  ["LED_G", "writable", "uint8"],
  ["LED_B", "writable", "uint8"],
  ["Motor_Speed", "writable", "uint8"],
  ["Infrared", "readonly", "bool"],
  ["Temperature", "readonly", "uint8"],
  ["Humidity", "readonly", "uint8"],
  ...numbered(2, "Alert_", "alert", "bool"),
  ...numbered(4, "Fault_", "fault", "bool"),
]);

/** RABBIT, the STM32 board test: 16-bit values and two flag bytes (uart.md 5.1). */
export const RABBIT = defineLayout("standard", [
  ...numbered(7, "bit", "writable", "bool"),
  ["R", "writable", "uint16"],
  ["G", "writable", "uint16"],
  ["B", "writable", "uint16"],
  ["InfTube", "readonly", "bool"],
  ["InfPyr", "readonly", "bool"],
  ["temperature", "readonly", "uint8"],
  ["humidity", "readonly", "uint8"],
  ["InfReciverAdd", "readonly", "uint8"],
  ["InfReciverCmd", "readonly", "uint8"],
  ["LightStr", "readonly", "uint16"],
]);

/** WAVE7, the wave maker: an enum that crosses a byte of the bit section (uart.md 5.1). */
export const WAVE7 = defineLayout("standard", [
  ...numbered(7, "bit", "writable", "bool"),
  ["mode", "writable", "enum", 2],
  ["flow", "writable", "uint8"],
  ["frequency", "writable", "uint8"],
  ["feedTime", "writable", "uint8"],
  ["nightflow", "writable", "uint8"],
  ...numbered(7, "fault", "fault", "bool"),
]);

/** DC_RUNNER, the pump: binaries and 59 writable datapoints (uart.md 5.1). */
export const DC_RUNNER = defineLayout("standard", [
  ...numbered(4, "switch", "writable", "bool"),
  ["AutoMode", "writable", "enum", 2],
  ["Motor_Speed", "writable", "uint8"],
  ["FeedTime", "writable", "uint8"],
  ["AutoGears", "writable", "uint8"],
  ["AutoFeedTime", "writable", "uint8"],
  ["YMDData", "writable", "binary", 4],
  ["HMSData", "writable", "binary", 4],
  ...numbered(48, "AutoTime", "writable", "binary", 6),
  ...numbered(7, "fault", "fault", "bool"),
]);

/** A bit section wider than a JavaScript integer, as no real profile has but the rules allow. */
export const WIDE_BITS = defineLayout("standard", [
  ...numbered(41, "flag", "writable", "bool"),
  ...numbered(9, "mode", "writable", "enum", 3),
  ["total", "writable", "uint32"],
  ...numbered(17, "sensor", "readonly", "bool"),
  ["count", "readonly", "uint32"],
  ...numbered(9, "alert", "alert", "bool"),
  ...numbered(33, "fault", "fault", "bool"),
]);

/** TOY, the AI toy of the variable-length protocol (uart.md 5.1). */
export const TOY = defineLayout("var_len", [
  ["msg_req", "writable", "bool"],
  ["msg_flag", "writable", "bool"],
  ["state", "readonly", "enum", 2],
  ["charge_status", "readonly", "enum", 2],
  ["msg_type", "writable", "enum", 2],
  ["msg_status", "readonly", "enum", 2],
  ["volume", "writable", "uint8"],
  ["volume_delta", "writable", "uint8"],
  ["battery", "readonly", "uint8"],
  ["msg_timestamp", "writable", "uint32"],
  ["msg_id", "writable", "binary", 19],
  ["msg_url", "writable", "binary", 256],
]);

const EIGHT_BYTES: readonly PointSpec[] = [
  ["on", "writable", "bool"],
  ["step", "writable", "uint32"],
  ["total", "writable", "uint64"],
  ["tag", "writable", "binary", 3],
  ["count", "readonly", "uint64"],
];

/** Numbers of 8 bytes between other datapoints, in both protocols. */
export const UINT64 = defineLayout("standard", EIGHT_BYTES);
export const UINT64_VARIABLE = defineLayout("var_len", EIGHT_BYTES);
