import type { Frame } from "../codec/frame.js";
import type { RawValues } from "../codec/layout.js";
import type { Profile } from "../profile/profile.js";
import type { DeviceInfo } from "./device-info.js";

/** What a behaviour may look at. */
export interface McuView {
  readonly profile: Profile;
  /** What the device's datapoints hold. */
  readonly values: Readonly<RawValues>;
  /** What was last reported; a read is answered with it (uart.md 3.1). */
  readonly reported: Readonly<RawValues>;
  readonly deviceInfo: DeviceInfo;
}

/** What an MCU does in answer to a frame, as a description. */
export type McuReaction =
  /** The answer, with the sn of the frame. */
  | { readonly kind: "reply"; readonly cmd: number; readonly payload: Uint8Array }
  /** A message of the MCU's own that wants an answer. */
  | { readonly kind: "request"; readonly cmd: number; readonly payload: Uint8Array }
  /** The app sets datapoints. */
  | { readonly kind: "control"; readonly values: Readonly<RawValues> }
  | { readonly kind: "report" }
  /** Bytes for the device's own program. */
  | { readonly kind: "passthrough"; readonly data: Uint8Array }
  | { readonly kind: "wifi-status"; readonly bits: number }
  | { readonly kind: "network-time"; readonly epochS: number }
  | { readonly kind: "restart"; readonly afterMs: number };

/** Answers some frames; the first behaviour of an MCU's list that answers wins. */
export interface Behaviour {
  readonly name: string;
  /** The reactions, or undefined to leave the frame to the next behaviour. */
  answer(frame: Frame, mcu: McuView): readonly McuReaction[] | undefined;
}
