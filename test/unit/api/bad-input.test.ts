import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startLab } from "../../../src/lab/start-lab.js";
import { GROUP_ROUTE } from "../../support/enterprise-requests.js";
import { FIRMWARE_ROUTE, GOOD } from "../../support/good-requests.js";
import { enterUser, refusal } from "../../support/open-api.js";
import type { Operation } from "../../support/operations.js";
import { expectRefused } from "../../support/refusals.js";
import { type RouteLab, startRouteLab } from "../../support/route-lab.js";

const DAY_MS = 86_400_000;
const WITHOUT_USER = ["POST /app/users", "POST /app/login", "GET /app/devdata/{did}/latest", "GET /app/datapoint"];

let routes: RouteLab;
beforeAll(async () => {
  routes = await startRouteLab();
});
afterAll(() => routes.lab.close());

const isApp = ({ path }: Operation): boolean => /^\/(app|status|errors)/.test(path);
const isUsers = (operation: Operation): boolean =>
  operation.path.startsWith("/app/") && !WITHOUT_USER.includes(operation.name);

test("the table names every route", () => {
  expect(routes.operations.map(({ name }) => name).sort()).toEqual(Object.keys(GOOD).sort());
});

test("no good request is a server error", async () => {
  await routes.checkEach(
    () => true,
    async (operation) => expect((await routes.send(operation)).statusCode, operation.name).toBeLessThan(500),
  );
});

test("an unforeseen error is 9008 without a word of its insides", async () => {
  const find = vi.spyOn(routes.lab.cloud.registry, "get").mockImplementation(() => {
    throw new Error("secret");
  });
  const log = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const response = await routes.lab.server.inject({ url: `/app/devices/${routes.did}`, headers: routes.user.headers });
  find.mockRestore();
  log.mockRestore();
  expect([response.statusCode, response.json()]).toEqual([500, refusal(9008, "server error!")]);
});

describe("who asks", () => {
  test("without a known app id every route of the app answers 9003, whatever else is wrong", async () => {
    await routes.checkEach(isApp, async (operation) => {
      for (const id of [
        undefined,
        "",
        "0".repeat(32),
        `${routes.user.appId}0`,
        routes.user.appId.toUpperCase(),
        "'; --",
        "__proto__",
      ]) {
        const headers = {
          ...(id === undefined ? {} : { "x-gizwits-application-id": id }),
          "x-gizwits-user-token": routes.user.token,
        };
        for (const change of [{ headers }, { headers, payload: "{" }]) {
          const response = await routes.send(operation, change);
          expect(response.json(), `${operation.name} ${id}`).toEqual(refusal(9003, "appid invalid!"));
          expect(response.statusCode).toBe(400);
        }
      }
    });
  });

  test("without a known token every route of a user answers 9004, whatever else is wrong", async () => {
    await routes.checkEach(isUsers, async (operation) => {
      for (const token of [
        undefined,
        "",
        "0".repeat(32),
        routes.user.uid,
        routes.user.token.toUpperCase(),
        "' OR 1=1",
        "t".repeat(9000),
      ]) {
        const headers = {
          "x-gizwits-application-id": routes.user.appId,
          ...(token === undefined ? {} : { "x-gizwits-user-token": token }),
        };
        for (const change of [{ headers }, { headers, payload: "{" }]) {
          const response = await routes.send(operation, change);
          expect(response.json(), operation.name).toMatchObject({ error_message: "token invalid!", error_code: 9004 });
          expectRefused(response, operation.path, operation.name);
        }
      }
    });
  });

  test("with an expired token every route of a user answers 9006", async () => {
    await using old = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: "expired" });
    const { headers } = await enterUser(old);
    await old.advance(181 * DAY_MS);
    await routes.checkEach(isUsers, async ({ name, method, path }) => {
      const response = await old.server.inject({ method, url: path.replace("{did}", "x"), headers, payload: "{" });
      expect(response.json(), name).toMatchObject({ error_message: "token expired!", error_code: 9006 });
    });
  });
});

/** As the lab reads it: a key by which a prototype could be reached is none. */
function isEmptyObject(value: unknown): boolean {
  return typeof value === "object" && !Array.isArray(value) && /^\{(?:"__proto__".*)?\}$/.test(JSON.stringify(value));
}

describe("bodies", () => {
  const NOT_JSON = [
    "",
    "{",
    '{"a":',
    "undefined",
    "NaN",
    "\u0000",
    "'x'",
    "<xml/>",
    "a=b&c=d",
    "{}{}",
    "\ufeff{}",
    "[".repeat(100_000),
  ];
  const NOT_AN_OBJECT = ["null", "true", "0", '"text"', "[]", "[[]]", "[{}]", `${"[".repeat(3000)}${"]".repeat(3000)}`];
  const SWITCHES = [
    "set_owner",
    "on",
    "secrets",
    "sharing",
    "aggregation",
    "reassign",
    "month_limit",
    "ipAsString",
    "progressInfo",
  ];
  const hasBody = (operation: Operation): boolean => operation.body !== undefined;

  test("a body that is missing, no JSON or no object is refused", async () => {
    await routes.checkEach(hasBody, async (operation) => {
      const needsFields = (operation.body?.required ?? []).length > 0;
      for (const payload of [undefined, ...NOT_JSON, ...NOT_AN_OBJECT]) {
        // An empty body is an empty object, and some need no more.
        if (payload === "" && !needsFields) continue;
        if (payload === undefined && operation.name === GROUP_ROUTE) continue;
        const bare = { method: operation.method, url: routes.urlOf(operation), headers: routes.headersOf(operation) };
        const response = await routes.lab.server.inject(payload === undefined ? bare : { ...bare, payload });
        expectRefused(response, operation.path, `${operation.name} ${payload?.slice(0, 40)}`);
      }
    });
  });

  test("a field of the wrong type or size is refused", async () => {
    const wrong = [
      [],
      [1, [2]],
      {},
      { a: { b: 1 } },
      Number.MAX_VALUE,
      -1.5,
      false,
      "x".repeat(10_000),
      JSON.parse('{"__proto__":{"x":1}}'),
    ];
    await routes.checkEach(hasBody, async (operation) => {
      for (const field of Object.keys(operation.body?.properties ?? {})) {
        for (const value of wrong) {
          // What is right for some fields.
          if (field === "attrs" && typeof value === "object" && !Array.isArray(value)) continue;
          if (["report", "control", "frame"].includes(field) && isEmptyObject(value)) continue;
          if (SWITCHES.includes(field) && value === false) continue;
          if (field === "raw" && JSON.stringify(value) === "[]") continue;
          if (field === "white_list" && JSON.stringify(value) === "[]") continue;
          if (["longitude", "latitude"].includes(field) && value === -1.5) continue;
          if (field === "dev_label" && JSON.stringify(value) === "[]") continue;
          const payload = JSON.stringify({ ...(GOOD[operation.name]?.body as object), [field]: value });
          const response = await routes.send(operation, { payload });
          expectRefused(response, operation.path, `${operation.name} ${field} ${payload.slice(0, 100)}`);
        }
      }
    });
  });

  test("a required field that is missing or null is refused", async () => {
    await routes.checkEach(
      ({ body }) => (body?.required ?? []).length > 0,
      async (operation) => {
        for (const field of operation.body?.required ?? []) {
          for (const value of [undefined, null]) {
            const payload = JSON.stringify({ ...(GOOD[operation.name]?.body as object), [field]: value });
            expectRefused(await routes.send(operation, { payload }), operation.path, `${operation.name} ${field}`);
          }
        }
      },
    );
  });

  test("a body over the limit is refused", async () => {
    await routes.checkEach(
      ({ name, method }) => method !== "GET" && !["POST /_lab/reports", FIRMWARE_ROUTE].includes(name),
      async (operation) => {
        for (const payload of ["x".repeat(300_000), JSON.stringify({ remark: "x".repeat(300_000) })]) {
          expectRefused(await routes.send(operation, { payload }), operation.path, operation.name);
        }
      },
    );
    for (const [method, url, limitMb] of [
      ["POST", "/_lab/reports", 64],
      ["PUT", "/_lab/snapshots/large", 256],
      ["POST", `/_lab/devices/${routes.did}/ota`, 4],
    ] as const) {
      const headers = { "content-length": String((limitMb + 1) * 1024 * 1024) };
      const response = await routes.lab.server.inject({ method, url, headers, payload: "x" });
      expectRefused(response, "/_lab", url);
      expect(response.statusCode).toBe(413);
    }
  });

  test("a prototype cannot be reached through the body of any app's request", async () => {
    const hostile = [
      '{"__proto__":{"polluted":1}}',
      '{"constructor":{"prototype":{"polluted":1}}}',
      '{"attrs":{"__proto__":{"polluted":1}}}',
    ];
    hostile.push(
      '{"devices":[{"__proto__":{"polluted":1}}]}',
      '{"attrs":{"constructor":1}}',
      '{"attrs":{"toString":1}}',
    );
    await routes.checkEach(
      (operation) => isApp(operation) && hasBody(operation),
      async (operation) => {
        for (const payload of hostile)
          expectRefused(await routes.send(operation, { payload }), operation.path, `${operation.name} ${payload}`);
      },
    );
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test("values nested thousands deep are refused", async () => {
    for (const depth of [100, 1000, 3000, 6000, 20_000]) {
      const deep = `${'{"a":['.repeat(depth)}1${"]}".repeat(depth)}`;
      for (const attrs of [`{"LED_OnOff":${deep}}`, `{"LED_Color":${deep}}`, `{"LED_R":${deep}}`, deep]) {
        const payload = `{"attrs":${attrs}}`;
        const response = await routes.lab.server.inject({
          method: "POST",
          url: `/app/control/${routes.did}`,
          headers: routes.user.headers,
          payload,
        });
        expectRefused(response, "/app/control", `depth ${depth}`);
      }
    }
  });

  test("text that would mean something to SQL, a shell or a page is only text", async () => {
    const texts = [
      "'; DROP TABLE users; --",
      '" OR ""="',
      "../../etc/passwd",
      "$(id)",
      "<script>",
      "\u0000",
      "%00",
      "%s%n",
    ];
    for (const text of texts) {
      expect((await routes.user.call("PUT", `/app/bindings/${routes.did}`, { remark: text })).body, text).toMatchObject(
        {
          remark: text,
        },
      );
      expect((await routes.user.call("GET", `/app/devices/${routes.did}`)).body, text).toMatchObject({ remark: text });
      expect((await routes.user.call("POST", "/app/users", { phone_id: text })).status, text).toBe(201);
      expect(
        (await routes.user.call("POST", "/app/login", { username: text, password: text })).body,
        text,
      ).toMatchObject({
        error_code: 9005,
      });
    }
  });
});
