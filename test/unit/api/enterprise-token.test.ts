import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { Lab } from "../../../src/lab/lab.js";
import type { LabOptions } from "../../../src/lab/lab-options.js";
import { startLab } from "../../../src/lab/start-lab.js";
import { productKeyOf } from "../../support/devices.js";
import { ask, enterEnterprise, enterpriseHeaders, enterpriseSecrets } from "../../support/enterprise-api.js";
import { isEnterprise } from "../../support/enterprise-requests.js";
import { refusal } from "../../support/open-api.js";
import type { Operation } from "../../support/operations.js";
import { type RouteLab, startRouteLab } from "../../support/route-lab.js";
import { makeTempFolder } from "../../support/temp-folder.js";

const [HOUR_S, DAY_MS] = [3600, 86_400_000];

async function open(options: LabOptions = {}): Promise<Lab> {
  const lab = await startLab({ profiles: ["pet-house", "doser"], clock: "virtual", seed: "enterprise", ...options });
  onTestFinished(() => lab.close());
  return lab;
}

const getToken = (lab: Lab, body: object = enterpriseSecrets(lab), productKey = productKeyOf(lab, "pet-house")) =>
  ask<{ token: string }>(lab, "POST", `/v1/products/${productKey}/access_token`, {}, body);
const setLimits = (lab: Lab, limits: object) => ask(lab, "PUT", "/_lab/enterprise", {}, limits);
const useToken = (lab: Lab, headers: Record<string, string>, product = "pet-house") =>
  ask(lab, "GET", `/v1/products/${productKeyOf(lab, product)}/devices/summary`, headers);

describe("access_token", () => {
  test("answers 201 with a token that ends in 7 days, under both names of the field", async () => {
    const lab = await open();
    const { status, body } = await getToken(lab);
    const expireAt = Date.parse("2026-01-08T00:00:00Z") / 1000;
    expect({ status, body }).toEqual({
      status: 201,
      body: { token: expect.stringMatching(/^[0-9a-f]{32}$/), expire_at: expireAt, expired_at: expireAt },
    });
    expect(await useToken(lab, { authorization: `token ${body.token}` })).toMatchObject({ status: 200 });
  });

  test("is another one each time, and earlier ones stay valid", async () => {
    const lab = await open();
    const tokens = [(await getToken(lab)).body.token, (await getToken(lab)).body.token];
    expect(new Set(tokens).size).toBe(2);
    for (const token of tokens) expect((await useToken(lab, { authorization: `token ${token}` })).status).toBe(200);
  });

  test("leaves no token and no key of an organisation in the data folder", async () => {
    const folder = makeTempFolder();
    const lab = await open({ folder });
    const { token } = (await getToken(lab)).body;
    const added = await ask<{ organization_api_key: string }>(lab, "POST", "/_lab/organizations", {}, {});
    expect(added.body.organization_api_key).toMatch(/^[0-9a-f]{32}$/);
    const files = await readdir(folder, { recursive: true, withFileTypes: true });
    const texts = await Promise.all(
      files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), "latin1")),
    );
    expect(texts.some((text) => text.includes("enterprise_tokens"))).toBe(true);
    for (const secret of [token, added.body.organization_api_key]) {
      expect(texts.filter((text) => text.includes(secret))).toEqual([]);
    }
  });

  test.each([
    ["an unknown enterprise", { enterprise_id: "0".repeat(32) }, 404, 5003, "enterprise id not exist"],
    ["a wrong enterprise secret", { enterprise_secret: "0".repeat(32) }, 400, 5004, "enterprise secret error"],
    ["a wrong product secret", { product_secret: "0".repeat(32) }, 400, 5005, "product secret error"],
    ["a secret in capitals", { product_secret: "ABCDEF".repeat(5) }, 400, 5005, "product secret error"],
    ["a missing field", { product_secret: undefined }, 400, 5002, "form invalid"],
    ["a number for a text", { enterprise_id: 5 }, 400, 5002, "form invalid"],
  ])("refuses %s", async (_what, change, status, code, message) => {
    const lab = await open();
    const answer = await getToken(lab, { ...enterpriseSecrets(lab), ...change });
    expect([answer.status, answer.body]).toEqual([
      status,
      refusal(code, message, expect.toBeOneOf([null, expect.any(String)])),
    ]);
  });

  test("refuses a product that is not there, and the secret of another", async () => {
    const lab = await open();
    const unknown = await getToken(lab, enterpriseSecrets(lab), "0".repeat(32));
    expect([unknown.status, unknown.body]).toEqual([404, refusal(5015, "Product key not exist!")]);
    const other = await getToken(lab, enterpriseSecrets(lab, "doser"));
    expect([other.status, other.body]).toEqual([400, refusal(5005, "product secret error")]);
  });

  test("refuses a body that is no JSON with 5001", async () => {
    const lab = await open();
    const url = `/v1/products/${productKeyOf(lab, "pet-house")}/access_token`;
    const response = await lab.server.inject({ method: "POST", url, payload: "{" });
    expect([response.statusCode, response.json()]).toEqual([
      400,
      refusal(5001, "body json invalid", expect.any(String)),
    ]);
  });

  test("association, as older clients begin, is always there", async () => {
    const lab = await open();
    const url = `/v1/products/${productKeyOf(lab, "pet-house")}/association`;
    expect(await ask(lab, "POST", url, {}, enterpriseSecrets(lab))).toMatchObject({ status: 201, body: {} });
    const wrong = { ...enterpriseSecrets(lab), product_secret: "x" };
    expect(await ask(lab, "POST", url, {}, wrong)).toMatchObject({ status: 400, body: { error_code: 5005 } });
  });
});

describe("a token", () => {
  test.each([
    ["as documented", (token: string) => ({ authorization: `token ${token}` })],
    ["with the header's name in capitals", (token: string) => ({ AUTHORIZATION: `token ${token}` })],
    ["with a capital word", (token: string) => ({ Authorization: `Token ${token}` })],
    ["with two spaces", (token: string) => ({ Authorization: `token  ${token}` })],
    ["under the guide's own name of the header", (token: string) => ({ Authorize: `token ${token}` })],
  ])("is taken %s", async (_what, makeHeaders) => {
    const lab = await open();
    const { token } = await enterEnterprise(lab);
    expect((await useToken(lab, makeHeaders(token))).status).toBe(200);
  });

  test.each([
    ["that is missing", () => ({})],
    ["that is empty", () => ({ authorization: "" })],
    ["without its word", (token: string) => ({ authorization: token })],
    ["with another word", (token: string) => ({ authorization: `Bearer ${token}` })],
    ["without a space", (token: string) => ({ authorization: `token${token}` })],
    ["with something behind it", (token: string) => ({ authorization: `token ${token} x` })],
    ["in capitals", (token: string) => ({ authorization: `token ${token.toUpperCase()}` })],
    ["nobody has", () => ({ authorization: `token ${"0".repeat(32)}` })],
    ["that is SQL", () => ({ authorization: "token '/**/OR/**/1=1--" })],
    ["without end", () => ({ authorization: `token ${"0".repeat(9000)}` })],
  ])("%s answers 5009", async (_what, makeHeaders) => {
    const lab = await open();
    const { token } = await enterEnterprise(lab);
    const answer = await useToken(lab, makeHeaders(token));
    expect([answer.status, answer.body]).toEqual([
      400,
      refusal(5009, "token invalid", expect.toBeOneOf([null, expect.any(String)])),
    ]);
  });

  test("of one product is refused by another with 5010, and by none that is there with 5015", async () => {
    const lab = await open();
    const { headers } = await enterEnterprise(lab);
    const other = await useToken(lab, headers, "doser");
    expect([other.status, other.body]).toEqual([400, refusal(5010, "token not match product_key")]);
    const none = await ask(lab, "GET", `/v1/products/${"0".repeat(32)}/devices/summary`, headers);
    expect([none.status, none.body]).toEqual([404, refusal(5015, "Product key not exist!")]);
  });

  test("ends after 7 days on the domain clock, to the second", async () => {
    const lab = await open();
    const { headers } = await enterEnterprise(lab);
    await lab.advance(7 * DAY_MS - 1);
    expect((await useToken(lab, headers)).status).toBe(200);
    await lab.advance(1);
    const late = await useToken(lab, headers);
    expect([late.status, late.body]).toEqual([400, refusal(5011, "token has expired", expect.any(String))]);
  });

  test("survives a restart of the data folder, and so does what is left of the quota", async () => {
    const folder = makeTempFolder();
    const startAt = Date.parse("2026-03-01T00:00:00Z");
    const first = await open({ folder, startAt });
    const { headers } = await enterEnterprise(first);
    await useToken(first, headers);
    await setLimits(first, { white_list: ["127.0.0.0/8"], month_limit: true });
    await first.close();
    const second = await open({ folder, startAt: startAt + 1000, seed: "another" });
    const answer = await useToken(second, headers);
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ "x-ratelimit-limit": "3600", "x-ratelimit-remaining": "3597" });
    expect((await ask(second, "GET", "/_lab/enterprise")).body).toEqual({
      white_list: ["127.0.0.0/8"],
      quota: 3600,
      month_limit: true,
    });
  });

  test("is as it was when the lab is restored", async () => {
    const lab = await open();
    const before = await enterEnterprise(lab);
    await lab.snapshots.save("then");
    const after = await enterEnterprise(lab);
    await lab.snapshots.restore("then");
    expect((await useToken(lab, before.headers)).headers["x-ratelimit-remaining"]).toBe("3598");
    expect((await useToken(lab, after.headers)).body).toMatchObject({ error_code: 5009 });
    // Chance is put back as well: the same token is made again.
    expect((await enterEnterprise(lab)).token).toBe(after.token);
  });
});

describe("the quota", () => {
  test("is told in the headers of every answer, the token's own too", async () => {
    const lab = await open();
    const reset = String(lab.clock.now() / 1000 + HOUR_S);
    expect((await getToken(lab)).headers).toMatchObject({
      "x-ratelimit-limit": "3600",
      "x-ratelimit-remaining": "3599",
      "x-ratelimit-reset": reset,
    });
    const client = await enterEnterprise(lab);
    await lab.advance(1000);
    for (const remaining of ["3597", "3596"]) {
      expect((await client.call("GET", "devices/summary")).headers).toMatchObject({
        "x-ratelimit-remaining": remaining,
        "x-ratelimit-reset": reset,
      });
    }
  });

  test("refuses with 5013 until the hour is over, for all tokens of the enterprise", async () => {
    const lab = await open();
    await setLimits(lab, { quota: 5 });
    const client = await enterEnterprise(lab);
    const other = await enterEnterprise(lab, "doser");
    const statuses: number[] = [];
    for (let call = 0; call < 5; call += 1) statuses.push((await client.call("GET", "devices/summary")).status);
    expect(statuses).toEqual([200, 200, 200, 403, 403]);
    const refused = await other.call("GET", "devices/summary");
    expect(refused.body).toEqual(refusal(5013, "API call rate limit execeed quota"));
    expect(refused.headers).toMatchObject({ "x-ratelimit-limit": "5", "x-ratelimit-remaining": "0" });
    expect((await ask(lab, "GET", "/v1/users/search", enterpriseHeaders(lab))).body).toMatchObject({
      error_code: 5013,
    });
    expect((await getToken(lab)).body).toMatchObject({ error_code: 5013 });
    await lab.advance(HOUR_S * 1000 - 1);
    expect((await client.call("GET", "devices/summary")).status).toBe(403);
    await lab.advance(1);
    expect(await client.call("GET", "devices/summary")).toMatchObject({
      status: 200,
      headers: { "x-ratelimit-remaining": "4" },
    });
  });

  test("is 3600 calls", async () => {
    const lab = await open();
    const client = await enterEnterprise(lab);
    for (let call = 0; call < 3599; call += 1) await client.call("GET", "datapoint");
    expect((await client.call("GET", "datapoint")).status).toBe(403);
  });

  test("is not touched by who may not call", async () => {
    const lab = await open();
    const client = await enterEnterprise(lab);
    await getToken(lab, { ...enterpriseSecrets(lab), product_secret: "x" });
    await useToken(lab, {});
    await useToken(lab, client.headers, "doser");
    await ask(lab, "GET", "/v1/users/search", { ...enterpriseHeaders(lab), "x-gizwits-enterprise-secret": "x" });
    expect((await client.call("GET", "datapoint")).headers["x-ratelimit-remaining"]).toBe("3598");
  });
});

describe("the white list", () => {
  const from = async (lab: Lab, remoteAddress: string) => {
    const url = `/v1/products/${productKeyOf(lab, "pet-house")}/access_token`;
    const response = await lab.server.inject({ method: "POST", url, remoteAddress, payload: enterpriseSecrets(lab) });
    return [response.statusCode, response.json<{ error_code?: number }>().error_code];
  };

  test("lets everybody in while it is empty", async () => {
    const lab = await open();
    expect(await from(lab, "203.0.113.9")).toEqual([201, undefined]);
  });

  test.each([
    ["10.0.0.0/8", "10.255.0.1", "11.0.0.1"],
    ["192.168.1.7", "192.168.1.7", "192.168.1.8"],
    ["192.168.1.4/30", "::ffff:192.168.1.7", "192.168.1.8"],
    ["fd00::/8", "fd12::1", "fe80::1"],
  ])("of %s admits %s and not %s", async (entry, inside, outside) => {
    const lab = await open();
    await setLimits(lab, { white_list: ["172.16.0.0/12", entry] });
    expect(await from(lab, inside)).toEqual([201, undefined]);
    expect(await from(lab, outside)).toEqual([400, 5012]);
    await setLimits(lab, { white_list: [] });
    expect(await from(lab, outside)).toEqual([201, undefined]);
  });

  test.each(["10.0.0.0/33", "10.0.0", "x", "", "10.0.0.0/", "fd00::/129", "10.0.0.0/8/8", "10.0.0.1 "])(
    "does not take %j",
    async (entry) => {
      const lab = await open();
      const answer = await setLimits(lab, { white_list: [entry] });
      expect(answer).toMatchObject({ status: 400, body: { error: { code: "white-list-invalid" } } });
      expect((await ask(lab, "GET", "/_lab/enterprise")).body).toMatchObject({ white_list: [] });
    },
  );
});

describe("who asks", () => {
  let routes: RouteLab;
  beforeAll(async () => {
    routes = await startRouteLab();
  });
  afterAll(() => routes.lab.close());

  const wantsToken = ({ name, path }: Operation): boolean =>
    path.startsWith("/v1/products/") && !/access_token|association/.test(name);

  test("without a known token every route of a product answers 5009, whatever else is wrong", async () => {
    await routes.checkEach(wantsToken, async (operation) => {
      for (const headers of [{}, routes.user.headers, { authorization: `token ${routes.user.token}` }]) {
        for (const change of [{ headers }, { headers, payload: "{" }]) {
          const response = await routes.send(operation, change);
          expect(response.json(), operation.name).toMatchObject({ error_message: "token invalid", error_code: 5009 });
        }
      }
    });
  });

  test("without its secret every route of an enterprise answers 5003 or 5004", async () => {
    const own = enterpriseHeaders(routes.lab);
    const id = { "x-gizwits-enterprise-id": own["x-gizwits-enterprise-id"] ?? "" };
    await routes.checkEach(
      ({ path }) => path.startsWith("/v1/users/"),
      async (operation) => {
        expect((await routes.send(operation, { headers: {} })).json()).toMatchObject({ error_code: 5003 });
        expect((await routes.send(operation, { headers: id })).json()).toMatchObject({ error_code: 5004 });
        const token = await enterEnterprise(routes.lab);
        expect((await routes.send(operation, { headers: token.headers })).json()).toMatchObject({ error_code: 5003 });
      },
    );
  });

  test("the address is looked at on every route, before anything else", async () => {
    await setLimits(routes.lab, { white_list: ["10.0.0.0/8"] });
    await routes.checkEach(isEnterprise, async (operation) => {
      const response = await routes.send(operation);
      expect([response.statusCode, response.json()], operation.name).toEqual([
        400,
        refusal(5012, "ip not in white list", expect.any(String)),
      ]);
    });
    await setLimits(routes.lab, { white_list: [] });
  });

  test("an unknown path below a product is refused in the same form", async () => {
    const response = await routes.lab.server.inject({ method: "GET", url: "/v1/products/x/nothing" });
    expect([response.statusCode, response.json()]).toEqual([404, refusal(9999, "API not found!", expect.any(String))]);
    const long = await routes.lab.server.inject({ method: "GET", url: `/v1/products/${"a".repeat(501)}/datapoint` });
    expect([long.statusCode, long.json()]).toEqual([400, refusal(5002, "form invalid", expect.any(String))]);
  });
});
