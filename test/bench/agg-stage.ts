import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { COLUMNS, meterReadings, REPORTS } from "./meter-readings.js";
import { Postgres } from "./postgres.js";

/** The cloud that was loaded, as its process says. */
export interface LoadedCloud {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly dids: readonly string[];
  /** When the first report came. */
  readonly begin: number;
  readonly rowsPerS: number;
}

/** The same with PostgreSQL. */
export interface LoadedPostgres {
  readonly postgres: Postgres;
  readonly rowsPerS: number;
}

/** Lines that are handed to COPY at a time. */
const COPY_LINES = 2000;

let cloud: Promise<LoadedCloud> | undefined;
let peer: Promise<LoadedPostgres | undefined> | undefined;
let server: ChildProcess | undefined;

/** Both hold the same reports, and are loaded one after the other when a benchmark first asks for them. */
export async function loadStage(): Promise<{ cloud: LoadedCloud; peer: LoadedPostgres | undefined }> {
  cloud ??= loadCloud();
  const { begin } = await cloud;
  peer ??= loadPostgres(begin);
  return { cloud: await cloud, peer: await peer };
}

/** Ends what was started, if anything was. */
export async function closeStage(): Promise<void> {
  await (await peer)?.postgres.close();
  if (server === undefined) return;
  const closed = once(server, "exit");
  server.send("end");
  await closed;
}

async function loadCloud(): Promise<LoadedCloud> {
  server = fork(fileURLToPath(new URL("agg-server.ts", import.meta.url)), {
    execArgv: ["--max-semi-space-size=64", "--import", "tsx"],
  });
  const ended = once(server, "exit").then(([code]) => {
    throw new Error(`the server ended with ${code}`);
  });
  const [loaded] = (await Promise.race([once(server, "message"), ended])) as [LoadedCloud];
  ended.catch(() => {});
  return loaded;
}

async function loadPostgres(begin: number): Promise<LoadedPostgres | undefined> {
  const postgres = await Postgres.start();
  if (postgres === undefined) return undefined;
  const columns = COLUMNS.map((name) => `${name} double precision`).join(", ");
  await postgres.run([
    `CREATE TABLE readings (device integer NOT NULL, at timestamptz NOT NULL, ${columns})`,
    "CREATE INDEX readings_by_device ON readings (device, at)",
  ]);
  const startedAt = performance.now();
  await postgres.run(["COPY readings FROM STDIN"], copyLines(begin));
  const rowsPerS = Math.round(REPORTS / ((performance.now() - startedAt) / 1000));
  await postgres.run(["VACUUM ANALYZE readings"]);
  return { postgres, rowsPerS };
}

function* copyLines(begin: number): Generator<string> {
  let text = "";
  let lines = 0;
  for (const { meter, at, attrs } of meterReadings(begin, 0, REPORTS)) {
    text += `${meter}\t${new Date(at).toISOString()}\t${COLUMNS.map((name) => attrs[name]).join("\t")}\n`;
    lines += 1;
    if (lines % COPY_LINES > 0) continue;
    yield text;
    text = "";
  }
  yield text;
}
