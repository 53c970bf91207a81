/** The topics of cloud.md 3.2. */
export const topics = {
  /** Cloud or app to device; the last level is the sender's client id. */
  toDevice: (did: string, clientId: string): string => `app2dev/${did}/${clientId}`,
  /** Device to all its apps. */
  fromDevice: (did: string): string => `dev2app/${did}`,
  /** Cloud to device: control frames. */
  cloudToDevice: (did: string): string => `ser2cli_res/${did}`,
  /** Device to cloud: control frames. */
  deviceToCloud: "cli2ser_req",
  /** Where messages go that are acknowledged and dropped; nobody may subscribe to it. */
  dropped: "dropped",
} as const;

/** The client id by which the Open API sends; 23 characters, as firmware's buffer has it. */
export const OPEN_API_CLIENT_ID = "usrGizlabOpenApi0000000";

const CLIENT_ID_LIMIT = 128;

export type PublishRight =
  | { readonly kind: "report" }
  | { readonly kind: "control-frame" }
  /** Allowed and of no consequence: logs of newer firmware, a slip of an older one. */
  | { readonly kind: "ignored" }
  | { readonly kind: "denied" };

const REPORT_PREFIX = "dev2app/";
const REPORT: PublishRight = { kind: "report" };

/** What a device may publish (cloud.md 3.2). */
export function judgeDevicePublish(did: string, topic: string): PublishRight {
  if (topic.length === REPORT_PREFIX.length + did.length && topic.startsWith(REPORT_PREFIX) && topic.endsWith(did)) {
    return REPORT;
  }
  const levels = topic.split("/");
  if (levels[0] === "dev2app" && levels[1] === did && levels.length <= 3) return { kind: "report" };
  if (topic === topics.deviceToCloud || topic === "cli2ser") return { kind: "control-frame" };
  if (levels[0] === "sys" && levels[1] === did) return { kind: "ignored" };
  if (levels[0] === "llm" && levels[1] === did) return { kind: "ignored" };
  return { kind: "denied" };
}

/** What a device may subscribe to: its own topics, and the notices of its product. */
export function mayDeviceSubscribe(did: string, productKey: string, filter: string): boolean {
  if (filter === `ser2cli_noti/${productKey}`) return true;
  const [first, second] = filter.split("/");
  return second === did && ["ser2cli_res", "app2dev", "app2module", "llm"].includes(first ?? "");
}

/** True when a device's filter brings it its controls, after which it listens. */
export function isControlFilter(did: string, filter: string): boolean {
  return filter === `app2dev/${did}` || filter.startsWith(`app2dev/${did}/`);
}

/** The device a client wants to hear of or write to, when the topic is of an app's kind (cloud.md 5.2). */
export function readAppTopic(
  kind: "publish" | "subscribe",
  topic: string,
): { readonly kind: "device"; readonly did: string } | { readonly kind: "own"; readonly clientId: string } | undefined {
  const [first, second = "", third] = topic.split("/");
  if (second === "" || second.includes("+") || second.includes("#")) return undefined;
  if (kind === "publish")
    return first === "app2dev" && third !== undefined ? { kind: "device", did: second } : undefined;
  if (first === "dev2app") return { kind: "device", did: second };
  return first === "ser2cli_res" ? { kind: "own", clientId: second } : undefined;
}

/** Client ids are bounded; apps send up to `usr` and 32 characters. */
export function isAcceptableClientId(clientId: string): boolean {
  return clientId.length <= CLIENT_ID_LIMIT && ![...clientId].some((character) => "/#+\0".includes(character));
}
