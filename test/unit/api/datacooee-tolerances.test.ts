import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Datacooee,
  type InputAnswer,
  JSON_API,
  organizationHeaders,
  PREFIX,
  refused,
  startDatacooee,
  uploadBody,
} from "../../support/datacooee.js";

const NOW = Date.UTC(2020, 10, 10);
const AT = "2020-11-02T14:24:38Z";
const STORED = "2020-11-02T14:24:38.000000Z";

let cooee: Datacooee;
let [first, second, third] = ["", "", ""];
beforeAll(async () => {
  cooee = await startDatacooee({ http: true, startAt: NOW });
  const { assetId } = cooee;
  first = await cooee.addInput("first", { asset_id: assetId });
  second = await cooee.addInput("second", { asset_id: assetId });
  third = await cooee.addInput("third");
  await cooee.upload(first, [AT, 9], ["2020-11-03T00:00:00Z", 10], ["2020-11-09T12:00:00Z", 2]);
  await cooee.upload(second, [AT, 5]);
});
afterAll(() => cooee.lab.close());

/** Ids and values of an answer, such as `first 9 10 2`. */
async function ask(route: string, query: string): Promise<string[]> {
  const response = await cooee.send(`${route}?${query}`);
  expect(response.statusCode, response.body).toBe(200);
  const body = response.json() as InputAnswer[] | { inputs: InputAnswer[] };
  return (Array.isArray(body) ? body : body.inputs).map(({ input, inputdata }) =>
    [input.name, ...inputdata.map(({ value }) => value)].join(" "),
  );
}
const askRows = (query: string) => ask("get_inputdata_by_inputs", query);

async function refuse(route: string, query: string) {
  return refused(await cooee.send(`${route}?${query}`));
}
const wrong = (parameter: string) => ({ status: 400, code: "invalid", source: { parameter } });

/** The answer to an upload of whatever to the third input. */
async function uploadTo(
  id: string,
  attributes: object,
  change: (body: ReturnType<typeof uploadBody>) => object = (body) => body,
) {
  return cooee.post(id, JSON.stringify(change(uploadBody(id, { value: 1, timestamp: AT, ...attributes }))));
}

describe("aggregation-apis.md 3.2", () => {
  test("1: input_ids and inputs_ids, but not two different ones", async () => {
    expect(await askRows(`input_ids=${first}`)).toEqual(["first 9 10 2"]);
    expect(await askRows(`inputs_ids=${first}`)).toEqual(["first 9 10 2"]);
    expect(await askRows(`inputs_ids=${first}&input_ids="${first}"`)).toEqual(["first 9 10 2"]);
    expect(await refuse("get_inputdata_by_inputs", `inputs_ids=${first}&input_ids=${second}`)).toEqual(
      wrong("inputs_ids"),
    );
  });

  test("2: timeperiod_start and timeperiod-start, _finish and _last too", async () => {
    for (const dash of ["_", "-"]) {
      const range = `timeperiod${dash}start=2020-11-03 00:00:00&timeperiod${dash}finish=2020-11-04 00:00:00`;
      expect(await askRows(`inputs_ids=${first}&${range}`)).toEqual(["first 10"]);
      expect(await askRows(`inputs_ids=${first}&timeperiod${dash}last=1_day`)).toEqual(["first 2"]);
    }
    const both = "timeperiod_start=2020-11-03 00:00:00&timeperiod-start=2020-11-04 00:00:00";
    expect(await refuse("get_inputdata_by_inputs", `inputs_ids=${first}&${both}`)).toEqual(wrong("timeperiod_start"));
  });

  test("3: order_by date is order_by timestamp", async () => {
    for (const column of ["date", "timestamp"]) {
      expect(await askRows(`inputs_ids=${first}&order_by=${column}&sort_by=desc`)).toEqual(["first 2 10 9"]);
    }
    expect(await askRows(`inputs_ids=${first}&order_by=value&sort_by=desc`)).toEqual(["first 10 9 2"]);
  });

  test("4: order_by is the column, sort_by the direction, and not the other way round", async () => {
    expect(await askRows(`inputs_ids=${first}&order_by=value&sort_by=asc`)).toEqual(["first 2 9 10"]);
    expect(await refuse("get_inputdata_by_inputs", `inputs_ids=${first}&order_by=asc`)).toEqual(wrong("order_by"));
    expect(await refuse("get_inputdata_by_inputs", `inputs_ids=${first}&sort_by=value`)).toEqual(wrong("sort_by"));
  });

  test("5: one pair of quotes comes off, raw or encoded, single or double", async () => {
    for (const quote of ['"', "'", "%22", "%27"]) {
      const ids = `${quote}${first},${second}${quote}`;
      const query = `inputs_ids=${ids}&sort_by=${quote}desc${quote}&limit=${quote}1${quote}`;
      expect(await askRows(query)).toEqual(["first 2", "second 5"]);
    }
    expect(await askRows(`inputs_ids="${first}","${second}"&limit=1`)).toEqual(["first 9", "second 5"]);
    for (const half of ['"', "'", '""desc""', "\"desc'"]) {
      const query = `inputs_ids=${first}&sort_by=${encodeURIComponent(half)}`;
      expect(await refuse("get_inputdata_by_inputs", query)).toEqual(wrong("sort_by"));
    }
  });

  test("6: blanks raw, as %20 and as +; around items of a list, too", async () => {
    for (const blank of [" ", "%20", "+"]) {
      const query = `inputs_ids=${first},${second},${blank}${blank}${third}&timeperiod_finish="2020-11-03${blank}00:00:00"`;
      expect(await askRows(query)).toEqual(["first 9 10", "second 5", "third"]);
    }
  });

  test("7: with and without a slash at the end, and without a redirect", async () => {
    for (const by of ["inputs", "asset"]) {
      for (const what of ["", "latest_", "statistics_", "latest_statistics_"]) {
        for (const slash of ["", "/"]) {
          const { statusCode } = await cooee.send(
            `get_${what}inputdata_by_${by}${slash}?inputs_ids=${first}&asset_id=${cooee.assetId}`,
          );
          expect([what, by, slash, statusCode]).toEqual([what, by, slash, 200]);
        }
      }
    }
    for (const slash of ["", "/"]) {
      const payload = JSON.stringify(uploadBody(third, { value: 7, timestamp: "2019-01-01T00:00:00Z" }));
      const response = await cooee.post(third, payload, undefined, slash);
      expect([response.statusCode, response.headers.location]).toEqual([201, undefined]);
    }
    expect(await askRows(`inputs_ids=${third}&timeperiod_finish=2019-12-31 00:00:00`)).toEqual(["third 7 7"]);
  });

  test("8: whatever the scheme and the host that the request was sent to", async () => {
    const url = `${PREFIX}/get_inputdata_by_inputs?inputs_ids=${second}`;
    for (const headers of [
      { host: "cloud.mydata.management" },
      { host: "localhost:1", "x-forwarded-proto": "https" },
    ]) {
      const response = await cooee.lab.server.inject({ url, headers: { ...cooee.headers, ...headers } });
      expect(response.statusCode).toBe(200);
    }
    const { statusCode } = await cooee.lab.server.inject({
      url: `http://cloud.mydata.management${url}`,
      headers: cooee.headers,
    });
    expect(statusCode).toBe(200);
  });

  test("9: an upload is a 201 with the resource", async () => {
    const response = await uploadTo(third, { value: "12.5", timestamp: "2018-10-13T14:02:39.489Z" });
    expect([response.statusCode, response.headers["content-type"]]).toEqual([201, JSON_API]);
    expect(response.json()).toEqual({
      data: {
        type: "SensorData",
        id: expect.stringMatching(/^[1-9]\d*$/),
        attributes: { timestamp: "2018-10-13T14:02:39.489000Z", value: "12.5" },
        relationships: { sensor: { data: { type: "Sensor", id: third } } },
      },
    });
  });

  test("10: the client's id counts for nothing, and every upload gets one of its own", async () => {
    const ids = new Set<string>();
    for (const id of ["null", null, undefined, "77", 77, ""]) {
      const response = await uploadTo(third, {}, ({ data }) => ({ data: { ...data, id } }));
      expect(response.statusCode, String(id)).toBe(201);
      ids.add(response.json().data.id);
    }
    expect(ids.size).toBe(6);
  });

  test("11: a value is a number or the text of one, and answered as a text", async () => {
    for (const [value, shown] of [
      [12.5, "12.5"],
      ["12.5", "12.5"],
      [" 12.50 ", "12.5"],
      [-3, "-3"],
      ["+4", "4"],
      [".5", "0.5"],
      ["1e3", "1000"],
      [0, "0"],
      ["-0", "0"],
    ]) {
      const id = await cooee.addInput("values");
      const response = await uploadTo(id, { value });
      expect([value, response.statusCode, response.json().data.attributes.value]).toEqual([value, 201, shown]);
      expect(await askRows(`inputs_ids=${id}`)).toEqual([`values ${shown}`]);
    }
  });

  test("12: times with T or blank, of any zone, UTC without one, 24 hours, and microseconds in answers", async () => {
    const times: [string, string][] = [
      ["2020-11-02 14:24:38", "2020-11-02T14:24:38.000000Z"],
      ["2020-11-02T14:24:38.489Z", "2020-11-02T14:24:38.489000Z"],
      ["2020-11-02T14:24:38.489123Z", "2020-11-02T14:24:38.489000Z"],
      ["2020-11-02T14:24:38.5", "2020-11-02T14:24:38.500000Z"],
      ["2020-11-02T16:24:38+02:00", "2020-11-02T14:24:38.000000Z"],
      ["2020-11-02 08:54:38-0530", "2020-11-02T14:24:38.000000Z"],
      ["2020-02-29 23:59:59", "2020-02-29T23:59:59.000000Z"],
    ];
    for (const [timestamp, shown] of times) {
      const id = await cooee.addInput("times");
      const response = await uploadTo(id, { timestamp });
      expect([timestamp, response.statusCode, response.body]).toEqual([timestamp, 201, expect.stringContaining(shown)]);
      for (const bound of [timestamp, shown]) {
        const period = `timeperiod_start=${encodeURIComponent(bound)}&timeperiod_finish=${encodeURIComponent(shown)}`;
        const isSameMs = !bound.includes("489123");
        if (isSameMs) expect(await askRows(`inputs_ids=${id}&${period}`), bound).toEqual(["times 1"]);
      }
    }
    for (const bad of [
      "2020-02-30 00:00:00",
      "2021-02-29T00:00:00Z",
      "2020-13-01 00:00:00",
      "2020-11-02 24:00:00",
      "2020-11-02 14:60:00",
      "2020-11-02 14:24:60",
      "2020-11-02",
      "14:24:38",
      "1604327078",
      "2020-11-02T14:24:38+25:00",
      "02.11.2020 14:24:38",
      "now",
    ]) {
      const source = { pointer: "/data/attributes/timestamp" };
      expect(refused(await uploadTo(third, { timestamp: bad })), bad).toEqual({ status: 400, code: "invalid", source });
      const query = `inputs_ids=${first}&timeperiod_start=${encodeURIComponent(bad)}`;
      expect(await refuse("get_inputdata_by_inputs", query), bad).toEqual(wrong("timeperiod_start"));
    }
  });

  test("13: is_add_x_axis_data adds x_axis_value", async () => {
    const id = await cooee.addInput("axis");
    await cooee.upload(id, [AT, 1, { x_axis_value: 2.5 }], ["2020-11-03T00:00:00Z", 2]);
    const [answer] = await cooee.fetch("get_inputdata_by_inputs", { inputs_ids: id, is_add_x_axis_data: "true" });
    expect(answer?.inputdata).toEqual([
      { timestamp: STORED, value: "1", x_axis_value: "2.5" },
      { timestamp: "2020-11-03T00:00:00.000000Z", value: "2", x_axis_value: null },
    ]);
  });

  test("14: aggregation_func goes with every statistics route, and is all three without it", async () => {
    for (const latest of ["", "latest_"]) {
      for (const selection of [`asset_id=${cooee.assetId}&inputs_ids=${first}`, `inputs_ids=${first}`]) {
        const route = `get_${latest}statistics_inputdata_by_${selection.startsWith("asset") ? "asset" : "inputs"}`;
        const read = async (query: string) => {
          const body = (await cooee.send(`${route}?${selection}&${query}`)).json();
          return (Array.isArray(body) ? body : body.inputs)[0].inputdata;
        };
        expect(await read("aggregation_func=max")).toEqual([{ max: "10" }]);
        expect(await read("")).toEqual([{ min: "2", max: "10", avg: "7" }]);
      }
    }
  });

  test("15: every route takes timeperiod_last or start and finish, and none takes both", async () => {
    for (const latest of ["", "latest_"]) {
      for (const [what, by] of [
        ["", "inputs"],
        ["statistics_", "inputs"],
        ["", "asset"],
        ["statistics_", "asset"],
      ]) {
        const route = `get_${latest}${what}inputdata_by_${by}`;
        const ids = `inputs_ids=${first}&asset_id=${cooee.assetId}`;
        const shown = async (period: string) => {
          const body = (await cooee.send(`${route}?${ids}&${period}`)).json();
          return JSON.stringify((Array.isArray(body) ? body : body.inputs)[0].inputdata);
        };
        expect(await shown("timeperiod_last=1_day")).toContain('"2"');
        expect(await shown("timeperiod_last=1_day")).not.toContain('"10"');
        expect(await shown("timeperiod_start=2020-11-03 00:00:00&timeperiod_finish=2020-11-04 00:00:00")).toContain(
          '"10"',
        );
        for (const bound of ["start", "finish"]) {
          const both = `${ids}&timeperiod_last=1_day&timeperiod_${bound}=2020-11-03 00:00:00`;
          expect(await refuse(route, both)).toEqual(wrong("timeperiod_last"));
        }
      }
    }
  });

  test("16 and 17: asset_id is a positive integer, quoted or not", async () => {
    const { assetId } = cooee;
    expect(await ask("get_inputdata_by_asset", `asset_id="${assetId}"&inputs_ids=${first}`)).toEqual(["first 9 10 2"]);
    for (const id of [`"${first},${second}"`, "0", "-1", "1.5", "1e0", "abc", "", "9".repeat(30)]) {
      const response = await cooee.send(`get_statistics_inputdata_by_asset?asset_id=${id}`);
      expect(refused(response), id).toEqual(wrong("asset_id"));
      if (id !== "") expect(response.json().errors[0].detail).toBe("asset_id must be a positive integer");
    }
  });

  test("18: statistics are a list of one object, with what was asked for", async () => {
    const read = async (aggregation_func: string) => {
      const [answer] = await cooee.fetch("get_statistics_inputdata_by_inputs", { inputs_ids: first, aggregation_func });
      return JSON.stringify(answer?.inputdata);
    };
    expect(await read("avg, MIN")).toBe('[{"min":"2","avg":"7"}]');
    expect(await read('"min,max,avg"')).toBe('[{"min":"2","max":"10","avg":"7"}]');
    for (const bad of ["sum", "min,median", ","]) {
      const query = `inputs_ids=${first}&aggregation_func=${bad}`;
      expect(await refuse("get_statistics_inputdata_by_inputs", query)).toEqual(wrong("aggregation_func"));
    }
  });

  test("19: the organisation's headers with hyphens or underscores, in any case and spelling", async () => {
    const { "organization-id": id = "", "organization-api-key": key = "" } = organizationHeaders(cooee.lab);
    const url = `get_inputdata_by_inputs?inputs_ids=${second}`;
    for (const [idName, keyName] of [
      ["ORGANIZATION-ID", "ORGANIZATION-API-KEY"],
      ["organization_id", "organization_api_key"],
      ["Organisation-Id", "Organisation-Api-Key"],
      ["ORGANIZATION_ID", "organization-api_key"],
    ] as const) {
      expect((await cooee.send(url, { [idName]: id, [keyName]: key })).statusCode, idName).toBe(200);
      const real = await fetch(`${cooee.lab.httpUrl}${PREFIX}/${url}`, { headers: { [idName]: id, [keyName]: key } });
      expect(real.status, `${idName} over a socket`).toBe(200);
    }
    expect(
      (await cooee.send(url, { "organization-id": id, organization_id: id, "organization-api-key": key })).statusCode,
    ).toBe(200);
    const other = { "organization-id": id, organization_id: `${id}x`, "organization-api-key": key };
    expect(refused(await cooee.send(url, other))).toMatchObject({ status: 401 });
  });

  test("20: both media types are read, none is asked of a GET, and another is a 415", async () => {
    const body = JSON.stringify(uploadBody(third, { value: 1, timestamp: AT }));
    for (const type of [
      JSON_API,
      "application/json",
      "application/json; charset=utf-8",
      `${JSON_API}; charset=utf-8`,
    ]) {
      const response = await cooee.post(third, body, { ...cooee.headers, "content-type": type });
      expect([type, response.statusCode]).toEqual([type, 201]);
    }
    for (const type of ["text/plain", "application/xml", "application/x-www-form-urlencoded", "garbage"]) {
      const response = await cooee.post(third, body, { ...cooee.headers, "content-type": type });
      expect(refused(response), type).toMatchObject({ status: 415, code: "unsupported_media_type" });
    }
    for (const type of [JSON_API, "application/json", "text/plain", "garbage", ""]) {
      const headers = { ...cooee.headers, "content-type": type };
      const response = await cooee.send(`get_inputdata_by_inputs?inputs_ids=${second}`, headers);
      expect([type, response.statusCode]).toEqual([type, 200]);
      expect(response.headers["content-type"]).toMatch(/^application\/json/);
    }
  });

  test("21: path and body must name the same input", async () => {
    const payload = JSON.stringify(uploadBody(second, { value: 1, timestamp: AT }));
    const source = { pointer: "/data/relationships/sensor/data/id" };
    expect(refused(await cooee.post(third, payload))).toEqual({ status: 409, code: "conflict", source });
  });

  test("22: the order of keys does not matter", async () => {
    const id = await cooee.addInput("order");
    const payload = `{"data":{"relationships":{"sensor":{"data":{"id":"${id}","type":"Sensor"}}},"attributes":{"timestamp":"${AT}","value":3},"id":null,"type":"SensorData"}}`;
    expect((await cooee.post(id, payload)).statusCode).toBe(201);
    expect(await askRows(`inputs_ids=${id}`)).toEqual(["order 3"]);
  });

  test("23: answers are JSON, keys in the order of the examples", async () => {
    const id = await cooee.addInput("keys");
    await cooee.upload(id, [AT, 1, { latitude: 1, longitude: "2.50", metadata: "m", x_axis_value: "x" }]);
    const all = "is_add_lat_long=true&is_add_x_axis_data=true&is_add_metadata=true";
    const response = await cooee.send(`get_inputdata_by_inputs?inputs_ids=${id}&${all}`);
    const row = `{"timestamp":"${STORED}","value":"1","latitude":"1","longitude":"2.50","metadata":"m","x_axis_value":"x"}`;
    expect(response.body).toBe(`[{"input":{"id":"${id}","name":"keys","measure_unit":"l"},"inputdata":[${row}]}]`);
    const { assetId } = cooee;
    const asset = await cooee.send(`get_inputdata_by_asset?asset_id=${assetId}&inputs_ids=${second}`);
    expect(asset.body).toBe(
      `{"id":${assetId},"name":"pet-house 02aabbccddee","inputs":[{"input":{"id":"${second}","name":"second","measure_unit":"l"},"inputdata":[{"timestamp":"${STORED}","value":"5"}]}]}`,
    );
  });

  test("24: timeperiod_last in hours, days and weeks, singular or plural", async () => {
    for (const [last, rows] of [
      ["11_hours", "first"],
      ["12_hours", "first 2"],
      ["12_hour", "first 2"],
      ["1_day", "first 2"],
      ["6_days", "first 2"],
      ["7_day", "first 10 2"],
      ["1_week", "first 10 2"],
      ["2_weeks", "first 9 10 2"],
      ["65_days", "first 9 10 2"],
      ["999999_weeks", "first 9 10 2"],
    ] as const) {
      expect(await askRows(`inputs_ids=${first}&timeperiod_last=${last}`), last).toEqual([rows]);
    }
    for (const bad of "1_month 5_minutes 1_year day 1day _days 1.5_days -1_days 1_days_ 1e2_days".split(" ")) {
      const query = `inputs_ids=${first}&timeperiod_last=${bad}`;
      expect(await refuse("get_latest_inputdata_by_inputs", query), bad).toEqual(wrong("timeperiod_last"));
    }
  });

  test("25: limit counts rows of each input, and narrows statistics only when it is sent", async () => {
    expect(await askRows(`inputs_ids=${first},${second}&limit=2`)).toEqual(["first 9 10", "second 5"]);
    const read = async (more: object) => {
      const [answer] = await cooee.fetch("get_statistics_inputdata_by_inputs", { inputs_ids: first, ...more });
      return answer?.inputdata[0];
    };
    expect(await read({})).toEqual({ min: "2", max: "10", avg: "7" });
    expect(await read({ limit: 2 })).toEqual({ min: "2", max: "10", avg: "6" });
    expect(await read({ limit: 1 })).toEqual({ min: "2", max: "2", avg: "2" });
    expect(await read({ limit: 50 })).toEqual({ min: "2", max: "10", avg: "7" });
  });

  test("26: a timestamp is needed; latitude and longitude are not, and are numbers or texts", async () => {
    const { data } = uploadBody(third, { value: 1 });
    const source = { pointer: "/data/attributes/timestamp" };
    expect(refused(await cooee.post(third, { data }))).toEqual({ status: 400, code: "required", source });
    for (const place of [
      {},
      { latitude: 40.5, longitude: -73 },
      { latitude: "40.5", longitude: "-73" },
      { latitude: null, longitude: "" },
    ]) {
      expect((await uploadTo(third, place)).statusCode).toBe(201);
    }
    for (const [name, value] of [
      ["latitude", 90.1],
      ["latitude", "north"],
      ["longitude", -180.5],
      ["longitude", [1]],
      ["longitude", true],
    ] as const) {
      const where = { pointer: `/data/attributes/${name}` };
      expect(refused(await uploadTo(third, { [name]: value }))).toEqual({
        status: 400,
        code: "invalid",
        source: where,
      });
    }
  });
});
