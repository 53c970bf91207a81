import type { Millis } from "../../core/duration.js";

const INSTANT = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:Z|([+-])(\d\d):?([0-5]\d))?$/i;
const MINUTE_MS = 60_000;

/**
 * A time with or without `T`, fraction and zone: 24 hours a day, UTC without a zone, milliseconds at the finest
 * (aggregation-apis.md 3.2 #12). Undefined for anything else.
 */
export function parseInstant(text: string): Millis | undefined {
  const parts = INSTANT.exec(text.trim());
  if (parts === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const [fraction = "", sign, zoneHours = "0", zoneMinutes = "0"] = parts.slice(7);
  const local = Date.UTC(year, month - 1, day, hour, minute, second, Number(fraction.padEnd(3, "0").slice(0, 3)));
  // A day or an hour that no calendar or clock shows comes out as another one.
  const shown = [year, month, day].map((part, at) => String(part).padStart(at === 0 ? 4 : 2, "0")).join("-");
  if (hour > 23 || minute > 59 || second > 59 || !new Date(local).toISOString().startsWith(`${shown}T`))
    return undefined;
  if (Number(zoneHours) > 14) return undefined;
  const offset = (Number(zoneHours) * 60 + Number(zoneMinutes)) * MINUTE_MS;
  return sign === undefined ? local : local - (sign === "-" ? -offset : offset);
}

/** A time as answers show it: UTC, with microseconds. */
export function formatInstant(at: Millis): string {
  return new Date(at).toISOString().replace("Z", "000Z");
}
