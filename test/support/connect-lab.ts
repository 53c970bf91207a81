import { entityId } from "../../src/cloud/devices/outside-ids.js";
import type { LabOptions } from "../../src/lab/lab-options.js";
import { startLab } from "../../src/lab/start-lab.js";
import { registerDevice } from "./devices.js";
import { type Answer, inject } from "./open-api.js";

/** A value with its unit: of one register, or of tariffs. */
export interface Tiered {
  readonly total: number;
  readonly t1?: number;
  readonly t2?: number;
  readonly t3?: number;
  readonly t4?: number;
  readonly unit: string;
}

export interface AggregationAnswer {
  readonly data: {
    readonly positiveActiveEnergy?: Tiered;
    readonly negativeActiveEnergy?: Tiered;
    readonly positiveGasVolume?: { readonly value: number; readonly unit: string };
    readonly negativeGasVolume?: { readonly value: number; readonly unit: string };
  };
  readonly entityId: string;
  readonly id: string;
  readonly timeframe: { readonly start: string; readonly end: string };
}

export interface Page<Item> {
  readonly data: Item[];
  readonly links: { readonly next: string | null };
  readonly meta: { readonly continuationToken: string | null; readonly pageSize: number };
}

/** The body of a refusal by DER Connect. */
export interface Refused {
  readonly errors: { readonly code: string; readonly message: string; readonly description: string | null }[];
}

/** More than any test walks. */
const MOST_PAGES = 1000;

export type Query = Readonly<Record<string, string | number | undefined>>;

/** A report of the past: when, and the values of datapoints. */
export type Past = readonly [time: string | number, attrs: Readonly<Record<string, number | boolean>>];

export const at = (time: string | number): number => (typeof time === "number" ? time : Date.parse(time));

/** A cloud with one meter that nobody powers: its past is imported. */
export async function startConnectLab(product = "smart-meter", options: LabOptions = {}) {
  const lab = await startLab({
    profiles: [product],
    clock: "virtual",
    seed: "connect",
    startAt: Date.parse("2024-06-01T00:00:00Z"),
    ...options,
  });
  const device = await registerDevice(lab, product);
  const entity = entityId(device);
  const bearer = { authorization: `Bearer ${lab.credentials.connect.token}` };
  const get = <Body>(url: string, headers: Record<string, string> = bearer): Promise<Answer<Body>> =>
    inject<Body>(lab, { method: "GET", url, headers });
  const ask =
    <Body>(path: string) =>
    (query: Query = {}): Promise<Answer<Body>> => {
      const given = Object.entries(query).filter(([, value]) => value !== undefined);
      const text = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]));
      return get<Body>(`/v1/entities/${entity}/${path}?${text}`);
    };
  const pageOf = <Item>(path: string) => {
    const askPage = ask<Page<Item>>(path);
    return Object.assign(askPage, {
      /** All pages of a query, by the links of one to the next; `between` comes before each further page. */
      walk: async (query: Query, between: (page: number) => Promise<void> = async () => {}): Promise<Item[][]> => {
        let answer = await askPage(query);
        const pages = [answer.body.data];
        for (let next = answer.body.links.next; next !== null; next = answer.body.links.next) {
          if (pages.length > MOST_PAGES) throw new Error("the pages do not end");
          await between(pages.length);
          const { pathname, search } = new URL(next);
          answer = await get<Page<Item>>(pathname + search);
          pages.push(answer.body.data);
        }
        return pages;
      },
    });
  };
  return {
    lab,
    device,
    entity,
    bearer,
    get,
    aggregations: pageOf<AggregationAnswer>("aggregations"),
    total: ask<AggregationAnswer>("aggregations/total"),
    readings: pageOf<ReadingAnswer>("readings"),
    last: ask<ReadingAnswer>("readings/last"),
    past: async (...reports: Past[]): Promise<void> => {
      const payload = reports
        .map(([time, attrs]) => JSON.stringify({ did: device.did, ts: at(time), attrs }))
        .join("\n");
      const { status, text } = await inject(lab, { method: "POST", url: "/_lab/reports", payload });
      if (status !== 200) throw new Error(`the reports were refused: ${text}`);
    },
    map: (mapping: object) =>
      inject(lab, { method: "PUT", url: `/_lab/products/${device.productKey}/energy`, payload: mapping }),
    [Symbol.asyncDispose]: () => lab.close(),
  };
}

export interface ReadingAnswer {
  readonly data: AggregationAnswer["data"] & {
    readonly positiveActiveInstantaneousPower?: { readonly total?: number; readonly unit: string };
    readonly instantaneousVoltage?: { readonly total?: number; readonly unit: string };
  };
  readonly entityId: string;
  readonly id: string;
  readonly measured: string;
  readonly processed: string;
  readonly received: string;
}

export type ConnectLab = Awaited<ReturnType<typeof startConnectLab>>;
