import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { checkUpdate, downloadFirmware } from "../../src/gagent/firmware.js";
import { offerFirmware } from "../../src/lab/firmware-offer.js";
import { openRemoteCloud } from "../../src/lab/remote-cloud.js";
import { RemoteLab } from "../../src/lab/remote-lab.js";
import { replayLab } from "../../src/lab/replay/replay-lab.js";
import { startLab } from "../../src/lab/start-lab.js";
import { parseRecording } from "../../src/record/recording.js";
import { createFile } from "../support/bulk-bench.js";
import { registerDevice } from "../support/devices.js";
import { openTestLab } from "../support/lab-bench.js";

const MINUTE_MS = 60_000;
const md5Of = (file: Uint8Array): string => createHash("md5").update(file).digest("hex");

interface Offered {
  readonly firmware_id: number;
  readonly soft_version: string;
  readonly size: number;
  readonly md5: string;
  readonly notified: boolean;
}

/** A lab with one virtual device, and what a test does to its firmware. */
async function openLab(options: Parameters<typeof startLab>[0] = {}) {
  const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: "ota", ...options });
  const device = await lab.device("pet-house", { isAlive: false });
  const did = device.did ?? "";
  return {
    lab,
    device,
    did,
    hops: () => [...lab.trace].filter(({ hop }) => hop.startsWith("ota.")),
    async offer(file: Uint8Array, query = "") {
      const answer = await lab.fetch(`/_lab/devices/${did}/ota${query}`, {
        method: "POST",
        headers: { "content-type": "application/octet-stream" },
        body: file,
      });
      return { status: answer.status, body: (await answer.json()) as Offered };
    },
    async softVersion() {
      const answer = await lab.fetch("/_lab/state");
      const { devices } = (await answer.json()) as { devices: { did: string; soft_version: string | null }[] };
      return devices.find((known) => known.did === did)?.soft_version;
    },
    [Symbol.asyncDispose]: () => lab.close(),
  };
}

describe("firmware offered to a virtual device", () => {
  it.each([
    [300, 2],
    [100_000, 4],
  ])("of %i bytes arrives with the right MD5, and its version is read after the restart", async (length, minutes) => {
    await using bench = await openLab();
    const file = createFile(length);
    expect(await bench.softVersion()).toBe("03030000");
    const { status, body } = await bench.offer(file);
    expect([status, body]).toEqual([
      200,
      { firmware_id: 1, type: 2, soft_version: "03030001", size: length, md5: md5Of(file), notified: true },
    ]);
    await bench.lab.advance(minutes * MINUTE_MS);
    expect(await bench.softVersion()).toBe("03030001");
    expect([bench.device.mcu.softwareVersion, bench.device.isOnline]).toEqual(["03030001", true]);
    const told = { type: 2, soft_version: "03030001", size: length, md5: md5Of(file) };
    expect(bench.hops().map(({ hop, did, detail }) => [hop, did, detail])).toEqual([
      ["ota.offered", bench.did, told],
      ["ota.download", bench.did, told],
      ["ota.sending", bench.did, { soft_version: "03030001", size: length, md5: md5Of(file) }],
      ["ota.sent", bench.did, { soft_version: "03030001" }],
      ["ota.done", bench.did, { type: 2, soft_version: "03030001" }],
    ]);
  });

  it("goes up in versions offer by offer, by name or by the file's own word", async () => {
    await using bench = await openLab();
    await bench.offer(createFile(10));
    await bench.lab.advance(MINUTE_MS);
    expect((await bench.offer(createFile(11))).body).toMatchObject({ firmware_id: 2, soft_version: "03030002" });
    await bench.lab.advance(MINUTE_MS);
    const marked = new Uint8Array(Buffer.from("gizlab-mcu/04000000 and the rest"));
    expect((await bench.offer(marked, "?soft_version=04000000&type=2")).body.soft_version).toBe("04000000");
    await bench.lab.advance(MINUTE_MS);
    expect(await bench.softVersion()).toBe("04000000");
    const old = await bench.offer(createFile(9), "?soft_version=03030009");
    expect([old.status, old.body]).toMatchObject([400, { error: { code: "ota-version" } }]);
  });

  it("reaches a device that was off when it comes back", async () => {
    await using bench = await openLab();
    bench.device.stop();
    await bench.lab.advance(1000);
    expect((await bench.offer(createFile(300))).body.notified).toBe(false);
    void bench.device.start();
    await bench.lab.advance(MINUTE_MS);
    expect(await bench.softVersion()).toBe("03030001");
  });

  it("survives a power cut in the middle: it comes again with the next provisioning", async () => {
    await using bench = await openLab();
    await bench.offer(createFile(5000));
    await bench.lab.advance(3000);
    bench.device.stop();
    await bench.lab.advance(1000);
    void bench.device.start();
    await bench.lab.advance(MINUTE_MS);
    expect(await bench.softVersion()).toBe("03030001");
    expect(bench.hops().filter(({ hop }) => hop === "ota.failed")).toEqual([]);
  });

  it("gets through a wire that loses one frame in twenty", async () => {
    await using bench = await openLab();
    bench.lab.faults.add({ kind: "uart.drop", probability: 0.05 });
    await bench.offer(createFile(20_000));
    await bench.lab.advance(10 * MINUTE_MS);
    expect(bench.device.mcu.softwareVersion).toBe("03030001");
  });

  it("goes on after a snapshot that was taken in the middle is put back", async () => {
    await using bench = await openLab();
    await bench.offer(createFile(5000));
    await bench.lab.advance(3000);
    await bench.lab.snapshots.save("middle");
    await bench.lab.advance(MINUTE_MS);
    expect(await bench.softVersion()).toBe("03030001");
    await bench.lab.snapshots.restore("middle");
    expect(await bench.softVersion()).toBe("03030000");
    await bench.lab.advance(MINUTE_MS);
    expect(await bench.softVersion()).toBe("03030001");
    await bench.lab.snapshots.restore("middle");
    await bench.lab.snapshots.reset();
    expect(bench.lab.clock.pending()).toEqual([]);
  });

  it("comes up with the version that the cloud offers, whichever that is", async () => {
    await using bench = await openLab();
    await bench.offer(createFile(300), "?soft_version=03030009");
    await bench.lab.advance(10 * MINUTE_MS);
    expect(await bench.softVersion()).toBe("03030009");
    expect(bench.hops().filter(({ hop }) => hop === "ota.sent").length).toBe(1);
  });

  it("is given once to an MCU that does not tell the version it was promised: the same MD5 is not taken twice", async () => {
    await using bench = await openLab();
    const file = new Uint8Array(Buffer.from("gizlab-mcu/03030005 of less than was promised"));
    await bench.offer(file, "?soft_version=03030009");
    await bench.lab.advance(10 * MINUTE_MS);
    expect(await bench.softVersion()).toBe("03030005");
    const failed = bench.hops().filter(({ hop }) => hop === "ota.failed");
    expect(failed.map(({ detail }) => detail?.code)).toEqual(["big-data-cancelled"]);
    expect(bench.hops().filter(({ hop }) => hop === "ota.sent").length).toBe(1);
    const said = [...bench.lab.trace].filter(({ hop }) => hop === "mcu.upgrade-failed");
    expect(said.map(({ detail }) => detail?.code)).toEqual(["ota-same"]);
  });

  it("does not upgrade the Wi-Fi module itself, and says so", async () => {
    await using bench = await openLab();
    const { body } = await bench.offer(createFile(300), "?type=1");
    expect(body.soft_version).toBe("04020007");
    await bench.lab.advance(MINUTE_MS);
    expect(bench.hops().at(-1)).toMatchObject({ hop: "ota.failed", detail: { code: "ota-wifi" } });
    expect(await bench.softVersion()).toBe("03030000");
  });
});

describe("over HTTP", () => {
  it("another process offers a file, and a module downloads it as it is", async () => {
    await using lab = await startLab({ profiles: ["pet-house"], http: true });
    const file = createFile(100_000);
    const { did } = await registerDevice(lab);
    const offered = await new RemoteLab(lab.httpUrl).offerFirmware(did, file, "03030007");
    expect(offered).toMatchObject({ soft_version: "03030007", size: 100_000, md5: md5Of(file), notified: false });
    const { http } = openRemoteCloud(lab.httpUrl);
    const identity = { mac: "02aabbccddee", passcode: "ABCDEFGHIJ", did };
    const found = await checkUpdate(http, identity, 2, { hardVersion: "03010100", softVersion: "03030000" });
    expect(found).toEqual({ softVersion: "03030007", url: `${lab.httpUrl}/dev/ota/v4.1/download/1` });
    expect(new Uint8Array(await downloadFirmware(http, found?.url ?? ""))).toEqual(file);
    await expect(new RemoteLab(lab.httpUrl).offerFirmware("nobody", file)).rejects.toMatchObject({
      code: "device-unknown",
    });
  });
});

describe("a recording", () => {
  it("of a lab with an upgrade can be made again, hop for hop", async () => {
    const lab = await openTestLab();
    const recording = lab.record();
    const device = await lab.device("pet-house");
    offerFirmware(lab.platform, device.did, createFile(2000));
    await lab.clock.advance("1m");
    const { compared, differences } = await replayLab(parseRecording(recording.text));
    expect(compared).toBeGreaterThan(50);
    expect(differences).toEqual([]);
    expect(recording.text).toContain('"ota.done"');
  });
});

describe("an MCU of its own accord", () => {
  it("asks for an update, is told of it, and has it downloaded (uart.md 2.8)", async () => {
    await using bench = await openLab();
    const { id, productKey } = bench.lab.cloud.registry.get(bench.did);
    const file = createFile(300);
    // Into the store and no further: the module has not been told.
    const offer = {
      deviceId: id,
      productKey,
      type: 2,
      hardVersion: "",
      softVersion: "03030001",
      md5: md5Of(file),
    } as const;
    bench.lab.cloud.firmwares.add(offer, file, 0);
    await bench.lab.advance(MINUTE_MS);
    expect(await bench.softVersion()).toBe("03030000");
    const asked = bench.device.mcu.askUpdate();
    await bench.lab.advance(MINUTE_MS);
    expect(await asked).toBe(true);
    expect(await bench.softVersion()).toBe("03030001");
  });

  it("sends big data up, and the module has it", async () => {
    await using bench = await openLab();
    const file = createFile(1000);
    const sent = bench.device.mcu.upload(file);
    await bench.lab.advance(MINUTE_MS);
    await sent;
    const [hop] = [...bench.lab.trace].filter(({ hop }) => hop === "mcu.file");
    expect(hop?.detail).toEqual({ size: 1000, md5: md5Of(file) });
  });

  it("reports while a file goes up, and no report takes a piece's place", async () => {
    await using bench = await openLab();
    const sent = bench.device.mcu.upload(createFile(2000));
    for (let second = 0; second < 20; second += 1) {
      bench.device.mcu.set({ LED_R: second });
      await bench.lab.advance(1000);
    }
    await sent;
    const { id } = bench.lab.cloud.registry.get(bench.did);
    await bench.lab.advance(10_000);
    expect(bench.lab.cloud.telemetry.latest(id)?.attrs.LED_R).toBe(19);
  });
});
