import { onTestFinished } from "vitest";
import type { Lab } from "../../src/lab/lab.js";
import { startBridge } from "./bridge-bench.js";
import { expectSound, startMcu } from "./c-mcu.js";
import type { CliProcess } from "./cli-process.js";
import { startPtyPair } from "./port-ends.js";
import { makeTempFolder } from "./temp-folder.js";

/** A bridge with an MCU in C at its far end. */
export interface McuWire {
  readonly bridge: CliProcess;
  readonly mac: string;
  /** Who writes the MCU's words to stderr. */
  readonly mcu: CliProcess;
}

/** The MCU at the other end of a pair of ptys. */
export async function joinByPtys(
  program: string,
  lab: Lab,
  args: readonly string[] = [],
): Promise<McuWire & { readonly path: string }> {
  const { a, b } = await startPtyPair(makeTempFolder());
  const { bridge, ready } = await startBridge(a, lab.httpUrl);
  return { bridge, mac: ready.mac, mcu: startMcu(program, [...args, b]), path: b };
}

/** The MCU on stdin and stdout of a socat that comes in over TCP. */
export async function joinByTcp(program: string, lab: Lab): Promise<McuWire & { readonly dial: () => CliProcess }> {
  const { bridge, ready } = await startBridge("tcp-listen:0", lab.httpUrl);
  const address = `TCP:127.0.0.1:${ready.port.replace("tcp-listen:", "")}`;
  const dial = () => startMcu("socat", [address, `EXEC:${program} -`]);
  return { bridge, mac: ready.mac, mcu: dial(), dial };
}

/** The MCU as a child of the bridge, which may have options of its own. */
export async function joinByExec(
  program: string,
  lab: Lab,
  args: readonly string[] = [],
  options: readonly string[] = [],
): Promise<McuWire> {
  const { bridge, ready } = await startBridge(`exec:${[program, ...args, "-"].join(" ")}`, lab.httpUrl, ...options);
  onTestFinished(() => expectSound(bridge));
  return { bridge, mac: ready.mac, mcu: bridge };
}
