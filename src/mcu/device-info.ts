import { CMD, findCommand } from "../codec/commands.js";
import { type DeviceAttributes, packDeviceAttributes } from "../codec/device-attributes.js";
import { packFields, unpackFields } from "../codec/payload.js";
import type { Profile } from "../profile/profile.js";

/** What an MCU says about itself (uart.md 2.2). */
export interface DeviceInfo {
  /** 8 characters each. */
  readonly hardwareVersion: string;
  readonly softwareVersion: string;
  /** Seconds; 0 is bindable at any time. */
  readonly bindTimeoutS: number;
  /** 32 characters; firmware before v4.1 says none. */
  readonly productSecret: string | undefined;
  /** Besides what follows from the product; or all of them as 16 hex digits. Firmware before v4.0.4 ends before them. */
  readonly attributes: DeviceAttributes | string | undefined;
  /** The `key=value&key=value` string of v4.2; it stands behind the secret, so it needs one. */
  readonly data: string | undefined;
  /** As the product spells it, unless told otherwise. */
  readonly productKey?: string;
  readonly protocolVersion?: string;
  readonly p0Version?: string;
  /** Bytes behind everything, as hex digits. */
  readonly extra?: string;
}

/** What firmware of the vendor's SDK 3.3 says unless it is changed (uart.md 7.1). */
export const SDK_DEVICE_INFO: DeviceInfo = {
  hardwareVersion: "03010100",
  softwareVersion: "03030000",
  bindTimeoutS: 0,
  productSecret: undefined,
  attributes: { isGenerated: true },
  data: undefined,
};

/** What the payload of a 02 says, in whichever of its forms it is. Throws `bytes-short`. */
export function unpackDeviceInfo(payload: Uint8Array): DeviceInfo {
  return readDeviceInfo(unpackFields(findCommand(CMD.deviceInfo)?.fields ?? [], payload));
}

/** The same from the fields of a recorded one. */
export function readDeviceInfo(fields: Readonly<Record<string, unknown>>): DeviceInfo {
  const text = (name: string): string | undefined => (fields[name] === undefined ? undefined : String(fields[name]));
  const [productKey, protocolVersion, p0Version, extra] = [
    text("product_key"),
    text("protocol_version"),
    text("p0_version"),
    text("extra"),
  ];
  return {
    hardwareVersion: text("hardware_version") ?? SDK_DEVICE_INFO.hardwareVersion,
    softwareVersion: text("software_version") ?? SDK_DEVICE_INFO.softwareVersion,
    bindTimeoutS: Number(fields.bind_timeout_s ?? 0),
    productSecret: text("product_secret"),
    attributes: text("attributes"),
    data: text("data"),
    ...(productKey === undefined ? {} : { productKey }),
    ...(protocolVersion === undefined ? {} : { protocolVersion }),
    ...(p0Version === undefined ? {} : { p0Version }),
    ...(extra === undefined ? {} : { extra }),
  };
}

/** The payload of 02. Throws `value-too-wide`, `field-missing`, `attributes-invalid` for what does not fit the frame. */
export function packDeviceInfo({ productKey, layout }: Profile, info: DeviceInfo): Uint8Array {
  const { attributes, productSecret, data } = info;
  return packFields(findCommand(CMD.deviceInfo)?.fields ?? [], {
    protocol_version: info.protocolVersion ?? "00000004",
    p0_version: info.p0Version ?? "00000002",
    hardware_version: info.hardwareVersion,
    software_version: info.softwareVersion,
    product_key: info.productKey ?? productKey,
    bind_timeout_s: info.bindTimeoutS,
    ...(attributes === undefined
      ? {}
      : {
          attributes:
            typeof attributes === "string"
              ? attributes
              : packDeviceAttributes({ isVariable: layout.protocol === "var_len", ...attributes }),
        }),
    ...(productSecret === undefined ? {} : { product_secret: productSecret }),
    ...(data === undefined ? {} : { data }),
    ...(info.extra === undefined ? {} : { extra: info.extra }),
  });
}
