import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";

/** Something wrong with a profile, with the place a person would look for it. */
export interface ProfileProblem {
  readonly line: number;
  readonly column: number;
  /** Path in the document, such as `entities[0].attrs[3].name`. */
  readonly path: string;
  readonly message: string;
}

export type DocumentPath = readonly (string | number)[];

/** A JSON text that remembers where each value stands, and collects problems. */
export class LocatedDocument {
  readonly root: unknown;
  readonly problems: ProfileProblem[] = [];
  readonly #text: string;
  readonly #tree: Node | undefined;

  constructor(text: string) {
    this.#text = text;
    const errors: ParseError[] = [];
    this.#tree = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
    const first = errors[0];
    if (first !== undefined) this.#add(first.offset, [], `not JSON: ${spaced(printParseErrorCode(first.error))}`);
    this.root = first === undefined ? JSON.parse(text) : undefined;
  }

  /** Notes a problem at the value of `path`, or at the nearest enclosing value that exists. */
  report(path: DocumentPath, message: string): void {
    let node: Node | undefined;
    for (let depth = path.length; node === undefined && depth >= 0; depth -= 1) {
      node = this.#tree === undefined ? undefined : findNodeAtLocation(this.#tree, [...path.slice(0, depth)]);
    }
    this.#add(node?.offset ?? 0, path, message);
  }

  /** The value of `path` as it is written; empty where there is none. */
  textAt(path: DocumentPath): string {
    const node = this.#tree === undefined ? undefined : findNodeAtLocation(this.#tree, [...path]);
    return node === undefined ? "" : this.#text.slice(node.offset, node.offset + node.length);
  }

  #add(offset: number, path: DocumentPath, message: string): void {
    const before = this.#text.slice(0, offset).split("\n");
    this.problems.push({
      line: before.length,
      column: (before[before.length - 1]?.length ?? 0) + 1,
      path: path.reduce<string>(
        (text, part) => (typeof part === "number" ? `${text}[${part}]` : text === "" ? part : `${text}.${part}`),
        "",
      ),
      message,
    });
  }
}

function spaced(code: string): string {
  return code.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
}
