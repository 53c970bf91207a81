import { describe, expect, it, onTestFinished } from "vitest";
import { formatPorts } from "../../src/cli/run-ports.js";
import { openPort } from "../../src/link/open-port.js";
import type { PortLink } from "../../src/link/port.js";
import { openReconnecting } from "../../src/link/reconnecting.js";
import { runCli } from "../support/cli-process.js";
import { everyByte, hasSocat, PortEar, startPtyPair } from "../support/port-ends.js";
import { makeTempFolder } from "../support/temp-folder.js";

const MEGABYTE = 1024 * 1024;
const FAST = { baud: 921_600, dataBits: 8, parity: "none", stopBits: 1 } as const;

/** Writes at both ends at once, and hears at each what the other wrote, after the `heard` bytes of before. */
async function crossAtOnce(ends: readonly [PortLink, PortLink], ears: readonly [PortEar, PortEar], bytes: Uint8Array) {
  const heard = ears.map((ear) => ear.length);
  for (const end of ends) end.write(bytes);
  for (const [at, ear] of ears.entries()) {
    const before = heard[at] ?? 0;
    const all = await ear.hear(before + bytes.length);
    expect(Buffer.compare(all.subarray(before), bytes)).toBe(0);
  }
}

describe("gizlab ports", () => {
  it("ends well with a line for each port, or one that says what to do", async () => {
    const text = await runCli(["ports"]);
    expect(text).toMatchObject({ code: 0, stderr: "" });
    expect(text.stdout).toMatch(/^(no serial port found: plug .*\n|((\/dev\/|COM)\S+ +\S.*\n)+)$/);
    const json = await runCli(["ports", "--json"]);
    expect(json.code).toBe(0);
    const events = json.stdout.split("\n").filter(Boolean);
    for (const line of events) expect(JSON.parse(line)).toMatchObject({ event: "port", path: expect.any(String) });
    if (events.length === 0) expect(json.stderr).toBe(text.stdout);
  });

  it("puts what it knows in columns", () => {
    const entry = { path: "/dev/ttyUSB0", vendorId: "1a86", productId: "7523", guess: "CH340" };
    expect(formatPorts([entry, { path: "/dev/ttyS0" }])).toEqual([
      "/dev/ttyUSB0  1a86:7523  -  CH340",
      "/dev/ttyS0    -          -  not known",
    ]);
    expect(formatPorts([])).toEqual([
      "no serial port found: plug the board in with a USB cable that carries data, and run gizlab ports again",
    ]);
  });
});

describe.skipIf(process.platform === "win32")("a pty of its own", () => {
  it("carries 5 MB both ways at once, and lets the other program come and go", async () => {
    const near = await openPort("pty", FAST);
    const nearEar = new PortEar(near);
    const path = near.path ?? "";
    const bytes = everyByte(5 * MEGABYTE);
    for (let visit = 1; visit <= 2; visit += 1) {
      const far = await openPort(path, FAST);
      await crossAtOnce([near, far], [nearEar, new PortEar(far)], bytes);
      await expect(openPort(path)).rejects.toMatchObject({ code: "serial-busy" });
      far.close();
      await new Promise<void>((resolve) => far.onClose(resolve));
    }
  });

  it("keeps what is said to a program that does not listen yet, and stops nothing meanwhile", async () => {
    const near = await openPort("pty");
    onTestFinished(() => near.close());
    const bytes = everyByte(MEGABYTE);
    const far = await openPort(near.path ?? "");
    near.write(bytes);
    await new Promise((resolve) => setImmediate(resolve));
    expect(Buffer.compare(await new PortEar(far).hear(MEGABYTE), bytes)).toBe(0);
  });
});

describe.skipIf(!hasSocat())("over a pair of ptys", () => {
  it("5 MB go both ways at once and nothing is lost", async () => {
    const { a, b } = await startPtyPair(makeTempFolder());
    const [left, right] = [await openPort(a, FAST), await openPort(b, FAST)];
    await crossAtOnce([left, right], [new PortEar(left), new PortEar(right)], everyByte(5 * MEGABYTE));
  });

  it("a port that hangs up while much is coming in closes once", async () => {
    for (let time = 1; time <= 5; time += 1) {
      const pair = await startPtyPair(makeTempFolder());
      const [left, right] = [await openPort(pair.a, FAST), await openPort(pair.b, FAST)];
      const ear = new PortEar(left);
      const closings: string[] = [];
      left.onClose(() => closings.push("left"));
      right.onClose(() => closings.push("right"));
      right.write(everyByte(2 * MEGABYTE));
      await ear.hear(1);
      await pair.kill();
      await expect.poll(() => closings.toSorted()).toEqual(["left", "right"]);
      left.close();
      right.close();
      expect(closings).toHaveLength(2);
    }
  });

  it("a port that nobody listens to and nobody writes to closes when it hangs up", async () => {
    const pair = await startPtyPair(makeTempFolder());
    const [left, right] = [await openPort(pair.a, FAST), await openPort(pair.b, FAST)];
    const closings: string[] = [];
    left.onClose(() => closings.push("left"));
    right.onClose(() => closings.push("right"));
    right.write(everyByte(1));
    await new PortEar(left).hear(1);
    await pair.kill();
    await expect.poll(() => closings.toSorted()).toEqual(["left", "right"]);
  });

  it("a port may be closed while it waits in both directions, and opened again", async () => {
    const { a } = await startPtyPair(makeTempFolder());
    for (let time = 1; time <= 5; time += 1) {
      const link = await openPort(a, FAST);
      link.onData(() => {});
      let closings = 0;
      link.onClose(() => {
        closings += 1;
      });
      link.write(everyByte(MEGABYTE));
      await new Promise((resolve) => setImmediate(resolve));
      link.close();
      link.close();
      expect(closings).toBe(1);
      await expect.poll(() => openPort(a, FAST).then((again) => again.close())).toBeUndefined();
    }
  });

  it("a link survives its port vanishing in the middle of a frame and is back within 2 s of the port", async () => {
    const folder = makeTempFolder();
    const pair = await startPtyPair(folder);
    const link = await openReconnecting(pair.a);
    onTestFinished(() => link.close());
    const ear = new PortEar(link);
    const states: boolean[] = [];
    link.onState((isOpen, why) => {
      if (why === undefined) states.push(isOpen);
    });
    const board = await openPort(pair.b);
    board.write(Uint8Array.of(0xff, 0xff, 0x00));
    await ear.hear(3);
    const flood = everyByte(MEGABYTE);
    link.write(flood);
    await pair.kill();
    await expect.poll(() => states, { timeout: 3000 }).toEqual([true, false]);
    link.write(flood);
    board.close();

    const again = await startPtyPair(folder);
    const returnedAt = performance.now();
    await expect.poll(() => link.isOpen, { timeout: 5000 }).toBe(true);
    expect(performance.now() - returnedAt).toBeLessThan(2000);
    const boardAgain = await openPort(again.b);
    const boardEar = new PortEar(boardAgain);
    boardAgain.write(Uint8Array.of(1, 2, 3));
    link.write(Uint8Array.of(4, 5));
    expect([...(await ear.hear(6))]).toEqual([0xff, 0xff, 0x00, 1, 2, 3]);
    expect([...(await boardEar.hear(2))]).toEqual([4, 5]);
  });
});
