import type { LightMyRequestResponse } from "fastify";
import { expect } from "vitest";

const isDevo = /^\/(?:aggregations\/)?v2\/aggrtasks|^\/search/;

/** A refusal in the documented form, without a word of the server's insides. */
export function expectRefused({ statusCode, body, headers }: LightMyRequestResponse, path: string, what: string) {
  expect(statusCode, `${what}: ${body}`).toBeGreaterThanOrEqual(400);
  expect(statusCode, `${what}: ${body}`).toBeLessThan(500);
  expect(headers["content-type"], what).toMatch(/^application\/(?:vnd\.api\+)?json/);
  expect(body, what).not.toMatch(/node_modules|\.[jt]s:\d|\n\s+at |FST_|SQLITE|Cannot read|is not a function/);
  const answer = JSON.parse(body);
  if ("errors" in answer && /^\/(connect\/)?v1\/entities/.test(path)) {
    const error = { code: expect.stringMatching(/^[a-z-]+$/), message: expect.any(String) };
    expect(answer, what).toEqual({ errors: [{ ...error, description: expect.toSatisfy(isTextOrNull) }] });
  } else if (path.startsWith("/am/oauth2/") || path === "/oauth2/token") {
    expect(answer, what).toEqual({ error: expect.stringMatching(/^[a-z_]+$/), error_description: expect.any(String) });
  } else if (path.startsWith("/api/external/v1/")) {
    expect(headers["content-type"], what).toBe("application/vnd.api+json");
    const error = { status: String(statusCode), code: expect.any(String), detail: expect.stringMatching(/\w/) };
    expect(answer, what).toEqual({ errors: [expect.objectContaining(error)] });
  } else if (path.startsWith("/_lab") && "error" in answer) {
    expect(answer, what).toMatchObject({ error: { code: expect.any(String), message: expect.any(String) } });
  } else if (isDevo.test(path) && "msg" in answer) {
    const devo = { msg: expect.any(String), code: expect.any(Number), status: expect.any(Number) };
    expect(answer, what).toMatchObject({
      ...devo,
      cid: expect.stringMatching(/^[0-9a-f]{12}$/),
      object: expect.any(Array),
    });
  } else {
    expect(Object.keys(answer), what).toEqual(["error_message", "error_code", "detail_message"]);
    expect(answer.error_code, what).toSatisfy((code: number) => Number.isInteger(code) && code !== 9008);
    expect(answer.detail_message === null || typeof answer.detail_message === "string", what).toBe(true);
  }
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === "string";
}
