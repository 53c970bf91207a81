import type { Duplex } from "node:stream";
import type { Clock } from "../core/clock.js";
import type { Millis } from "../core/duration.js";
import type { GizlabError } from "../core/errors.js";
import type { Link } from "../link/link.js";
import type { DroppedFrame } from "./dropped-frame.js";
import type { ModuleIdentity } from "./identity.js";
import type { HttpCall, Provision } from "./provisioning.js";
import type { SessionState } from "./session.js";
import type { UpgradeNews } from "./upgrade.js";

/** What the module tells whoever runs it. */
export interface GAgentEvents {
  /** The way to the cloud has moved on. */
  state?(state: SessionState): void;
  /** The cloud gave a did; keep it for the next start. */
  identity?(identity: ModuleIdentity): void;
  /** Something did not work; the module tries again by itself. */
  trouble?(error: GizlabError): void;
  /** The module does nothing with a sound frame of the MCU. */
  dropped?(dropped: DroppedFrame): void;
  /** A message went to the broker. */
  published?(topic: string, payload: Uint8Array): void;
  /** A message came from the broker. */
  received?(topic: string, payload: Uint8Array): void;
  /** Firmware for the MCU is on its way, or has failed to get there. */
  upgrade?(news: UpgradeNews): void;
  /** The MCU has sent big data up. */
  file?(file: Uint8Array, md5: string): void;
}

export interface GAgentOptions {
  readonly clock: Clock;
  /** The wire to the MCU. */
  readonly link: Link;
  readonly http: HttpCall;
  /** Opens a stream to the broker that provisioning named. */
  readonly openBroker: (provision: Provision) => Duplex;
  readonly identity: ModuleIdentity;
  /** A reset module is a new device to the cloud: it takes a new passcode (uart.md 2.5). */
  readonly makePasscode: () => string;
  readonly events?: GAgentEvents;
  readonly lineTime?: (length: number) => Millis;
  /** The pause before the cloud is tried again grows to this at most; as cloud.md 3.1 has it without. */
  readonly longestPauseMs?: Millis;
  /** The payload of 22, where the module is to be another than a GAgent 04020006 (uart.md 2.7). */
  readonly moduleInfo?: Uint8Array | undefined;
  /** How often the MCU is pinged; 55 s unless told otherwise (uart.md 3). */
  readonly mcuHeartbeatMs?: Millis | undefined;
  /** Keeps virtual time from moving until a PUBACK has come; needed where the broker is reached over a socket. */
  readonly hold?: () => () => void;
}
