import { type FuzzOptions, type FuzzReport, rebootMcu, runFuzz } from "../../check/fuzz.js";
import { ModuleBench } from "../../check/module-bench.js";
import { type CheckOptions, type CheckReport, runChecks } from "../../check/run-checks.js";
import { createWallClock, VirtualClock } from "../../core/clock.js";
import { isProgram, openPortOnce } from "../../lab/board-port.js";
import { type LoneMcu, startLoneMcu } from "../../lab/lone-mcu.js";
import type { NamedProfile } from "../../lab/profiles.js";
import type { Output } from "../output.js";
import type { readSerial } from "../serial-options.js";

/** An MCU to be checked, wherever it is. */
export interface CheckTarget {
  /** True where rules take as long as they take. */
  readonly isReal: boolean;
  check(options: Pick<CheckOptions, "onRule" | "onResult">): Promise<CheckReport>;
  fuzz(options: Pick<FuzzOptions, "sequences" | "seed" | "onSequence" | "onAttempt">): Promise<FuzzReport>;
  close(): void;
}

export interface TargetOptions {
  readonly product: NamedProfile;
  readonly serial: ReturnType<typeof readSerial>;
  readonly seed: string;
  readonly isQuick: boolean;
}

const START_AT = Date.UTC(2026, 0, 1);
/** A USB adapter and the scheduling of a busy machine. */
const SLACK_MS = 50;
/** Boards restart when their port is opened; who opens a pty has first to be started. */
const PATIENCE_MS = { port: 5000, pty: 60_000 };

/** The virtual MCU of a product, on a clock that runs as fast as it can. */
export function startVirtualTarget({ product, serial, seed, isQuick }: TargetOptions): CheckTarget {
  const { profile } = product;
  const { baud } = serial;
  const clock = new VirtualClock(START_AT);
  // Everything is in this process, and bytes move in microtasks.
  clock.hearsEverything = true;
  let mcu: LoneMcu | undefined;
  const restart = () => {
    mcu?.close();
    mcu = startLoneMcu({ product, clock, seed, baud });
    return { link: mcu.link, clock, profile, baud, isQuick };
  };
  return {
    isReal: false,
    check: (options) => clock.resolve(runChecks({ ...restart(), ...options })),
    fuzz: (options) => clock.resolve(runFuzz({ ...options, profile, restart: async () => new ModuleBench(restart()) })),
    close: () => mcu?.close(),
  };
}

/** Opens the port of a real MCU, and waits for it where the port listens. Rejects as `openPort` does. */
export async function openPortTarget(port: string, options: TargetOptions, output: Output): Promise<CheckTarget> {
  const { product, serial, isQuick } = options;
  const { profile } = product;
  const clock = createWallClock();
  const open = (): ReturnType<typeof openPortOnce> =>
    openPortOnce(port, serial, (name) => {
      output.json({ event: "port", port: name, open: false });
      output.note(`gizlab: ${name} waits for the MCU`);
    });
  let link = await open();
  const isPty = port === "pty";
  output.json({ event: "port", port: link.name, path: link.path, open: true });
  if (isPty) output.note(`gizlab: the MCU opens ${link.path}`);
  const patienceMs = isPty ? PATIENCE_MS.pty : PATIENCE_MS.port;
  const describeWire = () => ({ link, clock, profile, baud: serial.baud, slackMs: SLACK_MS, isQuick });
  const start = async (): Promise<ModuleBench | undefined> => {
    const bench = new ModuleBench(describeWire());
    return (await bench.wake(patienceMs)) ? bench : undefined;
  };
  return {
    isReal: true,
    check: (more) => runChecks({ ...describeWire(), patienceMs, ...more }),
    fuzz: (more) => {
      let bench: ModuleBench | undefined;
      const restart = async (): Promise<ModuleBench | undefined> => {
        if (bench === undefined) bench = await start();
        else if (isProgram(port)) {
          // A program is started once more, also one that hears nothing; a board hears 0F or nothing.
          link.close();
          link = await open();
          bench = await start();
        } else bench = await rebootMcu(bench);
        return bench;
      };
      return runFuzz({ ...more, profile, restart });
    },
    close: () => link.close(),
  };
}
