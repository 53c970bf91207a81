import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { runCli, runShell, startCli, startUp } from "../support/cli-process.js";
import { enterHttpUser, request, signMac } from "../support/http-app.js";
import { makeTempFolder } from "../support/temp-folder.js";

const MINUTE_MS = 60_000;

interface State {
  readonly devices: readonly { did: string; mac: string }[];
}

/** A cloud with a meter that nobody has switched on. */
async function openMeter() {
  const { ready } = await startUp("--memory", "--profile", "smart-meter");
  const { http } = ready.urls;
  const product = ready.products[0] ?? { product_key: "", product_secret: "" };
  const form = new URLSearchParams({ product_key: product.product_key, mac: "02aabbccddee", passcode: "ABCDEFGHIJ" });
  const body = (await request<string>(http, "POST", "/dev/devices", form.toString())).body;
  const did = /did=(\w+)/.exec(body)?.[1] ?? "";
  return { http, did, ready, product };
}

function writeFile(name: string, text: string): string {
  const file = join(makeTempFolder(), name);
  writeFileSync(file, text);
  return file;
}

describe("gizlab import and gizlab query", () => {
  it("bring a CSV file in and print its days as table, CSV, JSON and plot", async () => {
    const { http, did } = await openMeter();
    const rows = Array.from({ length: 3 * 144 }, (_, at) => {
      const time = new Date(Date.UTC(2026, 0, 1) + at * 10 * MINUTE_MS).toISOString();
      return `${time},${Math.floor(at / 144) * 100 + 50},${(at / 100).toFixed(2)}`;
    });
    const file = writeFile("meter.csv", ["time,power,positive_energy_total", ...rows].join("\n"));
    const where = ["--did", did, "--cloud", http];
    const tried = await runCli(["import", file, ...where, "--dry-run"]);
    expect(tried).toMatchObject({ code: 0, stdout: expect.stringContaining("432 reports are right, none stored") });
    const imported = await runCli(["import", file, ...where, "--json"]);
    const [from, to] = [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 3, 23, 50)];
    expect(JSON.parse(imported.stdout)).toEqual({ event: "imported", file, reports: 432, from, to });

    const ask = (...more: string[]) =>
      runCli([
        "query",
        did,
        "--attrs",
        "power",
        "--start",
        "2026-01-01",
        "--end",
        "2026-01-04",
        "--cloud",
        http,
        ...more,
      ]);
    expect(await ask()).toEqual({
      ...{ code: 0, stderr: "" },
      stdout: "time        power\n2026-01-01     50\n2026-01-02    150\n2026-01-03    250\n",
    });
    expect((await ask("--format", "csv", "--tz", "Asia/Shanghai", "--aggregator", "max")).stdout).toBe(
      [
        "time,power",
        "2026-01-01T00:00:00+08:00,50",
        "2026-01-02T00:00:00+08:00,150",
        "2026-01-03T00:00:00+08:00,250",
        "",
      ].join("\n"),
    );
    const lines = (await ask("--json", "--unit", "MONTHS", "--aggregator", "count")).stdout.trim().split("\n");
    // Days of UTC: the range ends inside January, and the bucket does not.
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { start: from, end: Date.UTC(2026, 1, 1), time: "2026-01-01T00:00:00Z", attrs: { power: 432 } },
    ]);
    expect((await ask("--format", "plot")).stdout).toMatch(
      /^power\n2026-01-01 {3}50 {2}█+\S*\n2026-01-02 {2}150 {2}█+\S*\n2026-01-03 {2}250 {2}█+\n$/,
    );
    const delta = await runCli([
      ...["query", did, "--attrs", "positive_energy_total", "--aggregator", "delta", "--unit", "1d"],
      ...["--start", "1767225600", "--end", "2026-01-04T00:00Z", "--cloud", http, "--format", "csv"],
    ]);
    expect(delta.stdout.split("\n").slice(1, 4)).toEqual([
      "2026-01-01T00:00:00Z,1.43",
      "2026-01-02T00:00:00Z,1.44",
      "2026-01-03T00:00:00Z,1.44",
    ]);
  });

  it("refuse what is wrong in words that help, and with the exit code that fits", async () => {
    const { http, did } = await openMeter();
    const ask = (...more: string[]) => runCli(["query", did, "--attrs", "power", "--cloud", http, ...more]);
    expect(await ask("--attrs", "powr")).toMatchObject({ code: 2 });
    const refused = async (args: string[], code: number, words: RegExp) =>
      expect(await runCli([...args, "--cloud", http])).toMatchObject({ code, stderr: expect.stringMatching(words) });
    await refused(["query", did, "--attrs", "powr"], 1, /no datapoint powr.*did you mean power\?/);
    await refused(["query", `${did}x`, "--attrs", "power"], 1, new RegExp(`did you mean ${did}\\?`));
    await refused(["query", did, "--attrs", "power", "--unit", "fortnight"], 1, /15m, 1h, 1d/);
    await refused(["query", did, "--attrs", ","], 2, /comma list/);
    await refused(["query", did, "--attrs", "power", "--start", "soon"], 2, /--start is no time/);
    await refused(["query", did, "--attrs", "power", "--start", "2026-01-01", "--last", "1d"], 2, /exclude each other/);
    await refused(["query", did, "--attrs", "power", "--tz", "Mars"], 2, /no time zone/);
    await refused(["query", did, "--attrs", "power", "--format", "pie"], 2, /--format is one of/);
    await refused(["query", did, "--atrs", "power"], 2, /--attrs/);
    expect(await ask()).toMatchObject({ code: 0, stdout: "", stderr: expect.stringContaining("no readings") });
    const file = writeFile("wrong.csv", "ts,power\n2026-01-01,1\n2026-01-01,99999\nnever,1\n");
    const wrong = await runCli(["import", file, "--did", did, "--cloud", http]);
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain(`${file}:3:12: power is out of range`);
    expect(wrong.stderr).toContain(`${file}:4:1: "never" is no time`);
    expect(wrong.stderr).toContain("nothing was stored [import-invalid]");
    await refused(["import", join(file, "none"), "--did", did], 2, /cannot be read/);
    expect(await ask()).toMatchObject({ stderr: expect.stringContaining("no readings") });
  });

  it("print the request of an API, which answers the same", async () => {
    const { http, did, ready, product } = await openMeter();
    const user = await enterHttpUser(http, ready.app.id, "phone-1");
    const signed = signMac(product.product_secret, Math.floor(Date.now() / 1000));
    await user.call("POST", "/app/bind_mac", { product_key: product.product_key, mac: "02aabbccddee" }, signed);
    const rows = Array.from({ length: 48 }, (_, hour) => `${1767225600 + hour * 3600},${hour * 10}`);
    const file = writeFile("meter.csv", ["ts,positive_energy_total", ...rows].join("\n"));
    await runCli(["import", file, "--did", did, "--cloud", http]);
    const { enterprise, connect, datacooee, devo } = ready;
    const secrets = { enterprise_id: enterprise.id, enterprise_secret: enterprise.secret };
    const entered = await request<{ token: string }>(http, "POST", `/v1/products/${product.product_key}/access_token`, {
      ...secrets,
      product_secret: product.product_secret,
    });
    const env = {
      GIZLAB_APP_ID: ready.app.id,
      GIZLAB_USER_TOKEN: user.token,
      GIZLAB_ENTERPRISE_TOKEN: entered.body.token,
      GIZLAB_CONNECT_TOKEN: connect.token,
      GIZLAB_DATACOOEE_ORGANIZATION_ID: datacooee.organization_id,
      GIZLAB_DATACOOEE_ORGANIZATION_API_KEY: datacooee.organization_api_key,
      GIZLAB_DEVO_TOKEN: devo.token,
    };
    const args = ["--attrs", "positive_energy_total", "--start", "2026-01-01", "--end", "2026-01-03", "--cloud", http];
    const asked = await runCli(["query", did, ...args, "--face", "all", "--json"]);
    const answers: Record<string, string> = {};
    for (const line of asked.stdout.trim().split("\n")) {
      const { face, curl } = JSON.parse(line) as { face: string; curl: string };
      answers[face] = (await runShell(curl.replace(/^curl/, "curl -s"), { env })).stdout;
    }
    const days = [
      { attrs: { positive_energy_total: 115 }, datetime: "20260101" },
      { attrs: { positive_energy_total: 355 }, datetime: "20260102" },
    ];
    const parse = (face: string) => JSON.parse(answers[face] ?? "null");
    expect(Object.keys(answers)).toEqual(["openapi", "enterprise", "connect", "datacooee", "devo"]);
    expect(parse("openapi").data).toEqual(days.map((day) => expect.objectContaining(day)));
    expect(parse("enterprise").data).toEqual(days);
    expect(parse("connect").data).toMatchObject(
      [115, 355].map((total) => ({ data: { positiveActiveEnergy: { total } } })),
    );
    expect(parse("datacooee")).toMatchObject([{ inputdata: [{ avg: "235" }] }]);
    expect(parse("devo").object).toMatchObject([115, 355].map((value) => ({ positive_energy_total: value })));
    const table = await runCli(["query", did, ...args, "--format", "csv"]);
    expect(table.stdout).toMatch(/2026-01-01[^,]*,115\n2026-01-02[^,]*,355\n$/);
  });
});

describe("gizlab sim --history", () => {
  it("stores a believable past, and the device goes on from there", async () => {
    const { ready } = await startUp("--memory", "--profile", "smart-meter");
    const { http } = ready.urls;
    const args = [
      "sim",
      "smart-meter",
      "--count",
      "2",
      "--history",
      "20d",
      "--every",
      "10m",
      "--seed",
      "4",
      "--cloud",
      http,
    ];
    const sim = startCli([...args, "--json"]);
    onTestFinished(async () => {
      await sim.stop("SIGINT");
    });
    expect(await sim.event("history")).toMatchObject({ reports: 2 * 20 * 144 });
    await sim.event("ready");
    const { devices } = (await request<State>(http, "GET", "/_lab/state")).body;
    expect(devices).toHaveLength(2);
    for (const { did } of devices) {
      const ask = async (aggregator: string) => {
        const query = ["query", did, "--attrs", "positive_energy_total", "--aggregator", aggregator, "--last", "25d"];
        const { stdout } = await runCli([...query, "--unit", "1y", "--cloud", http, "--json"]);
        const lines = stdout
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line) as { attrs: Record<string, number> });
        return lines.map(({ attrs }) => attrs.positive_energy_total ?? 0);
      };
      // A register that only counts up: were it reset when the device came alive, delta would not be last minus first.
      const [first, last, delta] = [await ask("first"), await ask("last"), await ask("delta")];
      const grown = (last.at(-1) ?? 0) - (first[0] ?? 0);
      expect(grown).toBeGreaterThan(20);
      expect(delta.reduce((a, b) => a + b, 0)).toBeCloseTo(grown, 6);
    }
  });

  it.each([
    [["--history", "soon"], /"soon" is not a duration/],
    [["--every", "1m"], /--every is for --history/],
    [["--history", "1h", "--every", "10ms"], /at least 1s/],
    [["--history", "1m", "--every", "1h"], /shorter than/],
  ])("refuses %j", async (args, words) => {
    const result = await runCli(["sim", "smart-meter", ...args]);
    expect(result).toMatchObject({ code: 2, stderr: expect.stringMatching(words) });
  });
});
