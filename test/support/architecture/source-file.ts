import { posix } from "node:path";
import { type Comment, type Program, parseSync, Visitor } from "oxc-parser";

/** A file of the tree: its path from the root of the repository, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly source: string;
}

/** A rule that a line breaks. */
export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  readonly message: string;
}

/** One `import`, re-export, `import()` or `import("…").Type`. */
export interface ImportFact {
  /** As written; undefined when only running the code would tell. */
  readonly specifier: string | undefined;
  readonly line: number;
  readonly isTypeOnly: boolean;
  /** An `import()`: what it names is loaded when that line runs. */
  readonly isLazy: boolean;
}

export interface ParsedFile extends SourceFile {
  readonly program: Program;
  readonly comments: readonly Comment[];
  readonly imports: readonly ImportFact[];
  readonly errors: readonly string[];
  lineAt(offset: number): number;
}

/** Parses a file and collects everything it imports. */
export function parseFile({ path, source }: SourceFile): ParsedFile {
  const { program, comments, errors } = parseSync(path, source);
  const lineAt = (offset: number): number => source.slice(0, offset).split("\n").length;
  return {
    path,
    source,
    program,
    comments,
    imports: collectImports(program, lineAt),
    errors: errors.map(({ message }) => message),
    lineAt,
  };
}

function collectImports(program: Program, lineAt: (offset: number) => number): ImportFact[] {
  const found: ImportFact[] = [];
  const add = (source: { start: number; value?: unknown } | null, isTypeOnly: boolean, isLazy = false): void => {
    if (source === null) return;
    const specifier = typeof source.value === "string" ? source.value : undefined;
    found.push({ specifier, line: lineAt(source.start), isTypeOnly, isLazy });
  };
  new Visitor({
    ImportDeclaration: ({ importKind, specifiers, source }) => {
      const areTypes = specifiers.map((one) => one.type === "ImportSpecifier" && one.importKind === "type");
      add(source, importKind === "type" || (areTypes.length > 0 && areTypes.every(Boolean)));
    },
    ExportNamedDeclaration: ({ exportKind, specifiers, source }) => {
      add(
        source,
        exportKind === "type" || (specifiers.length > 0 && specifiers.every((one) => one.exportKind === "type")),
      );
    },
    ExportAllDeclaration: ({ exportKind, source }) => add(source, exportKind === "type"),
    ImportExpression: ({ source }) => add(source, false, true),
    TSImportType: ({ source }) => add(source, true),
    TSExternalModuleReference: ({ expression }) => add(expression, false),
    CallExpression: ({ callee, arguments: [first] }) => {
      if (callee.type === "Identifier" && callee.name === "require" && first !== undefined) add(first, false);
    },
  }).visit(program);
  return found;
}

/** The path that a relative import of `from` names in the source tree: `./a.js` is written for `a.ts` or `a.tsx`. */
export function resolveImport(from: string, specifier: string, known: ReadonlySet<string>): string | undefined {
  const base = posix.join(posix.dirname(from), specifier);
  const stem = base.replace(/\.(?:js|jsx|ts|tsx)$/, "");
  return [`${stem}.ts`, `${stem}.tsx`, `${stem}.d.ts`].find((path) => known.has(path));
}
