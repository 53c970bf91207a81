import { describe, expect, it } from "vitest";
import { FACES, type FaceQuestion } from "../../../src/cli/query-faces.js";

const QUESTION: FaceQuestion = {
  base: "http://127.0.0.1:8088",
  device: {
    did: "Did",
    mac: "02",
    product_key: "a".repeat(32),
    entity_id: "00000000-0000-5000-8000-000000000000",
    inputs: { power: "sen0123456789", gas_volume: "sen9876543210" },
  },
  product: "smart-meter",
  attrs: ["power", "gas_volume"],
  aggregator: "avg",
  width: "1d",
  tz: "UTC",
  start: Date.UTC(2026, 0, 1),
  end: Date.UTC(2026, 0, 2),
};

/** Address, headers and body of a curl line, as a shell would hand them over with these credentials. */
function readCurl(line: string) {
  const words = [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? "");
  const headers = words.filter((_, at) => words[at - 1] === "-H");
  const body = words[words.indexOf("-d") + 1];
  return { url: new URL(words.at(-1) ?? ""), headers, body: words.includes("-d") ? (body ?? "") : undefined };
}

describe("the same question to each API", () => {
  it("the Open API is asked with the last millisecond included", () => {
    const { notes, curl } = FACES.openapi(QUESTION);
    const { url, headers } = readCurl(curl);
    expect(url.pathname).toBe("/app/devdata/Did/agg_data");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      ...{ start_ts: "1767225600000", end_ts: "1767311999999", attrs: "power,gas_volume" },
      ...{ aggregator: "avg", unit: "DAYS" },
    });
    expect(headers).toEqual(["X-Gizwits-Application-Id: $GIZLAB_APP_ID", "X-Gizwits-User-token: $GIZLAB_USER_TOKEN"]);
    expect(notes).toEqual([]);
  });

  it("the Enterprise API is asked below the product", () => {
    const { url, headers } = readCurl(FACES.enterprise({ ...QUESTION, width: "MONTHS" }).curl);
    expect(url.pathname).toBe(`/v1/products/${"a".repeat(32)}/devices/Did/agg_data`);
    expect(url.searchParams.get("unit")).toBe("MONTHS");
    expect(headers).toEqual(["Authorization: token $GIZLAB_ENTERPRISE_TOKEN"]);
  });

  it("DER Connect is asked by its entity, and says what it cannot show", () => {
    const { notes, curl } = FACES.connect({ ...QUESTION, width: "15m", aggregator: "delta", tz: "Europe/Berlin" });
    const { url } = readCurl(curl);
    expect(url.pathname).toBe("/v1/entities/00000000-0000-5000-8000-000000000000/aggregations");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      ...{ start: "2026-01-01T00:00:00.000Z", end: "2026-01-02T00:00:00.000Z", resolution: "15 minutes" },
    });
    expect(notes.join("; ")).toBe(
      "knows averages only, no delta; shows energy and gas registers only, not power; buckets are those of UTC",
    );
  });

  it("Datacooee is asked by its inputs, for one figure", () => {
    const { url } = readCurl(FACES.datacooee(QUESTION).curl);
    expect(url.pathname).toBe("/api/external/v1/get_statistics_inputdata_by_inputs/");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      inputs_ids: "sen0123456789,sen9876543210",
      timeperiod_start: "2026-01-01 00:00:00",
      timeperiod_finish: "2026-01-01 23:59:59",
      aggregation_func: "avg",
    });
  });

  it("Devo is asked in LINQ", () => {
    const { url, body, headers } = readCurl(FACES.devo({ ...QUESTION, tz: "Europe/Berlin" }).curl);
    expect(url.pathname).toBe("/search/query");
    expect(JSON.parse(body ?? "")).toEqual({
      query:
        'from gizlab.smart_meter.data where did = "Did" group every 1d select avg(power) as power, avg(gas_volume) as gas_volume',
      ...{ from: 1767225600000, to: 1767312000000, timeUnit: "MILLISECONDS", timeZone: "Europe/Berlin" },
      mode: { type: "json" },
    });
    expect(headers[0]).toBe("standAloneToken: $GIZLAB_DEVO_TOKEN");
  });

  it.each(["openapi", "enterprise"] as const)("%s says what it does not know", (name) => {
    const { notes } = FACES[name]({ ...QUESTION, aggregator: "delta", width: "15m", tz: "Asia/Shanghai" });
    expect(notes).toEqual([
      "knows no delta, only sum, avg, max, min",
      "knows no width 15m, only HOURS, DAYS, WEEKS, MONTHS",
      "days are those of the cloud's zone: gizlab up --tz Asia/Shanghai",
    ]);
  });
});
