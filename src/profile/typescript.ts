import type { Datapoint, Profile } from "./profile.js";
import { scaleUp } from "./scale.js";

/** TypeScript types of a product's datapoints: `<Name>Attrs` for all of them, `<Name>Controls` for the writable ones. */
export function printTypes(profile: Profile): string {
  const name = typeName(profile.name);
  const members = (datapoints: readonly Datapoint[]): string =>
    datapoints.map((datapoint) => `${describe(datapoint)}  ${datapoint.name}: ${typeOf(datapoint)};`).join("\n");
  const writable = profile.datapoints.filter((datapoint) => datapoint.access === "writable");
  return [
    `// Made by gizlab profile types from product_key ${profile.productKey}.`,
    `export interface ${name}Attrs {\n${members(profile.datapoints)}\n}`,
    `export type ${name}Controls = ${
      writable.length === 0
        ? "Record<string, never>"
        : `Partial<Pick<${name}Attrs, ${writable.map((datapoint) => `"${datapoint.name}"`).join(" | ")}>>`
    };`,
    "",
  ].join("\n\n");
}

function typeOf(datapoint: Datapoint): string {
  if (datapoint.dataType === "bool") return "boolean";
  if (datapoint.dataType === "enum") return datapoint.labels.map((label) => JSON.stringify(label)).join(" | ");
  return datapoint.dataType === "binary" ? "string" : "number";
}

function describe(datapoint: Datapoint): string {
  const range = datapoint.dataType.startsWith("uint")
    ? `, ${scaleUp(datapoint, datapoint.min)} to ${scaleUp(datapoint, datapoint.max)}, step ${datapoint.ratio}`
    : datapoint.dataType === "binary"
      ? `, hex of ${datapoint.width} bytes`
      : "";
  const text = `${datapoint.displayName.replaceAll("*/", "* /").replace(/\s+/g, " ")} (${datapoint.access}${range})`;
  return `  /** ${text} */\n`;
}

function typeName(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const joined = words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join("");
  return /^[A-Za-z]/.test(joined) ? joined : `Product${joined}`;
}
