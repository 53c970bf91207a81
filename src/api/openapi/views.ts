import type { FastifyRequest } from "fastify";
import type { User } from "../../cloud/accounts/users.js";
import type { Binding } from "../../cloud/bindings/bindings.js";
import type { Device } from "../../cloud/devices/registry.js";
import type { DisplayValue } from "../../profile/scale.js";
import { type ApiContext, reachedHost } from "../context.js";

/** TLS is not in this version; the documented ports are shown so that clients find the fields (cloud.md 1.2). */
const PORT_S = 8883;
const WSS_PORT = 8880;

/** A bound device as `/app/bindings` and `/app/bind_mac` show it, keys in the live order (rest.md 4.7). */
export function viewBoundDevice(context: ApiContext, request: FastifyRequest, device: Device, binding: Binding) {
  const { cloud } = context;
  const isVirtual = device.mac.startsWith("virtual:");
  return {
    protoc: 3,
    ws_port: context.httpPort(),
    port_s: PORT_S,
    gw_did: null,
    host: reachedHost(request),
    sleep_duration: 0,
    port: context.mqttPort(),
    mcu_soft_version: null,
    product_key: device.productKey,
    state_last_timestamp: Math.floor(device.createdAt / 1000),
    role: binding.role,
    is_sandbox: isVirtual,
    type: "normal",
    product_name: cloud.registry.productOf(device)?.profile.name ?? "",
    is_disabled: device.isDisabled,
    mcu_hard_version: null,
    wifi_soft_version: null,
    dev_alias: binding.alias,
    mesh_id: null,
    is_online: cloud.broker.presence.isOnline(device.did),
    dev_label: binding.labels,
    wss_port: WSS_PORT,
    remark: binding.remark,
    did: device.did,
    mac: device.mac,
    passcode: device.passcode,
    wifi_hard_version: null,
    is_low_power: false,
    proto_ver: "04",
  };
}

/** A user as `GET /app/users` shows it. */
export function viewUser(user: User) {
  return {
    username: user.username,
    uid: user.uid,
    phone: user.phone,
    birthday: user.birthday,
    address: user.address,
    lang: user.lang,
    remark: user.remark,
    name: user.name,
    is_anonymous: user.isAnonymous,
    gender: user.gender,
    email: user.email,
  };
}

/** Reported values in the Open API's form: bools are 0 and 1 (rest.md 6.2). */
export function viewAttrs(attrs: Readonly<Record<string, DisplayValue>>): Record<string, number | string> {
  return Object.fromEntries(
    Object.entries(attrs).map(([name, value]) => [name, typeof value === "boolean" ? Number(value) : value]),
  );
}
