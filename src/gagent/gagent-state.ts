import type { Millis } from "../core/duration.js";
import type { FramePortState } from "../link/frame-port.js";
import type { McuHeartbeatState } from "./mcu-heartbeat.js";
import type { ModuleStatusState } from "./module-status.js";
import type { Provision } from "./provisioning.js";
import type { RegistrationState } from "./registration.js";
import type { SessionState } from "./session.js";
import type { SavedUpgrade } from "./upgrade.js";

/** What a module remembers, as plain JSON; spans are what was left of each timer. */
export interface GAgentState {
  readonly registration: RegistrationState;
  readonly session: SessionState;
  readonly provision: Provision | undefined;
  readonly productKey: string;
  readonly appCount: number;
  readonly heartbeat: McuHeartbeatState;
  readonly status: ModuleStatusState;
  readonly port: FramePortState;
  readonly upgrade: SavedUpgrade;
  readonly timers: Readonly<Partial<Record<GAgentTimer, Millis>>>;
}

/** What a module waits for besides its MCU. */
export type GAgentTimer = "cloud retry" | "module restart" | "cloud answer";
