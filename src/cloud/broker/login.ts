import { GizlabError } from "../../core/errors.js";
import { isSameSecret } from "../accounts/secret.js";
import type { Users } from "../accounts/users.js";
import type { Product } from "../devices/products.js";
import type { Device, Registry } from "../devices/registry.js";
import type { LoginProblem } from "./refused-login.js";

export type Login =
  | { readonly kind: "device"; readonly device: Device; readonly product: Product }
  | { readonly kind: "app"; readonly uid: string; readonly appId: string }
  | { readonly kind: "refused"; readonly problem: LoginProblem };

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
      return { kind: "refused", problem: "client-id-of-device" };
    }
    return judgeApp(users, appName, password);
  }
  const device = registry.find(username);
  if (device === undefined) return { kind: "refused", problem: explainStranger(username) };
  if (!isSameSecret(device.passcode, password)) return { kind: "refused", problem: "passcode-wrong" };
  if (clientId !== device.did) return { kind: "refused", problem: "client-id-not-did" };
  if (device.isDisabled) return { kind: "refused", problem: "device-disabled" };
  const product = registry.productOf(device);
  if (product === undefined) return { kind: "refused", problem: "product-not-loaded" };
  return { kind: "device", device, product };
}

function judgeApp(users: Users, name: string, token: string): Login {
  const [, appId = "", uid = ""] = name.split("$");
  try {
    const user = users.authenticate(appId, token);
    if (user.uid === uid) return { kind: "app", uid, appId };
    return { kind: "refused", problem: "app-token" };
  } catch (error) {
    if (!(error instanceof GizlabError)) throw error;
    return { kind: "refused", problem: "app-token" };
  }
}

/** A user name that is no did here: none at all, one with a signature behind a bar (cloud.md 3.1), or an unknown did. */
function explainStranger(username: string): LoginProblem {
  if (username === "") return "did-missing";
  return username.includes("|") ? "login-signed" : "did-unknown";
}
