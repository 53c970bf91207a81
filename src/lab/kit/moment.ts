import type { Millis } from "../../core/duration.js";
import { GizlabError } from "../../core/errors.js";
import { EARLIEST_MS, LATEST_MS, parseInstant } from "../../core/instant.js";
import type { Lab } from "../lab.js";

/** A point in time: milliseconds since 1970, a `Date`, or an ISO date or date and time, UTC where it names no offset. */
export type Moment = number | string | Date;

/** Milliseconds since 1970 of a moment in the years 1900 to 9998. Throws `time-invalid`. @param name what the message calls it */
export function readMoment(moment: Moment, name: string): Millis {
  const at = moment instanceof Date ? moment.getTime() : typeof moment === "string" ? parseInstant(moment) : moment;
  if (typeof at === "number" && Number.isInteger(at) && at >= EARLIEST_MS && at <= LATEST_MS) return at;
  throw new GizlabError("time-invalid", `${name} is not a time: ${String(moment)}`, {
    hint: 'an ISO date such as "2026-03-01" or "2026-03-01T12:00:00+08:00", a Date, or milliseconds since 1970, in the years 1900 to 9998',
  });
}

/** Moves virtual time to a moment. Throws `clock-wall`, `time-invalid` for a moment that is past or none. */
export async function advanceTo(lab: Lab, moment: Moment): Promise<void> {
  const clock = lab.virtualClock();
  const at = readMoment(moment, "the moment");
  const now = clock.now();
  if (at < now) {
    const said = (time: Millis): string => new Date(time).toISOString();
    throw new GizlabError("time-invalid", `virtual time moves forward only: ${said(at)} is past, it is ${said(now)}`, {
      hint: "start the lab earlier with startAt, or go back with lab.restore",
    });
  }
  await lab.advance(at - now);
}
