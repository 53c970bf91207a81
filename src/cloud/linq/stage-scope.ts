import { formatCount } from "../../core/count-text.js";
import { AGGREGATE_FUNCTIONS } from "./aggregate-functions.js";
import type { CallExpression, SelectItem } from "./ast.js";
import { type CompiledExpression, compileExpression, type Scope } from "./expression-compiler.js";
import type { AggregateColumn } from "./group-table.js";
import { LinqError } from "./linq-error.js";
import { printExpression } from "./printer.js";
import { fits } from "./signature.js";
import type { LinqColumn, LinqType } from "./value.js";

interface Place {
  readonly index: number;
  readonly type: LinqType;
}

/** What an item is called: its alias, its column, or its canonical text (aggregation-apis.md 1.6). */
export function nameOf({ alias, expression }: SelectItem): string {
  return alias ?? (expression.kind === "column" ? expression.name : printExpression(expression));
}

/** The columns between two groups: those that come in, and what selects and aggregates add. */
export class StageScope implements Scope {
  readonly #places = new Map<string, Place>();
  readonly #visible = new Set<string>();
  readonly #aggregates = new Map<string, AggregateColumn & Place>();
  #hasSelect = false;
  #width = 0;
  readonly aggregate?: (call: CallExpression) => Place;

  /** @param inner the scope of the rows that were grouped; without it there is no group */
  constructor(columns: readonly LinqColumn[], inner?: StageScope) {
    for (const column of columns) this.#places.set(column.name, this.#addPlace(column.type));
    if (inner === undefined) return;
    for (const { name } of columns) this.#visible.add(name);
    this.#hasSelect = true;
    this.aggregate = (call) => this.#aggregateOf(call, inner);
  }

  /** Cells of a row of this stage. */
  get width(): number {
    return this.#width;
  }

  get aggregates(): readonly AggregateColumn[] {
    return [...this.#aggregates.values()];
  }

  find(name: string): Place | undefined {
    return this.#places.get(name);
  }

  names(): Iterable<string> {
    return this.#places.keys();
  }

  /** Compiles and adds what a select adds. Throws `linq-alias` for a name that is taken. */
  select(isStar: boolean, items: readonly SelectItem[]): { index: number; expression: CompiledExpression }[] {
    this.#hasSelect = true;
    if (isStar) for (const name of this.#places.keys()) this.#visible.add(name);
    const compiled = items.map((item) => ({
      item,
      name: nameOf(item),
      expression: compileExpression(item.expression, this),
    }));
    return compiled.flatMap(({ item, name, expression }) => {
      this.#visible.add(name);
      if (this.#places.has(name)) {
        const isSame = item.alias === undefined || (item.expression.kind === "column" && item.expression.name === name);
        if (isSame) return [];
        throw takenName(name, item);
      }
      const place = this.#addPlace(expression.type);
      this.#places.set(name, place);
      return [{ index: place.index, expression }];
    });
  }

  /** What the stage gives: what was selected, or everything without a select. */
  output(): (LinqColumn & Place)[] {
    const names = this.#hasSelect ? this.#visible : this.#places.keys();
    return [...names].map((name) => ({ name, ...(this.#places.get(name) as Place) }));
  }

  #addPlace(type: LinqType): Place {
    const place = { index: this.#width, type };
    this.#width += 1;
    return place;
  }

  #aggregateOf(call: CallExpression, inner: StageScope): Place {
    const text = printExpression(call);
    let column = this.#aggregates.get(text);
    if (column === undefined) {
      column = this.#compileAggregate(call, inner);
      this.#aggregates.set(text, column);
    }
    return column;
  }

  #compileAggregate({ name, args, position }: CallExpression, inner: StageScope): AggregateColumn & Place {
    const definition = AGGREGATE_FUNCTIONS.get(name);
    const isCountOfRows = definition?.isOptional === true && args.length === 0;
    if (definition === undefined || (args.length !== definition.takes.length && !isCountOfRows)) {
      const takes = definition?.takes.join(", ") ?? "";
      throw new LinqError("linq-arguments", `${name} does not take ${formatCount(args.length, "argument")}`, position, {
        hint: `it is ${name}(${takes})`,
      });
    }
    const [first, second] = args;
    const argument: CompiledExpression =
      first === undefined
        ? { type: "bool", effort: 0, isConstant: true, run: () => true }
        : compileExpression(first, inner);
    if (!fits(argument.type, definition.takes[0] ?? "any", argument.type)) {
      throw new LinqError("linq-type", `${name} takes a ${definition.takes[0]}, not ${argument.type}`, position);
    }
    const percent = second?.kind === "literal" && typeof second.value === "number" ? second.value : undefined;
    if (second !== undefined && (percent === undefined || percent < 0 || percent > 100)) {
      throw new LinqError("linq-arguments", `${name} takes a constant from 0 to 100`, second.position);
    }
    const type = typeof definition.gives === "string" ? definition.gives : definition.gives(argument.type);
    return { argument, start: () => definition.start(percent ?? 0), ...this.#addPlace(type) };
  }
}

/** `linq-alias`: two columns of one name. */
export function takenName(name: string, item: SelectItem): LinqError {
  const position = item.alias === undefined ? item.expression.position : item.aliasPosition;
  return new LinqError("linq-alias", `there is a column named ${name.slice(0, 40)} already`, position, {
    hint: "give it another name with as",
  });
}
