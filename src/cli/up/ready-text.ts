import { formatBindQr } from "../../codec/bind-qr.js";
import type { Lab } from "../../lab/lab.js";
import type { Output } from "../output.js";
import { drawQr } from "../terminal-qr.js";

/** Prints where the cloud is, how to log in, a QR code to bind the first device, and what to try next. */
export async function printReady(
  lab: Lab,
  output: Output,
  { folder }: { readonly folder: string | undefined; readonly withQr: boolean },
): Promise<void> {
  const { urls, credentials, cloud } = lab;
  const first = lab.devices.find(({ product }) => product.name === "pet-house") ?? lab.devices[0];
  const device = first?.did === undefined ? undefined : cloud.registry.find(first.did);
  output.line("gizlab is ready: a whole Gizwits cloud on this machine\n");
  output.line(`  HTTP       ${urls.http}`);
  output.line(`  MQTT       ${urls.mqtt}`);
  output.line(`  API        ${urls.http}/openapi.json`);
  output.line(`  app id     ${credentials.app.id}`);
  output.line(`  data       ${folder ?? "in memory"}`);
  output.line(`  products   ${lab.products.map(({ name }) => name).join(", ")}`);
  output.line(`  devices    ${lab.devices.filter(({ isOnline }) => isOnline).length} online`);
  if (device === undefined || first === undefined) {
    output.line("\nNo device yet. Bring some, from another terminal:\n");
    output.line(`  npx gizlab sim pet-house --count 3 --cloud ${urls.http}`);
    output.line("\nCtrl-C stops.");
    return;
  }
  const content = formatBindQr(device);
  output.line(`\n${await drawQr(content)}`);
  output.line(`  binds ${first.product.name}: ${content}\n`);
  output.line("Try next, in another terminal:\n");
  output.line(
    `  curl -H 'X-Gizwits-Application-Id: ${credentials.app.id}' ${urls.http}/app/devdata/${device.did}/latest`,
  );
  output.line(`  npx gizlab sim pet-house --count 100 --cloud ${urls.http}`);
  output.line("  npx gizlab decode --profile pet-house FFFF0010053D0000040100000005011700000074");
  output.line("\nCtrl-C stops.");
}
