import type { Random } from "../../core/random.js";
import type { Settings } from "../store/settings.js";

/** What clients of each face log in with. */
export interface Credentials {
  readonly app: { readonly id: string; readonly secret: string };
  readonly enterprise: { readonly id: string; readonly secret: string };
  readonly connect: { readonly client_id: string; readonly client_secret: string; readonly token: string };
  readonly datacooee: { readonly organization_id: string; readonly organization_api_key: string };
  readonly devo: { readonly domain: string; readonly token: string };
}

const SETTING = "credentials";

/** The credentials of a data folder: made once, then kept; a seed file's take precedence. */
export function keepCredentials(settings: Settings, random: Random, given: Partial<Credentials> = {}): Credentials {
  const hex = (name: string): string => random.stream(`credential/${name}`).hex(16);
  const base: Credentials = readCredentials(settings) ?? {
    app: { id: hex("app/id"), secret: hex("app/secret") },
    enterprise: { id: hex("enterprise/id"), secret: hex("enterprise/secret") },
    connect: { client_id: hex("connect/id"), client_secret: hex("connect/secret"), token: hex("connect/token") },
    datacooee: {
      organization_id: Buffer.from(hex("datacooee/id")).toString("base64"),
      organization_api_key: hex("datacooee/key"),
    },
    devo: { domain: "self", token: hex("devo/token") },
  };
  const credentials: Credentials = { ...base, ...given };
  settings.write(SETTING, JSON.stringify(credentials));
  return credentials;
}

/** The credentials that a store holds, if any. */
export function readCredentials(settings: Settings): Credentials | undefined {
  const stored = settings.read(SETTING);
  return stored === undefined ? undefined : (JSON.parse(stored) as Credentials);
}
