import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { FAULT_KINDS, type FaultKindInfo, type FaultParameter } from "../../../src/lab/faults/fault-kinds.js";
import { checkScenario } from "../../../src/scenario/parse.js";
import { createScenarioSchema } from "../../../src/scenario/schema.js";
import { STEP_KINDS } from "../../../src/scenario/steps/step-kinds.js";

const FIXTURES = new URL("../../fixtures/scenarios/", import.meta.url).pathname;
const validate = new Ajv2020({ strict: true, allowUnionTypes: true, formats: { "date-time": true } }).compile(
  createScenarioSchema(),
);

const HEAD = "devices: { house: pet-house }\nsteps:\n";
const VALUES: Readonly<Record<FaultParameter, unknown>> = {
  direction: "up",
  cmd: "report",
  route: "GET /app/*",
  for: "1s",
  delay: "20ms",
  every: "1m",
  by: "-5m",
  rate: 1.5,
  status: 503,
  datapoints: ["Temperature"],
};

/** Whether the schema and the parser take a text; they must agree. */
function takes(text: string): boolean {
  const bySchema = validate(parse(text));
  const { problems } = checkScenario(text);
  expect({ bySchema, problems: problems.map(({ message }) => message), errors: validate.errors }).toMatchObject(
    bySchema ? { problems: [] } : { problems: [expect.anything()] },
  );
  return bySchema;
}

describe("the JSON Schema", () => {
  it.each(readdirSync(FIXTURES))("takes %s", (file) => {
    expect(takes(readFileSync(join(FIXTURES, file), "utf8"))).toBe(true);
  });

  it("describes every kind of step and every fault", () => {
    const text = JSON.stringify(createScenarioSchema());
    for (const { about } of Object.values(STEP_KINDS)) expect(text).toContain(JSON.stringify(about));
    for (const { about } of Object.values(FAULT_KINDS)) expect(text).toContain(JSON.stringify(about));
  });

  it.each(Object.entries<FaultKindInfo>(FAULT_KINDS))(
    "takes all that a fault takes, as the parser does: %s",
    (kind, info) => {
      const own = Object.keys(info.takes).map((name) => [name, VALUES[name as FaultParameter]]);
      const matched = info.isMatched ? { probability: 0.5, count: 2, after: 1 } : {};
      const fault = { kind, device: "house", as: "it", seed: 3, ...matched, ...Object.fromEntries(own) };
      expect(takes(`${HEAD}  - fault: ${JSON.stringify(fault)}`)).toBe(true);
      expect(takes(`${HEAD}  - fault: ${JSON.stringify({ ...fault, speed: 1 })}`)).toBe(false);
      for (const [name] of own) {
        expect(takes(`${HEAD}  - fault: ${JSON.stringify({ ...fault, [String(name)]: { no: 1 } })}`)).toBe(false);
      }
    },
  );

  it.each([
    "set: { house: { Temperature: 30 } }",
    "control: { house: { LED_OnOff: true } }",
    "expect: { house: online }",
    "expect: { house: { report: {}, control: {}, frame: {} }, within: 1h30m }",
    'expect: { house: { frame: { cmd: "0x05", way: up, sn: 3, payload: "04 05", attrs: { LED_R: 1 } } } }',
    "expect_no: { house: { report: { LED_R: 3 } } }",
    "advance: 1.5h",
    "wait: 500ms",
    "fault: { kind: net.storm }",
    "save: a b",
    "power: { house: off }",
  ])("takes what the parser takes: %s", (step) => {
    expect(takes(`${HEAD}  - ${step}`)).toBe(true);
  });

  it.each([
    "sett: { house: { Temperature: 30 } }",
    "set: { house: 30 }",
    "set: { house: { Temperature: [30] } }",
    "expect: { house: onlin }",
    "expect: { house: {} }",
    "expect: { house: { reports: {} } }",
    "expect: { house: { frame: { way: sideways } } }",
    "expect: { house: online, within: 10 }",
    "expect_no: { house: online }",
    "advance: 10",
    "advance: 10 minutes",
    "wait: {}",
    "fault: { kind: uart.dorp }",
    "fault: { device: house }",
    "power: { house: maybe }",
    "save: {}",
    "{}",
  ])("refuses what the parser refuses: %s", (step) => {
    expect(takes(`${HEAD}  - ${step}`)).toBe(false);
  });

  it("refuses a head that the parser refuses", () => {
    const steps = "steps: [{ advance: 1s }]\n";
    expect(takes(`devices: { house: pet-house }\n${steps}`)).toBe(true);
    expect(takes(`devices: { house: pet-house }\nsteps: []\n`)).toBe(false);
    expect(takes(`devices: {}\n${steps}`)).toBe(false);
    expect(takes(steps)).toBe(false);
    expect(takes(`devices: { "1": pet-house }\n${steps}`)).toBe(false);
    expect(takes(`devices: { house: { product: pet-house, baud: -1 } }\n${steps}`)).toBe(false);
    expect(takes(`clock: sundial\ndevices: { house: pet-house }\n${steps}`)).toBe(false);
    expect(takes(`seed: 1.5\ndevices: { house: pet-house }\n${steps}`)).toBe(false);
  });
});
