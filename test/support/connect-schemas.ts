import { Ajv2020 } from "ajv/dist/2020.js";

/** The answer schemas of the vendor's document, field by field (seed 002). */
const closed = (properties: object, required: readonly string[] = []) => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});
const text = { type: ["string", "null"] };
const uuid = { type: "string", pattern: "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" };
const time = { type: "string", pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$" };
const number = { type: "number" };
const tier = { type: ["number", "null"] };
const tiered = closed({ t1: tier, t2: tier, t3: tier, t4: tier, total: number, unit: text }, ["total", "unit"]);
const measurement = closed({ unit: text, value: number }, ["unit", "value"]);
const aggregation = closed({
  data: closed({
    negativeActiveEnergy: tiered,
    negativeGasVolume: measurement,
    positiveActiveEnergy: tiered,
    positiveGasVolume: measurement,
  }),
  entityId: uuid,
  id: uuid,
  timeframe: closed({ start: time, end: time }, ["start", "end"]),
});
const SCHEMAS = {
  Aggregation: aggregation,
  PagedAggregations: closed({
    data: { type: ["array", "null"], items: aggregation },
    links: closed({ next: text }),
    meta: closed({ continuationToken: text, pageSize: { type: "integer" } }),
  }),
  ConnectApiErrorResult: closed({
    errors: { type: ["array", "null"], items: closed({ code: text, description: text, message: text }) },
  }),
} as const;

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });

/** What is wrong with an answer by the vendor's schema of that name; nothing when it fits. */
export function findSchemaErrors(name: keyof typeof SCHEMAS, answer: unknown): readonly string[] {
  const validate = ajv.compile(SCHEMAS[name]);
  validate(answer);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
