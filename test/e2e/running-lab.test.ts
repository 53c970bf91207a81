import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type CliResult, runCli, startUpIn } from "../support/cli-process.js";
import { expectOneLine } from "../support/one-line.js";
import { makeTempFolder } from "../support/temp-folder.js";

const PET_HOUSE = ["--profile", "pet-house"];

/** A user of a machine on which no lab runs: a runtime folder and a working folder of their own. */
function makeUser() {
  const [runtime, cwd] = [makeTempFolder(), makeTempFolder()];
  const env = { XDG_RUNTIME_DIR: runtime, GIZLAB_HTTP: "", GIZLAB_DEFAULT_HTTP: "" };
  return { cwd, env, files: join(runtime, "gizlab") };
}

/** An announcement that is one, but for an address that no request could go to. */
const BAD_URL = JSON.stringify({ pid: 1, version: "1", http: "127.0.0.1:8088", mqtt: "x", folder: null, cwd: "/" });
const NONE: { code: number; line: RegExp } = {
  code: 1,
  line: /^gizlab: no lab is running here: start one with gizlab up \[lab-absent\]\n$/,
};

describe("a command without --cloud", () => {
  it("says in one line that no lab runs", async () => {
    const user = makeUser();
    const found = await Promise.all(
      [["trace"], ["devices"], ["get", "x"], ["query", "x", "--attrs", "y"], ["sim", "pet-house"]].map((args) =>
        runCli(args, user),
      ),
    );
    for (const result of found) expectOneLine(result, NONE);
  });

  it("finds the lab whose data is in this folder, until it has ended", async () => {
    const user = makeUser();
    const { up } = await startUpIn(user, "--devices", "1", ...PET_HOUSE);
    const file = join(user.cwd, ".gizlab", "running.json");
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ folder: join(user.cwd, ".gizlab"), cwd: user.cwd });
    // Another session of the user may have another runtime folder.
    const elsewhere = { ...user, env: { ...user.env, XDG_RUNTIME_DIR: makeTempFolder() } };
    for (const options of [user, elsewhere]) {
      expect(await runCli(["devices", "--json"], options)).toMatchObject({ code: 0, stderr: "" });
    }
    await up.stop("SIGTERM");
    expect(existsSync(file)).toBe(false);
    expect(readdirSync(user.files)).toEqual([]);
    expectOneLine(await runCli(["devices"], user), NONE);
  });

  it("knows that a lab which was killed is gone", async () => {
    const user = makeUser();
    const { up } = await startUpIn(user, ...PET_HOUSE);
    await up.stop("SIGKILL");
    expect(readdirSync(user.files)).toHaveLength(1);
    expectOneLine(await runCli(["devices"], user), NONE);
    expect(readdirSync(user.files)).toEqual([]);
  });

  it("finds a lab in memory, from another folder with a word about it", async () => {
    const user = makeUser();
    const { ready } = await startUpIn(user, "--memory", ...PET_HOUSE, "--devices", "1");
    const away = { ...user, cwd: makeTempFolder() };
    const [here, found] = await Promise.all([runCli(["devices"], user), runCli(["devices"], away)]);
    expect(here).toMatchObject({ code: 0, stderr: "" });
    expect(found).toMatchObject({ code: 0, stdout: expect.stringContaining("pet-house") as string });
    expect(found.stderr).toBe(
      `gizlab: no lab runs in this folder; this is about ${ready.urls.http} (pid ${ready.pid}, in memory)\n`,
    );
  });

  it("asks which of two labs is meant, and takes the one of its folder", async () => {
    const user = makeUser();
    const away = { ...user, cwd: makeTempFolder() };
    const [first, second] = await Promise.all(
      [user, away].map((options) => startUpIn(options, "--memory", ...PET_HOUSE)),
    );
    const urls = [first, second].map((started) => started?.ready.urls.http ?? "");
    const [noted, neither] = await Promise.all([
      runCli(["devices", "--json"], away),
      runCli(["devices"], { ...user, cwd: makeTempFolder() }),
    ]);
    expect(noted.stderr).toContain(
      `several labs run on this machine; this is about the one of this folder, ${urls[1]}\n`,
    );
    expectOneLine(neither, { code: 2, line: /2 labs run on this machine: .*; name the one that is meant: --cloud / });
    for (const url of urls) expect(neither.stderr).toContain(url);
  });

  it("takes --cloud before GIZLAB_HTTP, and that before a lab of its folder", async () => {
    const user = makeUser();
    const { ready } = await startUpIn(user, "--memory", ...PET_HOUSE, "--devices", "1");
    const run = (args: string[], url: string): Promise<CliResult> =>
      runCli(["devices", ...args], { ...user, env: { ...user.env, GIZLAB_HTTP: url } });
    const gone = "http://127.0.0.1:1";
    const [named, ofEnvironment, wrong] = await Promise.all([
      run(["--cloud", ready.urls.http], gone),
      run([], gone),
      run([], "here"),
    ]);
    expect(named.stdout).toContain("pet-house");
    expectOneLine(ofEnvironment, { code: 1, line: /no cloud answers at http:\/\/127\.0\.0\.1:1/ });
    expectOneLine(wrong, { code: 2, line: /GIZLAB_HTTP of the environment is "here", which is no URL/ });
  });
});

describe("the address that is tried last", () => {
  it("is the one of GIZLAB_DEFAULT_HTTP", async () => {
    const { ready } = await startUpIn(makeUser(), "--memory", ...PET_HOUSE, "--devices", "1");
    const user = makeUser();
    const run = (url: string): Promise<CliResult> =>
      runCli(["devices"], { ...user, env: { ...user.env, GIZLAB_DEFAULT_HTTP: url } });
    const [found, gone, wrong] = await Promise.all([run(ready.urls.http), run("http://127.0.0.1:1"), run("here")]);
    expect(found).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("pet-house") as string });
    expectOneLine(gone, NONE);
    expectOneLine(wrong, { code: 2, line: /GIZLAB_DEFAULT_HTTP of the environment is "here", which is no URL/ });
  });
});

describe("what a running lab leaves for other processes", () => {
  it("is for this user alone, and holds no secret", async () => {
    const user = makeUser();
    const { ready } = await startUpIn(user, ...PET_HOUSE, "--devices", "1", "--lab-token", "open-sesame");
    expect(statSync(user.files).mode & 0o777).toBe(0o700);
    const [name = ""] = readdirSync(user.files);
    expect(statSync(join(user.files, name)).mode & 0o777).toBe(0o600);
    const { app, products, devices, connect } = ready;
    const secrets = [app.secret, products[0]?.product_secret, devices[0]?.passcode, connect.token, "open-sesame"];
    for (const file of [join(user.files, name), join(user.cwd, ".gizlab", "running.json")]) {
      const text = readFileSync(file, "utf8");
      expect(Object.keys(JSON.parse(text) as object)).toEqual(["pid", "version", "http", "mqtt", "folder", "cwd"]);
      for (const secret of secrets) expect(text).not.toContain(secret);
    }
  });

  it("is not written to a folder that others may enter, nor read from it", async () => {
    const user = makeUser();
    mkdirSync(user.files);
    chmodSync(user.files, 0o777);
    const { ready } = await startUpIn(user, "--memory", ...PET_HOUSE);
    expect(readdirSync(user.files)).toEqual([]);
    const { urls, pid } = ready;
    const announcement = { pid, version: "1", http: urls.http, mqtt: urls.mqtt, folder: null, cwd: user.cwd };
    writeFileSync(join(user.files, `${pid}.json`), JSON.stringify(announcement));
    expectOneLine(await runCli(["devices"], user), NONE);
    chmodSync(user.files, 0o700);
    expect((await runCli(["devices"], user)).stderr).toContain("no device yet");
  });

  it.each(["", "{", "[]", '{"pid":"x"}', '{"pid":1,"http":5}', BAD_URL])(
    "is passed over when it is %j",
    async (text) => {
      const user = makeUser();
      mkdirSync(join(user.cwd, ".gizlab"));
      writeFileSync(join(user.cwd, ".gizlab", "running.json"), text);
      expectOneLine(await runCli(["trace"], user), NONE);
    },
  );
});
