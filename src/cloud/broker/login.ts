import { GizlabError } from "../../core/errors.js";
import { isSameSecret } from "../accounts/secret.js";
import type { Users } from "../accounts/users.js";
import type { Product } from "../devices/products.js";
import type { Device, Registry } from "../devices/registry.js";

/** CONNACK codes of a refusal (MQTT 3.1.1, 3.2.2.3). */
export const REFUSED = { badClientId: 2, unavailable: 3, badLogin: 4, notAuthorized: 5 } as const;

export type Login =
  | { readonly kind: "device"; readonly device: Device; readonly product: Product }
  | { readonly kind: "app"; readonly uid: string; readonly appId: string }
  | { readonly kind: "refused"; readonly code: number; readonly why: string };

/**
 * Who a client is: a device logs in with its did as client id and user name and its passcode
 * (cloud.md 3.1), an app with `2$<appid>$<uid>` and a user token (cloud.md 5.1).
 */
export function judgeLogin(
  registry: Registry,
  users: Users,
  clientId: string,
  username: string,
  password: string,
): Login {
  const appName = [username, clientId].find((name) => name.startsWith("2$"));
  if (appName !== undefined) {
    // Under a did as its client id an app would take the device's session over.
    if (registry.find(clientId) !== undefined) {
      return { kind: "refused", code: REFUSED.badClientId, why: "the client id is a device's" };
    }
    return judgeApp(users, appName, password);
  }
  const device = registry.find(username);
  if (device === undefined || !isSameSecret(device.passcode, password)) {
    return { kind: "refused", code: REFUSED.badLogin, why: "did or passcode is wrong" };
  }
  if (clientId !== device.did) {
    return { kind: "refused", code: REFUSED.notAuthorized, why: "a device's client id is its did" };
  }
  if (device.isDisabled) return { kind: "refused", code: REFUSED.notAuthorized, why: "the device is disabled" };
  const product = registry.productOf(device);
  if (product === undefined) {
    return { kind: "refused", code: REFUSED.notAuthorized, why: "the device's product is not loaded" };
  }
  return { kind: "device", device, product };
}

function judgeApp(users: Users, name: string, token: string): Login {
  const [, appId = "", uid = ""] = name.split("$");
  try {
    const user = users.authenticate(appId, token);
    if (user.uid === uid) return { kind: "app", uid, appId };
    return { kind: "refused", code: REFUSED.badLogin, why: "the token is another user's" };
  } catch (error) {
    if (!(error instanceof GizlabError)) throw error;
    return { kind: "refused", code: REFUSED.badLogin, why: error.message };
  }
}
