import { describe, expect, test } from "vitest";
import { wireValues } from "../../../../src/profile/scale.js";
import { type Past, type ReadingAnswer, startConnectLab } from "../../../support/connect-lab.js";
import { longestHold } from "../../../support/event-loop.js";

const RANGE = { start: "2024-05-27 13:00:00Z", end: "2024-05-28 13:00:00Z" };
const UUID = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
const total = (value: number) => ({ positive_energy_total: value });
const totalsOf = (items: readonly ReadingAnswer[]) => items.map(({ data }) => data.positiveActiveEnergy?.total);

describe("readings", () => {
  test("are the reports of a range, each with the metrics that it names", async () => {
    await using connect = await startConnectLab();
    await connect.past(
      ["2024-05-28T13:00:00Z", total(99)],
      ["2024-05-27T13:00:00.250Z", { ...total(10), positive_energy_t2: 4, power: 315, voltage: 231.4 }],
      ["2024-05-27T12:59:59.999Z", total(1)],
      ["2024-05-27T14:00:00Z", { gas_volume: 12.345, negative_energy_total: 0.25, relay: true }],
      ["2024-05-27T15:00:00Z", { relay: false, overload: true }],
    );
    const { status, body } = await connect.readings(RANGE);
    expect(status).toBe(200);
    const times = (time: string) => ({ measured: time, processed: time, received: time });
    expect(body).toEqual({
      data: [
        {
          data: {
            instantaneousVoltage: { total: 231.4, unit: "V" },
            positiveActiveEnergy: { t2: 4, total: 10, unit: "kWh" },
            positiveActiveInstantaneousPower: { total: 315, unit: "W" },
          },
          entityId: connect.entity,
          id: UUID,
          ...times("2024-05-27T13:00:00.250Z"),
        },
        {
          data: {
            negativeActiveEnergy: { total: 0.25, unit: "kWh" },
            positiveGasVolume: { unit: "m3", value: 12.345 },
          },
          entityId: connect.entity,
          id: UUID,
          ...times("2024-05-27T14:00:00Z"),
        },
      ],
      links: { next: null },
      meta: { continuationToken: null, pageSize: 25 },
    });
    const url = `/connect/v1/entities/${connect.entity}/readings?${new URLSearchParams(RANGE)}`;
    expect((await connect.get(url)).body).toEqual(body);
  });

  test.each([1, 2, 3, 5, 100])("by pages of %i are all of them, those of one moment too", async (pageSize) => {
    await using connect = await startConnectLab();
    const moments = [0, 0, 0, 0, 1, 1, 5, 60_000, 60_000, 900_000, 900_000, 900_000];
    const reports = moments.map((ms, place): Past => [Date.parse("2024-05-27T13:00:00Z") + ms, total(place)]);
    await connect.past(...reports);
    const pages = await connect.readings.walk({ ...RANGE, pageSize });
    expect(totalsOf(pages.flat())).toEqual(moments.map((_, place) => place));
    expect(pages.slice(0, -1).every(({ length }) => length === pageSize)).toBe(true);
    const ids = pages.flat().map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect((await connect.readings({ ...RANGE, pageSize: 100 })).body.data.map(({ id }) => id)).toEqual(ids);
  });

  test("come once although more come late, and end where they ended at first", async () => {
    await using connect = await startConnectLab();
    const now = connect.lab.clock.now();
    const minute = (count: number): number => now + count * 60_000;
    await connect.past(...Array.from({ length: 6 }, (_, place): Past => [minute(place - 6), total(place)]));
    const query = { start: new Date(minute(-60)).toISOString(), pageSize: 2 };
    const pages = await connect.readings.walk(query, async (page) => {
      await connect.lab.advance("10m");
      // Before, in the moment where the next page begins (in the end that of the first page), and behind the end.
      await connect.past([minute(-30), total(100)], [minute(page * 2 - 6), total(200)], [minute(5), total(300)]);
    });
    expect(totalsOf(pages.flat())).toEqual([0, 1, 2, 200, 3, 4, 200, 5, 200]);
  });

  test("of an entity without energy are none", async () => {
    await using connect = await startConnectLab("pet-house");
    await connect.past(["2024-05-27T14:00:00Z", { Temperature: 20 }]);
    expect((await connect.readings(RANGE)).body.data).toEqual([]);
    expect(await connect.last()).toMatchObject({ status: 404, body: { errors: [{ code: "reading-unknown" }] } });
  });

  test("need a start, and one before the end", async () => {
    await using connect = await startConnectLab();
    for (const [query, words] of [
      [{ end: RANGE.end }, /start is missing/],
      [{ start: RANGE.end, end: RANGE.start }, /after/],
      [{ ...RANGE, pageSize: 0 }, /pageSize/],
      [{ ...RANGE, pageSize: 10_001 }, /pageSize/],
      [{ ...RANGE, gizlab_energy: "difference" }, /gizlab_energy/],
    ] as const) {
      const { status, body } = await connect.readings(query);
      expect([status, body]).toMatchObject([
        400,
        { errors: [{ code: "request-invalid", message: expect.stringMatching(words) }] },
      ]);
    }
  });

  test("with a token of another query, or a changed one, are refused", async () => {
    await using connect = await startConnectLab();
    await connect.past(["2024-05-27T14:00:00Z", total(1)], ["2024-05-27T15:00:00Z", total(2)]);
    const token = (await connect.readings({ ...RANGE, pageSize: 1 })).body.meta.continuationToken ?? "";
    expect(totalsOf((await connect.readings({ ...RANGE, continuationToken: token })).body.data)).toEqual([2]);
    for (const query of [
      { ...RANGE, continuationToken: `${token}A` },
      { ...RANGE, continuationToken: `A${token.slice(1)}` === token ? `B${token.slice(1)}` : `A${token.slice(1)}` },
      { ...RANGE, start: "2024-05-27", continuationToken: token },
      { ...RANGE, end: "2024-05-29", continuationToken: token },
    ]) {
      expect(await connect.readings(query)).toMatchObject({
        status: 400,
        body: { errors: [{ code: "continuation-invalid" }] },
      });
    }
    const both = await connect.aggregations({ ...RANGE, resolution: "1 hour", continuationToken: token });
    expect(both.status).toBe(400);
  });
});

describe("the last reading", () => {
  test("is the newest, and of several of that moment the one that came last", async () => {
    await using connect = await startConnectLab();
    await connect.past(
      ["2024-05-27T15:00:00Z", total(3)],
      ["2024-05-27T15:00:00Z", total(4)],
      ["2024-05-27T14:00:00Z", total(2)],
      ["2024-05-27T16:00:00Z", { relay: true }],
    );
    const { status, body } = await connect.last();
    expect([status, totalsOf([body]), body.measured]).toEqual([200, [4], "2024-05-27T15:00:00Z"]);
    expect((await connect.readings(RANGE)).body.data.at(-1)).toEqual(body);
    await connect.past(["2024-05-27T15:00:00.001Z", total(5)]);
    expect(totalsOf([(await connect.last()).body])).toEqual([5]);
  });

  test("of an entity that has said nothing is not there", async () => {
    await using connect = await startConnectLab();
    expect(await connect.last()).toMatchObject({ status: 404, body: { errors: [{ code: "reading-unknown" }] } });
  });

  test("of a virtual meter is what it reports", async () => {
    await using connect = await startConnectLab();
    const device = await connect.lab.device("smart-meter", { isAlive: false });
    connect.lab.set(device, { power: 1234, voltage: 230.5, positive_energy_total: 77.25, gas_volume: 1.234 });
    await connect.lab.advance("1m");
    const { body } = await connect.get<{ devices: { did: string; entity_id: string }[] }>("/_lab/state");
    const entity = body.devices.find(({ did }) => did === device.did)?.entity_id;
    const last = await connect.get<ReadingAnswer>(`/v1/entities/${entity}/readings/last`);
    expect(last.body.data).toMatchObject({
      instantaneousVoltage: { total: 230.5, unit: "V" },
      positiveActiveEnergy: { total: 77.25, unit: "kWh" },
      positiveActiveInstantaneousPower: { total: 1234, unit: "W" },
      positiveGasVolume: { value: 1.234 },
    });
  });
});

describe("a long log without metrics", () => {
  test("holds nobody up, and the readings before and behind it are found", async () => {
    await using connect = await startConnectLab();
    const { lab, device } = connect;
    const product = lab.cloud.registry.productOf(device);
    if (product === undefined) throw new Error("the device has no product");
    const values = wireValues(product.profile, { relay: true });
    const start = Date.parse("2024-05-27T00:00:00Z");
    const times = Array.from({ length: 80_000 }, (_, second) => start + second * 1000);
    lab.cloud.telemetry.backfill(times.map((at) => ({ deviceId: device.id, product, at, values })));
    const range = { start: "2024-05-26 00:00:00Z", end: "2024-05-30 00:00:00Z" };
    const readAll = async () => [await connect.last(), await connect.readings(range)] as const;
    expect(await longestHold(readAll)).toBeLessThan(50);
    expect((await readAll()).map(({ status }) => status)).toEqual([404, 200]);
    await connect.past(
      ["2024-05-26T12:00:00Z", total(1)],
      ["2024-05-27T12:07:30.500Z", total(2)],
      ["2024-05-29T12:00:00Z", total(3)],
    );
    expect(totalsOf((await connect.readings(range)).body.data)).toEqual([1, 2, 3]);
    expect((await connect.last()).body).toMatchObject({ data: { positiveActiveEnergy: { total: 3 } } });
  });
});
