import { describe, expect, it } from "vitest";
import { runCli, startUp } from "../support/cli-process.js";
import { connectPacket } from "../support/mqtt-packets.js";
import { openRawSocket } from "../support/raw-socket.js";

const UNKNOWN = "2222222222222222222222";
const LINE = /^gizlab: refused the MQTT login of did 2{22}: .*; .*reset the module.*--data/gm;

describe("a module that remembers the did of another data folder", () => {
  it("is told of on the terminal of up once, and in the trace with a count", async () => {
    const { up, ready } = await startUp("--memory", "--profile", "pet-house");
    for (let count = 0; count < 3; count += 1) {
      const { socket, until } = await openRawSocket(ready.urls.mqtt);
      socket.write(connectPacket(UNKNOWN, UNKNOWN, "ABCDEFGHIJ"));
      const [connack] = await until((reads) => reads.length > 0);
      expect(connack?.[3]).toBe(4);
      socket.destroy();
    }
    expect(await fetch(`${ready.urls.http}/dev/devices/${UNKNOWN}`)).toMatchObject({ status: 404 });
    const { code, stdout } = await runCli(["trace", "--cloud", ready.urls.http, "--did", UNKNOWN]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/mqtt\.refused +2{22}: no device has this did here \[did-unknown\]; .*--data.* \(3 times\)/);
    expect(stdout).toMatch(/http\.refused +2{22} GET \/dev\/devices\/2{22}: .*\[9014\]; .*reset the module/);
    await up.stop("SIGINT");
    expect(up.stderr.match(LINE)).toHaveLength(1);
    expect(up.stderr).toMatch(/^gizlab: refused GET \/dev\/devices\/2{22} of did 2{22}: device not found!/m);
  });
});
