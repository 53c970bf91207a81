import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** The built command line. */
export const CLI = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
/** A child that has said nothing for so long will not say it any more. */
const PATIENCE_MS = 20_000;
const LIFETIME_MS = 180_000;

export interface CliOptions {
  /** What is piped in; without it stdin is closed. */
  readonly input?: string | Uint8Array;
  /** True for a stdin that stays open, for `type`. */
  readonly isInteractive?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** The folder in which it runs; that of the tests without it. */
  readonly cwd?: string;
}

/** A command that has ended. */
export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A line of `--json`. */
export type Event = Readonly<Record<string, unknown>> & { readonly event: string };

/** What `up --json` says first (interfaces.md 2). */
export interface Ready extends Event {
  readonly pid: number;
  readonly urls: Readonly<Record<"http" | "mqtt" | "ws" | "ui" | "docs", string>>;
  readonly app: { readonly id: string; readonly secret: string };
  readonly enterprise: { readonly id: string; readonly secret: string };
  readonly connect: Readonly<Record<"client_id" | "client_secret" | "token", string>>;
  readonly datacooee: Readonly<Record<"organization_id" | "organization_api_key", string>>;
  readonly devo: Readonly<Record<"domain" | "token", string>>;
  readonly products: readonly { name: string; product_key: string; product_secret: string }[];
  readonly devices: readonly { did: string; mac: string; passcode: string; product_key: string }[];
}

/** The options of a cloud that meets nobody else on this machine. */
export const ANY_PORTS = ["--http-port", "0", "--mqtt-port", "0"] as const;

/** The lines of `--json`. */
export function readLines({ stdout }: CliResult): Record<string, unknown>[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Runs a command to its end. */
export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return new CliProcess(process.execPath, [CLI, ...args], options).result();
}

/** Runs another program to its end. */
export function runProgram(program: string, args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return new CliProcess(program, args, options).result();
}

/** Runs a line of bash, in which `gizlab` is the built command line. */
export function runShell(line: string, options: CliOptions = {}): Promise<CliResult> {
  const script = `set -o pipefail; gizlab() { "${process.execPath}" "${CLI}" "$@"; }; ${line}`;
  return new CliProcess("bash", ["-c", script], options).result();
}

/** Starts a command that goes on until it is stopped, at the latest at the end of the test. */
export function startCli(args: readonly string[], options: CliOptions = {}): CliProcess {
  return killAtEnd(new CliProcess(process.execPath, [CLI, ...args], options));
}

/** The same on a terminal, which `script` makes. */
export function startOnTerminal(args: readonly string[], options: CliOptions = {}): CliProcess {
  // exec: a shell in between (which one, SHELL decides) would make its own exit code of Ctrl-C.
  const command = ["exec", process.execPath, CLI, ...args].join(" ");
  return killAtEnd(new CliProcess("script", ["-qefc", command, "/dev/null"], { ...options, isInteractive: true }));
}

/** Starts `up --json` and waits until it is ready. */
export function startUp(...args: readonly string[]): Promise<{ up: CliProcess; ready: Ready }> {
  return startUpIn({}, ...args);
}

/** The same in a folder and with an environment of its own. */
export async function startUpIn(
  options: Pick<CliOptions, "cwd" | "env">,
  ...args: readonly string[]
): Promise<{ up: CliProcess; ready: Ready }> {
  const up = startCli(["up", ...ANY_PORTS, ...args, "--json"], options);
  return { up, ready: (await up.event("ready")) as Ready };
}

function killAtEnd(child: CliProcess): CliProcess {
  onTestFinished(async () => {
    await child.stop("SIGKILL");
  });
  return child;
}

/** A command under way. */
export class CliProcess {
  /** Complete lines of stdout so far. */
  readonly lines: string[] = [];
  /** Resolves when the process has ended and all it wrote has been read. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();
  #stdout = "";
  #stderr = "";
  #isOver = false;

  constructor(program: string, args: readonly string[], { input, isInteractive, env, cwd }: CliOptions) {
    this.#child = spawn(program, args, {
      stdio: [input === undefined && isInteractive !== true ? "ignore" : "pipe", "pipe", "pipe"],
      env: { ...process.env, ...env },
      ...(cwd === undefined ? {} : { cwd }),
      // For what hangs; whatever goes on until it is stopped is stopped by its test long before.
      timeout: LIFETIME_MS,
      killSignal: "SIGKILL",
    });
    const { stdin, stdout, stderr } = this.#child;
    // A command may end before it has read everything.
    stdin?.on("error", () => {});
    if (isInteractive !== true) stdin?.end(input);
    stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout += text;
    });
    stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
    if (stdout !== null) {
      createInterface({ input: stdout }).on("line", (line) => {
        this.lines.push(line);
        this.#wake();
      });
    }
    this.ended = once(this.#child, "close").then(([code, signal]) => {
      this.#isOver = true;
      this.#wake();
      return { code, signal };
    });
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** The lines so far as the objects they are with `--json`. Throws on one that is none. */
  get events(): Event[] {
    return this.lines.map((line) => JSON.parse(line) as Event);
  }

  /** Resolves with everything when it has ended. */
  async result(): Promise<CliResult> {
    const { code } = await this.ended;
    return { code, stdout: this.#stdout, stderr: this.#stderr };
  }

  /** The first line with this `event`, and with `isIt` holding, as soon as it comes. Rejects when it cannot come any more. */
  event(name: string, isIt: (event: Event) => boolean = () => true): Promise<Event> {
    return this.#await(`"${name}"`, () => this.events.find((event) => event.event === name && isIt(event)));
  }

  /** The first line that matches. Rejects as `event` does. */
  line(pattern: RegExp): Promise<string> {
    return this.#await(`line ${pattern}`, () => this.lines.find((line) => pattern.test(line)));
  }

  /** Writes to its stdin. */
  type(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** Sends a signal; gives how it ended and how long that took. */
  async stop(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null; tookMs: number }> {
    const sentAt = performance.now();
    this.#child.kill(signal);
    const end = await this.ended;
    return { ...end, tookMs: performance.now() - sentAt };
  }

  async #await<T>(what: string, find: () => T | undefined): Promise<T> {
    const deadline = AbortSignal.timeout(PATIENCE_MS);
    deadline.addEventListener("abort", () => this.#wake());
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      const end = this.#isOver ? "before the end" : "in time";
      if (this.#isOver || deadline.aborted) throw new Error(`no ${what} ${end}: ${this.#stderr || this.#stdout}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
