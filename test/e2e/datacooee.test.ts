import { describe, expect, it } from "vitest";
import { type Ready, startUp } from "../support/cli-process.js";
import { JSON_API, PREFIX, uploadBody } from "../support/datacooee.js";
import { request } from "../support/http-app.js";
import { makeTempFolder } from "../support/temp-folder.js";

type Datacooee = Readonly<Record<"organization_id" | "organization_api_key", string>>;
interface Answer<Item> {
  readonly inputdata: readonly Item[];
}

const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
/** After how many answers the cloud is killed: before the first fold, and after it. */
const ROUNDS = [150, 2500];
/** Uploads that are under way at once. */
const SENDERS = 8;

/** A client of a cloud's own organisation. */
function clientOf({ urls, datacooee }: Ready) {
  const { organization_id, organization_api_key } = datacooee as Datacooee;
  const headers = { "organization-id": organization_id, "organization-api-key": organization_api_key };
  return {
    upload: (id: string, number: number) => {
      const timestamp = new Date(START + number * MINUTE).toISOString();
      const body = JSON.stringify(uploadBody(id, { value: `${number}.5`, timestamp }));
      return request(urls.http, "POST", `${PREFIX}/inputs/${id}/inputdata/`, body, {
        ...headers,
        "content-type": JSON_API,
      });
    },
    fetch: async <Item>(route: string, query: Record<string, string>): Promise<Answer<Item>[]> => {
      const url = `${PREFIX}/${route}/?${new URLSearchParams(query)}`;
      const { status, body } = await request<Answer<Item>[]>(urls.http, "GET", url, undefined, headers);
      expect(status).toBe(200);
      return body;
    },
  };
}

/** Uploads numbers from `first` on until `enough` were answered, and kills the cloud; those that were answered. */
async function uploadAndKill(ready: Ready, id: string, first: number, enough: number, kill: () => void) {
  const client = clientOf(ready);
  const answered: number[] = [];
  let next = first;
  const send = async (): Promise<void> => {
    for (;;) {
      const number = next;
      next += 1;
      try {
        const { status } = await client.upload(id, number);
        expect(status).toBe(201);
      } catch (error) {
        if (answered.length < enough) throw error;
        return;
      }
      answered.push(number);
      if (answered.length === enough) kill();
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, send));
  return { answered, next };
}

describe("a cloud that is killed with kill -9 in the middle of uploads", () => {
  it("has every value that it answered for, once, and in its statistics", { timeout: 120_000 }, async () => {
    const folder = makeTempFolder();
    let { up, ready } = await startUp("--data", folder);
    const credentials = ready.datacooee;
    const made = await request<{ input_id: string }>(ready.urls.http, "POST", "/_lab/inputs", { name: "tank" });
    const id = made.body.input_id;
    const answered: number[] = [];
    let next = 1;
    for (const enough of ROUNDS) {
      const victim = up;
      const round = await uploadAndKill(ready, id, next, enough, () => void victim.stop("SIGKILL"));
      expect(await up.ended).toEqual({ code: null, signal: "SIGKILL" });
      answered.push(...round.answered);
      next = round.next;

      ({ up, ready } = await startUp("--data", folder));
      expect(ready.datacooee).toEqual(credentials);
      const client = clientOf(ready);
      const [rows] = await client.fetch<{ value: string }>("get_inputdata_by_inputs", {
        inputs_ids: id,
        limit: "10000",
      });
      const stored = rows?.inputdata.map(({ value }) => Number(value) - 0.5) ?? [];
      expect(new Set(stored).size, "once").toBe(stored.length);
      expect(stored, "in time").toEqual([...stored].sort((a, b) => a - b));
      expect(
        answered.filter((number) => !stored.includes(number)),
        "answered and lost",
      ).toEqual([]);
      expect(
        stored.every((number) => number < next),
        "never sent",
      ).toBe(true);
      const [statistics] = await client.fetch<Record<string, string>>("get_statistics_inputdata_by_inputs", {
        inputs_ids: id,
      });
      const sum = stored.reduce((total, number) => total + number + 0.5, 0);
      expect(statistics?.inputdata).toEqual([
        { min: "1.5", max: `${stored.at(-1)}.5`, avg: String(Number((sum / stored.length).toPrecision(15))) },
      ]);
    }
    expect((await up.stop("SIGINT")).code).toBe(0);
  });
});
