import { createHash } from "node:crypto";
import { parseDuration } from "../../core/duration.js";
import { GizlabError } from "../../core/errors.js";
import { ioNow } from "../../core/io-timer.js";
import { RemoteAppUser } from "../../lab/remote-app.js";
import type { RemoteDevice } from "../../lab/remote-lab.js";
import { formatAttrs } from "../../lab/trace-text.js";
import { type DisplayValues, displayValues, wireValues } from "../../profile/scale.js";
import { readAssignments } from "../mcu/attr-text.js";
import { createOutput, type Output, UsageError } from "../output.js";
import { type AwaitedReport, awaitReport, isAsWanted } from "./await-report.js";
import { formatValue } from "./datapoint-text.js";
import { type DeviceArguments, nameDevice, type OpenDevice, openDevice } from "./open-device.js";

export type ChangeArguments = DeviceArguments & { readonly values: readonly string[]; readonly within: string };

/** The app user that `gizlab control` is; the lab keeps the user, with what it has bound. */
const USER = "gizlab-control";
const PHONE_DIGITS = 32;
/** A device that has nothing new to report says nothing. */
const UNCHANGED_WAIT_MS = 1500;
const LONGEST_WAIT_MS = 3_600_000;

/** What changes the device; gives what is worth a word, such as that the user has just bound it. */
type Change = (opened: OpenDevice, wanted: DisplayValues, output: Output) => Promise<void>;

/**
 * Changes datapoints from a virtual device's own side, and shows the report of it. Throws as `openDevice`,
 * `device-not-virtual`, the `attr-…` errors, and `report-missing` when no report comes in time.
 */
export function runSet(args: ChangeArguments): Promise<void> {
  return change(args, false, async ({ lab, device }, wanted) => {
    if (device.is_virtual) return lab.setAttrs(device.did, wanted);
    throw new GizlabError("device-not-virtual", `${nameDevice(device)} is no virtual device of this lab`, {
      hint: `a board or another program has its own side; change it as an app does: gizlab control ${args.did} ${args.values.join(" ")}`,
    });
  });
}

/**
 * Controls a device as an app does: by a user that has bound it, over the Open API; and shows the report that follows.
 * Throws as `openDevice` and `RemoteAppUser` do, the `attr-…` errors, and `report-missing`.
 */
export function runControl(args: ChangeArguments): Promise<void> {
  return change(args, true, async ({ url, state, device }, wanted, output) => {
    const user = await RemoteAppUser.enter(url, state.app.id, namePhone(device));
    try {
      await user.control(device.did, wanted);
    } catch (error) {
      if (!(error instanceof GizlabError) || error.code !== "not-bound") throw error;
      await user.bind(device.did, device.passcode);
      output.note(`gizlab: the app user "${USER}" has bound ${nameDevice(device)}`);
      await user.control(device.did, wanted);
    }
  });
}

/**
 * The phone of the user of a device. Whoever can say a phone_id is its user, so this one follows from the passcode: only
 * who might bind the device anyway can say it.
 */
function namePhone({ did, passcode }: RemoteDevice): string {
  return `${USER}-${createHash("sha256").update(`${did} ${passcode}`).digest("hex").slice(0, PHONE_DIGITS)}`;
}

async function change(args: ChangeArguments, isControl: boolean, act: Change): Promise<void> {
  const output = createOutput(args.json);
  const withinMs = Math.round(parseDuration(args.within));
  if (withinMs > LONGEST_WAIT_MS) throw new UsageError("--within is an hour at most");
  const opened = await openDevice(args, output);
  const { lab, device, readings, profile, state } = opened;
  const given = readAssignments(args.values, profile, (message, hint) => new UsageError(message, hint));
  // In the form in which a report says them: labels, and numbers at the datapoint's steps.
  const wanted = displayValues(profile, wireValues(profile, given, { writableOnly: isControl }));
  noteRounding(given, wanted, output);
  const before = readings.attrs;
  if (state.clock.mode === "virtual") {
    await act(opened, wanted, output);
    tell(opened, { wanted, before, afterMs: undefined }, output);
    output.note("gizlab: time stands still in this lab, and the report with it: POST /_lab/clock moves it on");
    return;
  }
  const isNew = !isAsWanted(before, wanted);
  const startedAt = ioNow();
  const report = await awaitReport(
    lab,
    device.did,
    wanted,
    isNew ? withinMs : Math.min(withinMs, UNCHANGED_WAIT_MS),
    () => act(opened, wanted, output),
  );
  if (report.kind === "missing" && isNew) throw describeMissing(opened, wanted, report, args.within);
  const afterMs = report.kind === "missing" ? undefined : Math.round(ioNow() - startedAt);
  tell(opened, { wanted, before, afterMs }, output);
  if (report.kind === "missing") output.note("gizlab: it was so already, and the device has nothing new to report");
}

interface Outcome {
  readonly wanted: DisplayValues;
  readonly before: DisplayValues;
  /** How long it took until the report; undefined without one. */
  readonly afterMs: number | undefined;
}

function tell({ device }: OpenDevice, { wanted, before, afterMs }: Outcome, output: Output): void {
  const { did, product } = device;
  const was = Object.fromEntries(Object.keys(wanted).map((name) => [name, before[name] ?? null]));
  output.json({ did, product, attrs: wanted, before: was, reported: afterMs !== undefined, after_ms: afterMs ?? null });
  output.line(`${nameDevice(device)}${afterMs === undefined ? "" : ` reported after ${afterMs} ms`}`);
  for (const [name, value] of Object.entries(wanted)) {
    const old = before[name];
    output.line(`  ${name}  ${old === undefined ? "unknown" : formatValue(old)} -> ${formatValue(value)}`);
  }
}

/** A number between two steps of its datapoint goes as the nearest of them. */
function noteRounding(given: DisplayValues, wanted: DisplayValues, output: Output): void {
  for (const [name, value] of Object.entries(wanted)) {
    const typed = given[name];
    if (typeof typed === "number" && typeof value === "number" && typed !== value) {
      output.note(`gizlab: ${name}=${typed} is between two steps of the datapoint; ${value} is sent`);
    }
  }
}

function describeMissing(
  { device }: OpenDevice,
  wanted: DisplayValues,
  report: AwaitedReport & { readonly kind: "missing" },
  within: string,
): GizlabError {
  const { last } = report;
  const names = Object.keys(wanted);
  const seen =
    last === undefined ? {} : Object.fromEntries(names.flatMap((name) => (name in last ? [[name, last[name]]] : [])));
  return new GizlabError(
    "report-missing",
    `${nameDevice(device)} did not report ${formatAttrs(wanted)} within ${within}`,
    {
      hint: `${
        last === undefined ? "no report came" : `its last report says ${formatAttrs(seen)}`
      }; gizlab trace --did ${device.did} shows how far it got`,
    },
  );
}
