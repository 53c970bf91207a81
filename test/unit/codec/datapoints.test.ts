import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packControl, packStatus, unpackControl, unpackStatus } from "../../../src/codec/datapoints-fixed.js";
import { packVariable, unpackVariable } from "../../../src/codec/datapoints-variable.js";
import { isBitType, type Layout, type LayoutPoint, type RawValue, type RawValues } from "../../../src/codec/layout.js";
import { isReportAction, nameAction, type P0, packP0, unpackP0 } from "../../../src/codec/p0.js";
import { formatHex, parseHex } from "../../../src/core/hex.js";
import { MAX_UINT64, toWhole, type Whole } from "../../../src/core/numbers/whole.js";
import { scaleDownLikeFirmware, scaleUpLikeFirmware } from "../../../src/profile/scale.js";
import {
  DC_RUNNER,
  defineLayout,
  PET10,
  RABBIT,
  TOY,
  UINT64,
  UINT64_VARIABLE,
  WAVE7,
  WIDE_BITS,
} from "../../support/layouts.js";
import { loadUartVectors, loadValueVectors } from "../../support/vectors.js";

const LAYOUTS: readonly [string, Layout][] = Object.entries({
  PET10,
  RABBIT,
  WAVE7,
  DC_RUNNER,
  WIDE_BITS,
  TOY,
  UINT64,
  UINT64_VARIABLE,
});

/** Values by name, binaries as hex: easier to read in a test than by index. */
function byName(layout: Layout, values: Readonly<RawValues>): Record<string, Whole | string> {
  const named: Record<string, Whole | string> = {};
  for (const { name, index } of layout.points) {
    const value = values[index];
    if (value !== undefined) named[name] = value instanceof Uint8Array ? formatHex(value) : value;
  }
  return named;
}

function byIndex(layout: Layout, named: Readonly<Record<string, RawValue>>): RawValues {
  const values: RawValues = [];
  for (const { name, index } of layout.points) if (named[name] !== undefined) values[index] = named[name];
  return values;
}

function anyValue({ dataType, width }: LayoutPoint): fc.Arbitrary<RawValue> {
  if (dataType === "binary") return fc.uint8Array({ minLength: width, maxLength: width });
  if (dataType === "uint64") return fc.bigInt({ min: 0n, max: MAX_UINT64 }).map(toWhole);
  return fc.nat(2 ** (isBitType(dataType) ? width : width * 8) - 1);
}

/** A value for each datapoint that `isWanted`, or for some of them only. */
function anyValues(
  layout: Layout,
  isWanted: (point: LayoutPoint) => boolean,
  isPartial: boolean,
): fc.Arbitrary<RawValues> {
  const oneOf = (point: LayoutPoint): fc.Arbitrary<RawValue | undefined> => {
    if (!isWanted(point)) return fc.constant(undefined);
    return isPartial ? fc.option(anyValue(point), { nil: undefined }) : anyValue(point);
  };
  return fc.tuple(...layout.points.map(oneOf));
}

const payloadOf = (id: string): Uint8Array =>
  loadUartVectors().find((vector) => vector.id === id)?.payload ?? new Uint8Array(0);

describe("planLayout", () => {
  it.each([
    ["PET10", PET10, { status: 10, flags: 1, writable: 5 }],
    ["RABBIT", RABBIT, { status: 14, flags: 2, writable: 7 }],
    ["WAVE7", WAVE7, { status: 7, flags: 2, writable: 6 }],
    ["DC_RUNNER", DC_RUNNER, { status: 302, flags: 8, writable: 301 }],
  ])("gives %s the lengths of its real profile (uart.md 5.1)", (_name, { fixed }, lengths) => {
    expect({ status: fixed.statusLength, flags: fixed.flagsLength, writable: fixed.writableLength }).toEqual(lengths);
  });

  it("puts the values of DC_RUNNER where the vendor's JSON has them", () => {
    const at = Object.fromEntries(DC_RUNNER.fixed.fields.map(({ point, byteOffset }) => [point.name, byteOffset]));
    expect(at).toMatchObject({ Motor_Speed: 1, YMDData: 5, HMSData: 9, AutoTime0: 13, AutoTime47: 13 + 6 * 47 });
    expect(DC_RUNNER.fixed.sections.at(-1)).toMatchObject({ byteOffset: 301, byteLength: 1 });
  });
});

describe("planLayout, out of order", () => {
  it("places datapoints by kind and type, whatever the order of their ids (uart.md 4.1)", () => {
    const layout = defineLayout("var_len", [
      ["word", "writable", "uint16"],
      ["fault", "fault", "bool"],
      ["mode", "writable", "enum", 2],
      ["byte", "writable", "uint8"],
      ["switch", "writable", "bool"],
    ]);
    const values = byIndex(layout, { word: 0x1234, fault: 1, mode: 3, byte: 0x56, switch: 0 });
    expect(formatHex(packStatus(layout, values))).toBe("0656123401");
  });
});

describe("values of real frames", () => {
  const pet = { LED_OnOff: 0, LED_Color: 0, LED_R: 0, LED_G: 0, LED_B: 0, Motor_Speed: 0, Infrared: 0, Temperature: 0 };
  const rest = { Humidity: 0, Alert_0: 0, Alert_1: 0, Fault_0: 0, Fault_1: 0, Fault_2: 0, Fault_3: 0 };
  it.each([
    ["6.1-33", PET10, "control", { LED_R: 56 }],
    ["6.1-35", PET10, "control", { LED_OnOff: 0 }],
    ["6.1-37", PET10, "control", { LED_OnOff: 1 }],
    ["6.5-01", PET10, "control", { LED_Color: 2, Motor_Speed: 10 }],
    ["6.5-02", PET10, "control", { LED_R: 255 }],
    ["6.1-40", PET10, "report", { ...pet, ...rest, LED_OnOff: 1, LED_R: 0x38, Infrared: 1, Humidity: 10 }],
    ["6.1-42", PET10, "report", { ...pet, ...rest, LED_OnOff: 1, Motor_Speed: 5, Infrared: 1, Temperature: 23 }],
    ["6.5-03", TOY, "report", { state: 2, charge_status: 1, volume: 50, volume_delta: 95, battery: 80 }],
  ] as const)("reads and writes vector %s", (id, layout, kind, named) => {
    const p0 = payloadOf(id);
    const content = unpackP0(layout, p0);
    expect(content.kind).toBe(kind);
    expect("values" in content && byName(layout, content.values)).toEqual(named);
    expect(formatHex(packP0(layout, { kind, values: byIndex(layout, named) }))).toBe(formatHex(p0));
  });

  it("reads the RABBIT report that runs over an FF (uart.md 6.3)", () => {
    const content = unpackP0(RABBIT, payloadOf("6.3-03"));
    expect("values" in content && byName(RABBIT, content.values)).toMatchObject({
      bit0: 1,
      bit6: 1,
      bit1: 0,
      R: 0x102,
      G: 0,
      B: 0xfff,
    });
  });

  it("reads which datapoints a variable-length read wants (uart.md 6.5)", () => {
    const content = unpackP0(TOY, payloadOf("6.5-04"));
    expect(content).toEqual({ kind: "read", wanted: TOY.points });
    expect(formatHex(packP0(TOY, { kind: "read" }))).toBe("120fff");
    expect(formatHex(packP0(TOY, { kind: "read", wanted: TOY.points.slice(8, 9) }))).toBe("120100");
    expect(formatHex(packP0(PET10, { kind: "read" }))).toBe("02");
  });

  it("sets the flag of the 59th writable datapoint in byte 0, bit 2 (uart.md 4.3)", () => {
    const data = packControl(DC_RUNNER, byIndex(DC_RUNNER, { AutoTime47: parseHex("0102030405FF") }));
    expect(formatHex(data.subarray(0, 8))).toBe("0400000000000000");
    expect(formatHex(data.subarray(-6))).toBe("0102030405ff");
  });
});

describe("value vectors", () => {
  const { compact, integer, float32 } = loadValueVectors();

  it.each(compact)("packs bits compactly as $bytes (uart.md 4.4)", ({ values, lens, bytes }) => {
    const layout = defineLayout(
      "var_len",
      lens.map((len, at) => [`p${at}`, "writable", len === 1 ? "bool" : "enum", len]),
    );
    const data = packVariable(layout, values);
    expect(formatHex(data)).toBe(`3f${bytes}`);
    expect(unpackVariable(layout, data)).toEqual(values);
  });

  it.each(integer)("scales $in with the vendor's $fn ($ratio, $addition) to $out (uart.md 4.5)", (vector) => {
    const scale = vector.fn === "y2x" ? scaleDownLikeFirmware : scaleUpLikeFirmware;
    expect(scale(vector.ratio, vector.addition, vector.in)).toBe(vector.out);
  });

  it.each(float32)(
    "scales $y by $ratio and $addition to $x as firmware does in float32",
    ({ ratio, addition, y, x }) => {
      expect(scaleDownLikeFirmware(ratio, addition, y)).toBe(x);
    },
  );
});

describe("packing and unpacking", () => {
  it.each(LAYOUTS)("gives back a whole status of %s, even from the middle of a buffer", (_name, layout) => {
    fc.assert(
      fc.property(
        anyValues(layout, () => true, false),
        (values) => {
          const status = packStatus(layout, values);
          expect(status).toHaveLength(layout.fixed.statusLength);
          expect(unpackStatus(layout, status)).toEqual(values);
          const shifted = Uint8Array.of(1, 2, 3, ...status, 4).subarray(3, 3 + status.length);
          expect(unpackStatus(layout, shifted)).toEqual(values);
        },
      ),
      { numRuns: 50 },
    );
  });

  it.each(LAYOUTS)("gives back the writable datapoints of a control of %s and drops the others", (_name, layout) => {
    const isWritable = (point: LayoutPoint): boolean => point.access === "writable";
    fc.assert(
      fc.property(
        anyValues(layout, () => true, true),
        (values) => {
          const kept = values.map((value, at) => (isWritable(layout.points[at]!) ? value : undefined));
          expect(byName(layout, unpackControl(layout, packControl(layout, values)))).toEqual(byName(layout, kept));
        },
      ),
      { numRuns: 50 },
    );
  });

  it.each(LAYOUTS)("gives back exactly the flagged datapoints of %s in the variable-length form", (_name, layout) => {
    fc.assert(
      fc.property(
        anyValues(layout, () => true, true),
        (values) => {
          expect(byName(layout, unpackVariable(layout, packVariable(layout, values)))).toEqual(byName(layout, values));
        },
      ),
      { numRuns: 50 },
    );
  });

  it("leaves unflagged fields of a control 0, and ignores what stands in them", () => {
    expect(formatHex(packControl(PET10, byIndex(PET10, { LED_G: 7 })))).toBe("080000070000");
    expect(byName(PET10, unpackControl(PET10, parseHex("08 FF FF 07 FF FF")))).toEqual({ LED_G: 7 });
  });

  it("pads a short binary with zeros on the right (uart.md 4.2)", () => {
    const status = packStatus(DC_RUNNER, byIndex(DC_RUNNER, { YMDData: parseHex("14 18") }));
    expect(formatHex(status.subarray(5, 9))).toBe("14180000");
  });

  it("ignores the padding flags above the last datapoint (uart.md 3.1)", () => {
    expect(byName(TOY, unpackVariable(TOY, parseHex("F0 40 32")))).toEqual({ volume: 0x32 });
  });

  it("hands out binaries that do not change with the buffer they came from", () => {
    const status = packStatus(DC_RUNNER, byIndex(DC_RUNNER, { YMDData: parseHex("01 02 03 04") }));
    const data = packVariable(TOY, byIndex(TOY, { msg_id: new Uint8Array(19).fill(7) }));
    const values = [byName(DC_RUNNER, unpackStatus(DC_RUNNER, status)).YMDData];
    const [fixed, variable] = [unpackStatus(DC_RUNNER, status), unpackVariable(TOY, data)];
    status.fill(0);
    data.fill(0);
    expect([byName(DC_RUNNER, fixed).YMDData, byName(TOY, variable).msg_id]).toEqual([...values, "07".repeat(19)]);
  });

  it.each([
    ["a report one byte short", PET10, `04${"00".repeat(9)}`, "10 bytes", "9"],
    ["a report one byte long", PET10, `04${"00".repeat(11)}`, "10 bytes", "11"],
    ["a control without its values", PET10, "0101", "6 bytes", "1"],
    ["a read reply of nothing", PET10, "03", "10 bytes", "0"],
    ["a variable report without flags", TOY, "14", "2 bytes", "0"],
    ["a variable report that lacks a value", TOY, "140040", "3 bytes", "2"],
    ["a variable report with a value too many", TOY, "1400403200", "3 bytes", "4"],
    ["a variable read with half its flags", TOY, "120f", "2 bytes", "1"],
  ])("refuses %s and says how long it should be", (_what, layout, hex, expected, found) => {
    expect(() => unpackP0(layout, parseHex(hex))).toThrow(
      expect.objectContaining({ code: "datapoints-length", expected, found }),
    );
  });
});

describe("P0", () => {
  it.each([
    ["05 DE AD", { kind: "passthrough-down", data: parseHex("DE AD") }],
    ["06", { kind: "passthrough-up", data: new Uint8Array(0) }],
    ["72 00 01", { kind: "other", action: 0x72, data: parseHex("00 01") }],
  ] as [string, P0][])("reads and writes %s in either protocol", (hex, content) => {
    for (const layout of [PET10, TOY]) {
      expect(unpackP0(layout, parseHex(hex))).toEqual(content);
      expect(formatHex(packP0(layout, content))).toBe(formatHex(parseHex(hex)));
    }
  });

  it.each([
    ["control", PET10, 0x01],
    ["read-reply", PET10, 0x03],
    ["report", PET10, 0x04],
    ["control", TOY, 0x11],
    ["read-reply", TOY, 0x13],
    ["report", TOY, 0x14],
  ] as const)("writes a %s with the action of the product's protocol", (kind, layout, action) => {
    const p0 = packP0(layout, { kind, values: [1] });
    expect(p0[0]).toBe(action);
    expect(nameAction(action)).toBe(kind);
    expect(unpackP0(layout, p0)).toMatchObject({ kind });
    expect(isReportAction(action)).toBe(kind === "report");
  });

  it("refuses a P0 without an action", () => {
    expect(() => unpackP0(PET10, new Uint8Array(0))).toThrow(expect.objectContaining({ code: "p0-empty" }));
    expect(isReportAction(undefined)).toBe(false);
  });
});

describe("a uint64", () => {
  it.each<[Whole, string]>([
    [0, "0000000000000000"],
    [1, "0000000000000001"],
    [2 ** 32, "0000000100000000"],
    [2 ** 53 - 1, "001fffffffffffff"],
    [2n ** 53n, "0020000000000000"],
    [2n ** 53n + 1n, "0020000000000001"],
    [2n ** 63n, "8000000000000000"],
    [MAX_UINT64, "ffffffffffffffff"],
  ])("%s stands on the wire as 8 big-endian bytes, and comes back with every digit", (value, hex) => {
    const values = byIndex(UINT64, { total: value });
    expect(formatHex(packControl(UINT64, values))).toBe(`0400${"0".repeat(8)}${hex}000000`);
    expect(byName(UINT64, unpackControl(UINT64, packControl(UINT64, values)))).toEqual({ total: value });
    const status = packStatus(UINT64, byIndex(UINT64, { count: value }));
    expect(formatHex(status).endsWith(hex)).toBe(true);
    expect(byName(UINT64, unpackStatus(UINT64, status))).toMatchObject({ count: value, total: 0 });
    const variable = packVariable(UINT64_VARIABLE, values);
    expect(formatHex(variable)).toBe(`04${hex}`);
    expect(byName(UINT64_VARIABLE, unpackVariable(UINT64_VARIABLE, variable))).toEqual({ total: value });
  });

  it("stands between uint32 and binary (uart.md 4.1)", () => {
    const order = UINT64.fixed.fields.map(({ point, byteOffset }) => [point.name, byteOffset]);
    expect(order).toEqual([
      ["step", 1],
      ["total", 5],
      ["tag", 13],
      ["count", 16],
    ]);
  });
});
