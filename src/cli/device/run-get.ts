import { formatDuration } from "../../core/duration.js";
import { findDatapoint } from "../../profile/profile.js";
import { refuseUnknown } from "../../profile/scale.js";
import { createOutput } from "../output.js";
import { formatReadings } from "./datapoint-text.js";
import { type DeviceArguments, nameDevice, openDevice } from "./open-device.js";

export type GetArguments = DeviceArguments & { readonly names?: readonly string[] };

/** Prints what a device last reported: all of it, or the named datapoints. Throws as `openDevice`, and `attr-unknown`. */
export async function runGet(args: GetArguments): Promise<void> {
  const output = createOutput(args.json);
  const { device, readings, profile, state } = await openDevice(args, output);
  const strange = args.names?.find((name) => findDatapoint(profile, name) === undefined);
  if (strange !== undefined) throw refuseUnknown(profile, strange);
  const isAll = args.names === undefined || args.names.length === 0;
  const names = isAll ? profile.datapoints.map(({ name }) => name) : (args.names ?? []);
  const { updated_at: updatedAt, attrs, is_online: isOnline } = readings;
  const shown = Object.fromEntries(Object.entries(attrs).filter(([name]) => names.includes(name)));
  output.json({ did: device.did, product: device.product, online: isOnline, updated_at: updatedAt, attrs: shown });
  const said = updatedAt === null ? "has reported nothing yet" : `reported ${describeAge(state.clock.now - updatedAt)}`;
  output.line(`${nameDevice(device)}, ${isOnline ? "online" : "offline"}, ${said}`);
  for (const line of formatReadings(profile, names, attrs)) output.line(line);
}

/** How long ago, in one unit. */
function describeAge(ageMs: number): string {
  const seconds = Math.floor(ageMs / 1000);
  if (seconds < 1) return "just now";
  const unit = [86_400, 3600, 60, 1].find((size) => seconds >= size) ?? 1;
  return `${formatDuration(Math.floor(seconds / unit) * unit * 1000)} ago`;
}
