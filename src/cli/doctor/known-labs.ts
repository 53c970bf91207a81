import { probeLab } from "../../lab/lab-probe.js";
import { listRunningLabs } from "../running-lab/running-labs.js";
import type { KnownLab } from "./check-ports.js";

/** The labs that announce themselves on this machine, and the one that answers at a port without that. */
export async function listKnownLabs(httpPort: number): Promise<KnownLab[]> {
  const labs = (await listRunningLabs()).map(({ pid, folder, http, mqtt }) => ({
    pid,
    folder,
    ports: [http, mqtt].map((url) => Number(new URL(url).port)),
  }));
  if (labs.some(({ ports }) => ports.includes(httpPort))) return labs;
  const probe = await probeLab(`http://127.0.0.1:${httpPort}`);
  return probe.kind === "lab" ? [...labs, { pid: probe.pid, folder: probe.folder, ports: [httpPort] }] : labs;
}
