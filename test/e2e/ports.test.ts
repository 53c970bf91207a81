import { describe, expect, it, onTestFinished } from "vitest";
import { formatPorts } from "../../src/cli/run-ports.js";
import { openPort } from "../../src/link/open-port.js";
import { openReconnecting } from "../../src/link/reconnecting.js";
import { runCli } from "../support/cli-process.js";
import { everyByte, hasSocat, PortEar, startPtyPair } from "../support/port-ends.js";
import { makeTempFolder } from "../support/temp-folder.js";

const MEGABYTE = 1024 * 1024;

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
  it("carries every byte both ways, and lets the other program come and go", async () => {
    const near = await openPort("pty");
    const nearEar = new PortEar(near);
    const path = near.path ?? "";
    for (let visit = 1; visit <= 2; visit += 1) {
      const far = await openPort(path);
      const farEar = new PortEar(far);
      far.write(everyByte(MEGABYTE));
      near.write(everyByte(MEGABYTE));
      expect(Buffer.compare(await farEar.hear(MEGABYTE), everyByte(MEGABYTE))).toBe(0);
      const heard = await nearEar.hear(visit * MEGABYTE);
      expect(Buffer.compare(heard.subarray(-MEGABYTE), everyByte(MEGABYTE))).toBe(0);
      await expect(openPort(path)).rejects.toMatchObject({ code: "serial-busy" });
      far.close();
      await new Promise<void>((resolve) => far.onClose(resolve));
    }
  });
});

describe.skipIf(!hasSocat())("over a pair of ptys", () => {
  it("a megabyte goes both ways at once and loses nothing", async () => {
    const { a, b } = await startPtyPair(makeTempFolder());
    const settings = { baud: 921_600, dataBits: 8, parity: "none", stopBits: 1 } as const;
    const [left, right] = [await openPort(a, settings), await openPort(b, settings)];
    const [leftEar, rightEar] = [new PortEar(left), new PortEar(right)];
    left.write(everyByte(MEGABYTE));
    right.write(everyByte(MEGABYTE));
    expect(Buffer.compare(await leftEar.hear(MEGABYTE), everyByte(MEGABYTE))).toBe(0);
    expect(Buffer.compare(await rightEar.hear(MEGABYTE), everyByte(MEGABYTE))).toBe(0);
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
