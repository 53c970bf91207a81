import type { InjectOptions } from "fastify";
import { describe, expect, test } from "vitest";
import { startLab } from "../../../src/lab/start-lab.js";
import { listOperations, urlOf } from "../../support/operations.js";
import { expectRefused } from "../../support/refusals.js";

const TOKEN = "open-sesame";
const AFAR = "192.0.2.7";
const open = (labToken?: string) =>
  startLab({
    ...{ profiles: ["pet-house"], clock: "virtual", seed: "admission" },
    ...(labToken === undefined ? {} : { labToken }),
  });

/** Who a request comes from. */
type Sender = Pick<InjectOptions, "headers" | "remoteAddress">;

const STRANGERS: Readonly<Record<string, Sender>> = {
  "another machine": { remoteAddress: AFAR },
  "a page of another site": { headers: { host: "localhost:8088", origin: "http://evil.example" } },
  "a page without an origin of its own": { headers: { host: "localhost:8088", origin: "null" } },
  "a page whose name was made to lead here": { headers: { host: "evil.example", origin: "http://evil.example" } },
  "a request for another host": { headers: { host: "evil.example:8088" } },
};
const WRONG_TOKENS = ["", TOKEN, "Bearer", "Bearer ", `Bearer ${TOKEN}x`, "Bearer open", `Basic ${TOKEN}`, "Bearer é"];

describe.each([undefined, TOKEN])("a lab with the token %s", (token) => {
  test.each(Object.entries(STRANGERS))("refuses %s on every route, and nothing happens", async (_who, sender) => {
    await using lab = await open(token);
    const before = lab.clock.now();
    const operations = (await listOperations(lab)).filter(({ path }) => path.startsWith("/_lab/"));
    expect(operations.length).toBeGreaterThan(20);
    for (const operation of operations) {
      const { method, name } = operation;
      const payload = '{"advance":"1h","name":"x","kind":"uart.drop","product":"pet-house"}';
      const request = { method, url: urlOf(operation, "x"), ...(method === "GET" ? {} : { payload }) };
      for (const authorization of token === undefined ? [undefined, `Bearer ${TOKEN}`] : WRONG_TOKENS) {
        const headers = { ...sender.headers, ...(authorization === undefined ? {} : { authorization }) };
        const response = await lab.server.inject({ ...request, ...sender, headers });
        expectRefused(response, "/_lab", name);
        expect([response.statusCode, response.json().error.code], name).toEqual([403, "lab-forbidden"]);
      }
    }
    expect([lab.clock.now(), lab.devices, lab.snapshots.names, lab.faults.list()]).toEqual([before, [], [], []]);
  });
});

test("the token opens every route from elsewhere, to any page", async () => {
  await using lab = await open(TOKEN);
  const authorization = `Bearer ${TOKEN}`;
  for (const { headers, ...sender } of Object.values(STRANGERS)) {
    const request = { ...sender, headers: { ...headers, authorization } };
    for (const url of ["/_lab/state", "/_lab/trace", "/_lab/faults", "/_lab/snapshots", "/_lab/coverage"]) {
      expect((await lab.server.inject({ method: "GET", url, ...request })).statusCode, url).toBe(200);
    }
    const answer = await lab.server.inject({ method: "POST", url: "/_lab/save", payload: { name: "x" }, ...request });
    expect(answer.json()).toEqual({ snapshots: ["x"] });
  }
});

test("this machine needs no token, and is not kept out by a wrong one", async () => {
  await using lab = await open(TOKEN);
  for (const authorization of [undefined, ...WRONG_TOKENS]) {
    const headers = authorization === undefined ? {} : { authorization };
    expect((await lab.server.inject({ method: "GET", url: "/_lab/health", headers })).statusCode).toBe(200);
  }
});
