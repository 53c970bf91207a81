const INPUT = "senXXXXXXXXXX";
const TIMES = { timeperiod_start: "2020-10-03 15:31:55", timeperiod_finish: "2020-11-03 15:31:55", limit: "5" };
const ROWS = { ...TIMES, is_add_lat_long: "true", order_by: "timestamp", sort_by: "desc" };
const STATISTICS = { ...TIMES, aggregation_func: "min,max,avg" };

/** What each route of Datacooee's face takes, but for the ids, which no input and no asset has. */
export const DATACOOEE_REQUESTS: Readonly<Record<string, { query?: Record<string, string>; body?: unknown }>> = {
  "POST /_lab/organizations": {},
  "GET /_lab/inputs": {},
  "POST /_lab/inputs": { body: { name: "tank", measure_unit: "l" } },
  "POST /api/external/v1/inputs/{input_pk}/inputdata": {
    body: {
      data: {
        type: "SensorData",
        id: "null",
        attributes: { value: "12.5", timestamp: "2020-10-13T14:02:39.489Z" },
        relationships: { sensor: { data: { type: "Sensor", id: INPUT } } },
      },
    },
  },
  ...Object.fromEntries(
    ["", "latest_"].flatMap((latest) => [
      [`GET /api/external/v1/get_${latest}inputdata_by_inputs`, { query: { inputs_ids: INPUT, ...ROWS } }],
      [`GET /api/external/v1/get_${latest}inputdata_by_asset`, { query: { asset_id: "67000", ...ROWS } }],
      [
        `GET /api/external/v1/get_${latest}statistics_inputdata_by_inputs`,
        { query: { inputs_ids: INPUT, ...STATISTICS } },
      ],
      [
        `GET /api/external/v1/get_${latest}statistics_inputdata_by_asset`,
        { query: { asset_id: "67000", ...STATISTICS } },
      ],
    ]),
  ),
};
