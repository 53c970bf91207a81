import type { Lab } from "../../src/lab/lab.js";
import type { AppUser } from "./open-api.js";

/** One line of a device's log, as `raw_data` shows it (cloud.md 8.2). */
export interface LogLine {
  readonly type: string;
  readonly timestamp: number;
  readonly ip: string;
  readonly payload?: { readonly reason?: string; readonly duration?: number; readonly keep_alive?: number };
  readonly payload_bin?: string;
  readonly source?: string;
  readonly uid?: string;
  readonly appid?: string;
}

/** The last day of a device's log, oldest first. */
export async function readLog(lab: Lab, user: AppUser, did: string, type: "cmd" | "online"): Promise<LogLine[]> {
  const nowS = Math.floor(lab.clock.now() / 1000);
  const query = new URLSearchParams({
    type,
    start_time: String(nowS - 86_400),
    end_time: String(nowS),
    limit: "1000",
    sort: "asc",
  });
  const { body } = await user.call<{ objects: LogLine[] }>("GET", `/app/devices/${did}/raw_data?${query}`);
  return body.objects;
}
