import type { IncomingHttpHeaders } from "node:http";
import { describe, expect, it } from "vitest";
import type { TraceEntry } from "../../src/core/trace.js";
import { type CliProcess, type Ready, runCli, startCli, startUp } from "../support/cli-process.js";
import { request } from "../support/http-app.js";
import { expectOneLine } from "../support/one-line.js";
import { pollUntil } from "../support/poll.js";
import { startWebServer } from "../support/web-server.js";

/** Ctrl-C closes cleanly within a second (interfaces.md); some more for a machine that runs all tests at once. */
const SOON_MS = 1500;
const LAB = ["--memory", "--clock", "virtual", "--profile", "pet-house", "--devices", "1"];

function didOf({ devices }: Ready): string {
  return devices[0]?.did ?? "";
}

async function control(ready: Ready, attrs: object): Promise<void> {
  await request(ready.urls.http, "POST", `/_lab/devices/${didOf(ready)}/control`, { attrs });
}

async function advance(ready: Ready, span: string): Promise<void> {
  await request(ready.urls.http, "POST", "/_lab/clock", { advance: span });
}

/** Starts to follow, and waits until that is so. */
async function startFollowing(...args: readonly string[]): Promise<CliProcess> {
  const follow = startCli(["trace", "--follow", ...args]);
  await pollUntil(
    "word that it follows",
    async () => follow.stderr,
    (stderr) => /following .*Ctrl-C/.test(stderr),
  );
  return follow;
}

describe("gizlab trace", () => {
  it("prints roads, newest last, each hop with the time since the first", async () => {
    const { ready } = await startUp(...LAB);
    await control(ready, { LED_R: 56 });
    await advance(ready, "5s");
    const cloud = ["--cloud", ready.urls.http];
    const { code, stdout, stderr } = await runCli(["trace", ...cloud]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const heads = stdout.split("\n").filter((line) => /^t\d/.test(line));
    expect(new Set(heads).size).toBe(heads.length);
    const road = stdout.split(/^(?=t\d)/m).find((text) => text.includes("cloud.control")) ?? "";
    expect(road).toMatch(
      /^t\d+ {2}\d{4}-\S+Z {2}\w{22}\n +\+0 ms {2}cloud\.control +action "0x01" LED_R=56\n[\s\S]*\+\d\d ms {2}uart\.down +control [\s\S]*mcu\.control +LED_R=56\n[\s\S]*cloud\.stored .*LED_R=56/,
    );
    const [id = ""] = road.split(" ");
    expect((await runCli(["trace", ...cloud, "--id", id])).stdout).toBe(road);
    const limited = await runCli(["trace", ...cloud, "--did", didOf(ready), "--limit", "3", "--json"]);
    const entries = limited.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as TraceEntry);
    expect(entries).toHaveLength(3);
    expect(entries.at(-1)).toMatchObject({ hop: "cloud.stored", did: didOf(ready) });
  });

  it("says when nothing of the kind is kept", async () => {
    const { ready } = await startUp("--memory", "--profile", "pet-house");
    expect(await runCli(["trace", "--cloud", ready.urls.http, "--id", "t999"])).toEqual({
      ...{ code: 0, stdout: "" },
      stderr: "gizlab: no such hop is kept\n",
    });
  });
});

describe("gizlab trace --follow", () => {
  it("prints a line per hop as it comes, and ends at Ctrl-C", async () => {
    const { ready } = await startUp(...LAB);
    const follow = await startFollowing("--cloud", ready.urls.http);
    await control(ready, { LED_R: 56 });
    await follow.line(/^\d\d:\d\d:\d\d\.\d{3} {2}t\d+ +cloud\.control +action "0x01" LED_R=56$/);
    await advance(ready, "5s");
    await follow.line(/mcu\.control +LED_R=56$/);
    const { tookMs, ...end } = await follow.stop("SIGINT");
    expect(end).toEqual({ code: 0, signal: null });
    expect(tookMs).toBeLessThan(SOON_MS);
  });

  it("prints JSON, of one device, and ends by itself after --limit", async () => {
    const { ready } = await startUp(...LAB);
    const args = ["--cloud", ready.urls.http, "--did", didOf(ready), "--limit", "2", "--json"];
    const follow = await startFollowing(...args);
    await advance(ready, "1s");
    await control(ready, { LED_R: 56 });
    await advance(ready, "5s");
    expect((await follow.ended).code).toBe(0);
    expect(follow.lines.map((line) => (JSON.parse(line) as TraceEntry).did)).toEqual([didOf(ready), didOf(ready)]);
  });

  it("says that the cloud has gone away", async () => {
    const { up, ready } = await startUp("--memory", "--profile", "pet-house");
    const follow = await startFollowing("--cloud", ready.urls.http);
    const end = await up.stop("SIGINT");
    expect(end.code).toBe(0);
    expect(end.tookMs).toBeLessThan(SOON_MS);
    expect((await follow.ended).code).toBe(1);
    expect(follow.stderr).toContain(`the cloud at ${ready.urls.http} has gone away [cloud-gone]`);
  });
});

describe("the lab's token", () => {
  it("is that of the option, else of the environment, else none", async () => {
    const asked: IncomingHttpHeaders[] = [];
    const cloud = await startWebServer({ body: '{"entries":[]}', take: (headers) => asked.push(headers) });
    const env = { GIZLAB_LAB_TOKEN: "of-the-environment" };
    const runs = [
      [["--lab-token", "of-the-option"], env],
      [[], env],
      [[], { GIZLAB_LAB_TOKEN: "" }],
    ] as const;
    for (const [args, environment] of runs) {
      expect(await runCli(["trace", "--cloud", cloud, ...args], { env: environment })).toMatchObject({ code: 0 });
    }
    expect(asked.map(({ authorization }) => authorization)).toEqual([
      "Bearer of-the-option",
      "Bearer of-the-environment",
      undefined,
    ]);
  });
});

describe("what keeps trace from working is said in one line", () => {
  it("when no cloud is there", async () => {
    expectOneLine(await runCli(["trace", "--cloud", "http://127.0.0.1:1"]), {
      code: 1,
      line: /no cloud answers at http:\/\/127\.0\.0\.1:1 .*gizlab up.*--cloud/,
    });
  });

  it("when a web server that is no lab is there", async () => {
    const cloud = await startWebServer({ status: 404, body: "not here" });
    expectOneLine(await runCli(["trace", "--cloud", cloud]), {
      code: 1,
      line: /is no lab of gizlab: GET \/_lab\/trace\S* answered with status 404.*gizlab up prints/,
    });
  });

  it("when the lab wants a token, and which way to give it", async () => {
    const body = { error: { code: "lab-forbidden", message: "the lab is controlled from this machine only" } };
    const cloud = await startWebServer({ status: 403, body: JSON.stringify(body) });
    expectOneLine(await runCli(["trace", "--cloud", cloud]), {
      code: 1,
      line: /controlled from this machine only \[lab-forbidden\]; .*--lab-token or GIZLAB_LAB_TOKEN/,
    });
  });
});
