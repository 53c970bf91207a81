import type { RawValues } from "../codec/layout.js";
import type { Clock } from "../core/clock.js";
import type { Millis } from "../core/duration.js";
import type { Profile } from "../profile/profile.js";
import type { Arrival, CheckWire } from "./passage.js";

/** What a bench plays on. */
export interface ModuleBenchOptions {
  readonly link: CheckWire;
  readonly clock: Clock;
  readonly profile: Profile;
  /** Bits a second on the wire, 8N1; 9600 without. */
  readonly baud?: number;
  /** What a real wire and the operating system may add to any span, adapters and scheduling; 0 without. */
  readonly slackMs?: Millis;
  /** Watches and waits are shorter, and a rule that takes minutes is left out. */
  readonly isQuick?: boolean;
}

/** How a request is sent, and what is taken for its answer. */
export interface AskOptions {
  readonly sn?: number;
  /** A frame of the answering command without. */
  readonly isAnswer?: (arrival: Arrival) => boolean;
  /** How often it is sent at most; `TRANSMISSIONS` without. */
  readonly transmissions?: number;
}

export interface ControlOptions extends Pick<AskOptions, "transmissions"> {
  /** True where the MCU holds these values already, so that no report has to follow (uart.md 3.1). */
  readonly changesNothing?: boolean;
}

/** What an MCU made of a control. */
export interface Controlled {
  /** The report that says what the control asked for, or else the last one that came. */
  readonly report: Arrival | undefined;
  /** The datapoints of that report. */
  readonly values: Readonly<RawValues> | undefined;
}
