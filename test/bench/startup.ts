import { execFile, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Benchmark, BenchResult } from "./result.js";
import { median } from "./result.js";

const DIST = new URL("../../dist/", import.meta.url);
const ROUNDS = 5;
const AIM_COLD_MS = 500;
const AIM_WARM_MS = 30;
const AIM_UP_MS = 700;

/** CPU of a first lab of a process and of the labs after it; what is imported is loaded before, and counted apart. */
const OURS = `
const cpuMs = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
const take = async (action) => { const from = cpuMs(); await action(); return cpuMs() - from; };
let kit;
const importMs = await take(async () => { kit = await import(${JSON.stringify(`${DIST}testing.js`)}); });
const labs = [];
for (let n = 0; n < 11; n += 1) {
  let lab;
  labs.push(await take(async () => { lab = await kit.startLab({ clock: "virtual", seed: n }); }));
  await lab.close();
}
console.log(JSON.stringify({ importMs, coldMs: labs[0], warmMs: labs.slice(1) }));
`;
/** The two servers that a lab stands on, without anything of gizlab, with one route and listening nowhere. */
const BARE = `
const cpuMs = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
const from = cpuMs();
const [{ default: Fastify }, { Aedes }] = await Promise.all([import("fastify"), import("aedes")]);
const app = Fastify();
app.post("/x", { schema: { body: { type: "object", properties: { x: { type: "string" } } } } }, async () => ({}));
await app.ready();
const broker = new Aedes();
await broker.listen();
console.log(JSON.stringify({ coldMs: cpuMs() - from }));
await app.close();
broker.close();
`;

/**
 * Processor time of a first lab in a fresh process, next to a bare Fastify and Aedes; of the labs after it; and the wall
 * time of `gizlab up` to its ready line.
 */
export const startup: Benchmark = async (): Promise<StartupResult> => {
  const rounds: { importMs: number; coldMs: number; warmMs: number[] }[] = [];
  const bare: number[] = [];
  const up: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    bare.push((await runFresh<{ coldMs: number }>(BARE)).coldMs);
    rounds.push(await runFresh(OURS));
    up.push(await startUp());
  }
  const value = Math.round(median(rounds.map(({ coldMs }) => coldMs)));
  const warm = Math.round(median(rounds.flatMap(({ warmMs }) => warmMs)));
  const upMs = Math.round(median(up));
  const peer = Math.round(median(bare));
  return {
    name: "startup",
    value,
    unit: "ms CPU",
    peer: "import and start of bare fastify and aedes",
    peer_value: peer,
    ratio: Number((value / peer).toFixed(2)),
    aim: `cold <= ${AIM_COLD_MS}, warm <= ${AIM_WARM_MS}, up <= ${AIM_UP_MS}`,
    ok: value <= AIM_COLD_MS && warm <= AIM_WARM_MS && upMs <= AIM_UP_MS,
    warm_ms: warm,
    import_ms: Math.round(median(rounds.map(({ importMs }) => importMs))),
    up_ms: upMs,
  };
};

interface StartupResult extends BenchResult {
  /** CPU of a later lab of the process. */
  readonly warm_ms: number;
  /** CPU of the import of the test kit, which `value` does not hold. */
  readonly import_ms: number;
  /** Wall time of `gizlab up` to its ready line. */
  readonly up_ms: number;
}

/** What a script prints, run in a process of its own. */
function runFresh<T>(script: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const args = ["--input-type=module", "--eval", script];
    execFile(process.execPath, args, { cwd: new URL("../..", import.meta.url) }, (error, stdout) => {
      if (error === null) resolve(JSON.parse(stdout) as T);
      else reject(error);
    });
  });
}

async function startUp(): Promise<number> {
  const ports = ["--http-port", "0", "--mqtt-port", "0"];
  const startedAt = performance.now();
  const child = spawn(process.execPath, [new URL("cli/main.js", DIST).pathname, "up", "--memory", "--json", ...ports], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  for await (const line of createInterface({ input: child.stdout })) {
    if ((JSON.parse(line) as { event?: string }).event === "ready") break;
  }
  const tookMs = performance.now() - startedAt;
  child.kill("SIGTERM");
  await ended;
  return tookMs;
}
