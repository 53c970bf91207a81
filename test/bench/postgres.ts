import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const ROOT = "/usr/lib/postgresql";
const START_LIMIT_MS = 30_000;

/** A PostgreSQL of its own, with its default settings, on a free port and in a folder that goes with it. */
export class Postgres {
  readonly #bin: string;
  readonly #port: number;
  readonly #folder: string;
  readonly #server: ChildProcess;

  private constructor(bin: string, port: number, folder: string, server: ChildProcess) {
    this.#bin = bin;
    this.#port = port;
    this.#folder = folder;
    this.#server = server;
  }

  /** Undefined where no PostgreSQL is installed. */
  static async start(): Promise<Postgres | undefined> {
    const bin = findBin();
    if (bin === undefined) return undefined;
    const folder = mkdtempSync(join(tmpdir(), "gizlab-postgres-"));
    // initdb refuses root.
    const owner = process.getuid?.() === 0 ? readOwner() : undefined;
    if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
    const data = join(folder, "data");
    const options = { cwd: folder, ...owner };
    const init = spawnSync(
      join(bin, "initdb"),
      ["-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8", "--no-locale"],
      {
        ...options,
        encoding: "utf8",
      },
    );
    if (init.status !== 0) throw new Error(`initdb: ${init.stderr ?? init.error?.message}`);
    const port = await findFreePort();
    const where = ["-D", data, "-p", String(port), "-k", folder, "-c", "listen_addresses=127.0.0.1"];
    const server = spawn(join(bin, "postgres"), where, { ...options, stdio: "ignore" });
    const started = new Postgres(bin, port, folder, server);
    process.on("exit", () => server.kill("SIGKILL"));
    await started.#waitUntilReady();
    return started;
  }

  /** Runs statements, and feeds `input` to the last one of them. Resolves with what `psql` prints. */
  async run(statements: readonly string[], input?: Iterable<string>): Promise<string[]> {
    const commands = statements.flatMap((statement) => ["-c", statement]);
    const psql = spawn(join(this.#bin, "psql"), [...this.#where, ...commands], { stdio: ["pipe", "pipe", "inherit"] });
    const lines: string[] = [];
    createInterface({ input: psql.stdout }).on("line", (line) => lines.push(line));
    const closed = once(psql, "close") as Promise<[number]>;
    for (const text of input ?? []) if (!psql.stdin.write(text)) await once(psql.stdin, "drain");
    psql.stdin.end();
    const [code] = await closed;
    if (code !== 0) throw new Error(`psql ended with ${code}`);
    return lines;
  }

  /** How long each of some queries takes to its last row, in milliseconds, over one connection. */
  async time(queries: readonly string[]): Promise<number[]> {
    const psql = spawn(join(this.#bin, "psql"), this.#where, { stdio: ["pipe", "pipe", "inherit"] });
    const times: number[] = [];
    createInterface({ input: psql.stdout }).on("line", (line) => {
      const [, ms] = /^Time: ([\d.]+) ms/.exec(line) ?? [];
      if (ms !== undefined) times.push(Number(ms));
    });
    const closed = once(psql, "close");
    psql.stdin.end(`\\o /dev/null\n\\timing on\n${queries.map((query) => `${query};\n`).join("")}`);
    await closed;
    if (times.length !== queries.length) throw new Error(`${times.length} of ${queries.length} queries were answered`);
    return times;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "exit");
    this.#server.kill("SIGINT");
    await closed;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #where(): string[] {
    return [
      "-X",
      "-q",
      "-v",
      "ON_ERROR_STOP=1",
      "-h",
      "127.0.0.1",
      "-p",
      String(this.#port),
      "-U",
      "bench",
      "postgres",
    ];
  }

  async #waitUntilReady(): Promise<void> {
    const isReady = join(this.#bin, "pg_isready");
    for (const until = performance.now() + START_LIMIT_MS; performance.now() < until; ) {
      if (spawnSync(isReady, ["-h", "127.0.0.1", "-p", String(this.#port)]).status === 0) return;
      if (this.#server.exitCode !== null) throw new Error(`postgres ended with ${this.#server.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error("postgres does not answer");
  }
}

function findBin(): string | undefined {
  if (!existsSync(ROOT)) return undefined;
  const versions = readdirSync(ROOT).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(ROOT, version, "bin")).find((bin) => existsSync(join(bin, "initdb")));
}

function readOwner(): { uid: number; gid: number } {
  const idOf = (option: string): number => Number(spawnSync("id", [option, "nobody"], { encoding: "utf8" }).stdout);
  return { uid: idOf("-u"), gid: idOf("-g") };
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
