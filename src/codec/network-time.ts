import type { Millis } from "../core/duration.js";
import { CMD, findCommand } from "./commands.js";
import { packFields } from "./payload.js";

/** The module's default zone, in which the date fields of 18 are given (uart.md 2.6). */
const LOCAL_OFFSET_MS: Millis = 8 * 3_600_000;

/** The payload of 18 at `now`, epoch milliseconds: the date in the module's default zone, +8, and the seconds of UTC (uart.md 2.6). */
export function packNetworkTime(now: Millis): Uint8Array {
  const local = new Date(now + LOCAL_OFFSET_MS);
  return packFields(findCommand(CMD.networkTime)?.fields ?? [], {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
    second: local.getUTCSeconds(),
    ntp: Math.floor(now / 1000),
  });
}
