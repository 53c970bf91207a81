import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { createWallClock } from "../../dist/core/clock.js";
import { createSeededRandom } from "../../dist/core/random.js";
import { Trace } from "../../dist/core/trace.js";
import { Board } from "../../dist/lab/board.js";
import { loadProfile } from "../../dist/lab/profiles.js";
import { openRemoteCloud } from "../../dist/lab/remote-cloud.js";
import { startLab } from "../../dist/lab/start-lab.js";
import { createIdentity } from "../../dist/lab/virtual-device.js";
import type { Link } from "../../dist/link/link.js";
import { openPort } from "../../dist/link/open-port.js";
import type { Benchmark } from "./result.js";

const SETTINGS = { baud: 921_600, dataBits: 8, parity: "none", stopBits: 1 } as const;
const REPORT_EVERY_MS = 4;
const WARM_UP = 500;
const SAMPLES = 2000;
const FLOOD = 5_000_000;
const REPORT = 0x05;
const AIM_MS = 1;

/** From the last byte of a report on a pty to its PUBLISH in the socket, p99; and bytes a second both ways at once. */
export const serialP99: Benchmark = async () => {
  const delays = await measureDelays();
  const p99 = Number((delays[Math.floor(delays.length * 0.99)] ?? Number.NaN).toFixed(3));
  return {
    name: "serial-p99",
    value: p99,
    unit: "ms",
    peer: "the aim itself",
    peer_value: AIM_MS,
    ratio: Number((p99 / AIM_MS).toFixed(2)),
    aim: "value < 1",
    ok: p99 < AIM_MS,
    p50_ms: Number((delays[Math.floor(delays.length / 2)] ?? Number.NaN).toFixed(3)),
    bytes_per_s: await measureFlood(),
  };
};

async function measureDelays(): Promise<number[]> {
  const lab = await startLab({ profiles: ["pet-house"], http: { port: 0 }, mqtt: { port: 0 } });
  const { child, path } = await startFarEnd("mcu", REPORT_EVERY_MS);
  const link = await openPort(path, SETTINGS);
  const clock = createWallClock();
  const random = createSeededRandom("bench");
  const delays: number[] = [];
  let completeAt: number | undefined;
  const cloud = openRemoteCloud(lab.urls.http);
  const done = new Promise<void>((resolve) => {
    const board = new Board({
      link: watchReports(link, () => {
        completeAt = performance.now();
      }),
      clock,
      random,
      identity: createIdentity(random),
      http: cloud.http,
      openBroker: (provision) =>
        watchWrites(cloud.openBroker(provision), () => {
          if (completeAt === undefined) return;
          delays.push(performance.now() - completeAt);
          completeAt = undefined;
          if (delays.length === WARM_UP + SAMPLES) resolve();
        }),
      trace: new Trace(clock),
      products: [loadProfile("pet-house")],
    });
    board.start();
  });
  await done;
  child.kill();
  link.close();
  await lab.close();
  return delays.slice(WARM_UP).sort((a, b) => a - b);
}

async function measureFlood(): Promise<number> {
  const { child, path } = await startFarEnd("flood", FLOOD);
  const link = await openPort(path, SETTINGS);
  let received = 0;
  const isHere = new Promise<void>((resolve) => {
    link.onData((bytes) => {
      received += bytes.length;
      if (received >= FLOOD) resolve();
    });
  });
  const isThere = once(child, "message");
  const startedAt = performance.now();
  child.send({});
  link.write(Buffer.alloc(FLOOD, 0x5a));
  await Promise.all([isHere, isThere]);
  const seconds = (performance.now() - startedAt) / 1000;
  child.kill();
  link.close();
  return Math.round((2 * FLOOD) / seconds);
}

async function startFarEnd(role: "mcu" | "flood", amount: number): Promise<{ child: ChildProcess; path: string }> {
  const child = fork(fileURLToPath(new URL("serial-board.ts", import.meta.url)), [role, String(amount)], {
    execArgv: ["--import", "tsx"],
  });
  const [{ path }] = (await once(child, "message")) as [{ path: string }];
  return { child, path };
}

/** Tells of every read that ends a report; the MCU waits for its answer, so there is one at a time. */
function watchReports(link: Link, onReport: () => void): Link {
  return {
    write: (bytes) => link.write(bytes),
    onData: (receiver) =>
      link.onData((bytes) => {
        if (bytes[0] === 0xff && bytes[4] === REPORT) onReport();
        receiver(bytes);
      }),
    onClose: (listener) => link.onClose(listener),
    close: () => link.close(),
  };
}

/** Tells of every hand-over to the operating system. */
function watchWrites(conn: Duplex, onWrite: () => void): Duplex {
  for (const name of ["_write", "_writev"] as const) {
    const original = conn[name] as ((...args: unknown[]) => void) | undefined;
    if (original === undefined) continue;
    Object.assign(conn, {
      [name]: (...args: unknown[]) => {
        original.apply(conn, args);
        onWrite();
      },
    });
  }
  return conn;
}
