import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { LAB_PARTS, WIRE_PARTS } from "../support/closing/parts.js";
import { PORTS } from "../support/closing/ports.js";
import { makeTempFolder } from "../support/temp-folder.js";

const CHILD = fileURLToPath(new URL("../support/closing/child.ts", import.meta.url));

/** The exit code of a process that has opened and closed kinds in every order, and what it printed. */
async function openAndClose(kinds: readonly string[]): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, ["--import", "tsx", CHILD, makeTempFolder(), ...kinds], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let said = "";
  child.stdout.on("data", (text: Buffer) => {
    said += text.toString();
  });
  const [code] = (await once(child, "exit")) as [number | null];
  return { code, said };
}

/**
 * A process that does not end is the failure, and vitest's time-out tells of it. Which kind holds it open shows when the
 * child is run by hand with one kind alone.
 */
describe.skipIf(process.platform === "win32")(
  "a process ends by itself when it has closed",
  { timeout: 120_000 },
  () => {
    it.each([
      ["every kind of port", Object.keys(PORTS)],
      ["bridges, sniffers and MCUs at a port", Object.keys(WIRE_PARTS)],
      ["labs and their recordings", Object.keys(LAB_PARTS)],
    ])("%s", async (_, kinds) => {
      expect(await openAndClose(kinds)).toEqual({ code: 0, said: "closed\n" });
    });
  },
);
