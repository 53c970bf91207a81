import { startIoTimer } from "../../core/io-timer.js";
import type { TraceEntry } from "../../core/trace.js";
import type { RemoteLab } from "../../lab/remote-lab.js";
import type { DisplayValues } from "../../profile/scale.js";

/** The report that was waited for, or what the last of others said. */
export type AwaitedReport =
  | { readonly kind: "reported"; readonly attrs: DisplayValues }
  | { readonly kind: "missing"; readonly last: DisplayValues | undefined };

/**
 * Does `act`, and waits for a report of the device that has all `wanted` values. Throws what `act` and
 * `RemoteLab.followTrace` throw.
 */
export async function awaitReport(
  lab: RemoteLab,
  did: string,
  wanted: DisplayValues,
  withinMs: number,
  act: () => Promise<void>,
): Promise<AwaitedReport> {
  let last: DisplayValues | undefined;
  let hasActed = false;
  let finish: (report: AwaitedReport) => void = () => {};
  const reported = new Promise<AwaitedReport>((resolve) => {
    finish = resolve;
  });
  const follower = await lab.followTrace({ did }, (entry) => {
    const attrs = readReport(entry);
    if (!hasActed || attrs === undefined) return;
    last = { ...last, ...attrs };
    if (isAsWanted(attrs, wanted)) finish({ kind: "reported", attrs });
  });
  try {
    // What is on its way already may come first; only what comes from here on counts.
    hasActed = true;
    await act();
    const timer = startIoTimer(withinMs, () => finish({ kind: "missing", last }));
    try {
      return await Promise.race([reported, follower.gone]);
    } finally {
      timer.cancel();
    }
  } finally {
    follower.close();
  }
}

/** True where `attrs` has every wanted value. */
export function isAsWanted(attrs: DisplayValues, wanted: DisplayValues): boolean {
  return Object.entries(wanted).every(([name, value]) => attrs[name] === value);
}

function readReport({ hop, detail }: TraceEntry): DisplayValues | undefined {
  return hop === "cloud.stored" ? (detail?.attrs as DisplayValues | undefined) : undefined;
}
