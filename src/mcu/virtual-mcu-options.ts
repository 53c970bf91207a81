import type { Clock } from "../core/clock.js";
import type { Millis } from "../core/duration.js";
import type { FramePortState } from "../link/frame-port.js";
import type { Link } from "../link/link.js";
import type { Profile } from "../profile/profile.js";
import type { DisplayValues } from "../profile/scale.js";
import type { Behaviour } from "./behaviour.js";
import type { DeviceInfo } from "./device-info.js";
import type { McuUpgradeNews, SavedMcuUpgrade } from "./mcu-upgrade.js";
import type { Model } from "./model.js";
import type { ReportRules, ReportState } from "./report-rules.js";
import type { SavedValues } from "./values.js";

export interface VirtualMcuOptions {
  readonly profile: Profile;
  readonly clock: Clock;
  readonly link: Link;
  /** The world the device stands in; without it only `set` and controls change anything. */
  readonly model?: Model;
  /** How often the model moves; 10 s unless told otherwise. */
  readonly stepMs?: Millis;
  /** Report after every step of the model, changed or not, instead of by the vendor's rules. */
  readonly reportEveryStep?: boolean;
  readonly rules?: ReportRules;
  readonly behaviours?: readonly Behaviour[];
  readonly deviceInfo?: Partial<DeviceInfo>;
  /** A new request takes the place of the waiting one, as in the vendor's code, unless told to queue behind it. */
  readonly whenBusy?: "replace" | "queue";
  /** How long bytes take on the line; 0 without. */
  readonly lineTime?: (length: number) => Millis;
  /** Told of every control that reached the device. */
  readonly onControl?: (attrs: DisplayValues) => void;
  readonly onPassthrough?: (data: Uint8Array) => void;
  /** False for firmware that was made without the OTA option: big data is an unknown command to it (uart.md 2.1). */
  readonly takesUpgrades?: boolean;
  /** The version of firmware whose version nothing else tells; without it the MCU counts one further. */
  readonly otaVersion?: string;
  /** Bytes of a piece of big data that it asks for; 128 unless told otherwise. */
  readonly pieceLength?: number;
  /** A firmware was taken, or was not. */
  readonly onUpgrade?: (news: McuUpgradeNews) => void;
}

/** What an MCU remembers, as plain JSON; spans are what was left of each timer. */
export interface VirtualMcuState {
  readonly isRunning: boolean;
  readonly values: SavedValues;
  readonly reported: SavedValues;
  readonly report: ReportState;
  readonly wifiBits: number;
  readonly sinceStepMs: Millis;
  readonly stuck: readonly string[];
  readonly softwareVersion: string;
  /** It runs a new version that the module has not heard of. */
  readonly isUpgraded: boolean;
  /** Missing in a state that an older version saved. */
  readonly upgrade?: SavedMcuUpgrade;
  readonly port: FramePortState;
  readonly timers: Readonly<Partial<Record<McuTimer, Millis>>>;
}

export type McuTimer = "report" | "model step" | "mcu restart";
