import type { RemoteAnswer } from "../lab/remote-lab.js";

type Bucket = RemoteAnswer["buckets"][number];

const BAR = "█";
/** Eighths of a cell. */
const PARTS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
const MIN_BAR = 10;

/** Columns of numbers, right-aligned; days are called by their date alone. */
export function formatTable(attrs: readonly string[], buckets: readonly Bucket[]): string[] {
  const times = shortTimes(buckets);
  const head = ["time", ...attrs];
  const rows = buckets.map((bucket, index) => [times[index] ?? "", ...attrs.map((name) => show(bucket.attrs[name]))]);
  const widths = head.map((name, column) =>
    rows.reduce((width, row) => Math.max(width, (row[column] as string).length), name.length),
  );
  return [head, ...rows].map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}

/** RFC 4180, every number in full. */
export function formatCsv(attrs: readonly string[], buckets: readonly Bucket[]): string[] {
  const rows = buckets.map(({ time, attrs: values }) => [time, ...attrs.map((name) => values[name] ?? "")].join(","));
  return [["time", ...attrs].join(","), ...rows];
}

/** A bar for each bucket, from zero or from the least value where all are far from it; one plot for each datapoint. */
export function formatPlot(attrs: readonly string[], buckets: readonly Bucket[], columns: number): string[] {
  const times = shortTimes(buckets);
  return attrs.flatMap((name, index) => {
    const values = buckets.map((bucket) => bucket.attrs[name]);
    const known = values.filter((value): value is number => value !== undefined);
    if (known.length === 0) return [...(index === 0 ? [] : [""]), `${name}: no readings`];
    const most = known.reduce((a, b) => Math.max(a, b));
    const least = known.reduce((a, b) => Math.min(a, b));
    const base = least > 0 && least < most && least > most * 0.5 ? least - (most - least) * 0.1 : Math.min(0, least);
    const texts = values.map(show);
    const [timeWidth, valueWidth] = [longest(times), longest(texts)];
    const width = Math.max(MIN_BAR, columns - timeWidth - valueWidth - 4);
    return [
      ...(index === 0 ? [] : [""]),
      `${name}${base === 0 ? "" : `, bars begin at ${show(base)}`}`,
      ...values.map((value, at) => {
        const label = `${(times[at] ?? "").padEnd(timeWidth)}  ${(texts[at] ?? "").padStart(valueWidth)}`;
        return value === undefined
          ? label.trimEnd()
          : `${label}  ${bar((value - base) / (most - base || 1), width)}`.trimEnd();
      }),
    ];
  });
}

function bar(share: number, width: number): string {
  const eighths = Math.round(share * width * 8);
  return BAR.repeat(Math.floor(eighths / 8)) + (PARTS[eighths % 8] ?? "");
}

/** Dates where every bucket begins at midnight; without seconds where all are zero. */
function shortTimes(buckets: readonly Bucket[]): string[] {
  const times = buckets.map(({ time }) => time);
  if (times.every((time) => time.slice(10, 19) === "T00:00:00" && !time.includes("."))) {
    return times.map((time) => time.slice(0, 10));
  }
  const isWhole = times.every((time) => time.slice(16, 19) === ":00" && !time.includes("."));
  return times.map((time) => (isWhole ? `${time.slice(0, 16)}${time.slice(19)}` : time).replace("T", " "));
}

function show(value: number | undefined): string {
  if (value === undefined) return "";
  return String(Number(value.toFixed(3)));
}

function longest(texts: readonly string[]): number {
  return texts.reduce((length, text) => Math.max(length, text.length), 0);
}
