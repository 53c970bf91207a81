import type { JsonSchema } from "./fields.js";
import { SCENARIO_SCHEMA } from "./parse.js";

/** A JSON Schema of scenario files, for editors; names and values are checked by `gizlab scenario check` only. */
export function createScenarioSchema(): JsonSchema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "gizlab scenario",
    description: "Steps on virtual devices and their cloud; gizlab scenario run FILE carries them out",
    ...SCENARIO_SCHEMA,
  };
}
