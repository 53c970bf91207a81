import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Event, runCli, startUp } from "../support/cli-process.js";
import { makeTempFolder } from "../support/temp-folder.js";

interface Check extends Event {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly fix?: string;
}

async function examine(...args: string[]) {
  const { code, stdout, stderr } = await runCli(["doctor", "--json", ...args]);
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Check);
  expect(stderr).toBe("");
  return {
    code,
    checks: lines.slice(0, -1),
    last: lines.at(-1),
    find: (name: string) => lines.find((line) => line.name === name),
  };
}

/** A port that a listener of this process has. */
async function takePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return (server.address() as { port: number }).port;
}

describe("gizlab doctor", () => {
  it("finds that gizlab can work here, where it can", async () => {
    const { code, checks, last } = await examine("--data", join(makeTempFolder(), "data"));
    expect(checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        "node",
        "sqlite",
        "data",
        "mqtt-port",
        "http-port",
        "clock",
        "time-zones",
        "socat",
        "tshark",
        "tmux",
      ]),
    );
    for (const { name, status, fix } of checks)
      expect({ name, hasFix: fix !== undefined }).toEqual({ name, hasFix: status !== "ok" });
    const count = (status: string) => checks.filter((check) => check.status === status).length;
    expect({ code, last }).toEqual({
      code: 0,
      last: { event: "checked", ok: true, problems: 0, warnings: count("warning") },
    });
  });

  it("says the same in words, with what to type below what is missing", async () => {
    const { code, stdout } = await runCli(["doctor", "--data", makeTempFolder()], { env: { PATH: "/nonexistent" } });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ok {7}node +Node \d+/);
    expect(stdout).toMatch(/^warning {2}socat +not found.*\n +mend: .* socat$/m);
    expect(stdout).toMatch(/gizlab can work on this machine; \d+ warnings?\n$/);
  });

  it("names a busy port, and who has it where that can be told", async () => {
    const port = await takePort();
    const { code, find } = await examine("--mqtt-port", String(port), "--data", makeTempFolder());
    expect(code).toBe(0);
    expect(find("mqtt-port")).toMatchObject({
      status: "warning",
      fix: expect.stringContaining("--mqtt-port 0") as string,
    });
    if (process.platform === "linux") expect(find("mqtt-port")?.message).toContain(`(pid ${process.pid})`);
  });

  it("knows gizlab itself on its ports, and does not say kill", async () => {
    const { ready } = await startUp("--memory", "--profile", "pet-house");
    const ports = [ready.urls.http, ready.urls.mqtt].map((url) => new URL(url).port);
    const { find } = await examine(
      "--http-port",
      ports[0] ?? "",
      "--mqtt-port",
      ports[1] ?? "",
      "--data",
      makeTempFolder(),
    );
    for (const [index, name] of ["http-port", "mqtt-port"].entries()) {
      const message = `port ${ports[index]}: gizlab itself runs there, pid ${ready.pid}, in memory`;
      expect(find(name)).toEqual({ event: "check", name, status: "ok", message });
    }
  });

  it("names a data folder that a running gizlab has", async () => {
    const folder = makeTempFolder();
    const { up, ready } = await startUp("--data", folder, "--profile", "pet-house");
    const { code, find } = await examine("--data", folder);
    expect({ code, data: find("data") }).toMatchObject({ code: 0, data: { status: "warning" } });
    if (process.platform === "linux") expect(find("data")?.message).toContain(`gizlab (pid ${ready.pid})`);
    await up.stop("SIGINT");
    expect((await examine("--data", folder)).find("data")).toMatchObject({ status: "ok" });
  });

  it.each<[string, (folder: string) => string, RegExp]>([
    ["that is a file", (folder) => join(folder, "file"), /no folder/],
    ["below a file", (folder) => join(folder, "file", "data"), /cannot be made/],
    ["with a store that is none", (folder) => folder, /cannot be read/],
  ])("exits with 1 for a data folder %s", async (_, pick, message) => {
    const folder = makeTempFolder();
    for (const name of ["file", "gizlab.sqlite"]) writeFileSync(join(folder, name), "no database ".repeat(100));
    const { code, find, last } = await examine("--data", pick(folder));
    expect({ code, data: find("data"), last }).toMatchObject({
      code: 1,
      data: { status: "problem", message: expect.stringMatching(message) as string, fix: expect.any(String) as string },
      last: { ok: false, problems: 1 },
    });
  });

  it("refuses a port that is none, and an option that is mistyped", async () => {
    const wrong = await runCli(["doctor", "--http-port", "0"]);
    expect(wrong).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--http-port is a whole number, 1 to 65535/) as string,
    });
    expect((await runCli(["doctr"])).stderr).toMatch(/Did you mean doctor\?/);
  });
});
