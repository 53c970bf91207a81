import { onTestFinished } from "vitest";
import { createWallClock } from "../../src/core/clock.js";
import type { Lab } from "../../src/lab/lab.js";
import type { LabOptions } from "../../src/lab/lab-options.js";
import { loadProfile } from "../../src/lab/profiles.js";
import { startLab } from "../../src/lab/start-lab.js";
import { openPort } from "../../src/link/open-port.js";
import type { PortLink } from "../../src/link/port.js";
import { VirtualMcu } from "../../src/mcu/virtual-mcu.js";
import type { Profile } from "../../src/profile/profile.js";
import { type CliProcess, type Event, startCli } from "./cli-process.js";
import { pollUntil } from "./poll.js";

/** A microcontroller at the far end of a real port. */
export interface PortMcu {
  readonly mcu: VirtualMcu;
  readonly link: PortLink;
  unplug(): void;
}

/** A cloud with open ports in the process of the test, until its end. */
export async function startPortCloud(options: LabOptions = {}): Promise<Lab> {
  const lab = await startLab({
    profiles: ["pet-house"],
    clock: "wall",
    http: { port: 0 },
    mqtt: { port: 0 },
    ...options,
  });
  onTestFinished(() => lab.close());
  return lab;
}

/** Starts `gizlab bridge --json` and waits until it is ready. */
export async function startBridge(port: string, cloud: string, ...more: readonly string[]) {
  const bridge = startCli(["bridge", port, "--cloud", cloud, "--json", ...more]);
  const ready = (await bridge.event("ready")) as Event & { port: string; path?: string; mac: string };
  return { bridge, ready };
}

/** Powers an MCU on at a port; the port is waited for. */
export async function plugMcuIn(port: string, profile: Profile = loadProfile("pet-house").profile): Promise<PortMcu> {
  const link = await openPort(port);
  const mcu = new VirtualMcu({ profile, clock: createWallClock(), link });
  const unplug = (): void => {
    mcu.stop();
    link.close();
  };
  onTestFinished(unplug);
  mcu.start();
  return { mcu, link, unplug };
}

/** The did by which the board is online, the `times`th time that it gets there. */
export async function waitOnline(bridge: CliProcess, times = 1): Promise<string> {
  const isOnline = ({ event, detail }: Event): boolean => {
    return event === "module.state" && (detail as { state: string }).state === "online";
  };
  const events = await pollUntil(
    `board online, time ${times}`,
    async () => bridge.events.filter(isOnline),
    ({ length }) => length >= times,
    20_000,
  );
  return String(events[times - 1]?.did);
}

/** The frames of a direction by name, in order, as the bridge has told them. */
export function listFrames(bridge: CliProcess, way: "uart.up" | "uart.down"): string[] {
  return bridge.events
    .filter(({ event }) => event === way)
    .map(({ detail }) => String((detail as { name: string }).name));
}
