import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, onTestFinished } from "vitest";
import { CliProcess } from "./cli-process.js";
import { pollUntil } from "./poll.js";

const FOLDER = fileURLToPath(new URL("../fixtures/c-mcu", import.meta.url));
const FLAGS = ["-std=c11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-pedantic"];
/** What an MCU that reads past an array or overflows an integer ends with, where the compiler can watch for that. */
const SANITIZER = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
const COMPLAINT = /Sanitizer|runtime error/;

/** False, with a line that names the cure, where there is no C compiler. */
export function hasCompiler(): boolean {
  const isThere = findCompiler() !== undefined;
  if (!isThere) process.stderr.write("gcc is missing, so the MCU in C is not tested: apt-get install gcc libc6-dev\n");
  return isThere;
}

/** Compiles test/fixtures/c-mcu before the tests of a file; gives where the program will be. */
export function compileMcu(): { readonly program: string } {
  const folder = join(tmpdir(), `gizlab-c-mcu-${randomUUID()}`);
  const program = join(folder, "mcu");
  // Made in the hook, which is left out where every test is skipped.
  beforeAll(() => {
    mkdirSync(folder);
    if (!compile(program, SANITIZER).isDone) {
      const { isDone, said } = compile(program, []);
      if (!isDone) throw new Error(`the MCU in C cannot be compiled: ${said}`);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return { program };
}

/** Powers an MCU on, alone or as the child of another program; its power is cut when the test has ended. */
export function startMcu(program: string, args: readonly string[]): CliProcess {
  const mcu = new CliProcess(program, args, {});
  onTestFinished(async () => {
    await mcu.stop("SIGTERM");
    expectSound(mcu);
  });
  return mcu;
}

/** Fails when a sanitizer has found something in the MCU that writes to the stderr of this process. */
export function expectSound(teller: Pick<CliProcess, "stderr">): void {
  expect(teller.stderr).not.toMatch(COMPLAINT);
}

/** The first lines on stderr that match, as soon as there are so many; the MCU may be a child of `teller`. */
export async function hearMcu(teller: CliProcess, pattern: RegExp, times = 1): Promise<RegExpMatchArray[]> {
  const find = () => [...teller.stderr.matchAll(new RegExp(pattern.source, "gm"))];
  const heard = await pollUntil(
    `${times} times ${pattern} from the MCU`,
    async () => ({ found: find(), stderr: teller.stderr }),
    ({ found }) => found.length >= times,
    20_000,
  );
  return heard.found;
}

/** The number of the MCU's process, by the last word it has said of it. */
export async function findPid(teller: CliProcess, boots = 1): Promise<number> {
  const boot = (await hearMcu(teller, /^boot \d{8} pid (\d+)$/, boots)).at(-1);
  return Number(boot?.[1]);
}

function findCompiler(): string | undefined {
  return ["gcc", "cc"].find((name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0);
}

function compile(program: string, flags: readonly string[]): { isDone: boolean; said: string } {
  const sources = readdirSync(FOLDER)
    .filter((name) => name.endsWith(".c"))
    .map((name) => join(FOLDER, name));
  const args = [...FLAGS, ...flags, "-o", program, ...sources, "-lm"];
  const { status, stderr } = spawnSync(findCompiler() ?? "gcc", args, { encoding: "utf8" });
  // A sanitizer may link and still not run here.
  const runs = status === 0 && spawnSync(program, [], { stdio: "ignore" }).status === 2;
  return { isDone: runs, said: stderr };
}
