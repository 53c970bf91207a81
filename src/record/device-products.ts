import { CMD } from "../codec/commands.js";
import { formatHexNumber } from "../core/hex.js";
import type { TraceEntry } from "../core/trace.js";
import type { Profile } from "../profile/profile.js";

/** What a recording lets know about a device, from wherever in it. */
interface SeenDevice {
  /** As the MCU stated it (uart.md 2.2). */
  productKey?: string;
  /** Datapoints that were named. */
  readonly attrs: Set<string>;
}

const DEVICE_INFO = formatHexNumber(CMD.deviceInfo);

/**
 * Finds the product_key of each entry's device: by its device-info frame; where the recording began after that, by
 * the only profile that has all of its datapoints; and where there is but one profile, by that.
 */
export function findProductKeys(
  entries: readonly TraceEntry[],
  profiles: readonly Profile[],
): (entry: TraceEntry) => string | undefined {
  const devices = new Map<string, SeenDevice>();
  for (const entry of entries) {
    const device = meet(devices, entry);
    const { cmd, fields, attrs } = (entry.detail ?? {}) as { cmd?: unknown; fields?: object; attrs?: object };
    if (device === undefined) continue;
    if (cmd === DEVICE_INFO && fields !== undefined && "product_key" in fields) {
      device.productKey = String(fields.product_key).toLowerCase();
    }
    for (const name of Object.keys(attrs ?? {})) device.attrs.add(name);
  }
  const [only] = profiles.length === 1 ? profiles : [];
  const found = new Map<SeenDevice, string | undefined>();
  for (const device of devices.values()) found.set(device, device.productKey ?? findByAttrs(device.attrs, profiles));
  return ({ mac, did }) => {
    const device = devices.get(mac ?? "") ?? devices.get(did ?? "");
    return (device === undefined ? undefined : found.get(device)) ?? only?.productKey;
  };
}

/** The device of an entry, under its mac and, as soon as it has one, under its did too. */
function meet(devices: Map<string, SeenDevice>, { mac, did }: TraceEntry): SeenDevice | undefined {
  const names = [mac, did].filter((name) => name !== undefined);
  const known = names.map((name) => devices.get(name)).find((device) => device !== undefined);
  const device = known ?? { attrs: new Set<string>() };
  for (const name of names) devices.set(name, device);
  return names.length === 0 ? undefined : device;
}

function findByAttrs(attrs: ReadonlySet<string>, profiles: readonly Profile[]): string | undefined {
  if (attrs.size === 0) return undefined;
  const fitting = profiles.filter(({ datapoints }) => {
    const names = new Set(datapoints.map(({ name }) => name));
    return [...attrs].every((name) => names.has(name));
  });
  return fitting.length === 1 ? fitting[0]?.productKey : undefined;
}
