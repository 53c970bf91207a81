import { createHash } from "node:crypto";
import type { Millis } from "../core/duration.js";
import { GizlabError } from "../core/errors.js";
import type { ModuleIdentity } from "./identity.js";
import type { HttpCall } from "./provisioning.js";

/** What runs: 1 the Wi-Fi module, 2 the MCU (cloud.md 2.3). */
export type FirmwareType = 1 | 2;

export interface Versions {
  readonly hardVersion: string;
  readonly softVersion: string;
}

/** Newer firmware that the cloud has. */
export interface FirmwareOffer {
  readonly softVersion: string;
  readonly url: string;
}

const OTA = "/dev/ota/";
const BASE = `${OTA}v4.1`;
/** A file takes longer than a question. */
export const DOWNLOAD_TIMEOUT_MS: Millis = 30_000;

/** Tells the cloud what a device runs, and asks for something newer; undefined when there is nothing (cloud.md 2.3). */
export async function checkUpdate(
  http: HttpCall,
  { did = "", passcode }: ModuleIdentity,
  type: FirmwareType,
  versions: Versions,
): Promise<FirmwareOffer | undefined> {
  const { status, body } = await http({
    method: "POST",
    path: `${BASE}/update_and_check/${did}`,
    form: { passcode, type: String(type), hard_version: versions.hardVersion, soft_version: versions.softVersion },
  });
  return status === 200 ? readOffer(body) : undefined;
}

/** The newest firmware of the MCU of any product (cloud.md 2.3); undefined when there is nothing newer. */
export async function findLatest(
  http: HttpCall,
  productKey: string,
  { hardVersion, softVersion }: Versions,
): Promise<FirmwareOffer | undefined> {
  const query = new URLSearchParams({
    hard_version: hardVersion,
    soft_version: softVersion,
    product_key: productKey,
    type: "2",
  });
  const { status, body } = await http({ method: "GET", path: `${BASE}/latest?${query}` });
  return status === 200 ? readOffer(body) : undefined;
}

/**
 * Downloads a firmware from the module's own cloud, whatever host the URL names, and checks its MD5. Other paths than
 * those of firmware are refused: the URL may be the MCU's, and this machine sees more of a cloud than a board should.
 * Throws `ota-download`.
 */
export async function downloadFirmware(http: HttpCall, url: string): Promise<Uint8Array> {
  if (!URL.canParse(url)) throw new GizlabError("ota-download", `"${url}" is no URL of a firmware`);
  const { pathname, search } = new URL(url);
  if (!pathname.startsWith(OTA)) throw new GizlabError("ota-download", `"${url}" is no URL of a firmware`);
  const {
    status,
    body,
    bytes = Buffer.from(body, "latin1"),
    headers,
  } = await http({
    method: "GET",
    path: `${pathname}${search}`,
    timeoutMs: DOWNLOAD_TIMEOUT_MS,
  });
  if (status !== 200 || bytes.length === 0) {
    throw new GizlabError("ota-download", "the cloud does not hand the firmware out", { found: `status ${status}` });
  }
  const expected = headers?.["firmware-md5"]?.toLowerCase();
  const found = createHash("md5").update(bytes).digest("hex");
  if (expected !== undefined && expected !== found) {
    throw new GizlabError("ota-download", "the firmware is not what its MD5 says", { expected, found });
  }
  return bytes;
}

/** What could not be said to an MCU in a 25 is no offer: versions have eight characters, URLs are ASCII. */
function readOffer(body: string): FirmwareOffer | undefined {
  const softVersion = /(?:^|&)soft_ver=([\x21-\x25\x27-\x7e]{1,8})(?:&|\s|$)/.exec(body)?.[1];
  const url = /(?:^|&)download_url=([\x21-\x7e]{1,1024})(?:\s|$)/.exec(body)?.[1];
  return softVersion === undefined || url === undefined ? undefined : { softVersion, url };
}
