import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { listRunningLabs } from "../../../../src/cli/running-lab/running-labs.js";
import { makeRuntimeFolder, runtimeFolder } from "../../../../src/cli/running-lab/runtime-folder.js";
import { makeTempFolder } from "../../../support/temp-folder.js";

/** A process that has ended long ago: no system numbers so high. */
const GONE = 2 ** 30;

describe("the file of a lab that was killed", () => {
  it("is removed where another program has its port by now", async () => {
    vi.stubEnv("XDG_RUNTIME_DIR", makeTempFolder());
    onTestFinished(() => void vi.unstubAllEnvs());
    const server = createServer((_request, response) => response.end("{}")).listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once("listening", resolve));
    const http = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    makeRuntimeFolder(runtimeFolder());
    const [gone, living] = [GONE, process.pid].map((pid) => {
      const file = join(runtimeFolder(), `${pid}.json`);
      writeFileSync(file, JSON.stringify({ pid, version: "1", http, mqtt: http, folder: null, cwd: "/" }));
      return file;
    });
    expect(await listRunningLabs()).toEqual([]);
    expect(existsSync(gone ?? "")).toBe(false);
    expect(existsSync(living ?? "")).toBe(true);
  });
});
