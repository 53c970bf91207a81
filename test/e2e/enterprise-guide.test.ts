import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { FILE_NAME } from "../../src/cloud/store/database.js";
import type { Lab } from "../../src/lab/lab.js";
import { startLab } from "../../src/lab/start-lab.js";
import { registerDevice } from "../support/devices.js";
import { request } from "../support/http-app.js";
import { refusal } from "../support/open-api.js";
import { printProfile } from "../support/profile-document.js";
import { makeTempFolder } from "../support/temp-folder.js";

/** The requests of the vendor's Aggregation API Guide, section 3, over a socket: as they stand there but for the host. */

const TOKEN_KEY = "447c947fff3245a18dfc709371c34e69";
const DATA_KEY = "cdfb1e7f2d31474ca10396de88491372";
const DID = "Zb248887fhMVZ2V2Jhz2xfq";
const START = 1485151200000;
const URL_OF_TOKEN = `/v1/products/${TOKEN_KEY}/access_token`;
const URL_OF_DATA = `/v1/products/${DATA_KEY}/devices/${DID}/agg_data?start_ts=1485151200000&end_ts=1485153000000&attrs=t1%2Ct2%2Ct3%2Ct4&aggregator=avg&unit=HOURS`;
const BODY = `{
"enterprise_id": "string",
"enterprise_secret": " string ",
"product_secret": " string "
}`;

/** A product like that of the guide's pictures: four numbers. */
function makeProduct(name: string, productKey: string) {
  const attrs = ["t1", "t2", "t3", "t4"].map((attr, id) => ({
    ...{ id, name: attr, type: "status_readonly", data_type: "uint8" },
    uint_spec: { min: 0, max: 255, ratio: 1, addition: 0 },
    position: { byte_offset: id, bit_offset: 0, len: 1, unit: "byte" },
  }));
  return { name, document: JSON.parse(printProfile(attrs, { name, product_key: productKey })) as unknown };
}

async function open(folder: string): Promise<Lab> {
  const lab = await startLab({
    profiles: [makeProduct("token", TOKEN_KEY), makeProduct("data", DATA_KEY)],
    clock: "virtual",
    startAt: START + 3_600_000,
    folder,
    http: { port: 0 },
    fixed: {
      credentials: { enterprise: { id: "string", secret: " string " } },
      products: [TOKEN_KEY, DATA_KEY].map((productKey) => ({ productKey, secret: " string " })),
    },
  });
  onTestFinished(() => lab.close());
  return lab;
}

/** A folder with a device that has the guide's own did, which no cloud would give out. */
async function prepareFolder(): Promise<string> {
  const folder = makeTempFolder();
  const lab = await open(folder);
  const { did } = await registerDevice(lab, "data");
  const reports = [
    { ts: START, attrs: { t1: 3, t2: 66, t3: 5, t4: 6 } },
    { ts: START + 600_000, attrs: { t1: 3, t2: 67, t3: 5, t4: 6 } },
    { ts: START + 1_200_000, attrs: { t1: 3, t2: 67, t3: 5, t4: 6 } },
    { ts: START + 1_800_001, attrs: { t1: 200, t2: 200, t3: 200, t4: 200 } },
  ];
  const lines = reports.map((report) => JSON.stringify({ did, ...report })).join("\n");
  expect(await request(lab.httpUrl, "POST", "/_lab/reports", lines)).toMatchObject({ status: 200 });
  await lab.close();
  const database = new Sqlite(join(folder, FILE_NAME));
  database.prepare("UPDATE devices SET did = ? WHERE did = ?").run(DID, did);
  database.close();
  return folder;
}

test("3.4 and 3.6 of the guide give a token and the averages of its pictures", async () => {
  const lab = await open(await prepareFolder());
  const base = lab.httpUrl;
  const json = { "Content-Type": "application/json" };
  // 3.4, for the guide's product and for that of 3.6.
  const first = await request(base, "POST", URL_OF_TOKEN, BODY, json);
  const expireAt = (START + 3_600_000) / 1000 + 7 * 86_400;
  const answer = { token: expect.stringMatching(/^[0-9a-f]{32}$/), expire_at: expireAt, expired_at: expireAt };
  expect(first).toEqual({ status: 201, body: answer });
  const entered = await request<{ token: string }>(base, "POST", URL_OF_TOKEN.replace(TOKEN_KEY, DATA_KEY), BODY, json);
  const { token } = entered.body;
  // 3.6, with the header as it is called there and as it is called by clients.
  for (const name of ["Authorize", "Authorization"]) {
    const { status, body } = await request(base, "GET", URL_OF_DATA, undefined, { [name]: `token ${token}`, ...json });
    expect([status, JSON.stringify(body)]).toEqual([
      200,
      JSON.stringify({
        query: {
          aggregator: "avg",
          end_ts: 1485153000000,
          start_ts: 1485151200000,
          attrs: "t1,t2,t3,t4",
          unit: "HOURS",
        },
        data: [{ attrs: { t1: 3, t2: 66.66666666666667, t3: 5, t4: 6 }, datetime: "2017012306" }],
      }),
    ]);
  }
  // The token of another product, and 3.2: a caller who is not in the white list.
  const other = (first.body as { token: string }).token;
  const crossed = await request(base, "GET", URL_OF_DATA, undefined, { Authorization: `token ${other}` });
  expect(crossed).toEqual({ status: 400, body: refusal(5010, "token not match product_key") });
  await request(base, "PUT", "/_lab/enterprise", { white_list: ["203.0.113.0/24"] });
  const unlisted = await request(base, "POST", URL_OF_TOKEN, BODY, json);
  expect(unlisted).toEqual({ status: 400, body: refusal(5012, "ip not in white list", expect.any(String)) });
});
