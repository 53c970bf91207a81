import { onTestFinished } from "vitest";
import { encodeFrame, type Frame } from "../../src/codec/frame.js";
import { splitFrames } from "../../src/codec/splitter.js";
import { parseHex } from "../../src/core/hex.js";
import { GAgent, type GAgentOptions } from "../../src/gagent/gagent.js";
import type { ModuleIdentity } from "../../src/gagent/identity.js";
import { ModuleCloud } from "./module-cloud.js";
import { BENCH_KEY } from "./profile-document.js";
import { spellHex, WireBench } from "./wire-bench.js";

const MAC = "02aabbccddee";
const NOTHING = new Uint8Array(0);

/** The device-info payload of an MCU with this product_key (uart.md 2.2, old short form). */
export function printDeviceInfo(productKey: string): Uint8Array {
  return Uint8Array.of(...Buffer.from(`00000004000000020301010003030000${productKey}`), 0, 0);
}

/** A module with a scripted MCU on its wire and a scripted cloud behind it. */
export class ModuleBench {
  readonly wire: WireBench;
  readonly cloud: ModuleCloud;
  readonly module: GAgent;
  readonly states: string[] = [];
  readonly troubles: string[] = [];
  readonly identities: ModuleIdentity[] = [];
  /** Commands that the MCU leaves unanswered; all of them when it is dead. */
  readonly unanswered = new Set<number>();
  isMcuDead = false;
  deviceInfo = printDeviceInfo(BENCH_KEY);
  readonly startedAt: number;

  private constructor(cloud: ModuleCloud, options: Partial<GAgentOptions>) {
    this.cloud = cloud;
    this.wire = new WireBench();
    this.startedAt = this.wire.clock.now();
    let passcodes = 0;
    this.module = new GAgent({
      clock: this.wire.clock,
      link: this.wire.link,
      http: cloud.http,
      openBroker: cloud.openBroker,
      identity: { mac: MAC, passcode: "PASSCODEAA" },
      makePasscode: () => {
        passcodes += 1;
        return `NEWPASS${passcodes}`;
      },
      events: {
        state: ({ kind }) => this.states.push(kind),
        identity: (identity) => this.identities.push(identity),
        trouble: ({ code }) => this.troubles.push(code),
      },
      ...options,
    });
    this.wire.answerWith((bytes) => {
      for (const item of splitFrames(bytes)) if (item.kind === "frame") this.#answer(item.frame);
    });
  }

  static async create(options: Partial<GAgentOptions> = {}): Promise<ModuleBench> {
    const bench = new ModuleBench(await ModuleCloud.start(), options);
    onTestFinished(() => bench.module.stop());
    return bench;
  }

  /** Powers the module on and waits until it is online. */
  async goOnline(): Promise<void> {
    this.module.start();
    await this.settle();
  }

  /** Waits, without moving time, until module, MCU and cloud have come to rest. */
  async settle(): Promise<void> {
    for (let round = 0; round < 8; round += 1) await this.wire.clock.settle();
  }

  /** Lets the event loop turn a few times, however long the clock would wait for an answer that is due. */
  async turn(): Promise<void> {
    for (let round = 0; round < 30; round += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Moves time, and lets the cloud's messages arrive before and after. */
  async advance(spanMs: number): Promise<void> {
    await this.settle();
    await this.wire.clock.advance(spanMs);
    await this.settle();
  }

  /** What the module has said to the MCU since the last look: command and payload, without sn. */
  heard(): string[] {
    return this.heardTimed().map(([, said]) => said);
  }

  /** The same with milliseconds since the bench was made. */
  heardTimed(): [number, string][] {
    return this.wire.takeSayings().flatMap(({ at, bytes }) =>
      splitFrames(bytes).map((item): [number, string] => {
        if (item.kind !== "frame") throw new Error(`the module said ${spellHex(bytes)}`);
        const { cmd, payload } = item.frame;
        return [at - this.startedAt, spellHex(Uint8Array.of(cmd, ...payload))];
      }),
    );
  }

  /** A frame from the MCU, payload in hex; takes what the module says to it in answer. */
  async say(cmd: number, sn: number, payload = ""): Promise<string[]> {
    await this.settle();
    this.heard();
    this.wire.write(encodeFrame({ cmd, sn, flags: 0, payload: parseHex(payload) }));
    await this.settle();
    return this.heard();
  }

  #answer({ cmd, sn }: Frame): void {
    if (this.isMcuDead || this.unanswered.has(cmd) || cmd % 2 === 0 || cmd === 0x11) return;
    const payload = cmd === 1 ? this.deviceInfo : NOTHING;
    this.wire.write(encodeFrame({ cmd: cmd + 1, sn, flags: 0, payload }));
  }
}
