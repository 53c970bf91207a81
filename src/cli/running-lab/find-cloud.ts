import { GizlabError } from "../../core/errors.js";
import { probeLab } from "../../lab/lab-probe.js";
import { readCloudUrl } from "../../lab/remote-cloud.js";
import { listRunningLabs, type RunningLab } from "./running-labs.js";

/** The environment variable that names the cloud of `up --exec`. */
export const CLOUD_VARIABLE = "GIZLAB_HTTP";
/** Where `gizlab up` listens unless it is told otherwise. */
export const DEFAULT_URL = "http://127.0.0.1:8088";
/** The environment variable that names another address to try last; empty for none. */
export const DEFAULT_VARIABLE = "GIZLAB_DEFAULT_HTTP";
const MOST_LISTED = 4;

/**
 * The URL of the cloud that a command works with: `--cloud`, then `GIZLAB_HTTP`, then the lab of this folder, then the
 * one of this machine, then the default address. A choice between labs is said with `note`. Throws `cloud-url`,
 * `lab-several` and `lab-absent`.
 */
export async function findCloud(given: string | undefined, note: (text: string) => void): Promise<string> {
  const found = await findCloudOrNone(given, note);
  if (found !== undefined) return found;
  throw new GizlabError("lab-absent", "no lab is running here: start one with gizlab up");
}

/** The same, and undefined where no lab runs. Throws `cloud-url`, `lab-several`. */
export async function findCloudOrNone(
  given: string | undefined,
  note: (text: string) => void,
): Promise<string | undefined> {
  if (given !== undefined) return given;
  const ofEnvironment = process.env[CLOUD_VARIABLE] ?? "";
  if (ofEnvironment !== "") return checkVariable(CLOUD_VARIABLE, ofEnvironment);
  const labs = await listRunningLabs();
  const here = labs.filter(({ isHere }) => isHere);
  const [lab, ...more] = here.length > 0 ? here : labs;
  if (lab === undefined) return findDefault();
  if (more.length > 0) throw describeSeveral([lab, ...more], here.length > 0 ? "in this folder" : "on this machine");
  if (!lab.isHere) note(`gizlab: no lab runs in this folder; this is about ${describeLab(lab)}`);
  else if (labs.length > 1)
    note(`gizlab: several labs run on this machine; this is about the one of this folder, ${lab.http}`);
  return lab.http;
}

/** A lab in a few words: `http://127.0.0.1:8088 (pid 12, /home/me/.gizlab)`. */
export function describeLab({ http, pid, folder }: RunningLab): string {
  return `${http} (pid ${pid}, ${folder ?? "in memory"})`;
}

function checkVariable(name: string, url: string): string {
  try {
    readCloudUrl(url);
  } catch {
    throw new GizlabError("cloud-url", `${name} of the environment is "${url}", which is no URL of a cloud`, {
      hint: `write it as ${DEFAULT_URL}, or unset it`,
    });
  }
  return url;
}

/** A lab that announces itself nowhere, such as another user's. */
async function findDefault(): Promise<string | undefined> {
  const url = process.env[DEFAULT_VARIABLE] ?? DEFAULT_URL;
  if (url === "") return undefined;
  const { kind } = await probeLab(checkVariable(DEFAULT_VARIABLE, url));
  return kind === "lab" || kind === "forbidden" ? url : undefined;
}

function describeSeveral(labs: readonly RunningLab[], where: string): GizlabError {
  const listed = labs.slice(0, MOST_LISTED).map(describeLab).join(", ");
  const rest = labs.length > MOST_LISTED ? ` and ${labs.length - MOST_LISTED} more` : "";
  return new GizlabError("lab-several", `${labs.length} labs run ${where}: ${listed}${rest}`, {
    hint: `name the one that is meant: --cloud ${labs[0]?.http ?? "URL"}`,
  });
}
