import type { Clock } from "../../core/clock.js";
import type { Trace } from "../../core/trace.js";
import type { Users } from "../accounts/users.js";
import type { Bindings } from "../bindings/bindings.js";
import type { Registry } from "../devices/registry.js";
import type { Telemetry } from "../telemetry/telemetry.js";

/** What the broker works with. */
export interface BrokerParts {
  readonly clock: Clock;
  readonly trace: Trace;
  readonly registry: Registry;
  readonly users: Users;
  readonly bindings: Bindings;
  readonly telemetry: Telemetry;
  /** No login and no topic rights, for conformance suites. */
  readonly open?: boolean;
}
