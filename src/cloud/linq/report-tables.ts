import type { Millis } from "../../core/duration.js";
import { toNumber } from "../../core/numbers/whole.js";
import type { WorkSlice } from "../../core/work-slice.js";
import type { DisplayValue } from "../../profile/scale.js";
import type { Product, Products } from "../devices/products.js";
import type { Device, Registry } from "../devices/registry.js";
import type { Telemetry } from "../telemetry/telemetry.js";
import { type LinqCatalog, reportColumns, reportTableName } from "./catalog.js";
import type { LinqColumn, LinqRow, LinqType, LinqValue } from "./value.js";

/** Rows of a table in [start, end). */
export interface RowRange {
  readonly start: Millis;
  readonly end: Millis;
}

/** The table of Devo's examples, which every domain has and nobody writes to. */
export const DEMO_TABLE = "demo.ecommerce.data";

const DEMO_COLUMNS: readonly LinqColumn[] = [
  { name: "eventdate", type: "timestamp" },
  { name: "client", type: "str" },
  { name: "method", type: "str" },
  { name: "uri", type: "str" },
  { name: "clientIpAddress", type: "str" },
  { name: "statusCode", type: "int8" },
  { name: "bytesTransferred", type: "int8" },
];

export interface ReportTablesParts {
  readonly products: Products;
  readonly registry: Registry;
  readonly telemetry: Telemetry;
  /** The domain whose the products are (interfaces.md 5). */
  readonly home: () => string;
}

/** What devices report, as LINQ's tables: `gizlab.<product>.data`, one row a report. */
export class ReportTables {
  readonly #parts: ReportTablesParts;

  constructor(parts: ReportTablesParts) {
    this.#parts = parts;
  }

  /** The tables that one domain may query: products are those of the home domain only. */
  catalogOf(domain: string): LinqCatalog {
    const isHome = domain === this.#parts.home();
    return {
      columnsOf: (table) => {
        if (table === DEMO_TABLE) return DEMO_COLUMNS;
        const product = this.#find(table);
        if (product === undefined) return undefined;
        return isHome ? reportColumns(product.profile) : "forbidden";
      },
      tables: () => [...(isHome ? this.#parts.products.all.map(({ name }) => reportTableName(name)) : []), DEMO_TABLE],
    };
  }

  /** The product whose reports a table holds; empty for a table of no product. */
  productKeyOf(table: string): string {
    return this.#find(table)?.productKey ?? "";
  }

  /** The devices behind a table, those out of service too. */
  devicesOf(table: string): readonly Device[] {
    const product = this.#find(table);
    return product === undefined ? [] : this.#parts.registry.ofProduct(product.productKey);
  }

  /** The rows of a table in a range, by time if need be, with the cells of `reportColumns`. */
  async *rows(
    table: string,
    { start, end }: RowRange,
    isOrdered: boolean,
    slice?: WorkSlice,
  ): AsyncGenerator<LinqRow, void> {
    const product = this.#find(table);
    if (product === undefined || start >= end) return;
    const columns = reportColumns(product.profile).slice(4);
    const client = this.#parts.home();
    const devices = this.devicesOf(table);
    const query = { devices, start, end, isOrdered, slice };
    for await (const { device, at, attrs } of this.#parts.telemetry.fleetReadings(query)) {
      const row: LinqValue[] = [at, client, device.did, device.mac];
      for (const { name, type } of columns)
        row.push(cellOf(type, Object.hasOwn(attrs, name) ? attrs[name] : undefined));
      yield row;
    }
  }

  #find(table: string): Product | undefined {
    return this.#parts.products.all.find(({ name }) => reportTableName(name) === table);
  }
}

/** A value as the column has it; what an older profile version called otherwise is null. */
function cellOf(type: LinqType, value: DisplayValue | undefined): LinqValue {
  if (value === undefined) return null;
  if (type === "str") return typeof value === "boolean" ? null : String(value);
  if (type === "bool") return typeof value === "boolean" ? value : null;
  return typeof value === "boolean" ? null : toNumber(value);
}
