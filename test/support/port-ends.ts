import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { PortLink } from "../../src/link/port.js";
import { pollUntil } from "./poll.js";

/** False, with a line that names the cure, where socat is missing. */
export function hasSocat(): boolean {
  const isThere = spawnSync("socat", ["-V"], { stdio: "ignore" }).status === 0;
  if (!isThere) process.stderr.write("socat is missing, so pty pairs are not tested: apt-get install socat\n");
  return isThere;
}

/** Two ptys joined by socat, as `a` and `b` of a folder, until the test ends or `kill`. */
export async function startPtyPair(folder: string): Promise<{ a: string; b: string; kill: () => Promise<void> }> {
  const [a, b] = [join(folder, "a"), join(folder, "b")];
  const child = spawn("socat", [`pty,raw,echo=0,link=${a}`, `pty,raw,echo=0,link=${b}`], { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const kill = (): Promise<void> => {
    child.kill("SIGTERM");
    return ended;
  };
  onTestFinished(kill);
  await pollUntil(
    "pty pair",
    async () => existsSync(a) && existsSync(b),
    (isThere) => isThere,
  );
  return { a, b, kill };
}

/** What has come in at a port. */
export class PortEar {
  #bytes = Buffer.alloc(0);
  readonly #pieces: Uint8Array[] = [];
  #length = 0;

  constructor(link: PortLink) {
    link.onData((bytes) => {
      this.#pieces.push(Uint8Array.from(bytes));
      this.#length += bytes.length;
    });
    onTestFinished(() => link.close());
  }

  /** The bytes so far. */
  get length(): number {
    return this.#length;
  }

  /** Everything so far, once it is as long. */
  async hear(length: number): Promise<Buffer> {
    await pollUntil(
      `${length} bytes`,
      async () => this.#length,
      (now) => now >= length,
    );
    this.#bytes = Buffer.concat([this.#bytes, ...this.#pieces.splice(0)]);
    return this.#bytes;
  }
}

/** Every byte value, over and over. */
export function everyByte(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * 7 + (at >> 8)) & 0xff);
}
