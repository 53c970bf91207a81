import { describe, expect, it } from "vitest";
import { Zone } from "../../../../src/cloud/telemetry/zone.js";
import { createSeededRandom } from "../../../../src/core/random.js";
import { pickInstants, WallCalendar, ZONES } from "../../../support/wall-calendar.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Zones whose days are odder still: a skipped day, and changes at midnight. */
const ODD_ZONES = ["Pacific/Apia", "America/Havana", "Asia/Beirut", "Asia/Kathmandu", "Antarctica/Troll"] as const;

/** The first instant at which the wall shows `local`, found by trying every offset in use around it. */
function findFirst(wall: WallCalendar, local: number): number | undefined {
  const offsets = new Set([-2, -1, 0, 1, 2].map((days) => wall.offsetAt(local + days * DAY_MS)));
  const shown = [...offsets].map((offset) => local - offset).filter((at) => wall.localAt(at) === local);
  return shown.length === 0 ? undefined : Math.min(...shown);
}

describe.each([...ZONES, ...ODD_ZONES])("the zone %s", (name) => {
  const zone = new Zone(name);
  const wall = new WallCalendar(name);
  const instants = pickInstants(createSeededRandom(`zone ${name}`), wall, 600);

  it("has the offset that the platform's clock shows", () => {
    for (const at of instants) {
      expect([at, zone.offsetAt(at), zone.toLocal(at)]).toEqual([at, wall.offsetAt(at), wall.localAt(at)]);
    }
  });

  it("changes its offset at the very millisecond", () => {
    for (const change of wall.changes(Date.UTC(2015, 0, 1), Date.UTC(2025, 0, 1))) {
      const around = [change - 1, change];
      expect(around.map((at) => zone.offsetAt(at))).toEqual(around.map((at) => wall.offsetAt(at)));
    }
  });

  it("knows the change before and after, within a day", () => {
    for (const at of instants) {
      const [before, after] = [zone.changeBefore(at), zone.changeAfter(at)];
      const changes = wall.changes(at - 3 * DAY_MS, at + 3 * DAY_MS);
      const isNear = (change: number): boolean => Math.abs(change - at) <= DAY_MS;
      expect(before === Number.NEGATIVE_INFINITY || changes.includes(before)).toBe(true);
      expect(after === Number.POSITIVE_INFINITY || changes.includes(after)).toBe(true);
      for (const change of changes.filter(isNear)) expect([at, change <= at ? before : after]).toEqual([at, change]);
    }
  });

  it("finds the first instant that shows a local time, and reads a skipped one with the offset before", () => {
    const found = { shown: 0, skipped: 0 };
    for (const at of instants.map((instant) => Math.floor(instant / HOUR_MS) * HOUR_MS)) {
      const local = at + wall.offsetAt(at - DAY_MS);
      const first = findFirst(wall, local);
      const before = wall.offsetAt(local - 2 * DAY_MS);
      expect([at, zone.toInstant(local)]).toEqual([at, first ?? local - before]);
      found[first === undefined ? "skipped" : "shown"] += 1;
    }
    expect(found.shown).toBeGreaterThan(0);
  });
});

describe("Zone", () => {
  it.each([
    ["Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:30Z"],
    ["Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30Z"],
    ["Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45Z"],
    ["Pacific/Apia", "2011-12-30T12:00", "2011-12-30T22:00Z"],
    ["America/Havana", "2026-03-08T00:00", "2026-03-08T05:00Z"],
  ])("reads %s %s as %s", (name, local, instant) => {
    expect(new Date(new Zone(name).toInstant(Date.parse(`${local}Z`))).toISOString()).toBe(
      new Date(instant).toISOString(),
    );
  });

  it.each(["Mars/Olympus", "", "Europe", "+99:00"])("refuses %j and gives examples", (name) => {
    expect(() => new Zone(name)).toThrowError(
      expect.objectContaining({ code: "zone-unknown", hint: expect.stringContaining("Europe/Berlin") }),
    );
  });

  it("answers the same after its cache has been emptied", () => {
    const zone = new Zone("Europe/Berlin");
    const summer = Date.UTC(2026, 6, 1);
    expect(zone.offsetAt(summer)).toBe(2 * HOUR_MS);
    for (let day = 0; day < 20_100; day += 1) zone.offsetAt(Date.UTC(2030, 0, 1) + day * DAY_MS);
    expect(zone.offsetAt(summer)).toBe(2 * HOUR_MS);
  });
});
