import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { createInterface } from "node:readline";
import { text as readText } from "node:stream/consumers";
import type { RecordingReport } from "../api/control/lab-control.js";
import { GizlabError } from "../core/errors.js";
import { stringifyExactJson } from "../core/numbers/exact-json.js";
import type { TraceEntry, TraceListener } from "../core/trace.js";
import type { Profile } from "../profile/profile.js";
import type { DisplayValues } from "../profile/scale.js";
import { loadProfile } from "./profiles.js";
import { describeUnreachable, readCloudUrl } from "./remote-cloud.js";

/** Which hops are wanted: of one device, of one correlation id, the newest `limit`. */
export interface TraceFilter {
  readonly did?: string;
  readonly id?: string;
  readonly limit?: number;
}

/** What a device has been offered, in the lab's own names. */
export interface OfferedFirmware {
  readonly firmware_id: number;
  readonly type: number;
  readonly soft_version: string;
  readonly size: number;
  readonly md5: string;
  /** True when the device was online and has been told. */
  readonly notified: boolean;
}

/** What a lab says about itself. */
export interface LabHealth {
  readonly version: string;
  readonly pid: number;
  /** The data folder; null for a lab in memory. */
  readonly folder: string | null;
}

/** A device as the lab's state shows it. */
export interface RemoteDevice {
  readonly did: string;
  readonly mac: string;
  readonly passcode: string;
  readonly product_key: string;
  /** The product's name; null for a product that is not loaded. */
  readonly product: string | null;
  readonly is_online: boolean;
  /** True for a virtual device of the lab itself. */
  readonly is_virtual: boolean;
  /** What a user calls it; empty without. */
  readonly name: string;
  readonly entity_id: string;
  readonly inputs: Readonly<Record<string, string>>;
}

/** A device with what it last reported. */
export interface RemoteReadings extends RemoteDevice {
  /** Milliseconds since 1970; null before its first report. */
  readonly updated_at: number | null;
  readonly attrs: DisplayValues;
}

/** Clock, products and devices. */
export interface RemoteState {
  /** The app that the lab was made with. */
  readonly app: { readonly id: string };
  readonly clock: { readonly mode: string; readonly now: number };
  readonly products: readonly { readonly name: string; readonly product_key: string }[];
  readonly devices: readonly RemoteDevice[];
}

/** A question to the aggregation engine, as `POST /_lab/query` takes it. */
export interface RemoteQuery {
  readonly did: string;
  readonly attrs: readonly string[];
  readonly aggregator: string;
  readonly width: string;
  readonly tz?: string;
  readonly start?: number;
  readonly end?: number;
  readonly last?: string;
  readonly max_gap?: string;
}

/** Its answer: buckets in time order, empty ones absent. */
export interface RemoteAnswer {
  readonly tz: string;
  readonly start: number;
  readonly end: number;
  readonly buckets: readonly {
    readonly start: number;
    readonly end: number;
    /** The start as the zone's clocks show it. */
    readonly time: string;
    readonly attrs: Readonly<Record<string, number>>;
  }[];
}

/** Hops that are told as they come. */
export interface TraceFollower {
  /** Never resolves; rejects with `cloud-gone` when the cloud ends. */
  readonly gone: Promise<never>;
  close(): void;
}

/** A cloud that says nothing for so long does not answer; a long answer may take its time. */
const TIMEOUT_MS = 5000;
/** Whether a lab runs is asked of several, before the command begins. */
const HEALTH_TIMEOUT_MS = 1500;
/** Thousands of reports and long questions are work. */
const WORK_TIMEOUT_MS = 120_000;
/** How often a silent connection is asked whether the other end is still there. */
const KEEPALIVE_MS = 10_000;
const BYTES = "application/octet-stream";
const JSONL = "application/x-ndjson";

/** The control routes of a lab in another process or on another machine (interfaces.md 5). */
export class RemoteLab {
  readonly #url: string;
  readonly #base: URL;
  readonly #token: string | undefined;

  /** Throws `cloud-url`. Every method throws `cloud-unreachable`, `cloud-refused`, and what the lab itself refuses with. */
  constructor(url: string, token?: string) {
    this.#url = url;
    this.#base = readCloudUrl(url);
    this.#token = token;
  }

  /** The kept hops, oldest first. */
  async trace(filter: TraceFilter = {}): Promise<readonly TraceEntry[]> {
    return (await this.#json<{ entries: TraceEntry[] }>("entries", "GET", traceUrl(filter))).entries;
  }

  /** Calls `listener` with every hop to come, once it resolves. */
  async followTrace(filter: TraceFilter, listener: TraceListener): Promise<TraceFollower> {
    const response = await this.#call("GET", traceUrl(filter, true));
    if (response.headers["content-type"]?.startsWith(JSONL) !== true) {
      response.destroy();
      throw this.#refuse("GET /_lab/trace", "something else");
    }
    response.socket.setTimeout(0);
    response.socket.setKeepAlive(true, KEEPALIVE_MS);
    const lines = createInterface({ input: response });
    lines.on("line", (line) => {
      if (line !== "") listener(JSON.parse(line) as TraceEntry);
    });
    const gone = new Promise<never>((_, reject) => {
      const fail = (cause?: unknown): void =>
        reject(new GizlabError("cloud-gone", `the cloud at ${this.#url} has gone away`, { cause }));
      // An error of the response comes to whoever reads its lines.
      lines.on("error", fail);
      response.once("close", fail);
    });
    gone.catch(() => {});
    return { gone, close: () => response.destroy() };
  }

  /**
   * Offers a file as firmware for the MCU of a device, as the version after its own unless told otherwise. Throws
   * `device-unknown`, `ota-file`, `ota-version`, `version-last` too.
   */
  async offerFirmware(did: string, file: Uint8Array, softVersion?: string): Promise<OfferedFirmware> {
    const query = softVersion === undefined ? "" : `?${new URLSearchParams({ soft_version: softVersion })}`;
    return this.#json("firmware_id", "POST", `/_lab/devices/${encodeURIComponent(did)}/ota${query}`, file);
  }

  /** Whether it runs, and which process it is. */
  health(): Promise<LabHealth> {
    return this.#json("pid", "GET", "/_lab/health", undefined, HEALTH_TIMEOUT_MS);
  }

  state(): Promise<RemoteState> {
    return this.#json("clock", "GET", "/_lab/state");
  }

  /** Stores past reports, a JSON object a line; how many they were. Throws `report-line` too. */
  async importReports(lines: string): Promise<number> {
    const body = Buffer.from(lines);
    const response = await this.#call("POST", "/_lab/reports", body, WORK_TIMEOUT_MS);
    return (parseJson(await this.#read(response)) as { accepted?: number } | undefined)?.accepted ?? 0;
  }

  /** Asks the aggregation engine. Throws what it refuses with too: `device-unknown`, `attr-unknown`, `too-many-buckets` … */
  async query(query: RemoteQuery): Promise<RemoteAnswer> {
    const response = await this.#call("POST", "/_lab/query", query, WORK_TIMEOUT_MS);
    const answer = parseJson(await this.#read(response));
    if (answer === undefined || !("buckets" in answer)) throw this.#refuse("POST /_lab/query", "something else");
    return answer as RemoteAnswer;
  }

  /** A device with the values that it last reported. Throws `device-unknown` too. */
  device(did: string): Promise<RemoteReadings> {
    return this.#json("attrs", "GET", `/_lab/devices/${encodeURIComponent(did)}`);
  }

  /** The product of a product_key, as its datapoint JSON describes it. Throws `profile-invalid` too. */
  async profile(productKey: string, appId: string): Promise<Profile> {
    const path = `/app/datapoint?${new URLSearchParams({ product_key: productKey })}`;
    const response = await this.#call("GET", path, undefined, TIMEOUT_MS, { "X-Gizwits-Application-Id": appId });
    return loadProfile({ name: productKey, document: parseJson(await this.#read(response)) }).profile;
  }

  /** Changes datapoints from the own side of a virtual device. Throws `device-not-virtual` and the `attr-…` errors too. */
  async setAttrs(did: string, attrs: DisplayValues): Promise<void> {
    await this.#read(await this.#call("POST", `/_lab/devices/${encodeURIComponent(did)}/set`, { attrs }));
  }

  startRecording(withSecrets: boolean): Promise<RecordingReport> {
    return this.#json("id", "POST", "/_lab/recordings", { secrets: withSecrets });
  }

  async recordings(): Promise<readonly RecordingReport[]> {
    return (await this.#json<{ recordings: RecordingReport[] }>("recordings", "GET", "/_lab/recordings")).recordings;
  }

  stopRecording(id: string): Promise<RecordingReport> {
    return this.#json("id", "POST", `/_lab/recordings/${id}/stop`);
  }

  /** The recording as JSONL. */
  async readRecording(id: string): Promise<string> {
    return this.#read(await this.#call("GET", `/_lab/recordings/${id}`));
  }

  async removeRecording(id: string): Promise<void> {
    await this.#read(await this.#call("DELETE", `/_lab/recordings/${id}`));
  }

  /** An answer that is an object with a `field`. */
  async #json<Body>(
    field: keyof Body & string,
    method: string,
    path: string,
    body?: object,
    timeout?: number,
  ): Promise<Body> {
    const value = parseJson(await this.#read(await this.#call(method, path, body, timeout)));
    if (value === undefined || !(field in value)) throw this.#refuse(`${method} ${path}`, "something else");
    return value as Body;
  }

  /** Sends a request; resolves with the answer's head when it is a good one. */
  async #call(
    method: string,
    path: string,
    body?: object,
    timeout = TIMEOUT_MS,
    extraHeaders: Readonly<Record<string, string>> = {},
  ): Promise<IncomingMessage> {
    const url = new URL(path, this.#base);
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const send = url.protocol === "https:" ? requestHttps : requestHttp;
      const headers = {
        ...extraHeaders,
        ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
        ...(body === undefined ? {} : { "content-type": body instanceof Uint8Array ? BYTES : "application/json" }),
      };
      const request = send(url, { method, headers, timeout, agent: false }, resolve);
      request.once("timeout", () => request.destroy(new Error("no answer in time")));
      request.on("error", (error) => reject(describeUnreachable(this.#url, error)));
      request.end(body === undefined || body instanceof Uint8Array ? body : stringifyExactJson(body));
    });
    const { statusCode = 0 } = response;
    if (statusCode >= 200 && statusCode < 300) return response;
    const { error } = (parseJson(await this.#read(response)) ?? {}) as { error?: Partial<GizlabError> };
    if (typeof error?.code !== "string" || typeof error.message !== "string") {
      throw this.#refuse(`${method} ${path}`, `status ${statusCode}`);
    }
    const hint = error.code === "lab-forbidden" ? "give its token with --lab-token or GIZLAB_LAB_TOKEN" : error.hint;
    const { expected, found } = error;
    throw new GizlabError(error.code, error.message, {
      ...(expected === undefined ? {} : { expected }),
      ...(found === undefined ? {} : { found }),
      ...(hint === undefined ? {} : { hint }),
    });
  }

  async #read(response: IncomingMessage): Promise<string> {
    try {
      return await readText(response);
    } catch (error) {
      throw describeUnreachable(this.#url, error);
    }
  }

  #refuse(request: string, found: string): GizlabError {
    return new GizlabError("cloud-refused", `${this.#url} is no lab of gizlab: ${request} answered with ${found}`, {
      hint: "name the address that gizlab up prints as HTTP",
    });
  }
}

function traceUrl({ did, id, limit }: TraceFilter, isFollowed = false): string {
  const query = new URLSearchParams({
    ...(did === undefined ? {} : { did }),
    ...(id === undefined ? {} : { id }),
    ...(limit === undefined ? {} : { limit: String(limit) }),
    ...(isFollowed ? { follow: "true" } : {}),
  });
  return `/_lab/trace?${query}`;
}

/** The object that a text holds as JSON; undefined when it holds none. */
function parseJson(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
