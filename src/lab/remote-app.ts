import { GizlabError } from "../core/errors.js";
import type { DisplayValues } from "../profile/scale.js";
import { describeUnreachable, readCloudUrl } from "./remote-cloud.js";

/** An answer of the Open API that is an error (rest.md 4.3). */
interface OpenApiError {
  readonly error_code?: number;
  readonly error_message?: string;
  readonly detail_message?: string | null;
}

const TIMEOUT_MS = 5000;
const NOT_BOUND = 9017;
const CODES: Readonly<Record<number, string>> = {
  [NOT_BOUND]: "not-bound",
  9014: "device-unknown",
  9042: "device-offline",
  9092: "owner-exists",
};

/** A user of an app of a cloud in another process, who speaks the Open API as a phone does. */
export class RemoteAppUser {
  readonly #url: string;
  readonly #base: URL;
  readonly #headers: Record<string, string>;

  private constructor(url: string, headers: Record<string, string>) {
    this.#url = url;
    this.#base = readCloudUrl(url);
    this.#headers = headers;
  }

  /**
   * Logs in as the anonymous user of a phone; the same phone is the same user each time. Throws `cloud-url`,
   * `cloud-unreachable`, `request-failed`.
   */
  static async enter(url: string, appId: string, phoneId: string): Promise<RemoteAppUser> {
    const app = { "X-Gizwits-Application-Id": appId };
    const nobody = new RemoteAppUser(url, app);
    const { token } = await nobody.#must("POST", "/app/users", { phone_id: phoneId });
    return new RemoteAppUser(url, { ...app, "X-Gizwits-User-token": String(token) });
  }

  /** Binds a device by did and passcode (rest.md 6.2). Throws `owner-exists` when sharing is on and it has an owner. */
  async bind(did: string, passcode: string): Promise<void> {
    const { failed } = await this.#must("POST", "/app/bindings", { devices: [{ did, passcode }] });
    if (Array.isArray(failed) && failed.length > 0) {
      throw new GizlabError("owner-exists", `${did} cannot be bound: its product shares devices, and it has an owner`, {
        hint: 'switch sharing off: PUT /_lab/products/<product_key> {"sharing":false}, with the product_key of the device',
      });
    }
  }

  /** Controls a bound device (rest.md 6.3). Throws `not-bound`, `device-offline`, `request-failed`. */
  async control(did: string, attrs: DisplayValues): Promise<void> {
    await this.#must("POST", `/app/control/${encodeURIComponent(did)}`, { attrs });
  }

  async #must(method: string, path: string, body: object): Promise<Readonly<Record<string, unknown>>> {
    const { status, answer } = await this.#send(method, path, body);
    if (status < 300) return answer;
    const { error_code: code, error_message: message, detail_message: detail } = answer as OpenApiError;
    const name = code === undefined ? undefined : CODES[code];
    const said = `${message ?? "no reason"}${detail ? ` ${detail}` : ""}`;
    throw new GizlabError(
      name ?? "request-failed",
      `the cloud refuses ${method} ${path}: ${said}${code === undefined ? "" : ` (${code})`}`,
    );
  }

  async #send(method: string, path: string, body: object) {
    try {
      const response = await fetch(new URL(path, this.#base), {
        method,
        headers: { ...this.#headers, "content-type": "application/json" },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      return { status: response.status, answer: (await response.json()) as Readonly<Record<string, unknown>> };
    } catch (error) {
      throw describeUnreachable(this.#url, error);
    }
  }
}
