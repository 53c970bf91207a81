import type { Cloud } from "../../cloud/cloud.js";
import type { Product } from "../../cloud/devices/products.js";
import type { Device } from "../../cloud/devices/registry.js";
import type { RawValues } from "../../codec/layout.js";
import { GizlabError } from "../../core/errors.js";
import { EARLIEST_MS, LATEST_MS } from "../../core/instant.js";
import { parseExactJson } from "../../core/numbers/exact-json.js";
import { wireValues } from "../../profile/scale.js";

interface ReportLine {
  readonly device: Device;
  readonly product: Product;
  readonly at: number;
  readonly attrs: Record<string, unknown>;
  readonly values: RawValues;
}

/** So many lines are stored at once, past the journal; fewer share the commits of live reports. */
const BULK_LINES = 100;

/** What a report of the past says; from outside, so anything may be anything. */
export interface PastReportInput {
  readonly did?: unknown;
  readonly ts?: unknown;
  readonly attrs?: unknown;
}

/**
 * Takes past reports in, one JSON object `{"did","ts","attrs"}` a line, in any order. All lines are checked before
 * the first is stored. Throws `report-line` with the line's number.
 */
export async function importReports(cloud: Cloud, text: string): Promise<{ accepted: number }> {
  const reports: ReportLine[] = [];
  let number = 0;
  for (const line of text.split("\n")) {
    number += 1;
    if (line.trim() !== "") reports.push(readReport(cloud, readJson(line, number), "line", number));
  }
  return store(cloud, reports);
}

/** Does the same with reports that are objects already. @param word what the message calls one of them: `report` */
export async function storeReports(
  cloud: Cloud,
  inputs: readonly PastReportInput[],
  word: string,
): Promise<{ accepted: number }> {
  return store(
    cloud,
    inputs.map((input, index) => readReport(cloud, input, word, index + 1)),
  );
}

async function store(cloud: Cloud, reports: readonly ReportLine[]): Promise<{ accepted: number }> {
  if (reports.length === 0) return { accepted: 0 };
  if (reports.length >= BULK_LINES) {
    const past = reports.map(({ device, product, at, values }) => ({ deviceId: device.id, product, at, values }));
    return { accepted: cloud.telemetry.backfill(past) };
  }
  await new Promise<void>((resolve, reject) => {
    const last = reports.length - 1;
    reports.forEach(({ device, product, at, attrs }, index) => {
      const committed = (error: Error | null): void => (error === null ? resolve() : reject(error));
      cloud.telemetry.importReport(device, product, at, attrs, index === last ? committed : undefined);
    });
  });
  return { accepted: reports.length };
}

function readJson(line: string, number: number): PastReportInput {
  try {
    return parseExactJson(line) as PastReportInput;
  } catch {
    throw refuse("line", number, "not JSON");
  }
}

function refuse(word: string, number: number, why: string): GizlabError {
  return new GizlabError("report-line", `${word} ${number}: ${why}`, {
    hint:
      word === "line"
        ? 'a line is {"did":"…","ts":1790000000000,"attrs":{"Temperature":21}}'
        : `a ${word} is { ts: "2026-03-01", attrs: { Temperature: 21 } }`,
    at: { line: number },
  });
}

function readReport(cloud: Cloud, input: PastReportInput, word: string, number: number): ReportLine {
  const { did, ts, attrs } = input ?? {};
  if (typeof did !== "string") throw refuse(word, number, "did is missing");
  if (typeof ts !== "number" || !Number.isInteger(ts) || ts < EARLIEST_MS || ts > LATEST_MS) {
    throw refuse(word, number, "ts is a time in milliseconds since 1970, in the years 1900 to 9998");
  }
  if (typeof attrs !== "object" || attrs === null || Array.isArray(attrs)) {
    throw refuse(word, number, "attrs is an object");
  }
  const device = cloud.registry.find(did);
  if (device === undefined) throw refuse(word, number, `no device has the did ${did.slice(0, 64)}`);
  const product = cloud.registry.productOf(device);
  if (product === undefined) throw refuse(word, number, "the device's product is not loaded");
  try {
    const values = wireValues(product.profile, attrs as Record<string, unknown>);
    return { device, product, at: ts, attrs: attrs as Record<string, unknown>, values };
  } catch (error) {
    throw error instanceof GizlabError ? refuse(word, number, error.message) : error;
  }
}
