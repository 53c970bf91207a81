import { GizlabError } from "../core/errors.js";

/** What the 64 attribute bits of a device info say (uart.md 2.2). */
export interface DeviceAttributes {
  /** Central-control device: bit 0. */
  readonly isCentral?: boolean;
  /** Code made by the vendor's generator: bit 1. */
  readonly isGenerated?: boolean;
  /** Encrypted UDP discovery: bit 6. */
  readonly isSafe?: boolean;
  /** Variable-length datapoints: bit 7. */
  readonly isVariable?: boolean;
  /** Gateway: bit 8. */
  readonly isGateway?: boolean;
  /** What a reset of the module clears besides: 0 to 7 of a central device (bits 2-5), 0 to 2 of a gateway (bits 9-12). */
  readonly resetScope?: number;
}

const CENTRAL_SCOPES = 7;
const GATEWAY_SCOPES = 2;
const DIGITS = 16;

/**
 * The attributes as the 16 hex digits that `packFields` takes; bit 0 is the lowest bit of the last byte.
 * Throws `attributes-invalid` for a reset scope that the kind of device has not.
 */
export function packDeviceAttributes(attributes: DeviceAttributes): string {
  const { isCentral, isGenerated, isSafe, isVariable, isGateway, resetScope = 0 } = attributes;
  const limit = isCentral === true ? CENTRAL_SCOPES : isGateway === true ? GATEWAY_SCOPES : 0;
  if (!Number.isInteger(resetScope) || resetScope < 0 || resetScope > limit) {
    throw new GizlabError("attributes-invalid", "what a reset clears is not told by this kind of device", {
      expected: limit === 0 ? "a central-control device or a gateway" : `0 to ${limit}`,
      found: String(resetScope),
      hint: "uart.md 2.2 lists the scopes: bits 2-5 of a central-control device, 9-12 of a gateway",
    });
  }
  const flag = (isSet: boolean | undefined, bit: number): number => (isSet === true ? 1 << bit : 0);
  const bits =
    flag(isCentral, 0) |
    flag(isGenerated, 1) |
    (isCentral === true ? resetScope << 2 : 0) |
    flag(isSafe, 6) |
    flag(isVariable, 7) |
    flag(isGateway, 8) |
    (isGateway === true && isCentral !== true ? resetScope << 9 : 0);
  return bits.toString(16).padStart(DIGITS, "0");
}
