import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type ConnectLab, startConnectLab } from "../../../support/connect-lab.js";
import { findSchemaErrors } from "../../../support/connect-schemas.js";
import { inject } from "../../../support/open-api.js";

interface Token {
  readonly access_token: string;
  readonly expires_in: number;
  readonly token_type: string;
}
const PATHS = ["/am/oauth2/realms/root/realms/difesp/access_token", "/oauth2/token"];
const HOUR_S = 3600;

/** A request for a token; undefined leaves a field out. */
function askToken(
  { lab }: Pick<ConnectLab, "lab">,
  change: Readonly<Record<string, string | undefined>> | string = {},
  { url = "/oauth2/token", headers = {} }: { url?: string; headers?: Record<string, string> } = {},
) {
  const { client_id, client_secret } = lab.credentials.connect;
  const form = { grant_type: "client_credentials", client_id, client_secret };
  const given =
    typeof change === "string" ? [] : Object.entries({ ...form, ...change }).filter(([, value]) => value !== undefined);
  const payload = typeof change === "string" ? change : new URLSearchParams(given as [string, string][]).toString();
  const type = { "content-type": "application/x-www-form-urlencoded" };
  return lab.server.inject({ method: "POST", url, headers: { ...type, ...headers }, payload });
}

async function getToken(connect: Pick<ConnectLab, "lab">): Promise<string> {
  return (await askToken(connect)).json<Token>().access_token;
}

/** What is answered to one who shows a token. */
const show = (connect: ConnectLab, authorization: string | undefined) =>
  connect.get<unknown>(
    `/v1/entities/${connect.entity}/aggregations?start=2024-01-01&resolution=1+day`,
    authorization === undefined ? {} : { authorization },
  );

describe("a token", () => {
  test.each(PATHS)("is given for id and secret at %s", async (url) => {
    await using connect = await startConnectLab();
    const response = await askToken(connect, { scope: "esp" }, { url });
    expect(response.statusCode).toBe(200);
    expect(response.headers).toMatchObject({ "cache-control": "no-store", pragma: "no-cache" });
    expect(response.headers["content-type"]).toMatch("application/json");
    const body = response.json<Token>();
    expect(body).toEqual({
      access_token: expect.stringMatching(/^eyJ0eXAi[\w-]*\.[\w-]+\.[\w-]{43}$/),
      expires_in: 3599,
      token_type: "Bearer",
    });
    expect((await show(connect, `Bearer ${body.access_token}`)).status).toBe(200);
    expect((await show(connect, `bearer  ${body.access_token}`)).status).toBe(200);
  });

  test.each(PATHS)("is given to a POST alone at %s", async (url) => {
    await using connect = await startConnectLab();
    for (const method of ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"] as const) {
      const response = await connect.lab.server.inject({ method, url: `${url}?grant_type=client_credentials` });
      expect(response.statusCode).toBe(405);
      expect(response.headers.allow).toBe("POST");
      expect(response.json()).toEqual({ error: "invalid_request", error_description: "POST gets a token" });
    }
  });

  test("is given to a client that says id and secret in a header", async () => {
    await using connect = await startConnectLab();
    const { client_id, client_secret } = connect.lab.credentials.connect;
    const basic = (id: string, secret: string) => ({
      authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`,
    });
    const form = "grant_type=client_credentials";
    expect((await askToken(connect, form, { headers: basic(client_id, client_secret) })).statusCode).toBe(200);
    const wrong = await askToken(connect, form, { headers: basic(client_id, "wrong") });
    expect([wrong.statusCode, wrong.json().error]).toEqual([401, "invalid_client"]);
    expect(wrong.headers["www-authenticate"]).toBe('Basic realm="connect"');
    const twice = await askToken(connect, {}, { headers: basic(client_id, client_secret) });
    expect([twice.statusCode, twice.json().error]).toEqual([400, "invalid_request"]);
    for (const odd of ["Basic", "Basic !!!", "Basic Og==", `Basic ${"A".repeat(3000)}`, "Basic %ZZ"]) {
      expect((await askToken(connect, form, { headers: { authorization: odd } })).statusCode, odd).toBe(401);
    }
  });

  test.each([
    [{ grant_type: undefined }, 400, "invalid_request"],
    [{ grant_type: "" }, 400, "invalid_request"],
    [{ grant_type: "password" }, 400, "unsupported_grant_type"],
    [{ grant_type: "CLIENT_CREDENTIALS" }, 400, "unsupported_grant_type"],
    [{ client_id: "wrong" }, 401, "invalid_client"],
    [{ client_id: undefined }, 401, "invalid_client"],
    [{ client_secret: "wrong" }, 401, "invalid_client"],
    [{ client_secret: "" }, 401, "invalid_client"],
    [{ client_secret: undefined }, 401, "invalid_client"],
    [{ client_secret: "x".repeat(10_000) }, 401, "invalid_client"],
    [{ grant_type: "password", client_secret: "wrong" }, 401, "invalid_client"],
    ["", 400, "invalid_request"],
    ['{"grant_type":"client_credentials"}', 400, "invalid_request"],
    ["grant_type=client_credentials&grant_type=client_credentials", 400, "invalid_request"],
    ["grant_type=client_credentials&client_id=a&client_id=b&client_secret=c", 400, "invalid_request"],
    ["%ZZ=%ZZ&grant_type=client_credentials", 401, "invalid_client"],
    [`grant_type=${"x".repeat(20_000)}`, 413, "invalid_request"],
  ])("is refused to %j", async (change, status, error) => {
    await using connect = await startConnectLab();
    const response = await askToken(connect, change as Record<string, string>);
    expect([response.statusCode, response.json()]).toEqual([
      status,
      { error, error_description: expect.stringMatching(/\w/) },
    ]);
    expect(response.body).not.toContain(connect.lab.credentials.connect.client_secret);
  });

  test("ends when an hour has passed on the lab's clock", async () => {
    await using connect = await startConnectLab();
    const token = await getToken(connect);
    await connect.lab.advance((HOUR_S - 2) * 1000);
    expect((await show(connect, `Bearer ${token}`)).status).toBe(200);
    await connect.lab.advance(1000);
    expect(await show(connect, `Bearer ${token}`)).toMatchObject({
      status: 401,
      body: { errors: [{ code: "token-expired" }] },
    });
    expect((await show(connect, connect.bearer.authorization)).status).toBe(200);
    expect((await show(connect, `Bearer ${await getToken(connect)}`)).status).toBe(200);
  });

  test("lives through a restart, and not through another secret", async () => {
    const folder = mkdtempSync(join(tmpdir(), "gizlab-connect-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    let token: string;
    let next: string;
    const RANGE = { start: "2024-01-01", end: "2024-02-01", resolution: "1 day", pageSize: 1 };
    {
      await using connect = await startConnectLab("smart-meter", { folder });
      token = await getToken(connect);
      await connect.past(["2024-01-02", { positive_energy_total: 1 }], ["2024-01-03", { positive_energy_total: 2 }]);
      next = (await connect.aggregations(RANGE)).body.meta.continuationToken ?? "";
    }
    {
      // Another seed: what is known comes from the folder.
      await using again = await startConnectLab("smart-meter", { folder, seed: "other" });
      expect((await show(again, `Bearer ${token}`)).status).toBe(200);
      const page = await again.aggregations({ ...RANGE, continuationToken: next });
      expect(page.body.data.map(({ timeframe }) => timeframe.start)).toEqual(["2024-01-03T00:00:00Z"]);
    }
    const connect = { client_id: "meters", client_secret: "another", token: "static" };
    await using changed = await startConnectLab("smart-meter", {
      folder,
      fixed: { credentials: { connect }, products: [] },
    });
    expect((await show(changed, `Bearer ${token}`)).status).toBe(401);
    expect((await show(changed, "Bearer static")).status).toBe(200);
    expect((await show(changed, `Bearer ${await getToken(changed)}`)).status).toBe(200);
  });

  test("of another cloud is none here", async () => {
    await using one = await startConnectLab();
    await using other = await startConnectLab("smart-meter", { seed: "other" });
    expect((await show(other, `Bearer ${await getToken(one)}`)).status).toBe(401);
  });

  test("with any character changed is none", async () => {
    await using connect = await startConnectLab();
    const token = await getToken(connect);
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (let place = 0; place < token.length; place += 1) {
      const other = letters[letters.indexOf(token[place] ?? "") ^ 1] ?? "A";
      const changed = token.slice(0, place) + other + token.slice(place + 1);
      expect((await show(connect, `Bearer ${changed}`)).status, `place ${place}`).toBe(401);
    }
    const [header = "", claims = "", signature = ""] = token.split(".");
    const none = Buffer.from('{"typ":"JWT","alg":"none"}').toString("base64url");
    for (const odd of [
      `${none}.${claims}.`,
      `${none}.${claims}.${signature}`,
      `${header}.${claims}`,
      `${header}..`,
      `${token}.x`,
      `${token}A`,
    ]) {
      expect((await show(connect, `Bearer ${odd}`)).status, odd).toBe(401);
    }
  });
});

describe("T16: without a token", () => {
  test("every route says so and nothing else, whatever else is wrong", async () => {
    await using connect = await startConnectLab();
    const { token, client_id, client_secret } = connect.lab.credentials.connect;
    for (const authorization of [
      undefined,
      "",
      "Bearer",
      "Bearer ",
      "Bearer x",
      token,
      `Basic ${token}`,
      `Token ${token}`,
      `Bearer ${token}0`,
      `Bearer ${token.toUpperCase()}`,
      `Bearer ${client_id}`,
      `Bearer ${client_secret}`,
      `Bearer ${token} x`,
      `Bearer ${"x".repeat(9000)}`,
      "Bearer __proto__",
    ]) {
      for (const prefix of ["", "/connect"]) {
        for (const path of [
          "aggregations",
          "aggregations?start=x",
          "aggregations/total",
          "readings",
          "readings/last",
          "nothing",
          "",
        ]) {
          const response = await connect.lab.server.inject({
            url: `${prefix}/v1/entities/${connect.entity}/${path}`,
            ...(authorization === undefined ? {} : { headers: { authorization } }),
          });
          expect(response.statusCode, `${authorization} ${path}`).toBe(401);
          expect(findSchemaErrors("ConnectApiErrorResult", response.json())).toEqual([]);
          expect(response.json()).toMatchObject({ errors: [{ code: "token-invalid" }] });
          expect(response.headers["www-authenticate"]).toMatch(/^Bearer realm="connect"/);
        }
      }
    }
    const wrong = await connect.lab.server.inject({
      url: `/v1/entities/${connect.entity}/readings/last`,
      headers: { authorization: "Bearer x" },
    });
    expect(wrong.headers["www-authenticate"]).toBe('Bearer realm="connect", error="invalid_token"');
  });

  test("a token in the query is none", async () => {
    await using connect = await startConnectLab();
    const url = `/v1/entities/${connect.entity}/readings/last?access_token=${connect.lab.credentials.connect.token}`;
    expect((await inject(connect.lab, { method: "GET", url })).status).toBe(401);
  });
});

test("an unknown path below the face is refused in its form, under every method", async () => {
  await using connect = await startConnectLab();
  for (const [method, path] of [
    ["GET", ""],
    ["GET", `/${connect.entity}`],
    ["GET", `/${connect.entity}/statistics`],
    ["POST", `/${connect.entity}/aggregations`],
    ["DELETE", `/${connect.entity}/readings`],
  ] as const) {
    for (const prefix of ["/v1/entities", "/connect/v1/entities"]) {
      const response = await connect.lab.server.inject({ method, url: prefix + path, headers: connect.bearer });
      expect([response.statusCode, response.json().errors[0].code], `${method} ${path}`).toEqual([
        404,
        "route-unknown",
      ]);
      expect(findSchemaErrors("ConnectApiErrorResult", response.json())).toEqual([]);
    }
  }
});
