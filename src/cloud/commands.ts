import { encodeBusinessFrame, M2M } from "../codec/m2m.js";
import type { Clock } from "../core/clock.js";
import { GizlabError } from "../core/errors.js";
import type { Broker } from "./broker/broker.js";
import { OPEN_API_CLIENT_ID, topics } from "./broker/topics.js";
import type { CloudTrace } from "./cloud-trace.js";
import type { Product } from "./devices/products.js";
import type { Device } from "./devices/registry.js";
import { LOG_KIND } from "./telemetry/log-kind.js";
import type { Telemetry } from "./telemetry/telemetry.js";

/** On whose behalf a command is sent, as the log shows it. */
export interface CommandOrigin {
  readonly source: string;
  readonly uid?: string;
  readonly appid?: string;
  readonly ip?: string;
}

/** Commands from the cloud to devices. */
export class Commands {
  readonly #clock: Clock;
  readonly #trace: CloudTrace;
  readonly #telemetry: Telemetry;
  readonly #broker: Broker;

  constructor(clock: Clock, trace: CloudTrace, telemetry: Telemetry, broker: Broker) {
    this.#clock = clock;
    this.#trace = trace;
    this.#telemetry = telemetry;
    this.#broker = broker;
  }

  /** Sends a P0 as 0x0090, the form that wants no acknowledgement (cloud.md 8.4). Throws `device-offline`. */
  send(device: Device, product: Product, p0: Uint8Array, origin: CommandOrigin): void {
    const payload = encodeBusinessFrame({ cmd: M2M.send, p0 });
    const id = this.#trace.control(device, p0, { source: origin.source });
    if (!this.#broker.sendToDevice(device.did, topics.toDevice(device.did, OPEN_API_CLIENT_ID), payload, id)) {
      throw new GizlabError("device-offline", `the device ${device.did} is offline`);
    }
    const { ip = "127.0.0.1", ...detail } = origin;
    this.#telemetry.append({
      deviceId: device.id,
      at: this.#clock.now(),
      kind: LOG_KIND.app2dev,
      profileId: product.profileId,
      payload,
      ip,
      detail: JSON.stringify(detail),
    });
  }
}
