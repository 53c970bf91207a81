import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CONNECT_OPTIONAL } from "../../support/connect-requests.js";
import { isOptionalParameter, isTextParameter } from "../../support/enterprise-requests.js";
import { FIRMWARE_ROUTE, GOOD } from "../../support/good-requests.js";
import { type Operation, urlOf } from "../../support/operations.js";
import { expectRefused } from "../../support/refusals.js";
import { type RouteLab, startRouteLab } from "../../support/route-lab.js";

let routes: RouteLab;
beforeAll(async () => {
  routes = await startRouteLab();
});
afterAll(() => routes.lab.close());

describe("content types", () => {
  const TYPES = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "garbage",
    ";;;",
    "",
    "multipart/form-data; boundary=x",
  ];

  test("a JSON body is read whatever its content type says, or none", async () => {
    for (const type of [undefined, ...TYPES]) {
      const response = await routes.lab.server.inject({
        method: "POST",
        url: "/app/users",
        headers: {
          "x-gizwits-application-id": routes.user.appId,
          ...(type === undefined ? {} : { "content-type": type }),
        },
        payload: '{"phone_id":"phone-1"}',
      });
      expect(response.statusCode, type).toBe(201);
      expect(response.json(), type).toMatchObject({ uid: routes.user.uid });
    }
  });

  test("another body is refused under every content type", async () => {
    const multipart = '--x\r\nContent-Disposition: form-data; name="phone_id"\r\n\r\nphone-1\r\n--x--\r\n';
    const isRead = ({ method, name }: Operation): boolean =>
      method !== "GET" && !name.endsWith("agg_data") && name !== FIRMWARE_ROUTE;
    await routes.checkEach(isRead, async (operation) => {
      for (const type of TYPES) {
        const headers = { ...routes.headersOf(operation), "content-type": type };
        const response = await routes.send(operation, { headers, payload: multipart });
        expectRefused(response, operation.path, `${operation.name} ${type}`);
      }
    });
  });
});

describe("paths", () => {
  const hasDid = ({ path }: Operation): boolean => path.includes("{did}");
  const hasParameter = ({ path }: Operation): boolean => path.includes("{");

  test("a did, id or name that is none is refused", async () => {
    const dids = [
      "\u0000",
      " ",
      "' OR '1'='1",
      ...".. ../.. ../../etc/passwd __proto__ constructor 💩 {} * x".split(" "),
    ];
    dids.push("a".repeat(64), "a".repeat(500), "a".repeat(501), "a".repeat(9000), "%".repeat(40), "/".repeat(50));
    await routes.checkEach(hasParameter, async (operation) => {
      for (const did of dids) {
        const url = urlOf(operation, encodeURIComponent(did), GOOD[operation.name]?.query);
        expectRefused(await routes.send(operation, { url }), operation.path, `${operation.name} ${did.slice(0, 40)}`);
      }
    });
  });

  test("a path that cannot be decoded is refused", async () => {
    const raw = ["", ..."%ZZ % %f %C0%AF %E0%80%80 %u0041 %00%ZZ // ..%2f..%2fetc %2e%2e".split(" ")];
    await routes.checkEach(hasParameter, async (operation) => {
      for (const did of raw) {
        // Lists stand where their items stand, without a name.
        if (did === "" && !hasDid(operation)) continue;
        const response = await routes.send(operation, { url: urlOf(operation, did, GOOD[operation.name]?.query) });
        expectRefused(response, operation.path, `${operation.name} ${did}`);
      }
    });
  });

  test("an unknown path is refused in the same form", async () => {
    const urls = [
      `/${"a/".repeat(3000)}`,
      ..."/ /app /app/ /app/nothing /APP/USERS /%ZZ /app/%ZZ /_lab /status/x".split(" "),
    ];
    for (const url of urls) {
      for (const method of ["GET", "POST", "PATCH", "OPTIONS"] as const) {
        const response = await routes.lab.server.inject({ method, url, headers: routes.user.headers });
        expectRefused(response, "/app", `${method} ${url.slice(0, 40)}`);
      }
    }
  });
});

test("a query parameter that is missing, doubled, empty or nonsense is refused", async () => {
  const nonsense = ["' OR 1=1", "\u0000", "x".repeat(9000), ..."x 1.5 1e3 NaN [] -99999999999999999999".split(" ")];
  await routes.checkEach(
    ({ query }) => query.length > 0,
    async (operation) => {
      const good = GOOD[operation.name]?.query ?? {};
      // Flags that are not asked for are passed over, as are all parameters nobody knows.
      for (const name of operation.query.filter((parameter) => !parameter.startsWith("show_"))) {
        const { [name]: right = "", ...others } = good;
        // A refused login has a did that no device has, so the trace is asked for any text.
        const isText = isTextParameter(operation, name) || (operation.path === "/_lab/trace" && name === "did");
        const strange = isText ? nonsense.filter((value) => value.length > 64) : nonsense;
        // As an interval a bare number is seconds.
        const wrong = strange.filter((value) => name !== "resolution" || value !== "1.5");
        const urls = wrong.map((value) => routes.urlOf(operation, { ...others, [name]: value }));
        urls.push(`${routes.urlOf(operation, { ...others, [name]: right })}&${name}=${right}`);
        const isOptional =
          ["limit", "skip", "sort", "end_ts", "did", "id", "follow", ...CONNECT_OPTIONAL].includes(name) ||
          isOptionalParameter(operation, name);
        // An end that is not said is now, where a range has no other end.
        const isOpenEnd = name === "end" && operation.path.includes("{entityId}") && !operation.path.endsWith("/total");
        if (!isOptional && !isOpenEnd && operation.name !== FIRMWARE_ROUTE) urls.push(routes.urlOf(operation, others));
        if (name !== "end_ts") urls.push(routes.urlOf(operation, { ...others, [name]: "" }));
        for (const url of urls) {
          const response = await routes.send(operation, { url });
          expectRefused(response, operation.path, `${operation.name} ${url.slice(0, 150)}`);
        }
      }
    },
  );
});
