import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: new URL("../..", import.meta.url).pathname,
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/config/global-setup.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: "forks",
    // No module keeps state that could pass from one file to the next, so a worker loads each only once.
    isolate: false,
    unstubEnvs: true,
    // By itself vitest leaves one core alone, which on two is half of them.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
