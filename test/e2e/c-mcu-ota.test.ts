import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Lab } from "../../src/lab/lab.js";
import { startPortCloud, waitOnline } from "../support/bridge-bench.js";
import { createFile } from "../support/bulk-bench.js";
import { compileMcu, findPid, hasCompiler, hearMcu } from "../support/c-mcu.js";
import { joinByExec, joinByPtys, type McuWire } from "../support/c-mcu-wires.js";
import { hasSocat } from "../support/port-ends.js";
import { makeTempFolder } from "../support/temp-folder.js";

interface LabState {
  readonly devices: readonly { readonly did: string; readonly soft_version: string | null }[];
}

const { program } = compileMcu();

function md5Of(file: Uint8Array): string {
  return createHash("md5").update(file).digest("hex");
}

async function offer(lab: Lab, did: string, file: Uint8Array): Promise<unknown> {
  const answer = await fetch(`${lab.httpUrl}/_lab/devices/${did}/ota`, {
    method: "POST",
    headers: { "content-type": "application/octet-stream" },
    body: file,
  });
  return answer.json();
}

/** The board has the file and runs it, and the cloud knows, when the module has logged in so many times. */
async function expectUpgraded(lab: Lab, { bridge, mcu }: McuWire, path: string, file: Uint8Array, logins = 2) {
  expect((await hearMcu(mcu, /^upgrade (\d+) (.*)$/))[0]?.slice(1)).toEqual([String(file.length), md5Of(file)]);
  expect(Buffer.compare(readFileSync(path), file)).toBe(0);
  await hearMcu(mcu, /^boot 00000002 /);
  const did = await waitOnline(bridge, logins);
  const { devices } = (await (await fetch(`${lab.httpUrl}/_lab/state`)).json()) as LabState;
  expect(devices.find((device) => device.did === did)?.soft_version).toBe("00000002");
  expect(bridge.events.filter(({ event }) => event === "ota.failed")).toEqual([]);
}

const wires = [
  { name: "exec:", isThere: true, plug: joinByExec },
  { name: "a pair of ptys", isThere: hasSocat(), plug: joinByPtys },
];

describe.skipIf(!hasCompiler())("firmware for an MCU written in C", () => {
  describe.each(wires)("over $name", ({ isThere, plug }) => {
    it.skipIf(!isThere).each([300, 100_000])("of %i bytes arrives with the right MD5", async (size) => {
      const lab = await startPortCloud();
      const path = join(makeTempFolder(), "firmware");
      const wire = await plug(program, lab, ["-o", path]);
      const file = createFile(size);
      expect(await offer(lab, await waitOnline(wire.bridge), file)).toMatchObject({
        soft_version: "00000002",
        size,
        md5: md5Of(file),
        notified: true,
      });
      await expectUpgraded(lab, wire, path, file);
    });
  });

  it("is offered by gizlab bridge --ota", async () => {
    const lab = await startPortCloud();
    const [path, source] = [join(makeTempFolder(), "firmware"), join(makeTempFolder(), "app.bin")];
    const file = createFile(5000);
    writeFileSync(source, file);
    await expectUpgraded(lab, await joinByExec(program, lab, ["-o", path], ["--ota", source]), path, file);
  });

  it("comes again from the start when the MCU dies in the middle", async () => {
    const lab = await startPortCloud();
    const path = join(makeTempFolder(), "firmware");
    const wire = await joinByExec(program, lab, ["-o", path]);
    const file = createFile(400_000);
    const did = await waitOnline(wire.bridge);
    await offer(lab, did, file);
    await wire.bridge.event("uart.down", ({ detail }) => (detail as { name: string }).name === "big-data-piece");
    process.kill(await findPid(wire.mcu), "SIGKILL");
    await expectUpgraded(lab, wire, path, file, 3);
  });
});
