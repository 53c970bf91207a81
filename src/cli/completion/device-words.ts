import { type RemoteDevice, RemoteLab, type RemoteState } from "../../lab/remote-lab.js";
import type { Datapoint, Profile } from "../../profile/profile.js";
import { type DisplayValues, toDisplay } from "../../profile/scale.js";
import { findDevice } from "../device/find-device.js";
import { readLabToken } from "../lab-token.js";
import { findCloudOrNone } from "../running-lab/find-cloud.js";
import type { Question } from "./question.js";

interface KnownDevice {
  readonly device: RemoteDevice;
  readonly profile: Profile;
  readonly attrs: DisplayValues;
}

/** Dids, and the products of which there is one device. */
export async function completeDevice(question: Question): Promise<string[]> {
  const { devices } = (await readState(question))?.state ?? { devices: [] };
  const products = devices.map(({ product }) => product);
  const single = products.filter((name) => name !== null && products.indexOf(name) === products.lastIndexOf(name));
  return [...single.flatMap((name) => name ?? []), ...devices.map(({ did }) => did)];
}

/** Dids alone. */
export async function completeDid(question: Question): Promise<string[]> {
  return ((await readState(question))?.state.devices ?? []).map(({ did }) => did);
}

/** The products of the lab. */
export async function completeProduct(question: Question): Promise<string[]> {
  return ((await readState(question))?.state.products ?? []).map(({ name }) => name);
}

/** The datapoints of the device that is named, but for those that stand there already. */
export async function completeNames(question: Question): Promise<string[]> {
  const known = await readDevice(question);
  return (known?.profile.datapoints ?? []).map(({ name }) => name).filter((name) => !question.words.includes(name));
}

/** `NAME=` for the datapoints of the device that is named; behind the `=` what the datapoint takes. */
export async function completeValues(question: Question, isWritableOnly: boolean): Promise<string[]> {
  const known = await readDevice(question);
  if (known === undefined) return [];
  const { profile, attrs } = known;
  const datapoints = profile.datapoints.filter(({ access }) => !isWritableOnly || access === "writable");
  const name = question.current.split("=", 1)[0];
  if (!question.current.includes("=")) {
    const isGiven = (datapoint: Datapoint): boolean =>
      question.words.some((word) => word.startsWith(`${datapoint.name}=`));
    return datapoints.filter((datapoint) => !isGiven(datapoint)).map((datapoint) => `${datapoint.name}=`);
  }
  const datapoint = datapoints.find((candidate) => candidate.name === name);
  return datapoint === undefined ? [] : listValues(datapoint, attrs).map((value) => `${name}=${value}`);
}

/** Every value of a bool or enum; of a number its limits and what it is now. */
function listValues(datapoint: Datapoint, attrs: DisplayValues): string[] {
  const { dataType, labels, min, max, name } = datapoint;
  if (dataType === "bool") return ["true", "false"];
  if (dataType === "enum") return [...labels];
  const now = attrs[name];
  const limits = dataType === "binary" ? [] : [toDisplay(datapoint, min), toDisplay(datapoint, max)];
  return [...(now === undefined ? [] : [now]), ...limits].map(String);
}

/** The running lab, as a command with the same words would find it; undefined where it would not. */
async function readState({ cloud }: Question): Promise<{ lab: RemoteLab; state: RemoteState } | undefined> {
  try {
    const url = await findCloudOrNone(cloud, () => {});
    if (url === undefined) return undefined;
    const lab = new RemoteLab(url, readLabToken(undefined));
    return { lab, state: await lab.state() };
  } catch {
    return undefined;
  }
}

/** The device that the first word behind the command means. */
async function readDevice(question: Question): Promise<KnownDevice | undefined> {
  const found = await readState(question);
  if (found === undefined) return undefined;
  const { lab, state } = found;
  try {
    const device = findDevice(state, question.words[1] ?? "");
    const [{ attrs }, profile] = await Promise.all([
      lab.device(device.did),
      lab.profile(device.product_key, state.app.id),
    ]);
    return { device, attrs, profile };
  } catch {
    return undefined;
  }
}
