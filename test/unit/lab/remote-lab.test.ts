import { describe, expect, test } from "vitest";
import type { TraceEntry } from "../../../src/core/trace.js";
import { RemoteLab } from "../../../src/lab/remote-lab.js";
import { startLab } from "../../../src/lab/start-lab.js";
import { startWebServer } from "../../support/web-server.js";

const open = () => startLab({ profiles: ["pet-house"], clock: "virtual", seed: "remote", http: true });

test("hops are read as the lab has them, and followed as they come", async () => {
  await using lab = await open();
  const device = await lab.device("pet-house");
  const remote = new RemoteLab(lab.httpUrl);
  expect(await remote.trace()).toEqual(JSON.parse(JSON.stringify([...lab.trace])));
  expect(await remote.trace({ did: device.did ?? "", limit: 2 })).toHaveLength(2);
  const heard: TraceEntry[] = [];
  let hear: () => void = () => {};
  const first = new Promise<void>((resolve) => {
    hear = resolve;
  });
  const follower = await remote.followTrace({ did: device.did ?? "" }, (entry) => {
    heard.push(entry);
    hear();
  });
  lab.power(device, false);
  await first;
  expect(heard[0]).toMatchObject({ hop: "lab.power", detail: { on: false } });
  follower.close();
});

test("a recording is begun, read and removed", async () => {
  await using lab = await open();
  const remote = new RemoteLab(lab.httpUrl);
  const { id } = await remote.startRecording(false);
  const device = await lab.device("pet-house");
  lab.set(device, { LED_R: 3 });
  expect(await remote.recordings()).toEqual([{ id, entries: expect.any(Number) as number, isRunning: true }]);
  const { entries } = await remote.stopRecording(id);
  expect((await remote.readRecording(id)).trimEnd().split("\n")).toHaveLength(entries + 1);
  await remote.removeRecording(id);
  await expect(remote.readRecording(id)).rejects.toMatchObject({ code: "recording-unknown" });
});

test("whoever follows learns that the cloud has gone away", async () => {
  const lab = await open();
  const follower = await new RemoteLab(lab.httpUrl).followTrace({}, () => {});
  await lab.close();
  await expect(follower.gone).rejects.toMatchObject({ code: "cloud-gone" });
});

describe("what is no lab", () => {
  test.each([
    [200, "<html>"],
    [200, "5"],
    [200, "{}"],
    [200, ""],
    [404, "not here"],
    [302, ""],
    [500, "{}"],
    [403, '{"error":"no"}'],
    [403, '{"error":null}'],
    [403, '{"error":{"code":5,"message":[]}}'],
  ])("is refused when it answers %i %s", async (status, body) => {
    const remote = new RemoteLab(await startWebServer({ status, body }));
    const refused = { code: "cloud-refused", message: expect.stringContaining("is no lab of gizlab") as string };
    await expect(remote.trace()).rejects.toMatchObject(refused);
    await expect(remote.followTrace({}, () => {})).rejects.toMatchObject(refused);
    await expect(remote.startRecording(false)).rejects.toMatchObject(refused);
  });

  test("is refused by its URL", () => {
    for (const url of ["", "localhost:8088", "ftp://localhost"]) {
      expect(() => new RemoteLab(url), url).toThrow(expect.objectContaining({ code: "cloud-url" }));
    }
  });

  test("is not there at all", async () => {
    await expect(new RemoteLab("http://127.0.0.1:1").trace()).rejects.toMatchObject({ code: "cloud-unreachable" });
  });
});
