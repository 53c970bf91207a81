import { FIRMWARE_TYPE } from "../../cloud/devices/firmwares.js";
import type { Product } from "../../cloud/devices/products.js";
import type { Device } from "../../cloud/devices/registry.js";
import type { ApiContext } from "../context.js";

/** Whether a device's last values show any datapoint of a type set. */
export function hasSet({ cloud }: ApiContext, product: Product, device: Device, type: "fault" | "alert"): boolean {
  const { attrs = {} } = cloud.telemetry.latest(device.id) ?? {};
  return product.profile.datapoints.some(({ name, access }) => access === type && isSet(attrs[name]));
}

/** A fault or an alert is a bool; one that a profile makes a number is set above zero. */
export function isSet(value: unknown): boolean {
  return value === true || (typeof value === "number" && value > 0);
}

/** A device as the search shows it (rest.md 2.2). Where nobody has said where it is, its place is null. */
export function viewDevice(context: ApiContext, product: Product, device: Device) {
  const { cloud } = context;
  const { longitude = null, latitude = null, country, region, city } = cloud.locations.find(device.id) ?? {};
  const mcu = cloud.firmwares.versionsOf(device.id, FIRMWARE_TYPE.mcu);
  const wifi = cloud.firmwares.versionsOf(device.id, FIRMWARE_TYPE.wifi);
  const onlineAt = cloud.logins.lastOf(device.id);
  return {
    did: device.did,
    mac: device.mac,
    is_online: cloud.broker.presence.isOnline(device.did),
    country: country ?? null,
    region: region ?? null,
    city: city ?? null,
    longitude,
    latitude,
    is_faulty: hasSet(context, product, device, "fault"),
    is_alert: hasSet(context, product, device, "alert"),
    online_latest: onlineAt === undefined ? null : Math.floor(onlineAt / 1000),
    created_at: Math.floor(device.createdAt / 1000),
    mcu_hard_version: mcu?.hardVersion ?? null,
    mcu_soft_version: mcu?.softVersion ?? null,
    wifi_hard_version: wifi?.hardVersion ?? null,
    wifi_soft_version: wifi?.softVersion ?? null,
  };
}
