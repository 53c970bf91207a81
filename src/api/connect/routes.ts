import { Zone } from "../../cloud/telemetry/zone.js";
import type { ApiContext } from "../context.js";
import type { Face } from "../face.js";
import { registerAggregations } from "./aggregations.js";
import { requireBearer } from "./bearer.js";
import { answerConnectError, answerConnectUnknown } from "./errors.js";
import { registerReadings } from "./readings.js";

/** Where the vendor has it, and below the prefix of its newer address (aggregation-apis.md 2.1). */
const PREFIXES = ["/v1/entities", "/connect/v1/entities"];

/** DER Connect: readings and aggregations of entities (aggregation-apis.md 2). */
export async function registerConnect(face: Face, context: ApiContext): Promise<void> {
  const utc = new Zone("UTC");
  for (const prefix of PREFIXES) {
    await face.register(
      async (plugin) => {
        const entities = plugin as Face;
        entities.setErrorHandler(answerConnectError);
        entities.setNotFoundHandler(answerConnectUnknown);
        entities.setSchemaErrorFormatter(([first]) => {
          const name = first?.instancePath.slice(1) || String(first?.params.missingProperty ?? "");
          return new Error(`${name} ${describeFault(first?.keyword)}`);
        });
        // Who asks is looked at before anything of the request is read.
        entities.addHook("onRequest", async (request) => requireBearer(context, request));
        registerAggregations(entities, context, utc);
        registerReadings(entities, context);
      },
      { prefix },
    );
  }
}

/** Parameters are texts, and a list where one is given more than once. */
function describeFault(keyword: string | undefined): string {
  if (keyword === "required") return "is missing";
  return keyword === "type" ? "is given more than once" : "is too long";
}
