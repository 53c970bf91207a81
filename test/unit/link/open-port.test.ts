import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openPort } from "../../../src/link/open-port.js";
import type { PortLink } from "../../../src/link/port.js";
import { explainSerialError } from "../../../src/link/serial-port.js";
import { everyByte, PortEar } from "../../support/port-ends.js";
import { makeTempFolder } from "../../support/temp-folder.js";

const SIZE = 300_000;

async function open(text: string): Promise<PortLink> {
  const link = await openPort(text);
  onTestFinished(() => link.close());
  return link;
}

/** A server that says everything back. */
async function startEcho(at: string | number): Promise<Server> {
  const server = createServer((socket) => socket.on("error", () => {}).pipe(socket));
  server.listen(at);
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return server;
}

function closed(link: PortLink): Promise<void> {
  return new Promise((resolve) => link.onClose(resolve));
}

async function expectEcho(link: PortLink): Promise<void> {
  const ear = new PortEar(link);
  link.write(everyByte(SIZE));
  expect(Buffer.compare(await ear.hear(SIZE), everyByte(SIZE))).toBe(0);
}

describe("a port", () => {
  it("of TCP carries every byte both ways", async () => {
    const address = (await startEcho(0)).address() as { port: number };
    await expectEcho(await open(`tcp:localhost:${address.port}`));
  });

  it("of a unix socket carries every byte both ways", async () => {
    const path = join(makeTempFolder(), "uart.sock");
    await startEcho(path);
    await expectEcho(await open(`unix:${path}`));
  });

  it("of a command carries every byte both ways and ends with the command", async () => {
    const link = await open(`exec:"${process.execPath}" -e "process.stdin.pipe(process.stdout)"`);
    await expectEcho(link);
    const short = await open(`exec:"${process.execPath}" -e "setTimeout(()=>{},800)"`);
    short.onData(() => {});
    await closed(short);
    short.write(Uint8Array.of(1));
    expect((await short.ended)?.message).toMatch(/has ended with exit code 0$/);
    const killed = await open(`exec:"${process.execPath}" -e "setTimeout(()=>process.exit(7),400)"`);
    expect((await killed.ended)?.message).toMatch(/has ended with exit code 7$/);
  });

  it.each([
    ["exit 3", /ended at once with 3/],
    ["no-such-command-anywhere", /there is no program "no-such-command-anywhere"/],
    ["'no such program' --x", /there is no program "no such program"/],
    ["./no/such/board.py --sn 1", /there is no program "\.\/no\/such\/board\.py"/],
    ["if false; then :; fi; exit 4", /ended at once with 4/],
    ["X=1 no-such-command-anywhere", /ended at once with (127|1)\b/],
  ])("of a command that ends at once is none: %s", async (command, message) => {
    const refusal = { code: "port-exec", message: expect.stringMatching(message) };
    await expect(openPort(`exec:${command}`)).rejects.toMatchObject(refusal);
  });

  it("of a command ends what the command has started when it is closed", async () => {
    const link = await open(`exec:"${process.execPath}" -e "console.log(process.pid);setInterval(()=>{},1e6)"; true`);
    const ear = new PortEar(link);
    const pid = Number((await ear.hear(2)).toString());
    expect(process.kill(pid, 0)).toBe(true);
    link.close();
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  it.each(["tcp-listen", "rfc2217-listen"])(
    "of %s takes one client at a time and lives on between them",
    async (kind) => {
      const server = await open(`${kind}:0`);
      const [scheme, port] = [kind === "tcp-listen" ? "tcp" : "rfc2217", server.name.split(":")[1]];
      const peers: boolean[] = [];
      const heard = new PortEar(server);
      server.onPeer((isThere) => peers.push(isThere));
      server.write(Uint8Array.of(1));

      const first = await open(`${scheme}:localhost:${port}`);
      const firstEar = new PortEar(first);
      first.write(everyByte(SIZE));
      await heard.hear(SIZE);
      const second = await open(`${scheme}:localhost:${port}`);
      second.onData(() => {});
      await closed(second);
      server.write(everyByte(SIZE));
      expect(Buffer.compare(await firstEar.hear(SIZE), everyByte(SIZE))).toBe(0);
      first.close();
      await expect.poll(() => peers).toEqual([false, true, false]);

      const third = await open(`${scheme}:localhost:${port}`);
      third.write(Uint8Array.of(255, 254));
      expect((await heard.hear(SIZE + 2)).subarray(SIZE)).toEqual(Buffer.of(255, 254));
      expect(Buffer.compare((await heard.hear(SIZE)).subarray(0, SIZE), everyByte(SIZE))).toBe(0);
      server.close();
      server.close();
      third.onData(() => {});
      await closed(third);
    },
  );

  it("keeps what came before there was a receiver", async () => {
    const server = await open("tcp-listen:0");
    const client = await open(`tcp:localhost:${server.name.split(":")[1]}`);
    await expect.poll(() => new Promise((resolve) => server.onPeer(resolve))).toBe(true);
    server.write(Uint8Array.of(7));
    await new Promise((resolve) => setImmediate(resolve));
    expect(await new PortEar(client).hear(1)).toEqual(Buffer.of(7));
  });

  it.each([
    ["/dev/gizlab-nothing", "port-missing"],
    ["/dev/null", "port-not-serial"],
    ["unix:/gizlab-nothing", "port-missing"],
    ["tcp:localhost:1", "port-unreachable"],
    ["rfc2217:localhost:1", "port-unreachable"],
    ["nonsense", "port-spec"],
  ])("that cannot be opened says so with a code: %s", async (text, code) => {
    await expect(openPort(text)).rejects.toMatchObject({ code, name: "GizlabError" });
  });

  it("that listens where another one does says that it is busy", async () => {
    const { name } = await open("tcp-listen:0");
    await expect(openPort(name)).rejects.toMatchObject({ code: "port-busy" });
  });

  it.each([
    ["Error: Permission denied, cannot open /dev/ttyUSB0", true, "port-denied"],
    ["Error Resource temporarily unavailable Cannot lock port", true, "serial-busy"],
    ["Error: Resource busy, cannot open /dev/cu.usbserial", true, "serial-busy"],
    ["Opening COM3: Access denied", false, "serial-busy"],
    ["Opening COM3: File not found", false, "port-missing"],
    ["Error: No such file or directory, cannot open /dev/ttyUSB0", false, "port-missing"],
    ["Error: Input/output error setting custom baud rate of 12345", true, "port-failed"],
  ])("of an operating system that says %j is explained", (message, isThere, code) => {
    expect(explainSerialError("/dev/ttyUSB0", new Error(message), isThere)).toMatchObject({ code });
  });
});

/** A process that has ended, and waits to be collected by a PID 1 in no hurry, is not alive. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const status = `/proc/${pid}/status`;
  return !existsSync(status) || !/^State:\s+Z/m.test(readFileSync(status, "utf8"));
}
