import { GizlabError } from "./errors.js";

/** A point in time (Unix epoch) or a span, in milliseconds. */
export type Millis = number;

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 365 * 86_400_000,
};

/**
 * Reads a span with its unit: `200ms`, `10s`, `90m`, `1h`, `30d`, `2w`, `1h30m`; `y` is 365 days.
 * The unit is mandatory, so that nobody has to guess. Exact to the microsecond. Throws `duration-invalid`.
 */
export function parseDuration(text: string): Millis {
  const trimmed = text.trim();
  const parts = [...trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d|w|y)/gy)];
  const consumed = parts.reduce((length, part) => length + part[0].length, 0);
  if (parts.length === 0 || consumed !== trimmed.length) {
    throw new GizlabError("duration-invalid", `"${text}" is not a duration`, {
      hint: "write a number and a unit: 200ms, 10s, 90m, 1h, 30d, 2w, 1h30m",
    });
  }
  const sum = parts.reduce((total, [, amount, unit]) => total + Number(amount) * (UNIT_MS[unit ?? ""] ?? 0), 0);
  return Number(sum.toFixed(3));
}

/** The shortest text for a span, to the millisecond: `formatDuration(5400000)` is `1h30m`. */
export function formatDuration(spanMs: Millis): string {
  let rest = Math.round(Math.abs(spanMs));
  if (rest === 0) return "0s";
  const parts: string[] = [];
  for (const unit of ["d", "h", "m", "s", "ms"]) {
    const size = UNIT_MS[unit] ?? 1;
    const amount = Math.floor(rest / size);
    if (amount > 0) parts.push(`${amount}${unit}`);
    rest -= amount * size;
  }
  return `${spanMs < 0 ? "-" : ""}${parts.join("")}`;
}
