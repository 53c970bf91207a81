import { describe, expect, it } from "vitest";
import type { Lab } from "../../src/lab/lab.js";
import { startPortCloud, waitOnline } from "../support/bridge-bench.js";
import { compileMcu, expectSound, findPid, hasCompiler, hearMcu, startMcu } from "../support/c-mcu.js";
import { joinByExec, joinByPtys, joinByTcp, type McuWire } from "../support/c-mcu-wires.js";
import { runCli } from "../support/cli-process.js";
import { enterHttpUser, type HttpUser, signMac } from "../support/http-app.js";
import { pollUntil } from "../support/poll.js";
import { hasSocat } from "../support/port-ends.js";

/** What an app sees of a device. */
interface Latest {
  readonly attr: Readonly<Record<string, number | string>>;
}

const canCompile = hasCompiler();
const { program } = compileMcu();

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
async function expectBothWays(lab: Lab, { bridge, mac, mcu }: McuWire): Promise<void> {
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

describe.skipIf(!canCompile)("an MCU written in C from uart.md", () => {
  it("is a device of the cloud behind gizlab bridge exec:", async () => {
    const lab = await startPortCloud();
    await expectBothWays(lab, await joinByExec(program, lab));
  });

  it("reports what its sensor sees by itself, and everything from time to time", async () => {
    const lab = await startPortCloud();
    const { bridge } = await joinByExec(program, lab, ["-s", "300", "-f", "500"]);
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
    const { bridge, mcu } = await joinByExec(program, lab);
    const did = await waitOnline(bridge);
    process.kill(await findPid(mcu), "SIGKILL");
    const pid = await findPid(mcu, 2);
    expect(await waitOnline(bridge, 2)).toBe(did);
    process.kill(pid, "SIGUSR1");
    const { id } = lab.cloud.registry.get(did);
    await expect.poll(() => lab.cloud.telemetry.latest(id)?.attrs.LED_OnOff, { timeout: 10_000 }).toBe(true);
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
    for (const result of [rules, fuzzed]) expectSound(result);
  });
});

describe.skipIf(!canCompile || !hasSocat())("an MCU written in C over socat", () => {
  it("is a device of the cloud behind a pair of ptys", async () => {
    const lab = await startPortCloud();
    await expectBothWays(lab, await joinByPtys(program, lab));
  });

  it("is a device of the cloud behind TCP", async () => {
    const lab = await startPortCloud();
    await expectBothWays(lab, await joinByTcp(program, lab));
  });

  it("may lose its power on a wire that stays: what it reports after that still arrives", async () => {
    const lab = await startPortCloud();
    const { bridge, mcu, path } = await joinByPtys(program, lab);
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
    const { bridge, mcu, dial } = await joinByTcp(program, lab);
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
