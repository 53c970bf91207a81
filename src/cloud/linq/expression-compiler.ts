import { formatCount } from "../../core/count-text.js";
import { suggestNearest } from "../../core/suggestion.js";
import { AGGREGATE_FUNCTIONS } from "./aggregate-functions.js";
import type { CallExpression, Expression } from "./ast.js";
import type { EvaluationContext } from "./evaluation-context.js";
import { clip } from "./lexer.js";
import { LinqError } from "./linq-error.js";
import { compilePattern } from "./pattern.js";
import { SCALAR_FUNCTIONS } from "./scalar-functions.js";
import { describeSignatures, findSignature, type ScalarFunction, type Signature } from "./signature.js";
import type { LinqRow, LinqType, LinqValue } from "./value.js";

/** An expression made ready to run on rows. */
export interface CompiledExpression {
  readonly type: LinqType;
  /** Functions it calls on a row, for the measure of effort. */
  readonly effort: number;
  /** Whether it gives one value for all rows of an evaluation. */
  readonly isConstant: boolean;
  /** What it is made of, where it is a cell or a call: by this it is known what of a table has to be read. */
  readonly form?: { readonly column: string } | { readonly call: string; readonly args: readonly CompiledExpression[] };
  run(row: LinqRow, context: EvaluationContext): LinqValue;
}

/** The names an expression may use. */
export interface Scope {
  find(name: string): { readonly index: number; readonly type: LinqType } | undefined;
  names(): Iterable<string>;
  /** The place where an aggregate's result will stand; absent where there is no group. */
  aggregate?(call: CallExpression): { readonly index: number; readonly type: LinqType };
}

const NULL_EXPRESSION: CompiledExpression = { type: "null", effort: 0, isConstant: true, run: () => null };
/** RE2JS takes up to 160 ns for a character of the text and one of the pattern, other functions about a tenth. */
const EFFORT_A_PATTERN_STEP = 8;
/** Names longer than this get no suggestion: looking for one takes time. */
const MAX_SUGGESTED_LENGTH = 64;

/**
 * Checks an expression against a scope and makes it ready. A type that does not fit is `linq-type`, or null when
 * `isLenient`: in a `where` it means no rows, not an error (aggregation-apis.md 1.6). Throws also `linq-column`,
 * `linq-function`, `linq-arguments`, `linq-aggregate`.
 */
export function compileExpression(expression: Expression, scope: Scope, isLenient = false): CompiledExpression {
  switch (expression.kind) {
    case "literal": {
      const { value, type } = expression;
      return { type, effort: 0, isConstant: true, run: () => value };
    }
    case "column": {
      const column = scope.find(expression.name);
      if (column === undefined) throw unknownColumn(expression.name, expression, scope);
      return { ...readColumn(column), form: { column: expression.name } };
    }
    case "set":
      throw new LinqError("linq-type", "a set stands on the right of in, and nowhere else", expression.position);
    case "call":
      return compileCall(expression, scope, isLenient);
  }
}

/** What reads one cell. */
export function readColumn({ index, type }: { readonly index: number; readonly type: LinqType }): CompiledExpression {
  return { type, effort: 0, isConstant: false, run: (row) => row[index] ?? null };
}

function compileCall(call: CallExpression, scope: Scope, isLenient: boolean): CompiledExpression {
  const { name, position } = call;
  if (name === "matches") return compileMatch(call, scope, isLenient);
  const scalar = SCALAR_FUNCTIONS.get(name);
  if (scalar === undefined) {
    if (!AGGREGATE_FUNCTIONS.has(name)) throw unknownFunction(call);
    if (scope.aggregate !== undefined) return readColumn(scope.aggregate(call));
    throw new LinqError("linq-aggregate", `${name} sums up groups of rows, and there is no group here`, position, {
      hint: "write group, group by <column> or group every <period> before it",
    });
  }
  const given = name === "in" ? call.args.flatMap((arg) => (arg.kind === "set" ? arg.items : [arg])) : call.args;
  const args = given.map((arg) => compileExpression(arg, scope, isLenient));
  const types = args.map(({ type }) => type);
  const effort = args.reduce((sum, arg) => sum + arg.effort, 1 + args.length);
  const signature = findSignature(scalar.signatures, types);
  if (signature === undefined) {
    const refusal = refuseTypes(call, scalar, types);
    if (isLenient && refusal.code === "linq-type") return NULL_EXPRESSION;
    throw refusal;
  }
  const type = typeof signature.gives === "string" ? signature.gives : signature.gives(types);
  const values: LinqValue[] = new Array(args.length).fill(null);
  const takesNull = scalar.takesNull === true;
  const form = { call: name, args };
  const isConstant = args.every((arg) => arg.isConstant);
  const [first, ...rest] = args;
  if (first !== undefined && rest.every((arg) => arg.isConstant)) {
    const prepared = prepareCall(signature, first, rest);
    if (prepared !== undefined) return { type, effort: first.effort + 2, isConstant, form, run: prepared };
  }
  // One array for all rows: a call ends before the next of the same call begins.
  const run = (row: LinqRow, context: EvaluationContext): LinqValue => {
    for (let index = 0; index < args.length; index += 1) {
      const value = (args[index] as CompiledExpression).run(row, context);
      if (value === null && !takesNull) return null;
      values[index] = value;
    }
    return signature.run(values, context);
  };
  return { type, effort, isConstant, form, run };
}

/** One that runs on the first argument alone, once the others were taken in, if there is one. */
function prepareCall(
  signature: Signature,
  first: CompiledExpression,
  rest: readonly CompiledExpression[],
): CompiledExpression["run"] | undefined {
  if (signature.prepare === undefined) return undefined;
  let preparedFor: EvaluationContext | undefined;
  let test: (value: LinqValue) => LinqValue = () => null;
  return (row, context) => {
    if (context !== preparedFor) {
      const constants = rest.map((constant) => constant.run([], context));
      test = signature.prepare?.(constants, context) ?? test;
      preparedFor = context;
    }
    return test(first.run(row, context));
  };
}

function compileMatch(call: CallExpression, scope: Scope, isLenient: boolean): CompiledExpression {
  const [subject, regex, ...rest] = call.args;
  if (subject === undefined || regex?.kind !== "call" || regex.name !== "re" || rest.length > 0) {
    throw new LinqError("linq-arguments", "matches takes a text and a re(...)", call.position, {
      hint: 'model ~ re("^E[0-9]+")',
    });
  }
  const pattern = compilePattern(regex);
  const text = compileExpression(subject, scope, isLenient);
  if (text.type !== "str") {
    if (isLenient || text.type === "null") return NULL_EXPRESSION;
    throw new LinqError("linq-type", `matches takes a text, not ${text.type}`, call.position);
  }
  const run = (row: LinqRow, context: EvaluationContext): LinqValue => {
    const value = text.run(row, context);
    if (typeof value !== "string") return null;
    context.spend(value.length * pattern.size * EFFORT_A_PATTERN_STEP);
    return pattern.test(value);
  };
  return { type: "bool", effort: text.effort + 10, isConstant: text.isConstant, run };
}

function refuseTypes(call: CallExpression, { signatures }: ScalarFunction, types: readonly LinqType[]): LinqError {
  const takesSoMany = signatures.some(({ takes, rest }) => {
    return types.length === takes.length || (rest !== undefined && types.length > takes.length);
  });
  const hint = `it is ${describeSignatures(call.name, signatures)}`;
  const message = takesSoMany
    ? `${call.name} does not take (${types.slice(0, 8).join(", ")})`
    : `${call.name} does not take ${formatCount(types.length, "argument")}`;
  return new LinqError(takesSoMany ? "linq-type" : "linq-arguments", message, call.position, { hint });
}

/** What other languages call a function that LINQ has under another name (aggregation-apis.md 1.6). */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ["countdistinct", "hllppcount"],
  ["coalesce", "nvl"],
  ["toint", "int"],
  ["tofloat", "float"],
  ["tostring", "str"],
  ["contains", "has"],
]);

function unknownFunction({ name, position }: CallExpression): LinqError {
  if (name === "re") {
    return new LinqError("linq-arguments", "re(...) stands behind ~ or in matches, and nowhere else", position, {
      hint: 'model ~ re("^E[0-9]+")',
    });
  }
  const other = OTHER_NAMES.get(name.toLowerCase());
  const suggestion =
    other ?? suggest(name, [...AGGREGATE_FUNCTIONS.keys(), ...SCALAR_FUNCTIONS.keys(), "matches", "re"]);
  return new LinqError("linq-function", `there is no function named ${clip(name)}`, position, { suggestion });
}

function unknownColumn(name: string, { position }: Expression, scope: Scope): LinqError {
  const suggestion = suggest(name, scope.names());
  const hint =
    suggestion === undefined && scope.aggregate !== undefined
      ? "after a group there are its keys and aggregates only"
      : undefined;
  const message = `there is no column named ${clip(name)}`;
  return new LinqError("linq-column", message, position, { suggestion, ...(hint !== undefined && { hint }) });
}

/** The nearest of `candidates`, for a name short enough. */
export function suggest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > MAX_SUGGESTED_LENGTH) return undefined;
  const short = [...candidates].filter((candidate) => candidate.length <= MAX_SUGGESTED_LENGTH);
  return suggestNearest(name, short.slice(0, 500));
}
