import { describe, expect, onTestFinished, test } from "vitest";
import { FAULT_KINDS } from "../../../src/lab/faults/fault-kinds.js";
import { startLab } from "../../../src/lab/start-lab.js";
import { controlOf, failure } from "../../support/lab-calls.js";
import { enterUser } from "../../support/open-api.js";

interface FaultAnswer {
  readonly id: string;
  readonly spec: object;
  readonly hits: number;
}

async function open() {
  const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: "faults" });
  return { lab, control: controlOf(lab) };
}

test("a fault strikes, is counted, and ends when it is taken back", async () => {
  const { lab, control } = await open();
  await using _ = lab;
  const device = await lab.device("pet-house", { isAlive: false, baud: 0 });
  const spec = { kind: "uart.drop", did: device.did, cmd: "report", direction: "up" };
  const added = await control.post<FaultAnswer>("/faults", spec);
  expect(added).toMatchObject({ status: 201, body: { id: expect.any(String) as string, spec, hits: 0 } });
  lab.set(device, { LED_R: 7 });
  await lab.advance("10s");
  const [active] = (await control.get<{ faults: FaultAnswer[] }>("/faults")).body.faults;
  expect(active).toMatchObject({ id: added.body.id, spec });
  expect(active?.hits).toBeGreaterThan(0);
  expect(await control.remove(`/faults/${added.body.id}`)).toMatchObject({ status: 200, body: {} });
  expect((await control.get("/faults")).body).toEqual({ faults: [] });
});

test("one that strikes a number of times ends by itself", async () => {
  const { lab, control } = await open();
  await using _ = lab;
  const user = await enterUser(lab);
  await control.post("/faults", { kind: "http.error", route: "GET /app/*", status: 429, count: 2 });
  const statuses: number[] = [];
  for (let n = 0; n < 4; n += 1) {
    // Nobody's own control is cut off by a fault.
    expect((await control.get("/health")).status).toBe(200);
    statuses.push((await user.call("GET", "/app/bindings")).status);
  }
  expect(statuses).toEqual([429, 429, 200, 200]);
  expect((await control.get("/faults")).body).toEqual({ faults: [] });
});

test.each([
  ["/app/bindings", { error_code: 9999 }],
  ["/v1/products/x/devices", { error_code: 9999 }],
  ["/v1/entities/x/readings", { errors: [{ code: "injected-fault" }] }],
  ["/oauth2/token", { error: expect.stringMatching(/^(invalid_request|temporarily_unavailable)$/) as string }],
  ["/oauth2/token/", { error: expect.stringMatching(/^(invalid_request|temporarily_unavailable)$/) as string }],
  ["/api/external/v1/inputs", { errors: [{ code: "injected_fault" }] }],
  ["/search/query", { code: expect.any(Number) as number, cid: expect.any(String) as string }],
])("at %s it is said in the face's own words, and is nobody's mistake", async (url, words) => {
  const { lab, control } = await open();
  await using _ = lab;
  const { write } = process.stderr;
  const said: string[] = [];
  process.stderr.write = ((text: string) => said.push(text) > 0) as typeof write;
  onTestFinished(() => {
    process.stderr.write = write;
  });
  for (const status of [429, 500, 503]) {
    await control.post("/faults", { kind: "http.error", status, count: 1 });
    const answer = await lab.server.inject({ method: "POST", url });
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject(words);
    expect(answer.body).toContain(`status ${status}`);
    expect(answer.headers["retry-after"]).toBe(status === 429 ? "1" : undefined);
  }
  expect(said).toEqual([]);
});

test("every kind can be set, and all are taken back at once", async () => {
  const { lab, control } = await open();
  await using _ = lab;
  for (const kind of Object.keys(FAULT_KINDS)) {
    expect(await control.post("/faults", { kind }), kind).toMatchObject({ status: 201, body: { spec: { kind } } });
  }
  expect((await control.get<{ faults: unknown[] }>("/faults")).body.faults.length).toBeGreaterThan(15);
  expect(await control.remove("/faults")).toMatchObject({ status: 200, body: {} });
  expect((await control.get("/faults")).body).toEqual({ faults: [] });
});

describe("what is no fault is refused with what was meant", () => {
  test.each<[object, RegExp]>([
    [{ kind: "uart.dorp" }, /did you mean uart\.drop\?/],
    [{ kind: "" }, /known: uart\.drop/],
    [{ kind: "constructor" }, /known: uart\.drop/],
    [{ kind: "uart.drop", probabilty: 1 }, /did you mean probability\?/],
    [{ kind: "uart.drop", probability: 2 }, /0 to 1/],
    [{ kind: "uart.drop", probability: "1" }, /0 to 1/],
    [{ kind: "uart.drop", count: 0 }, /whole number from 1/],
    [{ kind: "uart.drop", count: 1.5 }, /whole number from 1/],
    [{ kind: "uart.drop", direction: "left" }, /up or down/],
    [{ kind: "uart.drop", cmd: "reprot" }, /did you mean report\?/],
    [{ kind: "uart.drop", did: 5 }, /did of a device/],
    [{ kind: "uart.stall", for: "5" }, /200ms/],
    [{ kind: "uart.stall", for: 5 }, /unit/],
    [{ kind: "net.storm", count: 2 }, /net\.storm takes/],
    [{ kind: "http.error", status: 200 }, /400 to 599/],
    [{ kind: "http.error", route: "" }, /a path/],
    [{ kind: "persona.drifting-clock", rate: 0 }, /0\.1 to 10/],
    [{ kind: "persona.stuck-sensor", datapoints: "Temperature" }, /list of datapoint names/],
  ])("%j", async (fault, hint) => {
    const { lab, control } = await open();
    await using _ = lab;
    const refused = failure(400, "fault-invalid", { hint: expect.stringMatching(hint) as string });
    expect(await control.post("/faults", fault)).toMatchObject(refused);
    expect(lab.faults.list()).toEqual([]);
  });

  test("nor is what is no object, or has no kind", async () => {
    const { lab, control } = await open();
    await using _ = lab;
    for (const body of [{}, { did: "x" }, "[]", "null", "5", "{"]) {
      expect(await control.post("/faults", body), String(body)).toMatchObject(failure(400, "request-invalid"));
    }
  });
});

test("a fault that is not there cannot be taken back", async () => {
  const { lab, control } = await open();
  await using _ = lab;
  for (const id of ["f1", "f999", "__proto__", encodeURIComponent("' OR 1=1")]) {
    expect(await control.remove(`/faults/${id}`), id).toMatchObject(failure(404, "fault-unknown"));
  }
});
