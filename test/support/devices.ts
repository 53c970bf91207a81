import type { Device } from "../../src/cloud/devices/registry.js";
import type { Lab } from "../../src/lab/lab.js";
import { type AppUser, inject } from "./open-api.js";

/** The product_key of a shipped profile. */
export function productKeyOf(lab: Lab, product: string): string {
  return lab.products.find(({ name }) => name === product)?.profile.productKey ?? "";
}

/** Registers a module over HTTP, as firmware does, and nothing more: it stays offline. */
export async function registerDevice(
  lab: Lab,
  product = "pet-house",
  mac = "02aabbccddee",
  passcode = "ABCDEFGHIJ",
): Promise<Device> {
  const form = new URLSearchParams({ passcode, mac, product_key: productKeyOf(lab, product) });
  const { text } = await inject(lab, { method: "POST", url: "/dev/devices", payload: form.toString() });
  return lab.cloud.registry.get(text.slice("did=".length));
}

/** Binds a device to a user by did and passcode. */
export async function bindDevice(lab: Lab, user: AppUser, did: string): Promise<void> {
  const { passcode } = lab.cloud.registry.get(did);
  await user.call("POST", "/app/bindings", { devices: [{ did, passcode }] });
}

/** A virtual device whose world stands still, online, and bound to the user. */
export async function addBoundDevice(lab: Lab, user: AppUser, product = "pet-house") {
  const device = await lab.device(product, { isAlive: false, baud: 0 });
  const did = device.did ?? "";
  await bindDevice(lab, user, did);
  return { device, did };
}
