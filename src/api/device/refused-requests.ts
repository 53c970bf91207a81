import type { FastifyRequest } from "fastify";
import type { Registry } from "../../cloud/devices/registry.js";
import { type Refusal, showText } from "../../core/refusals.js";

/** What an HTTP answer says: its status, the vendor's code, and words. */
export interface RefusedAnswer {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

const NOT_FOUND = "9014";
const DISABLED = "9023";
/** Paths that only modules ask (cloud.md 2). */
const DEVICE_PATH = /^\/(?:dev|v2\/devices|v2\/products|v3\/devices)(?:\/|$)/;
const IN_ITS_PLACE =
  "use firmware that registers by POST /dev/devices (device API 4.0, GAgent 4), or gizlab bridge in place of the module";
const REGISTER_AGAIN = "reset the module, so that it registers again";
const OTHER_FOLDER = `the module remembers the did of another data folder: ${REGISTER_AGAIN}, or start gizlab up with the --data folder that knows the did`;

/** The cure of each code of the vendor's table that a module can meet (cloud.md 2.1, 2.3). */
const HINTS: Readonly<Record<string, string>> = {
  9002: "the product_key is the one that the MCU says (device info, uart.md 2.2): start gizlab up with --profile FILE, the datapoint JSON of that product, or correct it in the MCU",
  9008: "an error of gizlab itself; its words are on the terminal of gizlab up",
  9014: OTHER_FOLDER,
  9015: "a form has the fields of cloud.md 2.1 and 2.3, as name=value with & between them: POST /dev/devices takes passcode, mac and product_key",
  9016: `${REGISTER_AGAIN} with its own passcode, or start gizlab up with the --data folder that it registered in`,
  9023: `${REGISTER_AGAIN}; the device of the last registration of this mac is the one in use`,
  9027: "a newer offer took the place of this firmware: switch the module off and on, and it asks for the newest",
  9999: "a fault of this lab answers with an error (http.error): DELETE /_lab/faults ends it",
};

interface UnansweredForm {
  readonly path: RegExp;
  readonly code: string;
  readonly reason: string;
  readonly hint: string;
}

/** Requests of firmware that this version does not answer (cloud.md 2.1 to 2.4). */
const UNANSWERED: readonly UnansweredForm[] = [
  {
    path: /^\/dev\/([0-9a-f]{32})\/device$/i,
    code: "registration-encrypted",
    reason: "encrypted registration or provisioning (device API 4.1), which this version does not answer",
    hint: IN_ITS_PLACE,
  },
  {
    path: /^\/v2\/products\/([^/]+)\/devices\/([^/]+)\/network$/,
    code: "registration-signed",
    reason: "signed registration (device API v5), which this version does not answer",
    hint: IN_ITS_PLACE,
  },
  {
    path: /^\/v[23]\/(?:devices|products)(?:\/|$)/,
    code: "request-signed",
    reason: "a signed request (device API v5), which this version does not answer",
    hint: IN_ITS_PLACE,
  },
  {
    path: /^\/dev\/ota(?:\/|$)/,
    code: "ota-unanswered",
    reason: "an OTA request of a kind that this version does not answer",
    hint: "firmware of GAgent 4.1 asks POST /dev/ota/v4.1/update_and_check/<did> and GET /dev/ota/v4.1/download/<id> (cloud.md 2.3)",
  },
  {
    path: /^\/dev(?:\/|$)/,
    code: "route-unknown",
    reason: "no request of a module that is known here",
    hint: "a module asks POST /dev/devices, GET /dev/devices/<did>, DELETE /dev/devices and /dev/ota/v4.1/… (cloud.md 2)",
  },
];

/** True for the path of a request that only modules send. */
export function isDevicePath(path: string): boolean {
  return DEVICE_PATH.test(path);
}

/** The trace entry of a module's request that was answered with an error. */
export function describeRefusedRequest(
  request: FastifyRequest,
  answer: RefusedAnswer,
  registry: Pick<Registry, "find">,
): Refusal {
  const path = request.url.split("?")[0] ?? "";
  const { method, ip } = request;
  const form = new URLSearchParams(typeof request.body === "string" ? request.body : "");
  const unanswered =
    answer.status === 404 && request.is404 ? UNANSWERED.find((form) => form.path.test(path)) : undefined;
  const productKey = form.get("product_key") ?? /[0-9a-f]{32}/i.exec(path)?.[0];
  const detail = {
    method,
    path: showText(path),
    status: answer.status,
    ip,
    ...(productKey === undefined ? {} : { product_key: showText(productKey) }),
  };
  const did = form.get("did") ?? readDid(path);
  const device = did === undefined ? undefined : registry.find(did);
  const subject = { did, mac: form.get("mac") ?? readMac(path) ?? device?.mac };
  const about = `${method} ${kindOf(path)} ${productKey ?? ""} ${answer.message}`;
  if (unanswered !== undefined) {
    const { code, reason, hint } = unanswered;
    return { hop: "http.refused", subject, code, reason, hint, detail, about };
  }
  const isGivenUp = answer.code === NOT_FOUND && device?.isDisabled === true;
  return {
    hop: "http.refused",
    subject,
    code: answer.code,
    reason: isGivenUp ? `${answer.message} the device was given up` : answer.message,
    hint: HINTS[isGivenUp ? DISABLED : answer.code] ?? "cloud.md 2 has what a module asks and what it is answered",
    detail,
    about,
  };
}

/** The trace entry of bytes that are no HTTP at all. */
export function describeForeignBytes(firstByte: number | undefined, message: string, ip: string): Refusal {
  const isTls = firstByte === TLS_HANDSHAKE;
  return {
    hop: "http.refused",
    subject: {},
    code: isTls ? "tls" : "not-http",
    reason: isTls ? "a TLS handshake came to the HTTP port" : message,
    hint: "modules ask over plain HTTP here (cloud.md 2): does the module want HTTPS, or MQTT, whose port is another?",
    detail: { ip },
    about: ip,
  };
}

const TLS_HANDSHAKE = 0x16;

function readDid(path: string): string | undefined {
  return /^\/(?:dev\/devices|dev\/ota\/v4\.1\/update_and_check|v[23]\/devices)\/([^/]+)/.exec(path)?.[1];
}

function readMac(path: string): string | undefined {
  return /^\/v2\/products\/[^/]+\/devices\/([^/]+)/.exec(path)?.[1];
}

/** Without what differs from request to request. */
function kindOf(path: string): string {
  return path.split("/").slice(0, 3).join("/");
}
