import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { inputId } from "../../../src/cloud/devices/outside-ids.js";
import { tooManyBuckets } from "../../../src/cloud/telemetry/calendar.js";
import { GizlabError } from "../../../src/core/errors.js";
import { findDatapoint } from "../../../src/profile/profile.js";
import {
  type Datacooee,
  type InputAnswer,
  JSON_API,
  PREFIX,
  refused,
  startDatacooee,
  uploadBody,
} from "../../support/datacooee.js";
import { registerDevice } from "../../support/devices.js";
import { expectRefused } from "../../support/refusals.js";

const NOW = Date.UTC(2026, 5, 1, 12);
const HOUR_MS = 3_600_000;
const ROUTES = ["inputs", "asset"].flatMap((by) =>
  ["", "latest_", "statistics_", "latest_statistics_"].map((what) => `get_${what}inputdata_by_${by}`),
);
const UNKNOWN_INPUT = { status: 404, code: "not_found", source: { parameter: "inputs_ids" } };

let cooee: Datacooee;
let input = "";
beforeAll(async () => {
  cooee = await startDatacooee({ startAt: NOW });
  input = await cooee.addInput();
  await cooee.upload(input, [NOW - HOUR_MS, 1]);
});
afterAll(() => cooee.lab.close());

const wrong = (parameter: string) => ({ status: 400, code: "invalid", source: { parameter } });
const wrongAttribute = (name: string, code = "invalid") => ({
  status: 400,
  code,
  source: { pointer: `/data/attributes/${name}` },
});

function put(id: string, attributes: object) {
  return cooee.post(id, JSON.stringify(uploadBody(id, attributes as Record<string, unknown>)));
}
async function refuse(query: string, route = "get_inputdata_by_inputs") {
  return refused(await cooee.send(`${route}?${query}`));
}
async function values(query: Record<string, string | number>, route = "get_inputdata_by_inputs") {
  return (await cooee.fetch(route, query)).map(({ inputdata }) => inputdata.map(({ value }) => value));
}
async function statisticsOf(query: Record<string, string | number>) {
  const answers = await cooee.fetch<InputAnswer<object>[]>("get_statistics_inputdata_by_inputs", query);
  return answers.map(({ inputdata }) => inputdata[0]);
}

describe("aggregation-apis.md 3.3", () => {
  test("T1: an upload without a timestamp is refused", async () => {
    expect(refused(await put(input, { value: 1 }))).toEqual(wrongAttribute("timestamp", "required"));
    for (const timestamp of [null, "", 1604327078, {}, "1899-12-31 23:59:59", "9999-01-01 00:00:00"]) {
      expect(refused(await put(input, { value: 1, timestamp }))).toEqual(wrongAttribute("timestamp"));
    }
  });

  test("T2: a value that is no number is refused", async () => {
    const timestamp = "2026-01-01 00:00:00";
    expect(refused(await put(input, { timestamp }))).toEqual(wrongAttribute("value", "required"));
    for (const value of [
      "abc",
      "NaN",
      "",
      " ",
      "Infinity",
      "-Infinity",
      "0x10",
      "1,5",
      "1_000",
      "१",
      null,
      true,
      [1],
      {},
      "1e999",
      1e15,
      "9".repeat(70),
    ]) {
      expect(refused(await put(input, { value, timestamp })), String(value)).toEqual(wrongAttribute("value"));
    }
    const body = JSON.stringify(uploadBody(input, { value: "HERE", timestamp })).replace('"HERE"', "1e400");
    expect(refused(await cooee.post(input, body))).toEqual(wrongAttribute("value"));
    const notJson = JSON.stringify(uploadBody(input, { value: "HERE", timestamp })).replace('"HERE"', "NaN");
    expect(refused(await cooee.post(input, notJson))).toMatchObject({ status: 400 });
  });

  test("T3: a value of the future is kept, and shows once its time is asked for", async () => {
    const id = await cooee.addInput();
    await cooee.upload(id, [NOW + 5 * HOUR_MS, 7]);
    expect(await values({ inputs_ids: id })).toEqual([[]]);
    expect(await values({ inputs_ids: id, timeperiod_last: "1_week" }, "get_latest_inputdata_by_inputs")).toEqual([[]]);
    expect(await values({ inputs_ids: id, timeperiod_finish: "2026-06-02 00:00:00" })).toEqual([["7"]]);
  });

  test("T4: two values of the same time are both kept, in the order in which they came", async () => {
    const id = await cooee.addInput();
    await cooee.upload(id, [NOW - 1, 2], [NOW - 1, 1], [NOW - 1, 2]);
    expect(await values({ inputs_ids: id })).toEqual([["2", "1", "2"]]);
    expect(await values({ inputs_ids: id, sort_by: "desc" })).toEqual([["2", "1", "2"]]);
    expect(await statisticsOf({ inputs_ids: id })).toEqual([{ min: "1", max: "2", avg: "1.66666666666667" }]);
  });

  test("T5: a latitude without a longitude is kept as it is", async () => {
    const id = await cooee.addInput();
    const response = await put(id, { value: 1, timestamp: "2026-01-01 00:00:00", latitude: "40.730610" });
    expect([response.statusCode, response.json().data.attributes.latitude]).toEqual([201, "40.730610"]);
    const [answer] = await cooee.fetch("get_inputdata_by_inputs", { inputs_ids: id, is_add_lat_long: "true" });
    expect(answer?.inputdata).toEqual([
      { timestamp: "2026-01-01T00:00:00.000000Z", value: "1", latitude: "40.730610", longitude: null },
    ]);
  });

  test("T6: without a limit an answer has the first 1000 rows, of the latest the newest", async () => {
    const lines = Array.from({ length: 1005 }, (_, at) => ({
      did: cooee.did,
      ts: NOW - 5000 + at,
      attrs: { Humidity: at % 100 },
    }));
    await cooee.control.post("/reports", lines.map((line) => JSON.stringify(line)).join("\n"));
    const inputs_ids = cooee.inputs.Humidity ?? "";
    const expected = lines.map(({ attrs }) => String(attrs.Humidity));
    expect(await values({ inputs_ids })).toEqual([expected.slice(0, 1000)]);
    expect(await values({ inputs_ids }, "get_latest_inputdata_by_inputs")).toEqual([
      expected.toReversed().slice(0, 1000),
    ]);
    expect(await values({ inputs_ids, limit: 1003 })).toEqual([expected.slice(0, 1003)]);
    expect(await values({ inputs_ids, limit: 5000 })).toEqual([expected]);
    const sum = lines.reduce((total, { attrs }) => total + attrs.Humidity, 0);
    expect(await statisticsOf({ inputs_ids })).toEqual([{ min: "0", max: "99", avg: String(sum / 1005) }]);
  });

  test("T7: a limit that is no positive whole number is refused", async () => {
    for (const limit of ["0", "-1", "ten", "1.5", "1e2", "", "0x5", "100001", "9".repeat(20)]) {
      for (const route of ROUTES) {
        const query = `inputs_ids=${input}&asset_id=${cooee.assetId}&limit=${limit}`;
        const found = await refuse(query, route);
        // The asset does not have the input: either complaint is right.
        if (!route.endsWith("asset")) expect(found, `${route} ${limit}`).toEqual(wrong("limit"));
        else expect(await refuse(`asset_id=${cooee.assetId}&limit=${limit}`, route)).toEqual(wrong("limit"));
      }
    }
  });

  test("T8: a start behind the finish is refused; a missing finish is now, and a missing start the beginning", async () => {
    const id = await cooee.addInput();
    await cooee.upload(id, ["1900-01-01 00:00:00", 1], [NOW - HOUR_MS, 2], [NOW, 3], [NOW + 1, 4]);
    const swapped = "timeperiod_start=2026-05-02 00:00:00&timeperiod_finish=2026-05-01 00:00:00";
    expect(await refuse(`inputs_ids=${id}&${swapped}`)).toEqual(wrong("timeperiod_start"));
    expect(await refuse(`inputs_ids=${id}&timeperiod_start=2026-06-01 12:00:01`)).toEqual(wrong("timeperiod_start"));
    expect(await values({ inputs_ids: id })).toEqual([["1", "2", "3"]]);
    expect(await values({ inputs_ids: id, timeperiod_start: "2026-06-01 11:00:00" })).toEqual([["2", "3"]]);
    expect(await values({ inputs_ids: id, timeperiod_start: "2026-06-01 11:00:00.001" })).toEqual([["3"]]);
    expect(await values({ inputs_ids: id, timeperiod_finish: "2026-06-01 11:00:00" })).toEqual([["1", "2"]]);
    const point = { timeperiod_start: "2026-06-01 11:00:00", timeperiod_finish: "2026-06-01 11:00:00" };
    expect(await values({ inputs_ids: id, ...point })).toEqual([["2"]]);
  });

  test("T9: a timeperiod_last of nothing is refused", async () => {
    for (const last of ["0_days", "00_hours", ""]) {
      for (const route of ROUTES.filter((name) => name.endsWith("inputs"))) {
        expect(await refuse(`inputs_ids=${input}&timeperiod_last=${last}`, route)).toEqual(wrong("timeperiod_last"));
      }
    }
  });

  test("T10: an input that is named twice is answered once, in the order of the list", async () => {
    const other = await cooee.addInput();
    const answers = await cooee.fetch("get_inputdata_by_inputs", {
      inputs_ids: `${other},${input},${other}, ${input},,`,
    });
    expect(answers.map(({ input: { id } }) => id)).toEqual([other, input]);
  });

  test("T11: what another organisation has is a 404, whichever of the two asks", async () => {
    const added = await cooee.control.post<{ organization_id: string; organization_api_key: string }>("/organizations");
    const { organization_id, organization_api_key } = added.body;
    const theirs = await cooee.addInput("theirs", { organization_id });
    const strangers = { "organization-id": organization_id, "organization-api-key": organization_api_key };
    const upload = (id: string, headers: Record<string, string>) =>
      cooee.post(id, JSON.stringify(uploadBody(id, { value: 1, timestamp: "2026-01-01 00:00:00" })), {
        ...headers,
        "content-type": JSON_API,
      });
    expect((await upload(theirs, strangers)).statusCode).toBe(201);
    expect((await cooee.send(`get_inputdata_by_inputs?inputs_ids=${theirs}`, strangers)).json()).toMatchObject([
      { input: { id: theirs }, inputdata: [{ value: "1" }] },
    ]);
    const nowhere = { status: 404, code: "not_found", source: { parameter: "input_pk" } };
    expect(refused(await upload(theirs, cooee.headers))).toEqual(nowhere);
    expect(await refuse(`inputs_ids=${theirs}`)).toEqual(UNKNOWN_INPUT);
    for (const id of [input, cooee.inputs.Temperature ?? "", "senXXXXXXXXXX"]) {
      expect(refused(await upload(id, strangers))).toEqual(nowhere);
      expect(refused(await cooee.send(`get_inputdata_by_inputs?inputs_ids=${id}`, strangers))).toEqual(UNKNOWN_INPUT);
    }
    const asset = await cooee.send(`get_inputdata_by_asset?asset_id=${cooee.assetId}`, strangers);
    expect(refused(asset)).toEqual({ status: 404, code: "not_found", source: { parameter: "asset_id" } });
    const mixed = { ...strangers, "organization-api-key": cooee.headers["organization-api-key"] ?? "" };
    expect(refused(await cooee.send(`get_inputdata_by_inputs?inputs_ids=${theirs}`, mixed)).status).toBe(401);
    const foreign = { name: "x", organization_id, asset_id: cooee.assetId };
    expect((await cooee.control.post("/inputs", foreign)).status).toBe(404);
  });

  test("T12: an asset without inputs is answered without inputs", async () => {
    const device = cooee.lab.cloud.registry.get((await registerDevice(cooee.lab, "pet-house", "02000000aaaa")).did);
    const product = cooee.lab.cloud.products.find(device.productKey);
    const found = cooee.lab.cloud.registry.productOf.bind(cooee.lab.cloud.registry);
    // The product of a device of an older data folder need not be loaded.
    cooee.lab.cloud.registry.productOf = (asked) => (asked.id === device.id ? undefined : found(asked));
    for (const route of ROUTES.filter((name) => name.endsWith("asset"))) {
      expect(await cooee.fetch<object>(route, { asset_id: device.id })).toEqual({
        id: device.id,
        name: "device 02000000aaaa",
        inputs: [],
      });
    }
    cooee.lab.cloud.registry.productOf = found;
    expect(product).toBeDefined();
  });

  test("T13: an input that is not the asset's is a 404", async () => {
    for (const route of ROUTES.filter((name) => name.endsWith("asset"))) {
      const query = `asset_id=${cooee.assetId}&inputs_ids=${cooee.inputs.Temperature},${input}`;
      expect(await refuse(query, route)).toEqual(UNKNOWN_INPUT);
    }
  });

  test("T14: a datapoint that is no number is no input", async () => {
    const device = cooee.lab.cloud.registry.get(cooee.did);
    const product = cooee.lab.cloud.registry.productOf(device);
    const color = product === undefined ? undefined : findDatapoint(product.profile, "LED_Color");
    if (color === undefined) throw new Error("the pet house has no LED_Color");
    for (const route of ["get_inputdata_by_inputs", "get_statistics_inputdata_by_inputs"]) {
      expect(await refuse(`inputs_ids=${inputId(device, color)}&aggregation_func=avg`, route)).toEqual(UNKNOWN_INPUT);
    }
    expect(Object.keys(cooee.inputs)).not.toContain("LED_Color");
    const asset = await cooee.fetch<{ inputs: InputAnswer[] }>("get_inputdata_by_asset", { asset_id: device.id });
    expect(asset.inputs.map(({ input: { id } }) => id)).toEqual(expect.arrayContaining(Object.values(cooee.inputs)));
  });

  test("T15: statistics of nothing are null, not 0", async () => {
    const nothing = { inputs_ids: input, timeperiod_finish: "2000-01-01 00:00:00" };
    expect(await statisticsOf(nothing)).toEqual([{ min: null, max: null, avg: null }]);
    expect(await statisticsOf({ ...nothing, limit: 5, aggregation_func: "avg" })).toEqual([{ avg: null }]);
  });

  test("T16: values are sorted as numbers, and equal ones by time", async () => {
    const id = await cooee.addInput();
    await cooee.upload(id, [NOW - 5, "9"], [NOW - 4, "10"], [NOW - 3, "-1"], [NOW - 2, "9.5"], [NOW - 1, "9"]);
    const times = async (sort_by: string, limit = 1000) => {
      const [answer] = await cooee.fetch("get_inputdata_by_inputs", {
        inputs_ids: id,
        order_by: "value",
        sort_by,
        limit,
      });
      return answer?.inputdata.map(({ timestamp }) => NOW - Date.parse(timestamp.replace("000Z", "Z")));
    };
    expect(await times("asc")).toEqual([3, 5, 1, 2, 4]);
    expect(await times("desc")).toEqual([4, 2, 1, 5, 3]);
    expect(await times("asc", 2)).toEqual([3, 5]);
    expect(await times("desc", 3)).toEqual([4, 2, 1]);
  });

  test("T17: flags are true or false, in any case, or 1 or 0", async () => {
    const fields = { is_add_lat_long: "latitude", is_add_x_axis_data: "x_axis_value", is_add_metadata: "metadata" };
    for (const [flag, field] of Object.entries(fields)) {
      const isShown = async (value: string) => {
        const [answer] = await cooee.fetch("get_inputdata_by_inputs", { inputs_ids: input, [flag]: value });
        return Object.hasOwn(answer?.inputdata[0] ?? {}, field);
      };
      for (const yes of ["true", "True", "TRUE", "1", '"true"', "'True'"]) expect(await isShown(yes), yes).toBe(true);
      for (const no of ["false", "False", "0", '"false"']) expect(await isShown(no), no).toBe(false);
      for (const bad of ["yes", "2", "", "truee", "null"]) {
        expect(await refuse(`inputs_ids=${input}&${flag}=${bad}`)).toEqual(wrong(flag));
      }
    }
  });
});

describe("a datapoint of a device", () => {
  test("takes uploads as reports, in its own units and limits", async () => {
    const { Temperature = "", LED_OnOff = "" } = cooee.inputs;
    const response = await put(Temperature, {
      value: "21.4",
      timestamp: "2026-03-01 00:00:00",
      latitude: 1,
      metadata: "by hand",
    });
    expect([response.statusCode, response.json().data.attributes.value]).toEqual([201, "21"]);
    const range = { timeperiod_start: "2026-03-01 00:00:00", timeperiod_finish: "2026-03-02 00:00:00" };
    const shown = { ...range, is_add_lat_long: "1", is_add_metadata: "1" };
    const [answer] = await cooee.fetch("get_inputdata_by_inputs", { inputs_ids: Temperature, ...shown });
    expect(answer).toEqual({
      input: { id: Temperature, name: "Temperature", measure_unit: "" },
      inputdata: [
        { timestamp: "2026-03-01T00:00:00.000000Z", value: "21", latitude: "1", longitude: null, metadata: "by hand" },
      ],
    });
    expect(refused(await put(Temperature, { value: 3000, timestamp: "2026-03-01 00:00:00" }))).toEqual(
      wrongAttribute("value"),
    );
    expect((await put(LED_OnOff, { value: "1", timestamp: "2026-03-01 00:00:00" })).statusCode).toBe(201);
    expect(refused(await put(LED_OnOff, { value: 2, timestamp: "2026-03-01 00:00:00" }))).toEqual(
      wrongAttribute("value"),
    );
    expect(await values({ inputs_ids: LED_OnOff, ...range })).toEqual([["1"]]);
    expect(await values({ inputs_ids: cooee.inputs.Humidity ?? "", ...range })).toEqual([[]]);
  });

  test("is no input any more once its device is disabled", async () => {
    const { did } = await registerDevice(cooee.lab, "smart-meter", "02000000bbbb");
    const device = cooee.lab.cloud.registry.get(did);
    const asset = await cooee.fetch<{ inputs: InputAnswer[] }>("get_inputdata_by_asset", { asset_id: device.id });
    const id = asset.inputs[0]?.input.id ?? "";
    expect(await values({ inputs_ids: id })).toEqual([[]]);
    cooee.lab.cloud.registry.disable(device);
    expect(await refuse(`inputs_ids=${id}`)).toEqual(UNKNOWN_INPUT);
    expect(await refuse(`asset_id=${device.id}`, "get_inputdata_by_asset")).toMatchObject({ status: 404 });
  });
});

describe("an input of its own", () => {
  test("is listed by the lab, and is no device for anybody", async () => {
    await using lab = await startDatacooee();
    const before = (await lab.control.get<{ devices: unknown[] }>("/state")).body.devices.length;
    const id = await lab.addInput("tank", { asset_id: lab.assetId });
    await lab.upload(id, [NOW, 1]);
    expect((await lab.control.get("/inputs")).body).toEqual({
      inputs: [{ input_id: id, name: "tank", measure_unit: "l", asset_id: lab.assetId }],
    });
    expect((await lab.control.get<{ devices: unknown[] }>("/state")).body.devices).toHaveLength(before);
  });

  test("wants an asset that there is, and an id that nobody has", async () => {
    expect((await cooee.control.post("/inputs", { name: "x", asset_id: 4711 })).status).toBe(404);
    expect((await cooee.control.post("/inputs", { name: "x", organization_id: "nobody" })).status).toBe(404);
    for (const input_id of [input, cooee.inputs.Temperature]) {
      expect((await cooee.control.post("/inputs", { name: "x", input_id })).status).toBe(409);
    }
    for (const bad of [
      {},
      { name: "" },
      { name: "x", input_id: "tank" },
      { name: "x", asset_id: "1" },
      { name: "x", input_id: "sen'" },
    ]) {
      expect((await cooee.control.post("/inputs", bad)).status).toBe(400);
    }
  });

  test("gives back the fields of the oldest uploads as metadata", async () => {
    const id = await cooee.addInput();
    await cooee.upload(id, [NOW - 3, 1, { related_file: "a.csv", raw_data: 5, is_public: false }]);
    await cooee.upload(id, [NOW - 2, 1, { metadata: "m", raw_data: "r" }], [NOW - 1, 1]);
    const [answer] = await cooee.fetch("get_inputdata_by_inputs", { inputs_ids: id, is_add_metadata: "true" });
    expect(answer?.inputdata.map(({ metadata }) => metadata)).toEqual([
      { related_file: "a.csv", raw_data: 5, is_public: false },
      { metadata: "m", raw_data: "r" },
      null,
    ]);
  });

  test("goes with a snapshot, its values and organisations, too", async () => {
    await using lab = await startDatacooee({ startAt: NOW });
    const id = await lab.addInput("kept");
    await lab.upload(id, [NOW - 2, 1.5]);
    await lab.control.post("/save", { name: "here" });
    const later = await lab.addInput("later");
    const added = (await lab.control.post<Record<string, string>>("/organizations")).body;
    await lab.upload(id, [NOW - 1, 2]);
    await lab.control.post("/restore", { name: "here" });
    const [answer] = await lab.fetch("get_inputdata_by_inputs", { inputs_ids: id });
    expect(answer?.inputdata.map(({ value }) => value)).toEqual(["1.5"]);
    const [numbers] = await lab.fetch<InputAnswer<object>[]>("get_statistics_inputdata_by_inputs", { inputs_ids: id });
    expect(numbers?.inputdata).toEqual([{ min: "1.5", max: "1.5", avg: "1.5" }]);
    expect(refused(await lab.send(`get_inputdata_by_inputs?inputs_ids=${later}`))).toEqual(UNKNOWN_INPUT);
    const gone = {
      "organization-id": added.organization_id ?? "",
      "organization-api-key": added.organization_api_key ?? "",
    };
    expect(refused(await lab.send("get_inputdata_by_inputs?inputs_ids=x", gone)).status).toBe(401);
  });
});

describe("who asks", () => {
  const UPLOAD = `inputs/senX/inputdata`;

  test("is looked at before anything else, at every path", async () => {
    const { "organization-id": id = "", "organization-api-key": key = "" } = cooee.headers;
    const strangers: Record<string, string>[] = [
      {},
      { "organization-id": id },
      { "organization-api-key": key },
      { "organization-id": "", "organization-api-key": "" },
      { "organization-id": id, "organization-api-key": `${key}0` },
      { "organization-id": id, "organization-api-key": key.slice(1) },
      { "organization-id": id, "organization-api-key": key.toUpperCase() },
      { "organization-id": key, "organization-api-key": id },
      { "organization-id": "__proto__", "organization-api-key": "' OR 1=1; --" },
      { authorization: `Bearer ${key}` },
      { "organization-id": "x".repeat(9000), "organization-api-key": key },
    ];
    for (const headers of strangers) {
      for (const route of [...ROUTES, "nothing", ""]) {
        const response = await cooee.send(`${route}?inputs_ids=${input}&asset_id=${cooee.assetId}`, headers);
        expect(refused(response).status, `${route} ${JSON.stringify(headers).slice(0, 80)}`).toBe(401);
        expect(response.body).not.toContain(key);
      }
      for (const payload of [JSON.stringify(uploadBody(input, { value: 1, timestamp: "2026-01-01 00:00:00" })), "{"]) {
        const response = await cooee.post(input, payload, { ...headers, "content-type": JSON_API });
        expect(refused(response).status).toBe(401);
      }
    }
    expect(await values({ inputs_ids: input })).toEqual([["1"]]);
  });

  test("gets 405 for another method, with those that there are, and 404 where there is nothing", async () => {
    const call = (method: "GET" | "POST" | "PUT" | "DELETE" | "PATCH" | "OPTIONS", path: string) =>
      cooee.lab.server.inject({ method, url: `${PREFIX}/${path}`, headers: cooee.headers });
    for (const slash of ["", "/"]) {
      for (const method of ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"] as const) {
        const response = await call(method, `${UPLOAD}${slash}`);
        expect([refused(response).status, response.headers.allow], method).toEqual([405, "POST"]);
      }
      for (const route of ROUTES) {
        for (const method of ["POST", "PUT", "DELETE"] as const) {
          const response = await call(method, `${route}${slash}`);
          expect([refused(response).status, response.headers.allow], method).toEqual([405, "GET, HEAD"]);
        }
      }
    }
    for (const path of ["", "get_inputdata_by_nobody", "inputs", "inputs/x", "inputs/x/inputdata/1", "sensors"]) {
      expect(refused(await call("GET", path)).status, path).toBe(404);
    }
  });
});

describe("bad input", () => {
  test("of a body is a 4xx in JSON:API, and takes nothing in", async () => {
    const good = uploadBody(input, { value: 5, timestamp: "2026-01-01 00:00:00" });
    const bodies: (string | object)[] = [
      "",
      "{",
      "[]",
      "null",
      "1",
      '"x"',
      "[".repeat(100_000),
      "\u0000",
      "{}",
      { data: null },
    ];
    bodies.push({ data: [] }, { data: [good.data] }, { data: {} }, "x".repeat(300_000));
    for (const field of ["type", "attributes", "relationships"] as const) {
      for (const value of [undefined, null, 1, [], "x", {}, true])
        bodies.push({ data: { ...good.data, [field]: value } });
    }
    for (const sensor of [
      {},
      { data: {} },
      { data: { type: "Sensor" } },
      { data: { id: 5 } },
      { data: { type: "x", id: input } },
    ]) {
      bodies.push({ data: { ...good.data, relationships: { sensor } } });
    }
    const deep = `${'{"a":['.repeat(3000)}1${"]}".repeat(3000)}`;
    bodies.push(
      JSON.stringify(uploadBody(input, { value: "V", timestamp: "2026-01-01 00:00:00" })).replace('"V"', deep),
    );
    for (const name of ["metadata", "related_file", "raw_data", "is_public", "x_axis_value"]) {
      for (const value of ["x".repeat(2001), {}, [1], { a: { b: 1 } }]) {
        bodies.push(uploadBody(input, { ...good.data.attributes, [name]: value }));
      }
    }
    bodies.push(
      JSON.stringify(good)
        .replace('"attributes":{', '"attributes":{"__proto__":{"value":1},')
        .replace('"value":5,', ""),
    );
    for (const body of bodies) {
      const payload = typeof body === "string" ? body : JSON.stringify(body);
      expectRefused(await cooee.post(input, payload), PREFIX.concat("/"), payload.slice(0, 100));
    }
    expect(await values({ inputs_ids: input })).toEqual([["1"]]);
  });

  test("of a query is a 4xx in JSON:API, at every route and for every parameter", async () => {
    const asset = await cooee.addInput("of the asset", { asset_id: cooee.assetId });
    const nonsense = [
      "' OR 1=1",
      "\u0000",
      "x".repeat(9000),
      "",
      "x",
      "1.5x",
      "1e3",
      "NaN",
      "[]",
      "-99999999999999999999",
      "💩",
    ];
    const parameters = {
      rows: "limit order_by sort_by is_add_lat_long is_add_x_axis_data is_add_metadata".split(" "),
      statistics: ["limit", "aggregation_func"],
      all: "inputs_ids timeperiod_start timeperiod_finish timeperiod_last timeperiod-start timeperiod-last".split(" "),
    };
    for (const route of ROUTES) {
      const isAsset = route.endsWith("asset");
      const good = { inputs_ids: asset, ...(isAsset ? { asset_id: String(cooee.assetId) } : {}) };
      expect((await cooee.send(`${route}?${new URLSearchParams(good)}`)).statusCode).toBe(200);
      const names = [...parameters.all, ...(route.includes("statistics") ? parameters.statistics : parameters.rows)];
      if (isAsset) names.push("asset_id");
      for (const name of names) {
        for (const value of nonsense) {
          const query = new URLSearchParams({ ...good, [name]: value });
          expectRefused(await cooee.send(`${route}?${query}`), `${PREFIX}/`, `${route} ${name} ${value.slice(0, 30)}`);
        }
        const doubled = `${new URLSearchParams(good)}&${name}=1&${name}=1`;
        expectRefused(await cooee.send(`${route}?${doubled}`), `${PREFIX}/`, `${route} ${name} doubled`);
      }
    }
  });

  test("of a path is a 4xx in JSON:API", async () => {
    for (const id of [
      "%ZZ",
      "%",
      "a".repeat(501),
      "..",
      "%2e%2e",
      "%00",
      "' OR 1=1",
      "x".repeat(65),
      "__proto__",
      "💩",
    ]) {
      const payload = JSON.stringify(uploadBody("x", { value: 1, timestamp: "2026-01-01 00:00:00" }));
      expectRefused(await cooee.post(id.includes("%") ? id : encodeURIComponent(id), payload), `${PREFIX}/`, id);
    }
  });

  test("a query of more buckets than stated is a 400, an unforeseen error a 500 without a word of its insides, and of one that was foreseen nothing is logged", async () => {
    const aggregate = vi.spyOn(cooee.lab.cloud.telemetry, "aggregate");
    aggregate.mockImplementationOnce(() => {
      throw tooManyBuckets();
    });
    const query = `get_statistics_inputdata_by_inputs?inputs_ids=${input}`;
    expect(refused(await cooee.send(query))).toEqual({ status: 400, code: "too_many", source: undefined });
    const log = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    aggregate.mockImplementationOnce(() => {
      throw new Error("secret");
    });
    const broken = await cooee.send(query);
    const lines = () => log.mock.calls.filter(([line]) => String(line).includes("unforeseen")).length;
    expect(lines()).toBe(1);
    aggregate.mockImplementationOnce(() => {
      throw new GizlabError("upload-failed", "the store did not take the value");
    });
    expect(refused(await cooee.send(query))).toMatchObject({ status: 503, code: "unavailable" });
    expect(lines()).toBe(1);
    log.mockRestore();
    aggregate.mockRestore();
    expect(refused(broken)).toEqual({ status: 500, code: "error", source: undefined });
    expect(broken.body).not.toContain("secret");
  });

  test("an answer of more rows than stated is a 400", async () => {
    const ids = Object.values(cooee.inputs).slice(0, 3);
    const rows = makeReadings(70_000);
    const read = cooee.lab.cloud.telemetry.readings.bind(cooee.lab.cloud.telemetry);
    cooee.lab.cloud.telemetry.readings = rows;
    const many = await cooee.send(`get_inputdata_by_inputs?inputs_ids=${ids.join(",")}&limit=100000`);
    const few = await cooee.send(`get_inputdata_by_inputs?inputs_ids=${ids.join(",")}&limit=60000&order_by=value`);
    cooee.lab.cloud.telemetry.readings = read;
    expect(refused(many)).toMatchObject({ status: 400, code: "too_many" });
    expect(few.statusCode).toBe(200);
    expect((few.json() as InputAnswer[]).map(({ inputdata }) => inputdata.length)).toEqual([60_000, 60_000, 60_000]);
  });
});

/** So many readings of every datapoint that is asked for. */
function makeReadings(count: number) {
  return function* ({ names = [] }: { names?: readonly string[] }) {
    for (let at = 0; at < count; at += 1) yield { at, attrs: Object.fromEntries(names.map((name) => [name, at])) };
  } as Datacooee["lab"]["cloud"]["telemetry"]["readings"];
}
