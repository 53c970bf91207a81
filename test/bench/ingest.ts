import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type Benchmark, median } from "./result.js";

const ROUNDS = 5;
const WARM_UP_MS = 1500;
const MEASURE_MS = 3000;
const CONNECTIONS = 50;
/** A module has one report outstanding (uart.md 3, cloud.md 3.1). */
const IN_FLIGHT = 1;

/**
 * QoS 1 reports acknowledged a second with 50 connections, stored and rolled up, next to bare aedes with an empty
 * in-process subscriber. Server and load run in processes of their own; rounds of the two alternate.
 */
export const ingest: Benchmark = async () => {
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    bare.push(await runRound("bare"));
    ours.push(await runRound("gizlab"));
  }
  const value = Math.round(median(ours));
  const peer = Math.round(median(bare));
  const ratio = Number((value / peer).toFixed(2));
  return {
    name: "ingest",
    value,
    unit: "reports/s",
    peer: "bare aedes",
    peer_value: peer,
    ratio,
    aim: "ratio >= 0.8",
    ok: ratio >= 0.8,
  };
};

async function runRound(kind: "bare" | "gizlab"): Promise<number> {
  const server = start("ingest-server.ts", [kind, String(CONNECTIONS)]);
  const [ready] = (await once(server, "message")) as [{ port: number; logins: unknown }];
  const load = start("ingest-load.ts", []);
  load.send({ ...ready, inFlight: IN_FLIGHT, warmUpMs: WARM_UP_MS, measureMs: MEASURE_MS });
  const [measured] = (await once(load, "message")) as [{ acknowledged: number; total: number; ms: number }];
  load.kill();
  server.send({ expected: measured.total });
  const [checked] = (await once(server, "message")) as [{ settleMs: number; error?: string }];
  server.kill();
  if (checked.error !== undefined) throw new Error(checked.error);
  // What was acknowledged but not yet rolled up counts against us.
  return measured.acknowledged / ((measured.ms + checked.settleMs) / 1000);
}

function start(file: string, args: readonly string[]): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    execArgv: ["--max-semi-space-size=64", "--import", "tsx"],
  });
}
