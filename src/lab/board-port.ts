import type { Clock } from "../core/clock.js";
import { GizlabError } from "../core/errors.js";
import { openPort } from "../link/open-port.js";
import type { PortLink, SerialSettings } from "../link/port.js";
import { parsePortSpec } from "../link/port-spec.js";
import { openReconnecting, type ReconnectingLink } from "../link/reconnecting.js";
import { type BaudDetectionOptions, detectBaud } from "./baud-detection.js";

/** How often a port that this process has just closed is tried again, while the system still calls it busy. */
const BUSY_TRIES = 20;
const BUSY_PAUSE_MS = 50;

/** True for a PORT whose speed can be set from here. Throws `port-spec`. */
export function hasBaud(text: string): boolean {
  const { kind } = parsePortSpec(text);
  return kind === "serial" || kind === "rfc2217";
}

/** True for a PORT that is a program of this machine, started once more when the port is opened again. Throws `port-spec`. */
export function isProgram(text: string): boolean {
  return parsePortSpec(text).kind === "exec";
}

/** A port that was open a moment ago, with its speed being found out, may still be busy. */
export interface BoardPortOptions {
  readonly clock: Clock;
  readonly wasOpen: boolean;
}

/** As `openBoardPort`, for who wants to hear of every failed try as well, by `onState` of the link. */
export function openLastingPort(
  text: string,
  settings: SerialSettings,
  { clock, wasOpen }: BoardPortOptions,
): Promise<ReconnectingLink> {
  if (!wasOpen) return openReconnecting(text, { settings });
  return openReconnecting(text, {
    settings,
    open: (again, at = settings) => openReleased(again, at, clock, BUSY_TRIES),
  });
}

/**
 * Opens the port of a board, and again whenever it vanishes; `onState` is told when it goes and comes back, and `onWhy`
 * why it cannot be opened, or that a program has ended.
 * Rejects as `openPort` does if it is not there to begin with.
 */
export async function openBoardPort(
  text: string,
  settings: SerialSettings,
  onState: (isOpen: boolean) => void,
  onWhy?: (why: GizlabError) => void,
): Promise<ReconnectingLink> {
  const link = await openReconnecting(text, { settings });
  let wasOpen: boolean | undefined;
  link.onState((isOpen, why) => {
    if (why !== undefined) return onWhy?.(why);
    // It is told again when it still cannot be opened, and why.
    const isNews = wasOpen !== undefined && wasOpen !== isOpen;
    wasOpen = isOpen;
    if (isNews) onState(isOpen);
  });
  return link;
}

/**
 * Opens a port for one piece of work, and waits until somebody is at a port that listens; `onWaiting` is told meanwhile.
 * The link closes when the port vanishes, and when who had come leaves. Rejects as `openPort` does.
 */
export async function openPortOnce(
  text: string,
  settings: SerialSettings,
  onWaiting: (name: string) => void,
): Promise<PortLink> {
  const link = await openPort(text, settings);
  await new Promise<void>((resolve) => {
    let hasCome = false;
    link.onPeer((isThere) => {
      if (isThere) {
        hasCome = true;
        resolve();
      } else if (hasCome) link.close();
      else onWaiting(link.name);
    });
  });
  return link;
}

/**
 * Finds the speed of the board at a port, which is closed again. Rejects with `baud-fixed` for a port without a speed,
 * and as `openPort` and `detectBaud` do.
 */
export async function detectBoardBaud(
  text: string,
  settings: Omit<SerialSettings, "baud">,
  options: Omit<BaudDetectionOptions, "open">,
): Promise<number> {
  if (!hasBaud(text)) {
    throw new GizlabError("baud-fixed", `${text} has no speed that could be found out from here`, {
      hint: "leave --baud auto away, and set the speed where the other end meets the board",
    });
  }
  let isFirst = true;
  return detectBaud({
    ...options,
    open: async (each) => {
      const link = await openReleased(text, { ...settings, baud: each }, options.clock, isFirst ? 1 : BUSY_TRIES);
      isFirst = false;
      return link;
    },
  });
}

async function openReleased(text: string, settings: SerialSettings, clock: Clock, tries: number): Promise<PortLink> {
  for (let left = tries; ; left -= 1) {
    try {
      return await openPort(text, settings);
    } catch (error) {
      if (!(error instanceof GizlabError) || error.code !== "serial-busy" || left <= 1) throw error;
      await pause(clock);
    }
  }
}

function pause(clock: Clock): Promise<void> {
  return new Promise((resolve) => clock.setTimer("busy port", BUSY_PAUSE_MS, resolve));
}
