import { describe, expect, onTestFinished, test, vi } from "vitest";
import { AnswersInFlight } from "../../../../src/api/devo/answers-in-flight.js";
import { startLab } from "../../../../src/lab/start-lab.js";
import { registerDevice } from "../../../support/devices.js";
import { enterDevo, importRows } from "../../../support/devo.js";

const START = Date.UTC(2026, 0, 1);
const TABLE = "from gizlab.pet_house.data";

test("answers in flight share their characters, and give them back once", () => {
  const answers = new AnswersInFlight(100);
  const [first, second] = [answers.open(), answers.open()];
  first.take(60);
  expect(() => second.take(41)).toThrow(expect.objectContaining({ code: "linq-busy" }));
  second.take(40);
  first.end();
  first.end();
  expect(answers.length).toBe(40);
  second.take(60);
  second.end();
  expect(answers.length).toBe(0);
});

describe("a query", () => {
  async function openLab() {
    const open = vi.spyOn(AnswersInFlight.prototype, "open");
    onTestFinished(() => open.mockRestore());
    const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: "flight", startAt: START });
    onTestFinished(() => lab.close());
    const { did } = await registerDevice(lab);
    await importRows(
      lab,
      did,
      Array.from({ length: 2000 }, (_, index) => [START - 1 - index, { Temperature: 1 }] as const),
    );
    const devo = enterDevo(lab);
    await devo.rows(`${TABLE} limit 1`);
    const [answers] = open.mock.contexts as AnswersInFlight[];
    if (answers === undefined) throw new Error("no answer was opened");
    return { lab, devo, answers };
  }

  test("is told to come again while readers have not taken what they asked for", async () => {
    const { devo, answers } = await openLab();
    const others = answers.open();
    others.take(128 * 1024 * 1024 - 100_000);
    const { status, body } = await devo.call("POST", "/search/query", { query: TABLE, from: 0, to: "now()" });
    expect({ status, body }).toMatchObject({ status: 429, body: { code: 429 } });
    expect(await devo.rows(`${TABLE} limit 3`)).toHaveLength(3);
    others.end();
    expect(await devo.rows(TABLE)).toHaveLength(2000);
    expect(answers.length).toBe(0);
  });

  test("counts for as long as its reader takes, and no longer", async () => {
    const { lab, devo, answers } = await openLab();
    const address = await lab.server.listen({ port: 0, host: "127.0.0.1" });
    const leave = new AbortController();
    const column = `concat(${Array.from({ length: 20 }, () => "did, mac").join(", ")})`;
    const response = await fetch(`${address}/search/query`, {
      method: "POST",
      headers: { ...devo.headers, "content-type": "application/json" },
      body: JSON.stringify({
        query: `${TABLE} select ${column} as a select concat(a, a, a, a, a, a, a, a) as b select concat(b, b) as c`,
        from: 0,
        to: "now()",
      }),
      signal: leave.signal,
    });
    expect(response.status).toBe(200);
    expect(answers.length).toBeGreaterThan(10_000_000);
    leave.abort();
    await vi.waitFor(() => expect(answers.length).toBe(0));
  });
});
