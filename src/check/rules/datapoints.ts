import type { RawValue, RawValues } from "../../codec/layout.js";
import { formatHex } from "../../core/hex.js";
import type { Datapoint, Profile } from "../../profile/profile.js";
import { describeLimits, findBeyond, findOutOfRange, limits } from "../limits.js";
import type { ModuleBench } from "../module-bench.js";
import { fail, PASSED, type Rule, skip, type Verdict } from "../rule.js";

/** What is read, and every writable datapoint at its least, at its most and beyond (uart.md 4). */
export function createDatapointRules(profile: Profile): Rule[] {
  const writable = profile.datapoints.filter(({ access }) => access === "writable");
  return [...createReadRules(profile), ...writable.flatMap((point) => createControlRules(profile, point))];
}

function createReadRules(profile: Profile): Rule[] {
  const isVariable = profile.layout.protocol === "var_len";
  const clause = isVariable ? "uart.md 4.4" : "uart.md 4.2";
  return [
    {
      id: "read",
      clause,
      words: "answers a read with every datapoint in its place",
      hint: "compare the struct of dev_status with the profile: order, width, bit sections, packing (#pragma pack(1))",
      async run(bench) {
        const values = await bench.read();
        if (values !== undefined) return PASSED;
        const reply = bench.arrivals.find(({ frame }) => frame.cmd === 0x04);
        return fail("04 with dev_status of the profile's length", reply?.words ?? "no read reply");
      },
    },
    {
      id: "read-range",
      clause: "uart.md 4.5",
      words: "reads back only values that the profile allows",
      hint: "min and max are limits of the wire value x, y = ratio * x + addition",
      async run(bench) {
        const values = await bench.read();
        if (values === undefined) return skip("the read was not answered");
        const odd = findOutOfRange(profile, values);
        return odd === undefined ? PASSED : fail("every value within its limits", odd);
      },
    },
  ];
}

function createControlRules(profile: Profile, point: Datapoint): Rule[] {
  const { name } = point;
  const clause = profile.layout.protocol === "var_len" ? "uart.md 4.4" : "uart.md 4.3";
  const hint = "attr_flags is one big-endian integer, values are big-endian; take the flagged datapoints, then report";
  const setTo = (id: string, what: string, value: RawValue): Rule => ({
    id: `control-${name}-${id}`,
    clause,
    words: `takes ${name} ${what} (${show(value)})`,
    hint,
    run: (bench) => expectTaken(bench, point, value),
  });
  const [min, max] = limits(point);
  const beyond = findBeyond(point);
  return [
    setTo("min", "at its least", min),
    setTo("max", "at its most", max),
    ...(beyond === undefined
      ? []
      : [
          {
            id: `control-${name}-beyond`,
            clause: point.dataType === "enum" ? "uart.md 3.1" : "uart.md 4.5",
            words: `never holds ${name} beyond its limits (${beyond})`,
            hint: "check a value before it is taken: an app may send anything the width holds",
            run: (bench: ModuleBench) => expectRefused(bench, point, beyond),
          },
        ]),
  ];
}

async function expectTaken(bench: ModuleBench, point: Datapoint, value: RawValue): Promise<Verdict> {
  const reported = await bench.control(only(point, value));
  if (isEqual(reported?.[point.index], value)) return PASSED;
  // Nothing is reported where nothing changed (uart.md 3.1).
  const held = (await bench.read())?.[point.index];
  if (isEqual(held, value)) return PASSED;
  return fail(`${point.name} ${show(value)}`, held === undefined ? "no answer to a read" : show(held));
}

async function expectRefused(bench: ModuleBench, point: Datapoint, value: number): Promise<Verdict> {
  const reported = await bench.control(only(point, value));
  const held = (await bench.read())?.[point.index];
  // Put right again, so that later reports are not blamed for it.
  await bench.control(only(point, limits(point)[0]));
  const isHeld = reported?.[point.index] === value || held === value;
  return isHeld ? fail(`${point.name} within ${describeLimits(point)}`, `${value} reported as it came`) : PASSED;
}

function only(point: Datapoint, value: RawValue): RawValues {
  const values: RawValues = [];
  values[point.index] = value;
  return values;
}

function isEqual(a: RawValue | undefined, b: RawValue): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return formatHex(a) === formatHex(b);
  return a === b;
}

function show(value: RawValue): string {
  if (typeof value === "number") return String(value);
  const hex = formatHex(value);
  return hex.length > 16 ? `${hex.slice(0, 16)}..., ${value.length} bytes` : hex;
}
