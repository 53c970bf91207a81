import { join } from "node:path";
import { createWallClock } from "../../../dist/core/clock.js";
import { createSeededRandom } from "../../../dist/core/random.js";
import { Trace } from "../../../dist/core/trace.js";
import { Board } from "../../../dist/lab/board.js";
import { recordLabToFile } from "../../../dist/lab/lab-recording.js";
import { startLoneMcu } from "../../../dist/lab/lone-mcu.js";
import { loadProfile } from "../../../dist/lab/profiles.js";
import { openRemoteCloud } from "../../../dist/lab/remote-cloud.js";
import { StandInMcu } from "../../../dist/lab/stand-in-mcu.js";
import { startLab } from "../../../dist/lab/start-lab.js";
import { Tap } from "../../../dist/lab/tap.js";
import { createIdentity } from "../../../dist/lab/virtual-device.js";
import { openPort } from "../../../dist/link/open-port.js";

/** Something that is open, and its parts, each of which may be closed at any time. */
export type Closers = Readonly<Record<string, () => void | Promise<void>>>;

const product = loadProfile("pet-house");
const clock = createWallClock();

async function openBoard() {
  const lab = await startLab({ profiles: ["pet-house"], http: { port: 0 }, mqtt: { port: 0 } });
  const near = await openPort("pty");
  const far = await openPort(near.path ?? "");
  const mcu = startLoneMcu({ product, clock, seed: 1 });
  far.onData((bytes) => mcu.link.write(bytes));
  mcu.link.onData((bytes) => far.write(bytes));
  const trace = new Trace(clock);
  const identity = createIdentity(createSeededRandom("closing"));
  const cloud = openRemoteCloud(lab.urls.http);
  const board = new Board({
    link: near,
    clock,
    random: createSeededRandom("closing"),
    identity,
    ...cloud,
    trace,
    products: [product],
  });
  const isOnline = new Promise<void>((resolve) =>
    trace.listen(({ hop, detail }) => {
      if (hop === "module.state" && detail?.state === "online") resolve();
    }),
  );
  board.start();
  await isOnline;
  return { lab, near, far, mcu, board };
}

async function openStandIn() {
  const far = await openPort("tcp-listen:0");
  const link = await openPort(`tcp:127.0.0.1:${far.name.split(":")[1]}`);
  const mcu = new StandInMcu({ link, clock, trace: new Trace(clock), profile: product.profile });
  mcu.start();
  void mcu.whenModule("speaks", 600_000);
  void mcu.report();
  return { mcu, link, far };
}

/** Opens each part of gizlab that has a `close`, at work. `folder` is empty. */
type Parts = Readonly<Record<string, (folder: string) => Promise<Closers>>>;

export const WIRE_PARTS: Parts = {
  bridge: async () => {
    const { lab, near, far, mcu, board } = await openBoard();
    return {
      port: () => near.close(),
      cable: () => far.close(),
      mcu: () => mcu.close(),
      board: () => board.close(),
      lab: () => lab.close(),
    };
  },
  "bridge whose board is never closed": async () => {
    const { lab, near, far, mcu } = await openBoard();
    return { lab: () => lab.close(), mcu: () => mcu.close(), cable: () => far.close(), port: () => near.close() };
  },
  sniffer: async () => {
    const [mcu, module] = [await openPort("pty"), await openPort("tcp-listen:0")];
    const far = await openPort(mcu.path ?? "");
    const tap = new Tap({ mcu, module, clock, trace: new Trace(clock), products: [product] });
    far.write(Uint8Array.of(0xff, 0xff, 0, 5, 7));
    return {
      cable: () => far.close(),
      mcu: () => mcu.close(),
      module: () => module.close(),
      tap: () => tap.close(),
    };
  },
  "stand-in MCU": async () => {
    const { mcu, link, far } = await openStandIn();
    return { mcu: () => mcu.close(), link: () => link.close(), module: () => far.close() };
  },
  "stand-in MCU that is never closed": async () => {
    const { link, far } = await openStandIn();
    return { link: () => link.close(), module: () => far.close() };
  },
};

export const LAB_PARTS: Parts = {
  lab: async (folder) => {
    const options = {
      profiles: ["pet-house"],
      http: { port: 0 },
      mqtt: { port: 0 },
      data: join(folder, "lab"),
    } as const;
    const lab = await startLab(options);
    await lab.device("pet-house");
    // A connection that is kept alive, and a client that has said nothing yet.
    await (await fetch(`${lab.urls.http}/_lab/health`)).text();
    const silent = await openPort(`tcp:127.0.0.1:${new URL(lab.urls.mqtt).port}`);
    const stopRecording = await recordLabToFile(lab, join(folder, "recording.jsonl"));
    return { recording: stopRecording, client: () => silent.close(), lab: () => lab.close(), again: () => lab.close() };
  },
  "lab on a virtual clock": async (folder) => {
    const lab = await startLab({ profiles: ["pet-house"], clock: "virtual" });
    await lab.device("pet-house");
    const stopRecording = await recordLabToFile(lab, join(folder, "recording.jsonl"));
    return { lab: () => lab.close(), recording: stopRecording, recordingAgain: stopRecording };
  },
};

export const PARTS: Parts = { ...WIRE_PARTS, ...LAB_PARTS };
