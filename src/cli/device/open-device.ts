import { GizlabError } from "../../core/errors.js";
import { type RemoteDevice, RemoteLab, type RemoteReadings, type RemoteState } from "../../lab/remote-lab.js";
import type { Profile } from "../../profile/profile.js";
import { readLabToken } from "../lab-token.js";
import type { Output } from "../output.js";
import { findCloud } from "../running-lab/find-cloud.js";
import { findDevice } from "./find-device.js";

/** What every command about one device takes. */
export interface DeviceArguments {
  readonly did: string;
  readonly cloud?: string;
  readonly "lab-token"?: string;
  readonly json: boolean;
}

/** A device of a running lab, with its product and what it last reported. */
export interface OpenDevice {
  readonly url: string;
  readonly lab: RemoteLab;
  readonly state: RemoteState;
  readonly device: RemoteDevice;
  readonly readings: RemoteReadings;
  readonly profile: Profile;
}

/** Finds the running lab. Throws as `findCloud`, and `usage` for a token that is none. */
export async function openLab(
  args: Omit<DeviceArguments, "did">,
  output: Output,
): Promise<{ url: string; lab: RemoteLab }> {
  const token = readLabToken(args["lab-token"]);
  const url = await findCloud(args.cloud, output.note);
  return { url, lab: new RemoteLab(url, token) };
}

/** Finds the device that is meant. Throws as `openLab`, `findDevice` and `RemoteLab` do, and `product-unknown`. */
export async function openDevice(args: DeviceArguments, output: Output): Promise<OpenDevice> {
  const { url, lab } = await openLab(args, output);
  const state = await lab.state();
  const device = findDevice(state, args.did);
  if (device.product === null) {
    throw new GizlabError("product-unknown", `the product of ${device.did} is not loaded`, {
      hint: `start gizlab up with --profile for product_key ${device.product_key}`,
    });
  }
  const [readings, profile] = await Promise.all([
    lab.device(device.did),
    lab.profile(device.product_key, state.app.id),
  ]);
  return { url, lab, state, device, readings, profile };
}

/** A device in a few words: its product and did. */
export function nameDevice({ product, did }: RemoteDevice): string {
  return `${product} ${did}`;
}
