import type { Clock } from "../../core/clock.js";
import type { Refusals } from "../../core/refusals.js";
import type { Users } from "../accounts/users.js";
import type { Bindings } from "../bindings/bindings.js";
import type { CloudTrace } from "../cloud-trace.js";
import type { Registry } from "../devices/registry.js";
import type { Telemetry } from "../telemetry/telemetry.js";
import type { NetworkFaults } from "./wire-gate.js";

/** What the broker works with. */
export interface BrokerParts {
  readonly clock: Clock;
  readonly trace: CloudTrace;
  /** Where refused logins, topics and messages are noted. */
  readonly refusals: Refusals;
  readonly registry: Registry;
  readonly users: Users;
  readonly bindings: Bindings;
  readonly telemetry: Telemetry;
  /** What a test does to the network. */
  readonly network?: NetworkFaults;
  /** No login and no topic rights, for conformance suites. */
  readonly open?: boolean;
}
