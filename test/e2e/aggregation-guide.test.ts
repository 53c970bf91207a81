import { describe, expect, it } from "vitest";
import { createSeededRandom, type Random } from "../../src/core/random.js";
import {
  AGGREGATORS,
  type Aggregator,
  BruteAggregation,
  type BruteQuery,
  type PlainReport,
} from "../support/brute-aggregation.js";
import { productKeyOf, registerDevice } from "../support/devices.js";
import {
  askAggregate,
  bindMac,
  bringOnline,
  enterGuide,
  GUIDE_ZONE,
  makePetHouse,
  secretOf,
  sendPast,
  startGuideLab,
} from "../support/guide-walk.js";
import { type HttpUser, signMac } from "../support/http-app.js";
import { refusal } from "../support/open-api.js";
import { UNITS, type Unit, WallCalendar } from "../support/wall-calendar.js";

/** The walkthrough of the vendor's Aggregation API Guide, section 2, over sockets. */

const ATTRS = ["Temperature", "Humidity", "Motor_Speed"] as const;
const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000];
const LEAP_DAY_EVE = "2024-02-28T12:00:00Z";
/** When the device is switched on: the leap day and the end of February; both clock changes; the end of the year. */
const EPISODES = [
  { from: LEAP_DAY_EVE, hours: 60 },
  { from: "2024-03-30T20:00:00Z", hours: 30 },
  { from: "2024-10-26T20:00:00Z", hours: 32 },
  { from: "2024-12-31T15:00:00Z", hours: 12 },
] as const;

/** Asks for every aggregator by every unit, and compares with the reports gone through one by one. */
async function expectEveryAnswer(
  user: HttpUser,
  did: string,
  brute: BruteAggregation,
  reports: readonly PlainReport[],
  { start, end, attrs }: Pick<BruteQuery, "start" | "end" | "attrs">,
): Promise<void> {
  const combinations = UNITS.flatMap((unit) => AGGREGATORS.map((aggregator): [Unit, Aggregator] => [unit, aggregator]));
  for (const [unit, aggregator] of combinations) {
    const query = { start, end, attrs, aggregator, unit };
    const { status, body } = await askAggregate(user, did, query);
    expect(status).toBe(200);
    expect(body.query).toEqual({ aggregator, unit, start_ts: start, end_ts: end, attrs: attrs.join(",") });
    const found = body.data.map(({ datetime, attrs: values }) => ({ datetime, attrs: values }));
    expect(found, `${aggregator} by ${unit}`).toEqual(brute.answer(reports, query));
  }
}

function shuffle<T>(random: Random, items: readonly T[]): T[] {
  const order = new Map(items.map((item) => [item, random.next()]));
  return [...items].sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
}

/** Instants at, just before and just after what could be put into the wrong bucket, and as many anywhere. */
function pickEdges(random: Random, from: number, to: number): number[] {
  const changes = new WallCalendar(GUIDE_ZONE).changes(from, to);
  const midnights = Array.from({ length: 120 }, () => from + random.integer(0, (to - from) / DAY) * DAY);
  const leapDay = Date.parse("2024-02-29T00:00:00+01:00");
  const edges = [
    ...changes.flatMap((at) => [-HOUR, 0, HOUR, 2 * HOUR].map((shift) => at + shift)),
    ...midnights.flatMap((at) => [at - HOUR, at - 2 * HOUR, at + 15 * MINUTE]),
    ...[0, DAY, 2 * DAY].map((shift) => leapDay + shift),
  ];
  const around = edges.flatMap((at) => [at - 1, at, at + 1]);
  return [...around, ...around.map(() => random.integer(from, to - 1))].filter((at) => at >= from && at < to);
}

describe("the aggregation guide, step by step", () => {
  it("gives a user the aggregated values of a device that reported", async () => {
    const lab = await startGuideLab(LEAP_DAY_EVE);
    // 2.1 and 2.2: create a user, which is anonymous login.
    const user = await enterGuide(lab);
    expect(user.uid).toMatch(/^[0-9a-f]{32}$/);
    // 2.3: bind the device.
    const { device, reports, mac } = makePetHouse(lab, createSeededRandom("guide"));
    await bringOnline(lab, device);
    const { status, body: bound } = await bindMac(lab, user, "pet-house", mac);
    expect(status).toBe(201);
    expect(bound).toMatchObject({ did: device.did, mac, is_online: true });
    // 2.4: report data. MCU -> UART -> module -> MQTT over TCP -> cloud, in virtual time.
    for (const Temperature of [20, 25, 21]) {
      device.mcu.set({ Temperature, Humidity: 50, Motor_Speed: -5 });
      await lab.advance(7 * SECOND);
    }
    expect(reports.map(({ values }) => values.Temperature)).toEqual([-13, 20, 25, 21]);
    // 2.5: ask.
    const times = { start: lab.clock.now() - HOUR, end: lab.clock.now() };
    const query = { ...times, attrs: ["Temperature", "Motor_Speed"], aggregator: "avg", unit: "HOURS" } as const;
    expect((await askAggregate(user, bound.did, query)).body.data).toEqual([
      {
        datetime: "2024022813",
        uid: user.uid,
        product_key: productKeyOf(lab, "pet-house"),
        attrs: { Temperature: (-13 + 20 + 25 + 21) / 4, Motor_Speed: -5 },
      },
    ]);
    await expectEveryAnswer(user, bound.did, new BruteAggregation(GUIDE_ZONE), reports, { ...times, attrs: ATTRS });
  });

  it("dates a report by the moment it left the module: virtual time stands while it crosses the sockets", async () => {
    const lab = await startGuideLab(LEAP_DAY_EVE);
    const user = await enterGuide(lab);
    const { device, reports, mac } = makePetHouse(lab, createSeededRandom("in flight"));
    await bringOnline(lab, device);
    const { did } = (await bindMac(lab, user, "pet-house", mac)).body;
    await lab.advance(12 * HOUR);
    const nowS = Math.floor(lab.clock.now() / 1000);
    const query = { type: "cmd", sort: "asc", limit: "1000", start_time: `${nowS - 86_400}`, end_time: `${nowS}` };
    const log = await user.call<{ objects: { timestamp: number }[] }>(
      "GET",
      `/app/devices/${did}/raw_data?${new URLSearchParams(query)}`,
    );
    expect(reports.length).toBeGreaterThan(70);
    expect(log.body.objects.map(({ timestamp }) => timestamp)).toEqual(reports.map(({ at }) => at / 1000));
  });

  it("is right across month ends, a leap day, both clock changes, a year's end and late reports", async () => {
    const lab = await startGuideLab(LEAP_DAY_EVE);
    const random = createSeededRandom("a year");
    const brute = new BruteAggregation(GUIDE_ZONE);
    const { device, reports, mac } = makePetHouse(lab, random);
    for (const { from, hours } of EPISODES) {
      await lab.advance(Date.parse(from) - lab.clock.now());
      await bringOnline(lab, device);
      while (lab.clock.now() < Date.parse(from) + hours * HOUR) {
        const Temperature = random.integer(-13, 40);
        device.mcu.set({ Temperature, Humidity: random.integer(0, 100), Motor_Speed: random.integer(-5, 5) });
        await lab.advance(random.integer(SECOND, 25 * MINUTE));
      }
      device.stop();
    }
    // Each change is a report, and so is every tenth minute without one.
    expect(reports.length).toBeGreaterThan(134 * 6);

    const user = await enterGuide(lab);
    const { did } = (await bindMac(lab, user, "pet-house", mac)).body;
    const start = Date.parse(LEAP_DAY_EVE);
    const whole = { start, end: lab.clock.now(), attrs: ATTRS };
    await expectEveryAnswer(user, did, brute, reports, whole);

    const past = pickEdges(random, start, lab.clock.now()).map((at, index): PlainReport => {
      const Temperature = random.integer(-13, 40);
      return { at, values: index % 3 === 0 ? { Temperature } : { Temperature, Humidity: random.integer(0, 100) } };
    });
    const half = Math.floor(past.length / 2);
    const [early, late] = [shuffle(random, past.slice(0, half)), shuffle(random, past.slice(half))];
    expect((await sendPast(lab, did, early)).body).toEqual({ accepted: early.length });
    await expectEveryAnswer(user, did, brute, [...reports, ...early], whole);
    // What has been answered already must change when a late report belongs there.
    for (const part of [late.slice(0, 5), late.slice(5)]) await sendPast(lab, did, part);
    const all = [...reports, ...past];
    await expectEveryAnswer(user, did, brute, all, whole);
    // Ends that cut days, hours and quarter-hours, and a query one millisecond long.
    const attrs = ["Temperature"];
    for (const { from, hours } of EPISODES) {
      const begin = Date.parse(from) + random.integer(0, (hours * HOUR) / 2);
      await expectEveryAnswer(user, did, brute, all, {
        start: begin,
        end: begin + random.integer(1, 14 * HOUR),
        attrs,
      });
    }
    const instant = late[0]?.at ?? 0;
    await expectEveryAnswer(user, did, brute, all, { start: instant, end: instant, attrs });
  });

  it("adds up a meter's readings with places behind the point to the last digit", async () => {
    const lab = await startGuideLab(LEAP_DAY_EVE);
    const random = createSeededRandom("meter");
    const { did, mac } = await registerDevice(lab, "smart-meter");
    const user = await enterGuide(lab);
    await bindMac(lab, user, "smart-meter", mac);
    const [start, end] = [Date.parse("2023-01-01T00:00:00+01:00"), Date.parse("2024-02-01T00:00:00+01:00")];
    const readings = pickEdges(random, start, end).map((at): PlainReport => {
      const positive_energy_total = Math.round((at - start) / MINUTE) / 100;
      return { at, values: { positive_energy_total, negative_energy_total: random.integer(0, 99_999) / 100 } };
    });
    await sendPast(lab, did, shuffle(random, readings));
    const attrs = ["positive_energy_total", "negative_energy_total"];
    await expectEveryAnswer(user, did, new BruteAggregation(GUIDE_ZONE, 2), readings, { start, end, attrs });
  });
});

describe("who loses the way is told why", () => {
  it("when binding", async () => {
    const lab = await startGuideLab(LEAP_DAY_EVE);
    const user = await enterGuide(lab);
    const { mac } = await registerDevice(lab);
    const bind = (changes: Record<string, string>, wanted = mac) => bindMac(lab, user, "pet-house", wanted, changes);
    const nowS = Math.floor(lab.clock.now() / 1000);
    const secret = secretOf(lab, "pet-house");
    const badSignature = { status: 400, body: refusal(9044, "X-Gizwits-Signature invalid!") };
    const badTimestamp = { status: 400, body: refusal(9043, "X-Gizwits-Timestamp invalid!") };
    expect(await bind({ "x-gizwits-signature": "0".repeat(32) })).toEqual(badSignature);
    expect(await bind({ "x-gizwits-signature": "" })).toEqual(badSignature);
    expect(await bind(signMac("another secret", nowS))).toEqual(badSignature);
    expect(await bind({ "x-gizwits-timestamp": String(nowS - 1) }), "signed for another second").toEqual(badSignature);
    expect(await bind(signMac(secret, nowS - 301))).toEqual(badTimestamp);
    expect(await bind(signMac(secret, nowS + 301))).toEqual(badTimestamp);
    expect(await bind({ "x-gizwits-timestamp": "yesterday" })).toEqual(badTimestamp);
    expect(await bind({}, "0123456789ab")).toEqual({ status: 404, body: refusal(9014, "device not found!") });
    expect((await bind(signMac(secret, nowS - 299))).status).toBe(201);
  });

  it("when asking", async () => {
    const lab = await startGuideLab(LEAP_DAY_EVE);
    const [user, stranger] = [await enterGuide(lab), await enterGuide(lab, "phone-2")];
    const { did, mac } = await registerDevice(lab);
    await bindMac(lab, user, "pet-house", mac);
    const good: BruteQuery = { start: 1, end: 2, attrs: ["Temperature"], aggregator: "sum", unit: "DAYS" };
    const ask = async (who: HttpUser, changes: object = {}, whose = did) => {
      const { status, body } = await askAggregate(who, whose, { ...good, ...changes });
      return [status, (body as unknown as { error_code?: number }).error_code];
    };
    expect(await ask(user)).toEqual([200, undefined]);
    expect(await ask(stranger), "not bound").toEqual([401, 9017]);
    expect(await ask(user, {}, "noSuchDeviceHere222222")).toEqual([404, 9014]);
    expect(await ask(user, { attrs: ["Temprature"] }), "misspelt").toEqual([400, 9025]);
    expect(await ask(user, { attrs: ["Temperature", "LED_Color"] }), "an enum").toEqual([400, 9025]);
    expect(await ask(user, { attrs: [] })).toEqual([400, 9015]);
    expect(await ask(user, { aggregator: "median" })).toEqual([400, 9015]);
    expect(await ask(user, { unit: "YEARS" })).toEqual([400, 9015]);
    expect(await ask(user, { start: "today" })).toEqual([400, 9015]);
    expect(await ask(user, { start: 3, end: 2 })).toEqual([400, 9015]);
    await lab.advance(200 * DAY);
    expect(await ask(user), "a token half a year old").toEqual([400, 9006]);
  });

  it("when aggregation was not opened for the product", async () => {
    const productKey = "de9e8d18d9394cce9081b25a531e552b";
    const fixed = { credentials: {}, products: [{ productKey, aggregation: false }] };
    const lab = await startGuideLab(LEAP_DAY_EVE, { fixed });
    const user = await enterGuide(lab);
    const { did, mac } = await registerDevice(lab);
    await bindMac(lab, user, "pet-house", mac);
    const query: BruteQuery = { start: 1, end: 2, attrs: ["Temperature"], aggregator: "sum", unit: "DAYS" };
    const { status, body } = await askAggregate(user, did, query);
    expect(status).toBe(403);
    expect(body).toMatchObject({ error_code: 9039 });
  });
});
