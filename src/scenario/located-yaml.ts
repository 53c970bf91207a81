import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  type Scalar as YamlScalar,
} from "yaml";
import type { Problems, Spot } from "./problems.js";

export type Scalar = string | number | boolean | null;

/** A YAML value that knows where it stands. */
export type Located = LocatedMap | LocatedList | LocatedScalar;

export interface LocatedMap {
  readonly kind: "map";
  readonly spot: Spot;
  readonly entries: readonly Entry[];
}

export interface LocatedList {
  readonly kind: "list";
  readonly spot: Spot;
  readonly items: readonly Located[];
}

export interface LocatedScalar {
  readonly kind: "scalar";
  readonly spot: Spot;
  readonly value: Scalar;
}

/** A key of a mapping and what it holds. */
export interface Entry {
  readonly key: string;
  /** Where the key stands. */
  readonly spot: Spot;
  readonly value: Located;
}

/** What a scenario file may have at most. */
export const MAX_BYTES = 1024 * 1024;
/** Values after aliases are expanded: small texts that expand to gigabytes end here. */
const MAX_VALUES = 100_000;
/** No scenario nests so deeply; an alias inside its own anchor does. */
const MAX_DEPTH = 40;

/** Reads one YAML 1.2 document. Notes a problem and gives nothing when it is not well-formed, too big, or empty. */
export function locateYaml(text: string, problems: Problems): Located | undefined {
  const start: Spot = { line: 1, column: 1, path: "" };
  const size = Buffer.byteLength(text);
  if (size > MAX_BYTES) {
    problems.add(start, "the file is too big", { expected: `${MAX_BYTES} bytes at most`, found: `${size}` });
    return undefined;
  }
  const lineCounter = new LineCounter();
  // Keys that come twice are refused below: yaml compares each with each, which takes minutes for 1 MB of them.
  const document = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: false, logLevel: "error" });
  const [first] = [...document.errors, ...document.warnings];
  if (first !== undefined) {
    const { line, col } = lineCounter.linePos(first.pos[0]);
    const isSecond = first.code === "MULTIPLE_DOCS";
    problems.add({ line, column: col, path: "" }, isSecond ? "a file is one document" : `not YAML: ${first.message}`);
    return undefined;
  }
  if (document.contents === null) {
    problems.add(start, "the file is empty", { hint: "a scenario has devices and steps" });
    return undefined;
  }
  try {
    return new Locator(lineCounter, problems).locate(document.contents, "", start, 0);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

/** The value without places. */
export function toPlain(node: Located): unknown {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(toPlain);
    case "map":
      return Object.fromEntries(node.entries.map(({ key, value }) => [key, toPlain(value)]));
  }
}

/** The path of a key inside a path. */
export function joinPath(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

/** Ends the reading; the problem is noted. */
class Refusal extends Error {}

class Locator {
  readonly #lines: LineCounter;
  readonly #problems: Problems;
  readonly #anchors = new Map<string, unknown>();
  #count = 0;
  /** Inside what an alias stands for, anchors were met before. */
  #isExpanding = false;

  constructor(lines: LineCounter, problems: Problems) {
    this.#lines = lines;
    this.#problems = problems;
  }

  locate(node: unknown, path: string, parent: Spot, depth: number): Located {
    const spot = this.#spotOf(node, path, parent);
    this.#count += 1;
    if (this.#count > MAX_VALUES) this.#refuse(spot, `more than ${MAX_VALUES} values, aliases counted`);
    if (depth > MAX_DEPTH) this.#refuse(spot, `nested more than ${MAX_DEPTH} deep`);
    if (isAlias(node)) return this.#follow(node.source, path, spot, depth);
    this.#keepAnchor(node);
    if (isMap(node)) return { kind: "map", spot, entries: this.#entries(node.items, path, spot, depth) };
    if (isSeq(node)) {
      const items = node.items.map((item, index) => this.locate(item, `${path}[${index}]`, spot, depth + 1));
      return { kind: "list", spot, items };
    }
    // A key without a value has no node.
    return { kind: "scalar", spot, value: isScalar(node) ? readScalar(node) : null };
  }

  #entries(pairs: readonly Pair[], path: string, parent: Spot, depth: number): Entry[] {
    const seen = new Map<string, number>();
    return pairs.map(({ key: node, value }) => {
      const keySpot = this.#spotOf(node, path, parent);
      if (!isScalar(node)) this.#refuse(keySpot, "a key is a plain word");
      this.#keepAnchor(node);
      const key = String(node.value);
      const spot = { ...keySpot, path: joinPath(path, key) };
      const earlier = seen.get(key);
      if (earlier !== undefined)
        this.#problems.add(spot, `${key} is given twice`, { hint: `first on line ${earlier}` });
      seen.set(key, spot.line);
      return { key, spot, value: this.locate(value, spot.path, spot, depth + 1) };
    });
  }

  #follow(anchor: string, path: string, spot: Spot, depth: number): Located {
    if (!this.#anchors.has(anchor)) this.#refuse(spot, `no anchor &${anchor} stands before *${anchor}`);
    const wasExpanding = this.#isExpanding;
    this.#isExpanding = true;
    const located = this.locate(this.#anchors.get(anchor), path, spot, depth + 1);
    this.#isExpanding = wasExpanding;
    return located;
  }

  #keepAnchor(node: unknown): void {
    if (this.#isExpanding || !(isMap(node) || isSeq(node) || isScalar(node))) return;
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
  }

  /** Where a node stands; one that is not there stands where its parent does. */
  #spotOf(node: unknown, path: string, parent: Spot): Spot {
    const range = isMap(node) || isSeq(node) || isScalar(node) || isAlias(node) ? node.range : undefined;
    if (range === undefined || range === null) return { ...parent, path };
    const { line, col } = this.#lines.linePos(range[0]);
    return { line, column: col, path };
  }

  #refuse(spot: Spot, message: string): never {
    this.#problems.add(spot, message);
    throw new Refusal();
  }
}

/** A whole number beyond 2^53 stays the text that is written: a number would lose digits. */
function readScalar({ value, source }: YamlScalar): Scalar {
  const isRounded = typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value);
  return isRounded && source !== undefined && /^[+-]?\d+$/.test(source) ? source : (value as Scalar);
}
