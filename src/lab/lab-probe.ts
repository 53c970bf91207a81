import { GizlabError } from "../core/errors.js";
import { type LabHealth, RemoteLab } from "./remote-lab.js";

/** What answers at a URL: a lab, a lab that this machine may not control, another program, nothing in time, or nobody. */
export type LabProbe =
  | (LabHealth & { readonly kind: "lab" })
  | { readonly kind: "forbidden" | "other" | "silent" | "absent" };

/** Asks whether a lab runs at a URL. Throws `cloud-url`. */
export async function probeLab(url: string): Promise<LabProbe> {
  const lab = new RemoteLab(url);
  try {
    return { kind: "lab", ...(await lab.health()) };
  } catch (error) {
    return { kind: judge(error) };
  }
}

function judge(error: unknown): "forbidden" | "other" | "silent" | "absent" {
  if (!(error instanceof GizlabError)) return "other";
  if (error.code === "lab-forbidden") return "forbidden";
  if (error.code !== "cloud-unreachable") return "other";
  return (error.cause as NodeJS.ErrnoException | undefined)?.code === undefined ? "silent" : "absent";
}
