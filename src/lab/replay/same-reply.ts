import { CMD } from "../../codec/commands.js";
import { unpackModuleInfo } from "../../codec/module-info.js";
import { GizlabError } from "../../core/errors.js";
import { formatHex } from "../../core/hex.js";
import { describeFrame } from "../../profile/describe.js";
import type { Profile } from "../../profile/profile.js";
import { isRedacted } from "../../record/redact.js";
import type { Reply } from "./exchanges.js";
import type { WireEntry } from "./recorded-wire.js";

/**
 * True for two replies to the same message that say the same: times and serial numbers are each run's own, and so is
 * what holds at its time only. A field that either side hides equals any.
 */
export function isSameReply(recorded: Reply, replayed: Reply, profile: Profile): boolean {
  const [a, b] = [recorded.wire, replayed.wire];
  if (recorded.exchange !== replayed.exchange || a.cmd !== b.cmd || a.name !== b.name) return false;
  if (recorded.caused !== undefined || replayed.caused !== undefined) {
    return isSameValue(recorded.caused, replayed.caused) && isSameReport(a, b, recorded.caused ?? [], profile);
  }
  if (!isSound(a) || !isSound(b)) return false;
  if (a.cmd === CMD.networkTime || a.name === "read-reply") return true;
  if (payloadsOf(a).every((payload) => payload === b.payload)) return true;
  if (a.cmd === CMD.moduleInfo) return isSameModule(a, b);
  return hasMarks(a) || hasMarks(b) ? isSameValue(a.entry.detail?.fields, b.entry.detail?.fields) : false;
}

/** Equal, part by part; a mark of redaction equals any value. */
export function isSameValue(a: unknown, b: unknown): boolean {
  if (isRedacted(a) || isRedacted(b) || a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) =>
    isSameValue((a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name]),
  );
}

/** Bytes that hold no sound frame are shown, unless the recording hides them. */
function isSound({ frame, entry }: WireEntry): boolean {
  return frame !== undefined || isRedacted(entry.detail?.hex);
}

/** What the bytes say, and what the recording says beside them. */
function payloadsOf({ frame, payload }: WireEntry): string[] {
  return frame === undefined ? [payload] : [payload.toLowerCase(), formatHex(frame.payload)];
}

function hasMarks({ entry }: WireEntry): boolean {
  const { fields, payload } = entry.detail ?? {};
  if (isRedacted(payload)) return true;
  return typeof fields === "object" && fields !== null && Object.values(fields).some(isRedacted);
}

/** Of a report that a control has caused, the datapoints that it set: the others are of their time. */
function isSameReport(a: WireEntry, b: WireEntry, names: readonly string[], profile: Profile): boolean {
  const values = [...attrsOf(a, profile), ...attrsOf(b, profile)].filter((attrs) => attrs !== undefined);
  return names.every((name) => values.every((attrs) => isSameValue(attrs[name], values[0]?.[name])));
}

function attrsOf({ entry, frame }: WireEntry, profile: Profile): (Readonly<Record<string, unknown>> | undefined)[] {
  const said = entry.detail?.attrs as Readonly<Record<string, unknown>> | undefined;
  const found = frame === undefined ? undefined : describeFrame(0, frame, profile).attrs;
  return [said, found as Readonly<Record<string, unknown>> | undefined];
}

/** Addresses and cells are those of the hour. */
function isSameModule(a: WireEntry, b: WireEntry): boolean {
  if (a.frame === undefined || b.frame === undefined)
    return isSameValue(a.entry.detail?.fields, b.entry.detail?.fields);
  try {
    const [recorded, replayed] = [a.frame, b.frame].map(({ payload }) => ({
      ...unpackModuleInfo(payload),
      ip: "",
      cells: [],
    }));
    return isSameValue(recorded, replayed);
  } catch (error) {
    if (error instanceof GizlabError) return false;
    throw error;
  }
}
