import { type Access, type DataType, isBitType, type Layout, planLayout } from "../codec/layout.js";
import { GizlabError } from "../core/errors.js";
import type { Whole } from "../core/numbers/whole.js";
import { checkAttr, type Json } from "./check-attr.js";
import { checkPositions, type ReadDatapoint } from "./check-positions.js";
import { type DocumentPath, LocatedDocument, type ProfileProblem } from "./problem.js";
import type { Datapoint, Profile } from "./profile.js";
import { readWireLimit } from "./wire-limit.js";

const ACCESS: Readonly<Record<string, Access>> = {
  status_writable: "writable",
  status_readonly: "readonly",
  alert: "alert",
  fault: "fault",
};

export interface ProfileCheck {
  /** Present when there are no problems. */
  readonly profile?: Profile;
  readonly problems: readonly ProfileProblem[];
}

/** Checks the vendor's datapoint JSON and places its datapoints (uart.md 4 and 5). Reports every problem, not only the first. */
export function checkProfile(text: string): ProfileCheck {
  const document = new LocatedDocument(text);
  if (document.problems.length > 0) return { problems: document.problems };
  const root = asObject(document.root);
  if (root === undefined) {
    document.report([], "a profile is a JSON object");
    return { problems: document.problems };
  }
  checkHead(document, root);
  const datapoints = readDatapoints(document, root);
  if (document.problems.length > 0) return { problems: document.problems };

  const protocol: Layout["protocol"] = root.protocolType === "var_len" ? "var_len" : "standard";
  const layout = planLayout(
    protocol,
    datapoints.map(({ datapoint }) => datapoint),
  );
  if (protocol === "standard") checkPositions(document, layout, datapoints);
  if (document.problems.length > 0) return { problems: document.problems };
  return {
    problems: [],
    profile: {
      name: String(root.name),
      productKey: String(root.product_key).toLowerCase(),
      datapoints: datapoints.map(({ datapoint }) => datapoint),
      layout,
      document: root,
    },
  };
}

/** The profile of a text. Throws `profile-invalid` with the first problem and how many there are. */
export function parseProfile(text: string, file: string): Profile {
  const { profile, problems } = checkProfile(text);
  const [first] = problems;
  if (profile !== undefined) return profile;
  throw new GizlabError("profile-invalid", first?.message ?? "the profile is empty", {
    at: { file, line: first?.line ?? 1, column: first?.column ?? 1, path: first?.path ?? "" },
    ...(problems.length > 1 ? { hint: `and ${problems.length - 1} more: gizlab profile check ${file}` } : {}),
  });
}

function checkHead(document: LocatedDocument, root: Json): void {
  if (typeof root.name !== "string" || root.name === "") document.report(["name"], "name is missing");
  if (typeof root.product_key !== "string" || !/^[0-9a-f]{32}$/i.test(root.product_key)) {
    document.report(["product_key"], "product_key is 32 hex characters");
  }
  const protocol = root.protocolType ?? "standard";
  if (protocol !== "standard" && protocol !== "var_len") {
    document.report(["protocolType"], `protocolType is "standard" or "var_len", not ${JSON.stringify(protocol)}`);
  }
  if (!Array.isArray(root.entities) || root.entities.length === 0) {
    document.report(["entities"], "entities is a list with at least one entity");
  }
}

function readDatapoints(document: LocatedDocument, root: Json): ReadDatapoint[] {
  const found: ReadDatapoint[] = [];
  const seen = new Map<string, string>();
  let isComplete = true;
  const entities = Array.isArray(root.entities) ? root.entities : [];
  for (const [entityAt, entity] of entities.entries()) {
    const attrs = asObject(entity)?.attrs;
    if (!Array.isArray(attrs)) {
      document.report(["entities", entityAt, "attrs"], "attrs is a list of datapoints");
      continue;
    }
    for (const [attrAt, value] of attrs.entries()) {
      const path = ["entities", entityAt, "attrs", attrAt] as const;
      const attr = asObject(value);
      if (attr === undefined || !checkAttr(document, path, attr)) {
        if (attr === undefined) document.report(path, "a datapoint is a JSON object");
        isComplete = false;
        continue;
      }
      const name = String(attr.name);
      const earlier = seen.get(name);
      if (earlier !== undefined) document.report([...path, "name"], `${name} is already the name of ${earlier}`);
      seen.set(name, `attrs[${attrAt}]`);
      found.push({
        datapoint: toDatapoint(document, path, attr, found.length),
        path,
        position: asObject(attr.position),
      });
    }
  }
  // Where one could not be read, the ids of the others are no fault of theirs.
  return isComplete ? orderById(document, found) : found;
}

/** Datapoints in id order; where ids are given, they run 0, 1, 2 … (uart.md 4.1). */
function orderById(document: LocatedDocument, found: ReadDatapoint[]): ReadDatapoint[] {
  const idOf = ({ path }: ReadDatapoint): unknown =>
    path.reduce<unknown>((value, part) => (value as Record<string | number, unknown>)?.[part], document.root);
  const ids = found.map((item) => (idOf(item) as Json | undefined)?.id);
  if (ids.some((id) => typeof id !== "number")) return found;
  const ordered = found.map((item, at) => ({ item, id: ids[at] as number })).sort((a, b) => a.id - b.id);
  return ordered.map(({ item, id }, index) => {
    if (id !== index) document.report([...item.path, "id"], `ids run 0, 1, 2 …: expected ${index}, found ${id}`);
    return { ...item, datapoint: { ...item.datapoint, index } };
  });
}

function toDatapoint(document: LocatedDocument, path: DocumentPath, attr: Json, index: number): Datapoint {
  const dataType = attr.data_type as DataType;
  const labels = dataType === "enum" ? (attr.enum as string[]) : [];
  const spec = asObject(attr.uint_spec) ?? {};
  const isNumber = dataType.startsWith("uint");
  return {
    index,
    name: String(attr.name),
    displayName: String(attr.display_name ?? attr.name),
    description: String(attr.desc ?? ""),
    access: ACCESS[String(attr.type)] ?? "readonly",
    dataType,
    width: widthOf(dataType, labels, asObject(attr.position)),
    labels,
    min: isNumber ? (readWireLimit(document, path, attr, "min") as Whole) : 0,
    max: isNumber ? (readWireLimit(document, path, attr, "max") as Whole) : Math.max(labels.length - 1, 1),
    ratio: isNumber ? Number(spec.ratio ?? 1) : 1,
    addition: isNumber ? Number(spec.addition ?? 0) : 0,
  };
}

function widthOf(dataType: DataType, labels: readonly string[], position: Json | undefined): number {
  switch (dataType) {
    case "bool":
      return 1;
    case "enum":
      return Math.max(enumBits(labels.length), isBitType(dataType) ? Number(position?.len ?? 0) : 0);
    case "uint8":
      return 1;
    case "uint16":
      return 2;
    case "uint32":
      return 4;
    case "uint64":
      return 8;
    case "binary":
      return Number(position?.len);
  }
}

/** Bits that `count` labels need: ceil(log2 n), at least one (uart.md 4.2). */
export function enumBits(count: number): number {
  return Math.max(1, Math.ceil(Math.log2(count)));
}

function asObject(value: unknown): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}
