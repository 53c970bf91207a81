import { formatBindQr } from "../../codec/bind-qr.js";
import { formatCount } from "../../core/count-text.js";
import { toWhole } from "../../core/numbers/whole.js";
import type { Lab } from "../../lab/lab.js";
import type { VirtualDevice } from "../../lab/virtual-device.js";
import type { Datapoint } from "../../profile/profile.js";
import { type DisplayValue, toDisplay } from "../../profile/scale.js";
import { formatValue } from "../device/datapoint-text.js";
import type { Output } from "../output.js";
import { drawQr } from "../terminal-qr.js";
import { nameCommandLine } from "./command-name.js";

export interface ReadyOptions {
  /** The data folder; undefined for a lab in memory. */
  readonly folder: string | undefined;
  /** Also a QR code that binds the first device to an app. */
  readonly withQr: boolean;
}

/**
 * Prints where the cloud is, how to log in, one device, and three commands of which the first two show and change a
 * value. Without the QR code it fits 80 columns and 24 lines.
 */
export async function printReady(lab: Lab, output: Output, { folder, withQr }: ReadyOptions): Promise<void> {
  const { urls, credentials } = lab;
  const gizlab = nameCommandLine(process.argv[1] ?? "", process.env.PATH ?? "");
  const online = lab.devices.filter(({ isOnline }) => isOnline);
  const device = online.find(({ product }) => product.name === "pet-house") ?? online[0];
  output.line("gizlab is ready: a whole Gizwits cloud on this machine\n");
  output.line(`  HTTP     ${urls.http}`);
  output.line(`  MQTT     ${urls.mqtt}`);
  output.line(`  API      ${urls.http}/openapi.json`);
  output.line(`  app id   ${credentials.app.id}`);
  output.line(`  data     ${folder ?? "in memory"}`);
  const products = formatCount(lab.products.length, "product");
  output.line(`  devices  ${online.length} online, of ${products}${online.length > 1 ? `: ${gizlab} devices` : ""}`);
  if (device === undefined) {
    output.line("\nNo device yet. Bring some, from another terminal:\n");
    output.line(`  ${gizlab} sim ${lab.products[0]?.name ?? "pet-house"}`);
    output.line("\nCtrl-C stops.");
    return;
  }
  output.line(`  device   ${device.product.name} ${device.did}`);
  if (withQr) await printQr(lab, device, output);
  const name = isOnlyOne(lab, device) ? device.product.name : device.did;
  output.line("\nSee a value, change it, and see its way, from another terminal:\n");
  output.line(`  ${gizlab} get ${name}`);
  output.line(`  ${gizlab} ${proposeChange(device, String(name))}`);
  output.line(`  ${gizlab} trace --limit 20`);
  output.line("\nCtrl-C stops.");
}

/** Whether its product's name is enough for it: devices that the data folder knows from before count too. */
function isOnlyOne({ cloud }: Lab, { product }: VirtualDevice): boolean {
  const { productKey } = product.profile;
  return cloud.registry.list().filter((device) => device.productKey === productKey && !device.isDisabled).length === 1;
}

/** A change that can be seen: of what an app may write, or else of what the device measures. */
function proposeChange(device: VirtualDevice, name: string): string {
  const { datapoints } = device.product.profile;
  const writable = datapoints.find(({ access, dataType }) => access === "writable" && dataType !== "binary");
  const datapoint = writable ?? datapoints[0];
  if (datapoint === undefined) return `devices`;
  const next = pickOther(datapoint, device.mcu.attrs[datapoint.name]);
  return `${writable === undefined ? "set" : "control"} ${name} ${datapoint.name}=${formatValue(next)}`;
}

/** A value that the datapoint takes and does not have. */
function pickOther(datapoint: Datapoint, current: DisplayValue | undefined): DisplayValue {
  const { dataType, labels, min, max, width } = datapoint;
  if (dataType === "bool") return current !== true;
  if (dataType === "enum") return labels.find((label) => label !== current) ?? labels[0] ?? 0;
  if (dataType === "binary") return "00".repeat(width);
  const middle = toDisplay(datapoint, toWhole((BigInt(min) + BigInt(max)) / 2n));
  return middle === current ? toDisplay(datapoint, max) : middle;
}

async function printQr(lab: Lab, { did, product }: VirtualDevice, output: Output): Promise<void> {
  const device = did === undefined ? undefined : lab.cloud.registry.find(did);
  if (device === undefined) return;
  const content = formatBindQr(device);
  output.line(`\n${await drawQr(content)}`);
  output.line(`  binds ${product.name}: ${content}`);
}
