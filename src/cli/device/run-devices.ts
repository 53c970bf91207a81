import type { RemoteDevice } from "../../lab/remote-lab.js";
import { createOutput } from "../output.js";
import { type DeviceArguments, openLab } from "./open-device.js";

export type DevicesArguments = Omit<DeviceArguments, "did"> & { readonly product?: string };

/** Lists the devices of a running lab. Throws as `openLab` and `RemoteLab` do. */
export async function runDevices(args: DevicesArguments): Promise<void> {
  const output = createOutput(args.json);
  const { lab } = await openLab(args, output);
  const all = (await lab.state()).devices;
  const devices = args.product === undefined ? all : all.filter(({ product }) => product === args.product);
  for (const { did, product, product_key, mac, is_online, is_virtual, name } of devices) {
    output.json({ did, product, product_key, mac, online: is_online, virtual: is_virtual, name });
  }
  for (const line of formatDevices(devices)) output.line(line);
  if (devices.length > 0) return;
  const what = args.product ?? "pet-house";
  output.note(`gizlab: no ${args.product ?? "device"} yet; bring one: gizlab sim ${what}`);
}

/** A table of them; nothing for none. */
function formatDevices(devices: readonly RemoteDevice[]): string[] {
  if (devices.length === 0) return [];
  const rows = devices.map(({ did, product, product_key, mac, is_online, is_virtual, name }) => [
    did,
    product ?? product_key,
    mac,
    is_online ? "online" : "offline",
    is_virtual ? "virtual" : "board",
    name,
  ]);
  const head = ["did", "product", "mac", "state", "kind", "name"];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [head, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
