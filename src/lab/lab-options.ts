import type { WeekRule } from "../cloud/telemetry/calendar.js";
import type { Millis } from "../core/duration.js";
import type { ProfileDocument } from "./profiles.js";
import type { Seed } from "./seed-file.js";
import type { VirtualDeviceOptions } from "./virtual-device.js";

/** Where to listen; port 0 is any free port. */
export interface Listen {
  readonly host?: string;
  readonly port?: number;
}

export interface LabOptions {
  /** Shipped names, files, or documents under a name; all shipped profiles unless given. */
  readonly profiles?: readonly (string | ProfileDocument)[];
  /** Wall time, or time that stands still until `advance`. */
  readonly clock?: "wall" | "virtual";
  /** Where virtual time begins, epoch milliseconds. */
  readonly startAt?: Millis;
  /** Equal seeds give equal ids, credentials and readings; without one they are unpredictable. */
  readonly seed?: number | string;
  /** The data folder; in memory without it. */
  readonly folder?: string;
  /** No port is opened unless asked for; `true` is any free port. */
  readonly http?: Listen | boolean;
  readonly mqtt?: Listen | boolean;
  /** The zone of the Gizwits aggregation; UTC unless given. */
  readonly zone?: string;
  readonly weekRule?: WeekRule;
  /** MQTT without login and rights. */
  readonly open?: boolean;
  /** Lets other machines use the control routes that say this token. */
  readonly labToken?: string;
  /** Counts from the start what the run touches. */
  readonly coverage?: boolean;
  readonly fixed?: Seed;
}

export type DeviceOptions = Partial<
  Pick<VirtualDeviceOptions, "baud" | "reportEveryMs" | "isAlive" | "onControl" | "onTrouble">
>;

export interface LabUrls {
  readonly http: string;
  readonly mqtt: string;
  readonly ws: string;
  readonly ui: string;
  readonly docs: string;
}
