import { resolve } from "node:path";
import { type Coverage, formatCoverage } from "../../lab/coverage.js";
import type { Lab } from "../../lab/lab.js";
import { recordLabToFile } from "../../lab/lab-recording.js";
import { readSeedFile } from "../../lab/seed-file.js";
import { startLab } from "../../lab/start-lab.js";
import { describeRefusal } from "../../lab/trace/refusal-text.js";
import { VERSION } from "../../lab/version.js";
import { waitForInterrupt } from "../interrupt.js";
import { readLabToken } from "../lab-token.js";
import { readInteger } from "../number-option.js";
import { createOutput, type Output, UsageError } from "../output.js";
import { announceLab } from "../running-lab/announcement.js";
import { DEFAULT_FOLDER } from "../running-lab/data-folder.js";
import { reachableUrl } from "../running-lab/reachable-url.js";
import { executeInLab } from "./execute.js";
import { NOT_YET } from "./not-yet.js";
import { printReady } from "./ready-text.js";

export interface UpArguments {
  readonly host: string;
  readonly "http-port"?: string;
  readonly "mqtt-port"?: string;
  readonly data?: string;
  readonly memory: boolean;
  readonly profile?: string[];
  readonly seed?: string;
  readonly devices?: string;
  readonly tz: string;
  readonly clock: "wall" | "virtual";
  readonly open: boolean;
  readonly exec?: string;
  readonly "lab-token"?: string;
  readonly record?: string;
  readonly coverage: boolean;
  readonly qr: boolean;
  readonly json: boolean;
}

const MAX_DEVICES = 10_000;
/** Devices of each product that are powered on together. */
const WAVE = 50;

/**
 * Starts the cloud, says where it is, and keeps it up until interrupted or until `--exec` ends. Throws what `startLab`
 * throws, and `file-unwritable`.
 */
export async function runUp(args: UpArguments): Promise<void> {
  const output = createOutput(args.json);
  for (const name of NOT_YET) {
    if ((args as unknown as Record<string, unknown>)[name] !== undefined)
      throw new UsageError(`--${name}: not in this version`);
  }
  if (args.memory && args.data !== undefined)
    throw new UsageError("--memory keeps nothing, so --data has no use", "leave one of them out");
  if (args.exec?.trim() === "") throw new UsageError("--exec is empty", 'name a command: --exec "npm test"');
  const folder = args.memory ? undefined : (args.data ?? DEFAULT_FOLDER);
  const interrupted = waitForInterrupt();
  const perProfile = readInteger("devices", args.devices, 0, 0, MAX_DEVICES);
  const labToken = readLabToken(args["lab-token"]);
  const lab = await startLab({
    clock: args.clock,
    zone: args.tz,
    open: args.open,
    coverage: args.coverage,
    ...(labToken === undefined ? {} : { labToken }),
    http: { host: args.host, port: readInteger("http-port", args["http-port"], 8088, 0, 65_535) },
    mqtt: { host: args.host, port: readInteger("mqtt-port", args["mqtt-port"], 1883, 0, 65_535) },
    ...(folder === undefined ? {} : { folder }),
    ...(args.profile === undefined ? {} : { profiles: args.profile }),
    ...(args.seed === undefined ? {} : { fixed: readSeedFile(args.seed) }),
  });
  let stopTelling = (): void => {};
  let endRecording = async (): Promise<void> => {};
  let withdraw = (): void => {};
  try {
    // A device that is kept away tries for ever and says nothing itself.
    stopTelling = lab.cloud.refusals.listen((entry) => output.note(`gizlab: ${describeRefusal(entry)}`));
    if (args.record !== undefined) endRecording = await recordLabToFile(lab, args.record);
    const isUp = await Promise.race([bringDevices(lab, perProfile), interrupted.then(() => false)]);
    if (!isUp) return;
    const announcement = {
      pid: process.pid,
      version: VERSION,
      http: reachableUrl(lab.urls.http),
      mqtt: reachableUrl(lab.urls.mqtt),
      folder: folder === undefined ? null : resolve(folder),
      cwd: process.cwd(),
    };
    withdraw = announceLab(announcement, (remark) => output.note(`gizlab: ${remark}`));
    output.json(describeReady(lab));
    if (args.exec !== undefined) {
      process.exitCode = await executeInLab(args.exec, { lab, labToken, interrupted, output });
      return;
    }
    if (!output.isJson) await printReady(lab, output, { folder, withQr: args.qr });
    await interrupted;
  } finally {
    withdraw();
    if (args.coverage) printCoverage(lab.coverage(), output);
    stopTelling();
    await lab.close();
    await endRecording();
    output.json({ event: "stopped" });
  }
}

/** Powers the virtual devices on, a wave at a time so that an interrupt finds its turn; reset leads back to them. */
async function bringDevices(lab: Lab, perProfile: number): Promise<boolean> {
  for (let left = perProfile; left > 0; left -= WAVE) {
    await Promise.all(lab.products.map(({ name }) => lab.addDevices(name, Math.min(WAVE, left))));
  }
  if (perProfile > 0) await lab.snapshots.saveSeed();
  return true;
}

function printCoverage(coverage: Coverage, output: Output): void {
  output.json({ event: "coverage", ...coverage });
  for (const line of formatCoverage(coverage)) output.line(line);
}

/** The first line of `--json` (interfaces.md 2). */
function describeReady(lab: Lab) {
  const { credentials, cloud } = lab;
  return {
    event: "ready",
    version: VERSION,
    pid: process.pid,
    urls: lab.urls,
    ...credentials,
    products: cloud.products.all.map(({ name, productKey, secret }) => ({
      name,
      product_key: productKey,
      product_secret: secret,
    })),
    devices: cloud.registry
      .list()
      .filter(({ isDisabled }) => !isDisabled)
      .map(({ did, mac, passcode, productKey }) => ({ did, mac, passcode, product_key: productKey })),
  };
}
