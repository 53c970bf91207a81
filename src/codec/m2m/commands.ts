import { M2M, M2M_CONTROL } from "../m2m.js";
import { nameAction } from "../p0.js";
import type { FieldShape } from "../payload.js";

/** The two forms of cloud.md 3.3: A has a length and a flag, B has neither. */
export type M2mFraming = "business" | "control";

/** One command between cloud, app and module, in the LAN or over MQTT (cloud.md 3.3, 4.2). */
export interface M2mCommand {
  readonly code: number;
  readonly framing: M2mFraming;
  readonly name: string;
  /** The body as a P0, whose first byte is an action, or the body's own fields. */
  readonly body: { readonly kind: "p0" } | { readonly kind: "fields"; readonly fields: readonly FieldShape[] };
  /** A body that real modules send although the length says more, with the reason (cloud.md 4.2). */
  readonly shortBody?: { readonly hex: string; readonly note: string };
}

type Uint = 1 | 2 | 4;
const uint = (name: string, bytes: Uint, optional = false): FieldShape => ({ kind: "uint", name, bytes, optional });
const text = (name: string, length: number): FieldShape => ({ kind: "text", name, length, optional: false });
const hex = (name: string, length: number, optional = false): FieldShape => ({ kind: "hex", name, length, optional });
const counted = (name: string): FieldShape => ({ kind: "counted-text", name, optional: false });
const countedHex = (name: string): FieldShape => ({ kind: "counted-hex", name, optional: false });
const nulText = (name: string): FieldShape => ({ kind: "nul-text", name, optional: true });
const repeated = (name: string, fields: readonly FieldShape[]): FieldShape => ({
  kind: "repeated",
  name,
  fields,
  optional: true,
});
const rest = (name: string): FieldShape => ({ kind: "rest", name, optional: true });
/** Text that is there when its bit of `flags` is set. */
const flagged = (name: string, flagBit: number): FieldShape => ({
  kind: "counted-text",
  name,
  flagBit,
  optional: false,
});

const business = (code: number, name: string, fields: readonly FieldShape[] = []): M2mCommand => ({
  code,
  framing: "business",
  name,
  body: { kind: "fields", fields },
});
const carrier = (code: number, name: string): M2mCommand => ({ code, framing: "business", name, body: { kind: "p0" } });
const control = (code: number, name: string, fields: readonly FieldShape[] = []): M2mCommand => ({
  code,
  framing: "control",
  name,
  body: { kind: "fields", fields },
});

/** The body of 0x0004 and 0x0005; newer firmware has the last three, and sometimes more (cloud.md 4.3). */
const IDENTITY: readonly FieldShape[] = [
  counted("did"),
  countedHex("mac"),
  counted("firmware_version"),
  counted("product_key"),
  hex("mcu_attributes", 8, true),
  nulText("server"),
  nulText("protocol_version"),
];

const VERSIONS: readonly FieldShape[] = [
  text("wifi_hardware_version", 8),
  text("wifi_software_version", 8),
  text("mcu_hardware_version", 8),
  text("mcu_software_version", 8),
  text("p0_version", 8),
  text("firmware_id", 8),
  counted("firmware_version"),
  counted("product_key"),
];

const FLAGS: readonly FieldShape[] = [uint("flags", 2), uint("data_length", 2)];
const COMPONENTS: readonly FieldShape[] = [
  flagged("sub_device_id", 0),
  flagged("module_versions", 1),
  flagged("mcu_versions", 2),
];

/** Every command of cloud.md 3.3 and 4.2, in code order. Adding one is adding a line. */
export const M2M_COMMANDS: readonly M2mCommand[] = [
  business(0x0001, "wifi-credentials", [counted("ssid"), counted("password")]),
  business(0x0002, "wifi-credentials-ack"),
  business(0x0003, "discover"),
  business(0x0004, "discover-reply", IDENTITY),
  business(0x0005, "power-on-announcement", IDENTITY),
  business(0x0006, "get-passcode"),
  {
    ...business(0x0007, "passcode", [counted("passcode")]),
    shortBody: { hex: "0000", note: "outside the bind window a module sends 10 bytes, although its length says more" },
  },
  business(0x0008, "login", [counted("passcode")]),
  business(0x0009, "login-reply", [uint("result", 1)]),
  business(0x000a, "get-firmware-info", [rest("data")]),
  business(0x000b, "firmware-info", [rest("data")]),
  business(0x000c, "get-access-points"),
  business(0x000d, "access-points", [repeated("access_points", [counted("ssid"), uint("power", 1)])]),
  business(0x000e, "lan-0e", [rest("data")]),
  business(0x000f, "lan-0f", [rest("data")]),
  business(0x0010, "lan-log-switch", [rest("data")]),
  control(0x0010, "log-switch", [rest("data")]),
  business(0x0011, "lan-11", [rest("data")]),
  business(0x0012, "lan-12", [rest("data")]),
  business(0x0013, "get-module-info"),
  business(0x0014, "module-info", VERSIONS),
  business(0x0015, "heartbeat"),
  business(0x0016, "heartbeat-ack"),
  business(0x0017, "leave-test-mode"),
  business(0x0018, "leave-test-mode-ack"),
  business(0x0019, "onboarding-announcement", [countedHex("mac"), counted("product_key"), counted("did")]),
  business(0x001b, "app-broadcast", [rest("data")]),
  business(0x0062, "session-notice", [uint("value", 1, true)]),
  carrier(M2M.send, "send"),
  carrier(M2M.report, "report"),
  carrier(M2M.sendWithAck, "send-with-ack"),
  carrier(M2M.ack, "ack"),
  control(0x0205, "firmware-check", [
    counted("product_key"),
    text("firmware_id", 8),
    uint("protocol", 4),
    counted("business_version"),
  ]),
  control(0x0206, "firmware-check-reply", [text("firmware_id", 8)]),
  control(0x0207, "get-firmware", [text("firmware_id", 8)]),
  control(0x0208, "firmware", [rest("data")]),
  control(0x020e, "firmware-url", [uint("type", 1), hex("firmware_id", 4), counted("url")]),
  control(M2M_CONTROL.askAppCount, "ask-app-count"),
  control(M2M_CONTROL.appCount, "app-count", [uint("count", 2)]),
  control(M2M_CONTROL.otaNotice, "ota-notice", [uint("type", 1), counted("did")]),
  control(0x0213, "sub-device-login", [rest("data")]),
  control(0x0214, "sub-device-login-ack", [rest("data")]),
  control(0x0215, "sub-device-logout", [rest("data")]),
  control(0x0216, "sub-device-logout-ack", [rest("data")]),
  control(0x021c, "upgrade-check", [...FLAGS, ...COMPONENTS]),
  control(0x021d, "upgrade-offer", [
    ...FLAGS,
    ...COMPONENTS,
    flagged("md5", 8),
    flagged("http_url", 9),
    flagged("https_url", 10),
  ]),
  control(M2M_CONTROL.deviceReset, "device-reset", [uint("data_length", 2, true)]),
  control(0x022c, "upgrade-progress", [...FLAGS, uint("progress", 1), counted("versions"), counted("status")]),
];

const byCode = new Map(M2M_COMMANDS.map((command) => [`${command.framing} ${command.code}`, command]));

/** The command of a code, if cloud.md names one. */
export function findM2mCommand(framing: M2mFraming, code: number): M2mCommand | undefined {
  return byCode.get(`${framing} ${code}`);
}

/** What to call a frame: what its P0 does, or its command. An 0x0094 is an ack unless it brings a status. */
export function nameM2m(framing: M2mFraming, code: number, body: Uint8Array): string {
  const command = findM2mCommand(framing, code);
  if (command === undefined) return "unknown";
  const action = body[0];
  if (command.body.kind !== "p0" || action === undefined) return command.name;
  const name = nameAction(action);
  return code === M2M.ack && name !== "read-reply" ? command.name : name;
}
