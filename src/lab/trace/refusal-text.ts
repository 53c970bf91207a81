import { isRefusalHop, type RefusalHop } from "../../core/refusals.js";
import type { TraceDetail, TraceEntry } from "../../core/trace.js";

const WHAT: Readonly<Record<RefusalHop, string>> = {
  "http.refused": "the request",
  "mqtt.refused": "the MQTT login",
  "topic.refused": "a topic",
  "frame.refused": "a message",
  "uart.refused": "a frame",
};

/** A refusal in one sentence: who tried what, why not, and the cure; undefined for another hop. */
export function describeRefusal({ hop, did, mac, detail = {} }: TraceEntry): string | undefined {
  if (!isRefusalHop(hop)) return undefined;
  const { client, ip, method, path } = detail;
  const who =
    did !== undefined
      ? `did ${did}`
      : mac !== undefined
        ? `mac ${mac}`
        : typeof client === "string" && client !== ""
          ? `client ${client}`
          : `a client${ip === undefined ? "" : ` at ${ip}`}`;
  const what = method === undefined ? WHAT[hop] : `${method} ${path}`;
  return `refused ${what} of ${who}: ${sayRefusal(detail)}`;
}

/** Why, the cure, and how often. */
export function sayRefusal({ code, reason, hint, count }: TraceDetail): string {
  const times = Number(count) > 1 ? ` (${count} times)` : "";
  return `${reason} [${code}]; ${hint}${times}`;
}
