import type { RawValue, RawValues } from "../../codec/layout.js";
import { formatCount } from "../../core/count-text.js";
import { formatHex } from "../../core/hex.js";
import type { Whole } from "../../core/numbers/whole.js";
import type { Datapoint, Profile } from "../../profile/profile.js";
import type { DatapointStates } from "../datapoint-states.js";
import { describeExcesses, describeLimits, describeValues, findBeyond, findExcesses, limits, only } from "../limits.js";
import { type ModuleBench, NO_ANSWER } from "../module-bench.js";
import { isReport } from "../passage.js";
import { defineRule, fail, find, PASSED, pass, type Rule, skip, type Verdict } from "../rule.js";

const NOT_CHECKED = "check a value before it is taken: an app may send anything the width holds";

/** What is read, and every writable datapoint at its least, at its most and beyond (uart.md 4). */
export function createDatapointRules(profile: Profile, states: DatapointStates): Rule[] {
  return [
    ...createReadRules(profile),
    ...states.writable.flatMap((point) => createControlRules(profile, point, states)),
  ];
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
        return fail("04 with dev_status of the profile's length", reply?.words ?? NO_ANSWER);
      },
    },
    defineRule({
      id: "read-range",
      clause: "uart.md 4.5",
      words: "reads back only values that the profile allows",
      hint: "min and max are limits of the wire value x, y = ratio * x + addition",
      findings: EXCESS_FINDINGS,
      async run(bench) {
        const values = await bench.read();
        return values === undefined ? skip("the read was not answered") : judgeLimits(profile, values);
      },
    }),
  ];
}

function createControlRules(profile: Profile, point: Datapoint, states: DatapointStates): Rule[] {
  const [min, max] = limits(point);
  const beyond = findBeyond(point);
  return [
    createTakingRule(profile, point, states, { id: "min", what: "at its least", value: min }),
    createTakingRule(profile, point, states, { id: "max", what: "at its most", value: max }),
    ...(beyond === undefined ? [] : [createBeyondRule(point, states, beyond)]),
  ];
}

/** Values beyond their limits, of a report or a read reply. */
export const EXCESS_FINDINGS = {
  beyond: {
    verdict: "advice",
    hint: "min and max are limits of the wire value x, y = ratio * x + addition; start a datapoint within them",
  },
  labelless: {
    verdict: "failed",
    clause: "uart.md 3.1",
    hint: "an enum index without a label: the vendor's SDK sends no report then",
  },
} as const;

/** Numbers beyond their limits are advice, an enum without a label breaks a clause (uart.md 3.1, 4.5). */
export function judgeLimits(profile: Profile, values: Readonly<RawValues>): Verdict<keyof typeof EXCESS_FINDINGS> {
  const excesses = findExcesses(profile, values);
  if (excesses.length === 0) return PASSED;
  const finding = excesses.some(({ point }) => point.dataType === "enum") ? "labelless" : "beyond";
  return find(finding, "every value within its limits", describeExcesses(excesses));
}

interface Wanted {
  readonly id: string;
  readonly what: string;
  readonly value: RawValue;
}

function createTakingRule(
  profile: Profile,
  point: Datapoint,
  states: DatapointStates,
  { id, what, value }: Wanted,
): Rule {
  const { name } = point;
  return defineRule({
    id: `control-${name}-${id}`,
    clause: profile.layout.protocol === "var_len" ? "uart.md 4.4" : "uart.md 4.3",
    words: `takes ${name} ${what} (${show(value)})`,
    hint: "attr_flags is one big-endian integer, values are big-endian; take the flagged datapoints, then report",
    findings: {
      dependent: {
        verdict: "advice",
        hint: "an app sees its control vanish: show in a datapoint why it was not taken, or take the value for later",
      },
      rounded: {
        verdict: "advice",
        hint: "a float that is cast to an integer is cut, not rounded: add a half before the cast (uart.md 4.5)",
      },
    },
    async run(bench) {
      const expected = `${name} ${show(value)}`;
      await states.restore(bench, point);
      let taken = await states.set(bench, point, value);
      if (taken.kind === "taken") return PASSED;
      if (taken.kind !== "rounded") {
        // Where everything is where it was, it is tried once more, and waited for.
        await states.restore(bench);
        taken = await states.set(bench, point, value, states.patienceMs);
      }
      switch (taken.kind) {
        case "taken":
          return pass("taken at the second try");
        case "rounded":
          return find("rounded", expected, `${name} ${show(taken.held)}`);
        case "silent":
          return fail(expected, `${NO_ANSWER} of a read`);
        case "other": {
          const found = taken.held === undefined ? "not in the read reply" : show(taken.held);
          const before = states.tried;
          const state = await states.findState(bench, point, value);
          await states.restore(bench);
          if (state !== undefined) {
            const only = `${expected} taken only while ${describeValues(profile, state)}`;
            return find("dependent", "taken at any time", only);
          }
          const tried = states.tried - before;
          const where = tried === 0 ? "" : `, and in ${tried} states of the other datapoints too`;
          return fail(expected, `${found}, twice${where}`);
        }
      }
    },
  });
}

/** An enum without a label never goes over the wire (uart.md 3.1); to hold a number beyond its limits breaks no clause. */
function createBeyondRule(point: Datapoint, states: DatapointStates, beyond: Whole): Rule {
  const { name } = point;
  const isEnum = point.dataType === "enum";
  return defineRule({
    id: `control-${name}-beyond`,
    clause: isEnum ? "uart.md 3.1" : "uart.md 4.5",
    words: `never holds ${name} beyond its limits (${beyond})`,
    hint: NOT_CHECKED,
    findings: {
      held: { verdict: "advice", hint: NOT_CHECKED },
      mute: {
        verdict: "advice",
        hint: "the vendor's SDK reports nothing and answers no read while an enum holds what no label stands for: check it in the event handler",
      },
    },
    async run(bench) {
      const expected = `${name} within ${describeLimits(point)}`;
      await states.prepare(bench, point);
      bench.begin();
      await bench.control(only(point, beyond));
      const held = (await bench.read())?.[point.index];
      const isReported = bench.arrivals.some(
        (arrival) => isReport(arrival) && bench.valuesOf(arrival)?.[point.index] === beyond,
      );
      const isBack = await putBack(bench, point);
      if (isReported || held === beyond) {
        const found = isReported ? `${beyond} reported as it came` : `${beyond} in the read reply`;
        return isEnum ? fail(expected, found) : find("held", expected, found);
      }
      if (held !== undefined) return PASSED;
      const found = `after ${beyond} no read is answered`;
      return isBack ? find("mute", expected, `${found} until an allowed value comes`) : fail(expected, found);
    },
  });
}

/** Puts a datapoint right again, so that later reports are not blamed for it; false when a read stays unanswered. */
async function putBack(bench: ModuleBench, point: Datapoint): Promise<boolean> {
  await bench.control(only(point, limits(point)[0]));
  return (await bench.read()) !== undefined;
}

function show(value: RawValue): string {
  if (!(value instanceof Uint8Array)) return String(value);
  const hex = formatHex(value);
  return hex.length > 16 ? `${hex.slice(0, 16)}..., ${formatCount(value.length, "byte")}` : hex;
}
