import { signBind } from "../codec/bind-signature.js";
import { GizlabError } from "../core/errors.js";
import { readMoment } from "./kit/moment.js";
import {
  type AggregateQuestion,
  type AggregateRow,
  MOST_RECORDS,
  RAW_WINDOW_MS,
  type RawDataQuestion,
  type RawRecord,
} from "./kit/user-questions.js";
import type { AttrValues, GivenAttrs, Lab } from "./lab.js";

/** What a request of a user is answered with. */
export interface UserAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A user of the lab's app, who speaks the Open API without a port. */
export class LabUser {
  readonly uid: string;
  readonly token: string;
  readonly #lab: Lab;

  private constructor(lab: Lab, uid: string, token: string) {
    this.#lab = lab;
    this.uid = uid;
    this.token = token;
  }

  /** Registers or logs in the anonymous user of a phone. Throws `request-failed`. */
  static async enter(lab: Lab, phoneId: string): Promise<LabUser> {
    const nobody = new LabUser(lab, "", "");
    const { uid, token } = await nobody.#must("POST", "/app/users", { phone_id: phoneId });
    return new LabUser(lab, String(uid), String(token));
  }

  /** Binds a device by its mac, signed with the product's secret (rest.md 6.2). Throws `request-failed`. */
  async bind(device: { readonly mac: string; readonly did: string }): Promise<void> {
    const { registry, clock } = this.#lab.cloud;
    const product = registry.productOf(registry.get(device.did));
    const timestamp = String(Math.floor(clock.now() / 1000));
    const signature = signBind(product?.secret ?? "", timestamp);
    const headers = { "X-Gizwits-Timestamp": timestamp, "X-Gizwits-Signature": signature };
    await this.#must("POST", "/app/bind_mac", { product_key: product?.productKey, mac: device.mac }, headers);
  }

  /** Controls a bound device. Throws `request-failed`. */
  async control(device: { readonly did: string }, attrs: GivenAttrs): Promise<void> {
    await this.#must("POST", `/app/control/${device.did}`, { attrs });
  }

  /** The latest values of a device. Throws `request-failed`. */
  async latest(device: { readonly did: string }): Promise<AttrValues> {
    const { attr } = await this.#must("GET", `/app/devdata/${device.did}/latest`);
    return (attr ?? {}) as AttrValues;
  }

  /** Gives a bound device back. Throws `request-failed` where the user has not bound it. */
  async unbind(device: { readonly did: string }): Promise<void> {
    const body = await this.#must("DELETE", "/app/bindings", { devices: [{ did: device.did }] });
    const { failed = [] } = body as { readonly failed?: readonly string[] };
    if (failed.length === 0) return;
    throw new GizlabError("request-failed", `DELETE /app/bindings did not unbind ${device.did}`, {
      found: JSON.stringify(body),
      hint: "has this user bound the device?",
    });
  }

  /**
   * Aggregated values of a bound device, a row a bucket that has data (rest.md 3). Throws `request-failed`,
   * `time-invalid`.
   */
  async aggregate(
    device: { readonly did: string },
    { attrs, aggregator = "avg", unit = "HOURS", start, end }: AggregateQuestion,
  ): Promise<readonly AggregateRow[]> {
    const query = new URLSearchParams({
      attrs: [attrs].flat().join(","),
      aggregator,
      unit,
      start_ts: String(readMoment(start, "start")),
      end_ts: String(end === undefined ? this.#now() : readMoment(end, "end")),
    });
    const { data } = await this.#must("GET", `/app/devdata/${device.did}/agg_data?${query}`);
    return (data as readonly AggregateRow[]).map(({ datetime, attrs: values }) => ({ datetime, attrs: values }));
  }

  /** The communication log of a bound device (cloud.md 8.2). Throws `request-failed`, `time-invalid`. */
  async rawData(
    device: { readonly did: string },
    { type = "cmd", start, end, sort = "desc", skip = 0, limit = MOST_RECORDS }: RawDataQuestion = {},
  ): Promise<readonly RawRecord[]> {
    const until = end === undefined ? this.#now() : readMoment(end, "end");
    const from = start === undefined ? until - RAW_WINDOW_MS : readMoment(start, "start");
    const query = new URLSearchParams({
      type,
      start_time: String(Math.floor(from / 1000)),
      end_time: String(Math.floor(until / 1000)),
      sort,
      skip: String(skip),
      limit: String(limit),
    });
    const { objects } = await this.#must("GET", `/app/devices/${device.did}/raw_data?${query}`);
    return objects as readonly RawRecord[];
  }

  get(path: string): Promise<UserAnswer> {
    return this.request("GET", path);
  }

  /** Any request of the Open API, with this user's headers. */
  async request(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<UserAnswer> {
    const response = await this.#lab.fetch(path, {
      method,
      headers: {
        "X-Gizwits-Application-Id": this.#lab.credentials.app.id,
        ...(this.token === "" ? {} : { "X-Gizwits-User-token": this.token }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    return { status: response.status, body: (await response.json()) as UserAnswer["body"] };
  }

  #now(): number {
    return this.#lab.cloud.clock.now();
  }

  async #must(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<UserAnswer["body"]> {
    const answer = await this.request(method, path, body, headers);
    if (answer.status < 300) return answer.body;
    throw new GizlabError("request-failed", `${method} ${path} was answered with ${answer.status}`, {
      found: JSON.stringify(answer.body),
    });
  }
}
