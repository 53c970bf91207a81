import type { Located } from "./located-yaml.js";

const MAX_LENGTH = 160;
/** What YAML reads back as the same text without quotes, in a flow mapping. */
const PLAIN = /^[\p{L}_/.][\p{L}\p{N}_./*-]*(?: [\p{L}\p{N}_./*-]+)*$/u;

/** A step in one line, as one would write it: `expect house: {report: {Temperature: 30}}, within: 10s`. */
export function sayStep(kind: string, node: Located): string {
  const said =
    node.kind === "map"
      ? node.entries.map(({ key, value }) => `${key}: ${sayValue(value)}`).join(", ")
      : sayValue(node);
  const words = `${kind} ${said}`;
  return words.length <= MAX_LENGTH ? words : `${words.slice(0, MAX_LENGTH - 1)}…`;
}

function sayValue(node: Located): string {
  switch (node.kind) {
    case "scalar":
      if (typeof node.value !== "string") return String(node.value);
      return PLAIN.test(node.value) || /^\d+[a-z]/.test(node.value) ? node.value : JSON.stringify(node.value);
    case "list":
      return `[${node.items.map(sayValue).join(", ")}]`;
    case "map":
      return `{${node.entries.map(({ key, value }) => `${key}: ${sayValue(value)}`).join(", ")}}`;
  }
}
