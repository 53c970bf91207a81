import { expect } from "vitest";
import type { Lab } from "../../src/lab/lab.js";
import { type Answer, inject } from "./open-api.js";

/** Calls of a lab's control routes, as a script on this machine makes them. */
export function controlOf(lab: Lab) {
  const call =
    (method: "GET" | "POST" | "PUT" | "DELETE") =>
    <Body = unknown>(url: string, payload?: object | string): Promise<Answer<Body>> =>
      inject<Body>(lab, { method, url: `/_lab${url}`, ...(payload === undefined ? {} : { payload }) });
  return { get: call("GET"), post: call("POST"), put: call("PUT"), remove: call("DELETE") };
}

/** The answer of a control route that refuses. */
export function failure(status: number, code: string, more: object = {}): object {
  return {
    status,
    body: { error: expect.objectContaining({ code, message: expect.stringMatching(/\w/), ...more }) as object },
  };
}
