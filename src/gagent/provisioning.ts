import type { Millis } from "../core/duration.js";
import { GizlabError } from "../core/errors.js";
import type { ModuleIdentity } from "./identity.js";

/** Makes an HTTP request to the cloud and reads the whole answer. */
export type HttpCall = (request: {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly form?: Readonly<Record<string, string>>;
  /** Instead of the usual 5 s (cloud.md 2.0 item 6). */
  readonly timeoutMs?: Millis;
}) => Promise<HttpAnswer>;

export interface HttpAnswer {
  readonly status: number;
  /** The answer as text. */
  readonly body: string;
  /** The answer as it came, for files. */
  readonly bytes?: Uint8Array;
  /** By name in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Where a device finds its broker. */
export interface Provision {
  readonly host: string;
  readonly port: number;
}

/** Registers the module and returns its did (cloud.md 2.1). Throws `cloud-refused` when the answer is not 201. */
export async function register(http: HttpCall, identity: ModuleIdentity, productKey: string): Promise<string> {
  const { status, body } = await http({
    method: "POST",
    path: "/dev/devices",
    form: { passcode: identity.passcode, mac: identity.mac, product_key: productKey },
  });
  const did = readField(body, "did");
  if (status !== 201 || did === undefined) throw refused("registration", status, body);
  return did;
}

/** Asks for the broker of a did (cloud.md 2.1). Throws `cloud-refused`; a 404 means that the did is not known. */
export async function provision(http: HttpCall, did: string): Promise<Provision> {
  const { status, body } = await http({ method: "GET", path: `/dev/devices/${did}` });
  if (status === 404) throw new GizlabError("did-unknown", `the cloud does not know the did ${did}`);
  const host = readField(body, "host");
  const port = Number(readField(body, "port"));
  if (status !== 200 || host === undefined || !(port > 0)) throw refused("provisioning", status, body);
  return { host, port };
}

/** Tells the cloud that an old identity is given up (cloud.md 2.1). */
export async function disable(http: HttpCall, did: string, passcode: string): Promise<void> {
  await http({ method: "DELETE", path: "/dev/devices", form: { did, passcode } });
}

function readField(body: string, name: string): string | undefined {
  return new RegExp(`(?:^|&)${name}=([^&\\r\\n]+)`).exec(body)?.[1];
}

function refused(what: string, status: number, body: string): GizlabError {
  return new GizlabError("cloud-refused", `the cloud refused the ${what}: ${body.slice(0, 200).trim()}`, {
    found: `status ${status}`,
    hint: "is the product's profile loaded there (gizlab up --profile FILE)?",
  });
}
