import { splitCapture } from "../codec/capture/split-capture.js";
import { CMD, findCommand, nameFrame } from "../codec/commands.js";
import type { Frame } from "../codec/frame.js";
import { MistakeHistory } from "../codec/mistake-pattern.js";
import { explainItem, judgeMistake, MAX_FOLLOWERS, regionOf } from "../codec/mistakes.js";
import { unpackFields } from "../codec/payload.js";
import type { FoundItem } from "../codec/splitter.js";
import { hintTolerated } from "../codec/tolerance.js";
import { formatHex, formatHexNumber } from "../core/hex.js";
import { describeBadM2m, describeM2mItem } from "./describe-m2m.js";
import { describeP0, explainProblem } from "./describe-p0.js";
import type { Found } from "./found.js";
import type { Profile } from "./profile.js";

type Way = "up" | "down";

/**
 * Everything found in bytes, in order: UART and M2M frames, broken ones with the likely mistake, noise. A frame that is
 * accepted in spite of a mistake has a hint too; `way` tells who sent it, where that is known.
 */
export function describeBytes(bytes: Uint8Array, profile?: Profile, way?: Way): Found[] {
  return [...describeCapture(bytes, profile, way)];
}

/** The same one by one, for captures of any size. */
export function* describeCapture(bytes: Uint8Array, profile?: Profile, way?: Way): Generator<Found> {
  // What follows a bad frame may be its rest, and explains it.
  const waiting: FoundItem[] = [];
  const history = new MistakeHistory();
  for (const item of splitCapture(bytes)) {
    const isM2m = item.kind === "m2m" || item.kind === "bad-m2m";
    if (!isM2m) waiting.push(item);
    const kept = isM2m || item.kind === "frame" ? 0 : MAX_FOLLOWERS;
    while (waiting.length > kept) {
      yield describeUartItem(waiting, history, profile, way);
      waiting.shift();
    }
    if (isM2m) yield item.kind === "m2m" ? describeM2mItem(item, profile) : describeBadM2m(item);
  }
  for (; waiting.length > 0; waiting.shift()) yield describeUartItem(waiting, history, profile, way);
}

/** The first of the items; those behind it explain it. */
function describeUartItem(
  items: readonly FoundItem[],
  history: MistakeHistory,
  profile: Profile | undefined,
  way: Way | undefined,
): Found {
  const [item] = items as [FoundItem];
  if (item.kind === "frame") {
    const hint = hintTolerated(item.frame, item.form, way);
    return { ...describeFrame(item.offset, item.frame, profile), ...(hint === undefined ? {} : { hint }) };
  }
  if (item.kind === "garbage") return { offset: item.offset, kind: "garbage", bytes: formatHex(item.bytes) };
  const hint = explainItem(items, 0);
  return describeBad(item, hint === undefined ? hint : judgeMistake(history, item.bad, regionOf(items, 0), hint));
}

/** A UART frame; datapoints are named when the profile is known. */
export function describeFrame(offset: number, { cmd, sn, flags, payload }: Frame, profile: Profile | undefined): Found {
  const carriesP0 = cmd === CMD.p0Down || cmd === CMD.p0DownAck || cmd === CMD.p0Up;
  return {
    offset,
    kind: "frame",
    cmd: formatHexNumber(cmd),
    name: nameFrame(cmd, payload),
    sn,
    flags: formatHexNumber(flags, 4),
    payload: formatHex(payload),
    checksum: "ok",
    ...(carriesP0 ? describeP0(payload, profile) : describeFields(cmd, payload)),
  };
}

function describeBad(item: FoundItem & { kind: "bad" }, hint: string | undefined): Found {
  const { reason, expected, found, bytes } = item.bad;
  const show = (value: number): string => (reason === "checksum" ? formatHexNumber(value) : String(value));
  return {
    offset: item.offset,
    kind: "bad",
    reason,
    expected: show(expected),
    found: show(found),
    hint,
    bytes: formatHex(bytes),
  };
}

function describeFields(cmd: number, payload: Uint8Array): Record<string, unknown> {
  if (payload.length === 0) return {};
  try {
    return { fields: unpackFields(findCommand(cmd)?.fields ?? [], payload) };
  } catch (error) {
    return { problem: explainProblem(error) };
  }
}
