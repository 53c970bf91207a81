import { describe, expect, it, onTestFinished } from "vitest";
import { GizlabError } from "../../../src/core/errors.js";
import { createLinkPair } from "../../../src/link/pair.js";
import type { PortLink } from "../../../src/link/port.js";
import { openReconnecting } from "../../../src/link/reconnecting.js";
import type { SerialPortEntry } from "../../../src/link/serial-ports.js";

/** Serial ports that are plugged in and out: a path and what is at its far end. */
class Bench {
  readonly plugged = new Map<string, SerialPortEntry>();
  readonly opened: string[] = [];
  far: PortLink | undefined;

  readonly open = async (path: string): Promise<PortLink> => {
    this.opened.push(path);
    if (!this.plugged.has(path)) throw new GizlabError("port-missing", `${path} is not there`);
    const [near, far] = createLinkPair();
    const asPort = (link: typeof near): PortLink =>
      Object.assign(link, { name: path, onPeer: (tell: (is: boolean) => void) => tell(true) });
    this.far = asPort(far);
    return asPort(near);
  };
  readonly listPorts = async () => [...this.plugged.values()];

  plug(path: string, serialNumber?: string): void {
    const entry = { path, vendorId: "1a86", productId: "7523" };
    this.plugged.set(path, serialNumber === undefined ? entry : { ...entry, serialNumber });
  }

  unplug(): void {
    this.plugged.clear();
    this.far?.close();
  }

  async start(path: string) {
    const link = await openReconnecting(path, { open: this.open, listPorts: this.listPorts });
    onTestFinished(() => link.close());
    const states: (boolean | string)[] = [];
    link.onState((isOpen, why) => states.push(why?.code ?? isOpen));
    // The adapter is looked up beside the opening.
    await new Promise((resolve) => setImmediate(resolve));
    return { link, states };
  }
}

describe("a reconnecting link", () => {
  it("opens its port again, tells it, and drops what is written meanwhile", async () => {
    const bench = new Bench();
    bench.plug("/dev/ttyUSB0");
    const { link, states } = await bench.start("/dev/ttyUSB0");
    const heard: number[] = [];
    link.onData((bytes) => heard.push(...bytes));
    bench.far?.write(Uint8Array.of(0xff, 0xff, 0));
    await expect.poll(() => heard).toEqual([255, 255, 0]);
    bench.unplug();
    link.write(Uint8Array.of(1));
    expect([link.isOpen, states]).toEqual([false, [true, false]]);
    await expect.poll(() => states, { timeout: 3000 }).toEqual([true, false, "port-missing"]);
    bench.plug("/dev/ttyUSB0");
    await expect.poll(() => link.isOpen, { timeout: 2000 }).toBe(true);
    const answers: number[] = [];
    bench.far?.onData((bytes) => answers.push(...bytes));
    bench.far?.write(Uint8Array.of(9));
    link.write(Uint8Array.of(2));
    await expect.poll(() => [heard, answers]).toEqual([[255, 255, 0, 9], [2]]);
    expect(states).toEqual([true, false, "port-missing", true]);
  });

  it("finds the same adapter under another path, and leaves another one alone", async () => {
    const bench = new Bench();
    bench.plug("/dev/ttyUSB0", "A");
    const { link, states } = await bench.start("/dev/ttyUSB0");
    bench.unplug();
    bench.plug("/dev/ttyUSB0", "B");
    await expect.poll(() => states, { timeout: 2000 }).toEqual([true, false, "port-missing"]);
    bench.plug("/dev/ttyUSB1", "A");
    await expect.poll(() => link.isOpen, { timeout: 2000 }).toBe(true);
    expect(bench.opened).toEqual(["/dev/ttyUSB0", "/dev/ttyUSB1"]);
  });

  it("finds the same port of an adapter that has two, and waits until it is there", async () => {
    const bench = new Bench();
    bench.plug("/dev/ttyUSB0", "A");
    bench.plug("/dev/ttyUSB1", "A");
    const { link, states } = await bench.start("/dev/ttyUSB1");
    bench.unplug();
    bench.plug("/dev/ttyUSB2", "A");
    await expect.poll(() => states, { timeout: 2000 }).toEqual([true, false, "port-missing"]);
    bench.plug("/dev/ttyUSB3", "A");
    await expect.poll(() => link.isOpen, { timeout: 2000 }).toBe(true);
    expect([bench.opened[0], bench.opened.at(-1), bench.opened.includes("/dev/ttyUSB2")]).toEqual([
      "/dev/ttyUSB1",
      "/dev/ttyUSB3",
      false,
    ]);
  });

  it("fails when the port is not there to begin with", async () => {
    const { open, listPorts } = new Bench();
    await expect(openReconnecting("/dev/ttyUSB0", { open, listPorts })).rejects.toMatchObject({ code: "port-missing" });
  });

  it("does not open anything any more once it is closed", async () => {
    const bench = new Bench();
    bench.plug("/dev/ttyUSB0");
    const { link, states } = await bench.start("/dev/ttyUSB0");
    let closings = 0;
    link.onClose(() => (closings += 1));
    bench.unplug();
    link.close();
    link.close();
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect([bench.opened.length, closings, states]).toEqual([1, 1, [true, false]]);
  });

  it("keeps the number of a listening port, and tells clients that come and go", async () => {
    const link = await openReconnecting("tcp-listen:0");
    onTestFinished(() => link.close());
    const states: boolean[] = [];
    link.onState((isOpen) => states.push(isOpen));
    const client = await openReconnecting(link.name.replace("tcp-listen", "tcp:localhost"));
    await expect.poll(() => states).toEqual([false, true]);
    client.close();
    await expect.poll(() => states).toEqual([false, true, false]);
  });

  it("tells once that a program ends soon again and again, with its exit code, and starts it more and more rarely", async () => {
    const starts: number[] = [];
    const link = await openReconnecting("exec:./crashes", {
      open: async (text) => {
        starts.push(performance.now());
        const [near] = createLinkPair();
        setTimeout(() => near.close(), 20);
        const ended = Promise.resolve(new GizlabError("port-exec", "./crashes has ended with exit code 3"));
        return Object.assign(near, { name: text, ended, onPeer: (tell: (is: boolean) => void) => tell(true) });
      },
    });
    onTestFinished(() => link.close());
    const why: string[] = [];
    link.onState((_isOpen, failure) => {
      if (failure !== undefined) why.push(failure.message);
    });
    await expect.poll(() => starts.length, { timeout: 5000 }).toBe(4);
    expect(why).toEqual(["./crashes has ended with exit code 3"]);
    const pauses = starts.slice(1).map((at, index) => at - (starts[index] ?? 0));
    expect(pauses[1]).toBeGreaterThan((pauses[0] ?? 0) * 1.5);
    expect(pauses[2]).toBeGreaterThan((pauses[1] ?? 0) * 1.5);
  });
});
