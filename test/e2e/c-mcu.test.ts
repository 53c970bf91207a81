import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Lab } from "../../src/lab/lab.js";
import { startBridge, startPortCloud, waitOnline } from "../support/bridge-bench.js";
import { createFile } from "../support/bulk-bench.js";
import { compileMcu, expectSound, findPid, hasCompiler, hearMcu, startMcu } from "../support/c-mcu.js";
import { type CliProcess, runCli } from "../support/cli-process.js";
import { enterHttpUser, type HttpUser, signMac } from "../support/http-app.js";
import { pollUntil } from "../support/poll.js";
import { hasSocat, startPtyPair } from "../support/port-ends.js";
import { makeTempFolder } from "../support/temp-folder.js";

/** A bridge with an MCU in C at its far end. */
interface Wire {
  readonly bridge: CliProcess;
  readonly mac: string;
  /** Who writes the MCU's words to stderr. */
  readonly mcu: CliProcess;
}

/** What an app sees of a device. */
interface Latest {
  readonly attr: Readonly<Record<string, number | string>>;
}

const { program } = compileMcu();

/** The MCU at the other end of a pair of ptys. */
async function joinByPtys(lab: Lab, ...args: readonly string[]): Promise<Wire & { readonly path: string }> {
  const { a, b } = await startPtyPair(makeTempFolder());
  const { bridge, ready } = await startBridge(a, lab.httpUrl);
  return { bridge, mac: ready.mac, mcu: startMcu(program, [...args, b]), path: b };
}

/** The MCU on stdin and stdout of a socat that comes in over TCP. */
async function joinByTcp(lab: Lab, ...args: readonly string[]): Promise<Wire & { readonly dial: () => CliProcess }> {
  const { bridge, ready } = await startBridge("tcp-listen:0", lab.httpUrl);
  const address = `TCP:127.0.0.1:${ready.port.replace("tcp-listen:", "")}`;
  const dial = () => startMcu("socat", [address, `EXEC:${[program, ...args, "-"].join(" ")}`]);
  return { bridge, mac: ready.mac, mcu: dial(), dial };
}

/** The MCU as a child of the bridge. */
async function joinByExec(lab: Lab, ...args: readonly string[]): Promise<Wire> {
  const { bridge, ready } = await startBridge(`exec:${[program, ...args, "-"].join(" ")}`, lab.httpUrl);
  onTestFinished(() => expectSound(bridge));
  return { bridge, mac: ready.mac, mcu: bridge };
}

/** Binds the board as an app on the same network does. */
async function bindBoard(lab: Lab, mac: string): Promise<HttpUser> {
  const user = await enterHttpUser(lab.httpUrl, lab.credentials.app.id, "phone-1");
  const [product] = lab.cloud.products.all;
  const signed = signMac(product?.secret ?? "", Math.floor(Date.now() / 1000));
  const answer = await user.call("POST", "/app/bind_mac", { product_key: product?.productKey, mac }, signed);
  expect(answer.status).toBe(201);
  return user;
}

async function awaitLatest(user: HttpUser, did: string, attrs: Readonly<Record<string, unknown>>): Promise<void> {
  await pollUntil(
    `${JSON.stringify(attrs)} in the API`,
    async () => (await user.call<Latest>("GET", `/app/devdata/${did}/latest`)).body.attr,
    (attr) => Object.entries(attrs).every(([name, value]) => attr[name] === value),
    20_000,
  );
}

/** A key of the board shows in the API, a control of the app at the board, and what became of it in the API. */
async function expectBothWays(lab: Lab, { bridge, mac, mcu }: Wire): Promise<void> {
  const did = await waitOnline(bridge);
  const user = await bindBoard(lab, mac);
  // The board tells its state when it is told that the cloud is there.
  await awaitLatest(user, did, { LED_OnOff: 0, Temperature: 20 });
  process.kill(await findPid(mcu), "SIGUSR1");
  await awaitLatest(user, did, { LED_OnOff: 1 });
  const attrs = { LED_R: 254, LED_Color: "Pink", Motor_Speed: 5 };
  expect((await user.call("POST", `/app/control/${did}`, { attrs })).status).toBe(200);
  for (const word of [/^control LED_R=254$/, /^control LED_Color=3$/, /^control Motor_Speed=10$/])
    await hearMcu(mcu, word);
  await awaitLatest(user, did, { LED_OnOff: 1, LED_R: 254, LED_Color: "Pink", Motor_Speed: 5 });
  expect(bridge.events.filter(({ event }) => event === "uart.bad" || event === "uart.unanswered")).toEqual([]);
}

interface LabState {
  readonly devices: readonly { readonly did: string; readonly soft_version: string | null }[];
}

/** Offers a file as firmware, and waits until the board runs it and the cloud knows. */
async function expectUpgrade(lab: Lab, join: typeof joinByExec, size: number): Promise<void> {
  const path = `${makeTempFolder()}/firmware`;
  const { bridge, mcu } = await join(lab, "-o", path);
  const did = await waitOnline(bridge);
  const file = createFile(size);
  const md5 = createHash("md5").update(file).digest("hex");
  const offered = await fetch(`${lab.httpUrl}/_lab/devices/${did}/ota`, {
    method: "POST",
    headers: { "content-type": "application/octet-stream" },
    body: file,
  });
  expect(await offered.json()).toMatchObject({ soft_version: "00000002", size, md5, notified: true });
  expect((await hearMcu(mcu, /^upgrade (\d+) (.*)$/))[0]?.slice(1)).toEqual([String(size), md5]);
  expect(Buffer.compare(readFileSync(path), file)).toBe(0);
  await hearMcu(mcu, /^boot 00000002 /);
  expect(await waitOnline(bridge, 2)).toBe(did);
  const readVersion = async () => {
    const state = (await (await fetch(`${lab.httpUrl}/_lab/state`)).json()) as LabState;
    return state.devices.find((device) => device.did === did)?.soft_version;
  };
  expect(await readVersion()).toBe("00000002");
  expect(bridge.events.filter(({ event }) => event === "ota.failed")).toEqual([]);
}

describe.skipIf(!hasCompiler())("an MCU written in C from uart.md", () => {
  it("is a device of the cloud behind gizlab bridge exec:", async () => {
    const lab = await startPortCloud();
    await expectBothWays(lab, await joinByExec(lab));
  });

  it("reports what its sensor sees by itself, and everything from time to time", async () => {
    const lab = await startPortCloud();
    const { bridge } = await joinByExec(lab, "-s", "300", "-f", "500");
    const did = await waitOnline(bridge);
    const { id } = lab.cloud.registry.get(did);
    const seen = new Set<unknown>();
    await pollUntil(
      "three temperatures",
      async () => seen.add(lab.cloud.telemetry.latest(id)?.attrs.Temperature).size,
      (count) => count > 3,
    );
  });

  it("is run again when it has died, and goes on as the same device", async () => {
    const lab = await startPortCloud();
    const { bridge, mcu } = await joinByExec(lab);
    const did = await waitOnline(bridge);
    process.kill(await findPid(mcu), "SIGKILL");
    const pid = await findPid(mcu, 2);
    expect(await waitOnline(bridge, 2)).toBe(did);
    process.kill(pid, "SIGUSR1");
    const { id } = lab.cloud.registry.get(did);
    await expect.poll(() => lab.cloud.telemetry.latest(id)?.attrs.LED_OnOff, { timeout: 10_000 }).toBe(true);
  });

  it.each([300, 100_000])("takes firmware of %i bytes, and says its new version", async (size) => {
    await expectUpgrade(await startPortCloud(), joinByExec, size);
  });

  it("keeps every clause that gizlab check knows, and generated sequences do not bring it down", {
    timeout: 120_000,
  }, async () => {
    const check = ["check", `exec:${program} -`, "--profile", "pet-house"];
    const [rules, fuzzed] = await Promise.all([
      runCli([...check, "--quick"]),
      runCli([...check, "--fuzz", "40", "--seed", "c"]),
    ]);
    expect(rules).toMatchObject({ code: 0, stdout: expect.stringMatching(/\d+ passed, 0 failed/) });
    expect(fuzzed).toMatchObject({ code: 0, stdout: expect.stringMatching(/1 passed, 0 failed/) });
    for (const { stderr } of [rules, fuzzed]) expect(stderr).not.toMatch(/Sanitizer|runtime error/);
  });
});

describe.skipIf(!hasCompiler() || !hasSocat())("an MCU written in C over socat", () => {
  it("is a device of the cloud behind a pair of ptys", async () => {
    const lab = await startPortCloud();
    await expectBothWays(lab, await joinByPtys(lab));
  });

  it.each([300, 100_000])("takes firmware of %i bytes over a pair of ptys", async (size) => {
    await expectUpgrade(await startPortCloud(), joinByPtys, size);
  });

  it("is a device of the cloud behind TCP", async () => {
    const lab = await startPortCloud();
    await expectBothWays(lab, await joinByTcp(lab));
  });

  it("may lose its power on a wire that stays: what it reports after that still arrives", async () => {
    const lab = await startPortCloud();
    const { bridge, mcu, path } = await joinByPtys(lab);
    const did = await waitOnline(bridge);
    await mcu.stop("SIGKILL");
    const again = startMcu(program, [path]);
    process.kill(await findPid(again), "SIGUSR1");
    const { id } = lab.cloud.registry.get(did);
    await expect.poll(() => lab.cloud.telemetry.latest(id)?.attrs.LED_OnOff, { timeout: 10_000 }).toBe(true);
    lab.control(did, { LED_G: 7 });
    await hearMcu(again, /^control LED_G=7$/);
  });

  it("comes back over TCP as the same device", async () => {
    const lab = await startPortCloud();
    const { bridge, mcu, dial } = await joinByTcp(lab);
    const did = await waitOnline(bridge);
    await mcu.stop("SIGTERM");
    await pollUntil(
      "device offline",
      async () => lab.cloud.broker.presence.isOnline(did),
      (isOnline) => !isOnline,
    );
    const again = dial();
    expect(await waitOnline(bridge, 2)).toBe(did);
    lab.control(did, { LED_B: 9 });
    await hearMcu(again, /^control LED_B=9$/);
  });
});
