import { type Refusal, showText } from "../../core/refusals.js";

/** CONNACK codes of a refusal (MQTT 3.1.1, 3.2.2.3). */
const REFUSED = {
  badClientId: 2,
  unavailable: 3,
  badLogin: 4,
  notAuthorized: 5,
} as const;

/** Why a login was refused; the code stands in the trace. */
export type LoginProblem = keyof typeof PROBLEMS;

interface Problem {
  /** The CONNACK code (MQTT 3.1.1, 3.2.2.3). */
  readonly connack: number;
  readonly reason: string;
  readonly hint: string;
}

/** aedes names a client that has no client id. */
const NAMELESS = /^aedes_/;
const REGISTER_AGAIN = "reset the module, so that it registers again";
const GIVEN_UP = `${REGISTER_AGAIN}; the device of the last registration of this mac is the one in use`;

/** Every refusal of a CONNECT, with the cure (cloud.md 3.1, 5.1). */
const PROBLEMS = {
  "did-unknown": {
    connack: REFUSED.badLogin,
    reason: "no device has this did here",
    hint: `the module remembers the did of another data folder: ${REGISTER_AGAIN}, or start gizlab up with the --data folder that knows the did`,
  },
  "passcode-wrong": {
    connack: REFUSED.badLogin,
    reason: "the passcode is not the one that the device registered with",
    hint: `${REGISTER_AGAIN} with its own passcode, or start gizlab up with the --data folder that it registered in`,
  },
  "login-signed": {
    connack: REFUSED.badLogin,
    reason: "the login is signed (device API v5), which this version does not check",
    hint: "use firmware that logs in with did and passcode (GAgent 4), or gizlab bridge in place of the module",
  },
  "did-missing": {
    connack: REFUSED.badLogin,
    reason: "the login has no user name; a device's user name is its did",
    hint: "send the did as client id and user name, the passcode as password (cloud.md 3.1)",
  },
  "client-id-not-did": {
    connack: REFUSED.notAuthorized,
    reason: "the client id is not the did; a device's client id is its did",
    hint: "send the did as client id and as user name (cloud.md 3.1)",
  },
  "client-id-invalid": {
    connack: REFUSED.badClientId,
    reason: "the client id is longer than 128 characters or has one of / # + in it",
    hint: "a device sends its did, an app usr and up to 32 characters (cloud.md 3.1, 5.1)",
  },
  "client-id-of-device": {
    connack: REFUSED.badClientId,
    reason: "the client id is a device's, and the user name an app's",
    hint: "an app needs a client id of its own, such as usr and 32 characters (cloud.md 5.1)",
  },
  "client-id-taken": {
    connack: REFUSED.badClientId,
    reason: "an app of another user is connected under this client id",
    hint: "make a client id for each app and user, such as usr and 32 characters (cloud.md 5.1)",
  },
  "device-disabled": {
    connack: REFUSED.notAuthorized,
    reason: "the device was given up: its mac registered with a newer passcode, or it was reset",
    hint: GIVEN_UP,
  },
  "product-not-loaded": {
    connack: REFUSED.notAuthorized,
    reason: "the product of this device is not loaded here",
    hint: "start gizlab up with --profile FILE, the datapoint JSON of this product",
  },
  "app-token": {
    connack: REFUSED.badLogin,
    reason: "the user token is wrong or expired, or another user's",
    hint: "log in again (POST /app/users or /app/login), and send 2$<appid>$<uid> with the new token (cloud.md 5.1)",
  },
  "connection-gone": {
    connack: REFUSED.notAuthorized,
    reason: "the client closed the connection before its login was looked at",
    hint: "is the module's time-out for CONNACK very short?",
  },
  "lab-restoring": {
    connack: REFUSED.unavailable,
    reason: "the lab is being reset or restored",
    hint: "nothing to do: the next attempt is let in",
  },
  "fault-refuse": {
    connack: REFUSED.unavailable,
    reason: "a fault of this lab refuses the login (net.refuse)",
    hint: "DELETE /_lab/faults ends it",
  },
} as const satisfies Readonly<Record<string, Problem>>;

/** How an MQTT packet or stream was none that is served here. */
const PROTOCOL_HINT =
  "MQTT 3.1 and 3.1.1 without TLS are served here, and CONNECT comes first: does the module want TLS (port 8883), MQTT 5, or HTTP?";

export function connackOf(problem: LoginProblem): number {
  return PROBLEMS[problem].connack;
}

/** The trace entry of a refused CONNECT. */
export function describeRefusedLogin(
  problem: LoginProblem,
  {
    clientId,
    username,
    ip,
    mac,
  }: {
    clientId: string;
    username: string;
    ip: string;
    mac?: string | undefined;
  },
): Refusal {
  const { reason, hint, connack } = PROBLEMS[problem];
  const client = clientId.replace(NAMELESS, "");
  if (client !== clientId) return describeRefusedLogin(problem, { clientId: "", username, ip, mac });
  // A v5 user name has its signature behind a bar.
  const [name = ""] = username.split("|");
  const isApp = name.startsWith("2$") || clientId.startsWith("2$");
  const did = isApp || problem === "client-id-of-device" ? undefined : name || clientId || undefined;
  return {
    hop: "mqtt.refused",
    subject: { did, mac },
    code: problem,
    reason,
    hint,
    detail: {
      client: showText(clientId),
      ...(ip === "" ? {} : { ip }),
      connack,
    },
  };
}

/** The trace entry of a connection that does not speak MQTT as it is served here. */
export function describeProtocolError(
  message: string,
  { did, mac, ip }: { did?: string | undefined; mac?: string | undefined; ip: string },
): Refusal {
  return {
    hop: "mqtt.refused",
    subject: { did, mac },
    code: "protocol",
    reason: `not MQTT as it is served here: ${showText(message)}`,
    hint: PROTOCOL_HINT,
    detail: ip === "" ? {} : { ip },
    about: ip,
  };
}
