import { once } from "node:events";
import { describe, expect, test, vi } from "vitest";
import { startLab } from "../../../src/lab/start-lab.js";
import { settle, startBrokerCloud } from "../../support/broker-cloud.js";
import { REPORT_10_DEGREES, REPORT_11_DEGREES } from "../../support/frames-on-air.js";
import { logInApp } from "../../support/mqtt-party.js";
import { readLog } from "../../support/raw-data.js";

describe("what a device says", () => {
  test("at QoS 1 the PUBACK waits for the commit", async () => {
    await using cloud = await startBrokerCloud();
    const device = await cloud.bringOnline();
    const { telemetry } = cloud.lab.cloud;
    const append = telemetry.append.bind(telemetry);
    const commits: (() => void)[] = [];
    vi.spyOn(telemetry, "append").mockImplementation((entry, committed) =>
      append(entry, committed && ((error) => commits.push(() => committed(error)))),
    );
    let isAcknowledged = false;
    const acknowledged = device.publish(`dev2app/${cloud.did}`, REPORT_10_DEGREES).then(() => {
      isAcknowledged = true;
    });
    await settle();
    expect(commits).toHaveLength(1);
    expect(isAcknowledged).toBe(false);
    commits[0]?.();
    await acknowledged;
    expect(await readLog(cloud.lab, cloud.user, cloud.did, "cmd")).toHaveLength(1);
  });

  test("a report that cannot be stored is not acknowledged; the connection ends, so that it is sent again", async () => {
    await using cloud = await startBrokerCloud();
    const device = await cloud.bringOnline();
    vi.spyOn(cloud.lab.cloud.telemetry, "append").mockImplementationOnce((_entry, committed) =>
      committed?.(new Error("disk full")),
    );
    await expect(device.publish(`dev2app/${cloud.did}`, REPORT_10_DEGREES)).rejects.toThrow("without a PUBACK");
  });

  test("several frames in one message are logged one by one, and the last one is the latest", async () => {
    await using cloud = await startBrokerCloud();
    const device = await cloud.bringOnline();
    await device.publish(`dev2app/${cloud.did}`, REPORT_10_DEGREES + REPORT_11_DEGREES);
    expect(await readLog(cloud.lab, cloud.user, cloud.did, "cmd")).toMatchObject([
      { type: "dev2app", payload_bin: REPORT_10_DEGREES },
      { type: "dev2app", payload_bin: REPORT_11_DEGREES },
    ]);
    const latest = await cloud.user.call("GET", `/app/devdata/${cloud.did}/latest`);
    expect(latest.body).toMatchObject({ attr: { Temperature: 11, LED_OnOff: 1, Motor_Speed: 0 } });
  });

  test.each([
    ["0091", ""],
    ["0093", "00000007"],
  ])("a report in a frame with flag 01, whose did stands before the P0, is stored rightly: %s", async (cmd, sn) => {
    await using cloud = await startBrokerCloud();
    const device = await cloud.bringOnline();
    const body = `01${cmd}${sn}0016${Buffer.from(cloud.did).toString("hex")}0401000000050118000000`;
    const payload = `00000003${(body.length / 2).toString(16).padStart(2, "0")}${body}`;
    await device.publish(`dev2app/${cloud.did}`, payload);
    expect(await readLog(cloud.lab, cloud.user, cloud.did, "cmd")).toMatchObject([
      { type: "dev2app", payload_bin: payload },
    ]);
    const latest = await cloud.user.call("GET", `/app/devdata/${cloud.did}/latest`);
    expect(latest.body).toMatchObject({ attr: { Temperature: 11, LED_OnOff: 1, Motor_Speed: 0 } });
    await device.publish(`dev2app/${cloud.did}`, payload + REPORT_10_DEGREES);
    expect(await readLog(cloud.lab, cloud.user, cloud.did, "cmd")).toMatchObject([
      { payload_bin: payload },
      { payload_bin: payload },
      { payload_bin: REPORT_10_DEGREES },
    ]);
  });

  test.each([
    ["no frame at all", "deadbeef"],
    ["a frame cut short", REPORT_10_DEGREES.slice(0, -2)],
    ["a good frame and rubbish behind it", `${REPORT_10_DEGREES}ff`],
    ["nothing", ""],
  ])("%s is acknowledged and dropped", async (_what, payload) => {
    await using cloud = await startBrokerCloud();
    const device = await cloud.bringOnline();
    const app = await logInApp(cloud.lab, cloud.user);
    await app.subscribe(`dev2app/${cloud.did}`);
    await device.publish(`dev2app/${cloud.did}`, payload);
    await device.publish(`dev2app/${cloud.did}`, REPORT_11_DEGREES);
    expect(await app.received(1)).toMatchObject([{ topic: `dev2app/${cloud.did}`, payload: REPORT_11_DEGREES }]);
    expect(await readLog(cloud.lab, cloud.user, cloud.did, "cmd")).toHaveLength(1);
  });

  test("nothing is retained, although somebody listens already", async () => {
    await using cloud = await startBrokerCloud();
    const device = await cloud.bringOnline();
    const early = await logInApp(cloud.lab, cloud.user, "usr1");
    await early.subscribe(`dev2app/${cloud.did}`);
    await device.publish(`dev2app/${cloud.did}`, REPORT_10_DEGREES, true);
    const late = await logInApp(cloud.lab, cloud.user, "usr2");
    await late.subscribe(`dev2app/${cloud.did}`);
    await device.publish(`dev2app/${cloud.did}`, REPORT_11_DEGREES, true);
    const topic = `dev2app/${cloud.did}`;
    expect(await late.received(1)).toEqual([{ topic, payload: REPORT_11_DEGREES, retain: false }]);
    expect(await early.received(2)).toMatchObject([{ payload: REPORT_10_DEGREES }, { payload: REPORT_11_DEGREES }]);
  });

  test("0x021E unbinds everybody", async () => {
    await using cloud = await startBrokerCloud();
    const device = await cloud.bringOnline();
    await device.publish("cli2ser_req", "00000003021e0000");
    expect((await cloud.user.call("GET", "/app/bindings")).body).toEqual({ devices: [] });
  });

  test("a packet that announces too much is cut at its header, before login and after", async () => {
    await using cloud = await startBrokerCloud();
    const stranger = cloud.lab.cloud.broker.connect();
    stranger.resume().write(Buffer.from("10ffffff7f", "hex"));
    await once(stranger, "close");
    const device = await cloud.bringOnline();
    device.client.stream.write(Buffer.from("32", "hex"));
    device.client.stream.write(Buffer.from("ffffff7f", "hex"));
    await device.closed;
    const garbled = cloud.lab.cloud.broker.connect();
    garbled.resume().write(Buffer.from("10ffffffffff", "hex"));
    await once(garbled, "close");
  });

  test("a packet of a few kilobytes passes", async () => {
    await using cloud = await startBrokerCloud();
    const device = await cloud.bringOnline();
    await device.publish(`dev2app/${cloud.did}`, "00".repeat(60_000));
  });
});

test("a cloud closes at once although somebody is connected who never logged in", async () => {
  const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: "closing" });
  const stream = lab.cloud.broker.connect();
  const ended = once(stream.resume(), "close");
  await lab.close();
  await ended;
});
