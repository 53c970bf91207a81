import type { Datapoint, Profile } from "./profile.js";
import { toDisplay } from "./scale.js";

/**
 * TypeScript types of a product's datapoints: `<Name>Attrs` for all of them, `<Name>Controls` for the writable ones.
 * With the name by which a lab calls the product, devices of the test kit get these types.
 */
export function printTypes(profile: Profile, productName?: string): string {
  const kit = productName === undefined ? [] : [printKitTypes([{ name: productName, profile }])];
  return [
    `// Made by gizlab profile types from product_key ${profile.productKey}.`,
    printProduct(profile),
    ...kit,
    "",
  ].join("\n\n");
}

/** The types of the products that come with gizlab, and their table by name. */
export function printShippedTypes(products: readonly { readonly name: string; readonly profile: Profile }[]): string {
  const table = products.map(({ name, profile }) => `  ${printEntry(name, profile)}`).join("\n");
  return [
    "// Made by npm run types from profiles/.",
    ...products.map(({ profile }) => printProduct(profile)),
    `/** The types of each shipped product, by its name. */\nexport interface ShippedProfiles {\n${table}\n}`,
    "",
  ].join("\n\n");
}

function printKitTypes(products: readonly { readonly name: string; readonly profile: Profile }[]): string {
  const table = products.map(({ name, profile }) => `    ${printEntry(name, profile)}`).join("\n");
  return `declare module "gizlab/testing" {\n  interface Profiles {\n${table}\n  }\n}`;
}

function printEntry(name: string, profile: Profile): string {
  const type = typeName(profile.name);
  return `${JSON.stringify(name)}: { attrs: ${type}Attrs; controls: ${type}Controls };`;
}

function printProduct(profile: Profile): string {
  const name = typeName(profile.name);
  const members = (datapoints: readonly Datapoint[]): string =>
    datapoints.map((datapoint) => `${describe(datapoint)}  ${datapoint.name}: ${typeOf(datapoint)};`).join("\n");
  const writable = profile.datapoints.filter((datapoint) => datapoint.access === "writable");
  return [
    `export interface ${name}Attrs {\n${members(profile.datapoints)}\n}`,
    `export type ${name}Controls = ${
      writable.length === 0
        ? "Record<string, never>"
        : `Partial<Pick<${name}Attrs, ${writable.map((datapoint) => `"${datapoint.name}"`).join(" | ")}>>`
    };`,
  ].join("\n\n");
}

function typeOf(datapoint: Datapoint): string {
  if (datapoint.dataType === "bool") return "boolean";
  if (datapoint.dataType === "enum") return datapoint.labels.map((label) => JSON.stringify(label)).join(" | ");
  if (datapoint.dataType === "binary") return "string";
  // Beyond 2^53-1 it is the text of its digits.
  return datapoint.dataType === "uint64" ? "number | string" : "number";
}

function describe(datapoint: Datapoint): string {
  const range = datapoint.dataType.startsWith("uint")
    ? `, ${toDisplay(datapoint, datapoint.min)} to ${toDisplay(datapoint, datapoint.max)}, step ${datapoint.ratio}`
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
