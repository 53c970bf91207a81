import { GizlabError } from "../../core/errors.js";
import { suggestNearest } from "../../core/suggestion.js";
import { FAULT_KINDS, type FaultKind } from "./fault-kinds.js";
import { type FaultSpec, readFault } from "./fault-spec.js";

/** Fields that are numbers; a seed may be a text as well. */
const NUMBERS = ["probability", "count", "after", "rate", "status"];
const WIRE_PREFIX = "uart.";
const FORM = "uart.drop:direction=up,probability=0.1";

/**
 * Reads a fault for a wire from a command line: `KIND`, `KIND:name=value,name=value` or JSON; `drop` is `uart.drop`.
 * Throws `fault-invalid`, with what was probably meant, also for faults that need a cloud.
 */
export function parseWireFault(text: string): FaultSpec {
  const given = text.trimStart().startsWith("{") ? parseJson(text) : parseShort(text);
  const kinds = Object.keys(FAULT_KINDS).filter((kind) => FAULT_KINDS[kind as FaultKind].group === "uart");
  const kind = String(given.kind ?? "");
  if (!kinds.includes(kind)) {
    const nearest = Object.hasOwn(FAULT_KINDS, kind) ? undefined : suggestNearest(kind, kinds);
    throw refuse(
      "kind",
      nearest === undefined ? `on a wire there are ${kinds.join(", ")}` : `did you mean ${nearest}?`,
    );
  }
  if (given.did !== undefined) throw refuse("did", "a wire has one device");
  return readFault(given).spec;
}

function parseJson(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw new GizlabError("fault-invalid", `the fault is no JSON: ${(error as Error).message}`, {
      hint: `write {"kind":"uart.drop","direction":"up"}, or ${FORM}`,
    });
  }
}

function parseShort(text: string): Record<string, unknown> {
  const [, kind = "", rest = ""] = /^([^:]*):?(.*)$/s.exec(text.trim()) ?? [];
  const fields = rest === "" ? [] : rest.split(",").map(parseField);
  return Object.fromEntries([["kind", kind.includes(".") ? kind : `${WIRE_PREFIX}${kind}`], ...fields]);
}

function parseField(text: string): [string, string | number] {
  const [, name, value] = /^\s*([\w-]+)\s*=\s*(.+?)\s*$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw refuse(text.trim(), `write ${FORM}`);
  return [name, NUMBERS.includes(name) && Number.isFinite(Number(value)) ? Number(value) : value];
}

function refuse(path: string, hint: string): GizlabError {
  return new GizlabError("fault-invalid", `the fault's ${path} is not right`, { at: { path }, hint });
}
