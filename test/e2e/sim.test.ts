import { describe, expect, it } from "vitest";
import { type CliResult, runCli, startCli, startUp } from "../support/cli-process.js";
import { enterHttpUser, request, signMac } from "../support/http-app.js";
import { pollUntil } from "../support/poll.js";

interface State {
  readonly devices: readonly { did: string; mac: string; is_online: boolean }[];
}
interface Latest {
  readonly attr: Readonly<Record<string, number | string>>;
}

const COUNT = 100;
/** Ctrl-C closes cleanly within a second (interfaces.md); some more for a machine that runs all tests at once. */
const SOON_MS = 1500;

describe("gizlab sim against gizlab up", () => {
  it("brings a hundred devices online in another process, controls one, and both end at Ctrl-C", async () => {
    const { up, ready } = await startUp("--memory");
    const { http } = ready.urls;
    const sim = startCli(["sim", "pet-house", "--count", String(COUNT), "--cloud", http, "--json", "--seed", "3"]);
    expect(await sim.event("ready")).toMatchObject({ online: COUNT, product: "pet-house", cloud: http, seed: "3" });

    const { devices } = (await request<State>(http, "GET", "/_lab/state")).body;
    expect(devices.filter(({ is_online }) => is_online)).toHaveLength(COUNT);
    const macs = sim.events.filter(({ event }) => event === "online").map(({ mac }) => mac);
    expect(new Set(macs)).toEqual(new Set(devices.map(({ mac }) => mac)));

    // An app binds one of them by its MAC address, switches its light on and sees it report so.
    const user = await enterHttpUser(http, ready.app.id, "phone-1");
    const { did, mac } = devices[41] ?? { did: "", mac: "" };
    const product = ready.products.find(({ name }) => name === "pet-house");
    const signed = signMac(product?.product_secret ?? "", Math.floor(Date.now() / 1000));
    const bound = await user.call("POST", "/app/bind_mac", { product_key: product?.product_key, mac }, signed);
    expect(bound).toMatchObject({ status: 201, body: { did, is_online: true } });
    const readLatest = async () => (await user.call<Latest>("GET", `/app/devdata/${did}/latest`)).body.attr;
    const before = await pollUntil("first report", readLatest, (attr) => attr.LED_OnOff !== undefined);
    expect(before).toMatchObject({ LED_OnOff: 0, LED_R: 0, LED_Color: "Customize" });
    const attrs = { LED_OnOff: true, LED_R: 56, LED_Color: "Pink" };
    expect(await user.call("POST", `/app/control/${did}`, { attrs })).toEqual({ status: 200, body: {} });
    expect(await sim.event("control")).toEqual({ event: "control", did, attrs });
    const after = await pollUntil("report of the control", readLatest, ({ LED_R }) => LED_R === 56);
    expect(after).toMatchObject({ LED_OnOff: 1, LED_R: 56, LED_Color: "Pink" });

    const simEnd = await sim.stop("SIGINT");
    expect(simEnd).toMatchObject({ code: 0, signal: null });
    expect(simEnd.tookMs).toBeLessThan(SOON_MS);
    const readOnline = async () =>
      (await request<State>(http, "GET", "/_lab/state")).body.devices.filter(({ is_online }) => is_online).length;
    expect(await pollUntil("end of all connections", readOnline, (online) => online === 0)).toBe(0);
    const upEnd = await up.stop("SIGINT");
    expect(upEnd).toMatchObject({ code: 0, signal: null });
    expect(upEnd.tookMs).toBeLessThan(SOON_MS);
    expect(up.events.map(({ event }) => event)).toEqual(["ready", "stopped"]);
    expect(up.stderr).toBe("");
  });

  it("ends a cloud at Ctrl-C while a hundred devices are connected to it", async () => {
    const { up, ready } = await startUp("--memory");
    const sim = startCli(["sim", "pet-house", "--count", String(COUNT), "--cloud", ready.urls.http, "--json"]);
    await sim.event("ready");
    const end = await up.stop("SIGINT");
    expect(end).toMatchObject({ code: 0, signal: null });
    expect(end.tookMs).toBeLessThan(SOON_MS);
    // The devices try again, as real ones would; they are told to stop all the same.
    expect(await sim.stop("SIGINT")).toMatchObject({ code: 0, signal: null });
  });

  it("brings the same devices back for the same seed", async () => {
    const { up, ready } = await startUp("--memory");
    const { http } = ready.urls;
    const first = await runUntilReady("--cloud", http, "--seed", "again");
    const second = await runUntilReady("--cloud", http, "--seed", "again");
    const other = await runUntilReady("--cloud", http, "--seed", "another");
    expect(second).toEqual(first);
    expect(other).not.toEqual(first);
    expect((await request<State>(http, "GET", "/_lab/state")).body.devices).toHaveLength(4);
    await up.stop("SIGINT");
  });

  it("says what is wrong when there is no cloud, or it does not know the product", async () => {
    const { ready } = await startUp("--memory", "--profile", "smart-meter");
    const refused = await runCli(["sim", "pet-house", "--cloud", ready.urls.http]);
    expectOneLine(refused, /refused the registration.*is the product's profile loaded there/);
    const missing = await runCli(["sim", "pet-house", "--cloud", "http://127.0.0.1:9"]);
    expectOneLine(missing, /no cloud answers at http:\/\/127\.0\.0\.1:9 .*gizlab up.*--cloud/);
  });
});

/** The devices of a `sim` that is stopped as soon as they are online. */
async function runUntilReady(...args: readonly string[]): Promise<string[]> {
  const sim = startCli(["sim", "pet-house", "--count", "2", "--json", ...args]);
  await sim.event("ready");
  await sim.stop("SIGINT");
  const online = sim.events.filter(({ event }) => event === "online");
  return online.map(({ did, mac }) => `${did} ${mac}`).sort();
}

function expectOneLine({ code, stdout, stderr }: CliResult, line: RegExp): void {
  expect(stderr).toMatch(line);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
}
