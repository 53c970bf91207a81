import type { Lab } from "../../src/lab/lab.js";
import { type Answer, inject } from "./open-api.js";

/** A task as the API shows it. */
export interface TaskJson {
  readonly id: string;
  readonly name: string;
  readonly table: string;
  readonly wheres: readonly string[];
  readonly delay: number;
  readonly query: { readonly linq: string; readonly timeZone: string; readonly locale: string };
  readonly status: string;
  readonly statusData: string | null;
  readonly fromDate: number;
  readonly minGrain?: string;
  readonly creationDate: number;
  readonly updateDate: number;
}

export interface MeasuresJson {
  readonly coveredFrom: number;
  readonly coveredUntil: number;
  readonly chunkMs: number;
  readonly chunks: number;
  readonly lateChunks: number;
}

export type DevoRow = Readonly<Record<string, unknown>>;

type Method = "GET" | "POST" | "PUT" | "DELETE";

/** Calls Devo's face with one token, the cloud's own unless another is given. */
export function enterDevo(lab: Lab, token: string = lab.credentials.devo.token, prefix = "/v2/aggrtasks") {
  const headers = { standAloneToken: token };
  const call = <Body = TaskJson>(method: Method, path: string, body?: unknown): Promise<Answer<Body>> =>
    inject<Body>(lab, {
      method,
      url: path.startsWith("/search") ? path : `${prefix}${path}`,
      headers,
      ...(body === undefined ? {} : { payload: body as object }),
    });
  const search = (query: string, more: object = {}): Promise<Answer<{ object: DevoRow[] }>> =>
    call("POST", "/search/query", { query, from: 0, to: "now()", ...more });
  return {
    token,
    headers,
    call,
    search,
    /** The rows of a query; fails unless it was answered. */
    async rows(query: string, more: object = {}): Promise<DevoRow[]> {
      const { status, body, text } = await search(query, more);
      if (status !== 200) throw new Error(`${status} ${text}`);
      return body.object;
    },
    /** Makes a task over a query; fails unless it was made. */
    async make(linq: string, more: object = {}): Promise<TaskJson> {
      const task = { name: `task of ${linq}`, query: { linq, timeZone: "UTC", locale: "en" }, fromDate: 0, ...more };
      const { status, body, text } = await call("POST", "/self", task);
      if (status !== 200) throw new Error(`${status} ${text}`);
      return body;
    },
    async task(id: string): Promise<TaskJson> {
      return (await call("GET", `/self/${id}`)).body;
    },
    async measures(id: string): Promise<MeasuresJson> {
      return (await call<MeasuresJson>("GET", `/self/${id}/measures`)).body;
    },
  };
}

export type DevoUser = ReturnType<typeof enterDevo>;

/** Makes a token by the lab's own route. */
export async function makeToken(lab: Lab, permission: "view" | "manage", domain?: string): Promise<string> {
  const payload = { permission, ...(domain === undefined ? {} : { domain }) };
  return (await inject<{ token: string }>(lab, { method: "POST", url: "/_lab/devo/tokens", payload })).body.token;
}

/** Imports past reports, `[time, attrs, did]`. */
export async function importRows(
  lab: Lab,
  did: string,
  rows: readonly (readonly [number, Readonly<Record<string, unknown>>, string?])[],
): Promise<void> {
  const payload = rows.map(([ts, attrs, other]) => JSON.stringify({ did: other ?? did, ts, attrs })).join("\n");
  const { status, text } = await inject(lab, { method: "POST", url: "/_lab/reports", payload });
  if (status !== 200) throw new Error(text);
}
