import type { Duplex } from "node:stream";
import { GizlabError } from "../core/errors.js";
import { openTcp } from "../gagent/open-tcp.js";
import type { HttpCall, Provision } from "../gagent/provisioning.js";

/** A cloud in another process or on another machine, as virtual devices reach it. */
export interface RemoteCloud {
  readonly http: HttpCall;
  readonly openBroker: (provision: Provision) => Duplex;
}

/** No answer within this time is no answer (cloud.md 2.0 item 6). */
const TIMEOUT_MS = 5000;

/** Reaches a cloud by its URL; the broker's address comes with provisioning. Throws `cloud-url` for what is no HTTP URL. */
export function openRemoteCloud(url: string): RemoteCloud {
  const base = readCloudUrl(url);
  return {
    http: async ({ method, path, form, timeoutMs = TIMEOUT_MS }) => {
      try {
        const response = await fetch(`${base.origin}${path}`, {
          method,
          signal: AbortSignal.timeout(timeoutMs),
          ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
        });
        const bytes = Buffer.from(await response.arrayBuffer());
        return {
          status: response.status,
          body: bytes.toString("utf8"),
          bytes,
          headers: Object.fromEntries(response.headers),
        };
      } catch (error) {
        throw describeUnreachable(url, error);
      }
    },
    openBroker: ({ host, port }) => openTcp(host, port),
  };
}

/** Reads the URL of a cloud. Throws `cloud-url` for what is no HTTP URL. */
export function readCloudUrl(url: string): URL {
  if (URL.canParse(url)) {
    const parsed = new URL(url);
    if (parsed.protocol === "http:" || parsed.protocol === "https:") return parsed;
  }
  throw new GizlabError("cloud-url", `"${url}" is no URL of a cloud`, { hint: "write it as http://127.0.0.1:8088" });
}

export function describeUnreachable(url: string, cause: unknown): GizlabError {
  return new GizlabError("cloud-unreachable", `no cloud answers at ${url}`, {
    hint: "start one with gizlab up, or name another with --cloud",
    cause,
  });
}
