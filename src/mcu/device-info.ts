import { CMD, findCommand } from "../codec/commands.js";
import { type DeviceAttributes, packDeviceAttributes } from "../codec/device-attributes.js";
import { packFields } from "../codec/payload.js";
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
  /** Besides what follows from the product; or all of them as 16 hex digits. */
  readonly attributes: DeviceAttributes | string;
  /** The `key=value&key=value` string of v4.2; it stands behind the secret, so it needs one. */
  readonly data: string | undefined;
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

/** The payload of 02. Throws `value-too-wide`, `field-missing`, `attributes-invalid` for what does not fit the frame. */
export function packDeviceInfo({ productKey, layout }: Profile, info: DeviceInfo): Uint8Array {
  const { attributes, productSecret, data } = info;
  return packFields(findCommand(CMD.deviceInfo)?.fields ?? [], {
    protocol_version: "00000004",
    p0_version: "00000002",
    hardware_version: info.hardwareVersion,
    software_version: info.softwareVersion,
    product_key: productKey,
    bind_timeout_s: info.bindTimeoutS,
    attributes:
      typeof attributes === "string"
        ? attributes
        : packDeviceAttributes({ isVariable: layout.protocol === "var_len", ...attributes }),
    ...(productSecret === undefined ? {} : { product_secret: productSecret }),
    ...(data === undefined ? {} : { data }),
  });
}
