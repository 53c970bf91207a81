import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { settle, startBrokerCloud } from "../../support/broker-cloud.js";
import { bindDevice } from "../../support/devices.js";
import { appCount, CONTROL_LIGHT_ON, REPORT_10_DEGREES } from "../../support/frames-on-air.js";
import { connectPacket } from "../../support/mqtt-packets.js";
import { logInApp, logInDevice, type Party } from "../../support/mqtt-party.js";
import { enterUser } from "../../support/open-api.js";
import { readLog } from "../../support/raw-data.js";

describe("what a device is told", () => {
  test("0x0210 is the first message after the SUBACK of app2dev, the only subscription", async () => {
    await using cloud = await startBrokerCloud();
    const device = await logInDevice(cloud.lab, cloud.device);
    await settle();
    expect(device.messages).toEqual([]);
    await device.subscribe(`app2dev/${cloud.did}/#`);
    const count = { topic: `ser2cli_res/${cloud.did}`, payload: appCount(0), retain: false };
    expect(await device.received(1)).toEqual([count]);
  });

  test("0x0210 does not come before app2dev is subscribed, whatever else is", async () => {
    await using cloud = await startBrokerCloud();
    const device = await logInDevice(cloud.lab, cloud.device);
    await device.subscribe(`ser2cli_noti/${cloud.device.productKey}`);
    await device.subscribe(`ser2cli_res/${cloud.did}`);
    const app = await logInApp(cloud.lab, cloud.user);
    await app.subscribe(`dev2app/${cloud.did}`);
    await settle();
    expect(device.messages).toEqual([]);
    await device.subscribe(`app2dev/${cloud.did}/#`);
    expect((await device.received(1))[0]?.payload).toBe(appCount(1));
  });

  test("the number of apps goes up and down with those that listen, one message a change", async () => {
    await using cloud = await startBrokerCloud();
    const { lab, did } = cloud;
    const second = await enterUser(lab, "phone-2");
    await bindDevice(lab, second, did);
    const device = await cloud.bringOnline();
    const appOne = await logInApp(lab, cloud.user);
    const appTwo = await logInApp(lab, second);
    // The SDK subscribes twice for one device (cloud.md 5.2).
    await appOne.subscribe(`dev2app/${did}`);
    await appOne.subscribe(`dev2app/${did}/${appOne.client.options.clientId}`);
    await appTwo.subscribe(`dev2app/${did}/#`);
    await appOne.unsubscribe(`dev2app/${did}`);
    await appOne.leave();
    await device.received(4);
    appTwo.vanish();
    await device.received(5);
    await settle();
    expect(device.messages.map(({ payload }) => payload)).toEqual([0, 1, 2, 1, 0].map(appCount));
  });

  test("0x020F is answered with the number of apps", async () => {
    await using cloud = await startBrokerCloud();
    const device = await cloud.bringOnline();
    await device.publish("cli2ser_req", "00000003020f");
    expect((await device.received(2))[1]).toMatchObject({ payload: appCount(0) });
  });

  test("a control is held until app2dev is subscribed, and then comes after 0x0210", async () => {
    await using cloud = await startBrokerCloud();
    const device = await logInDevice(cloud.lab, cloud.device);
    await device.subscribe(`ser2cli_res/${cloud.did}`);
    const { status } = await cloud.user.call("POST", `/app/control/${cloud.did}`, { attrs: { LED_OnOff: true } });
    expect(status).toBe(200);
    await settle();
    expect(device.messages).toEqual([]);
    await device.subscribe(`app2dev/${cloud.did}/#`);
    expect(await device.received(2)).toMatchObject([
      { payload: appCount(0) },
      { topic: expect.stringMatching(`^app2dev/${cloud.did}/usr.{20}$`), payload: CONTROL_LIGHT_ON },
    ]);
  });
});

describe("presence", () => {
  test("a take-over is a re-login without an end, and the older connection is cut", async () => {
    await using cloud = await startBrokerCloud();
    const older = await cloud.bringOnline(120);
    await cloud.lab.advance(5000);
    const newer = await cloud.bringOnline(60);
    await older.closed;
    expect(cloud.isOnline()).toBe(true);
    await newer.publish(`dev2app/${cloud.did}`, REPORT_10_DEGREES);
    expect(await readLog(cloud.lab, cloud.user, cloud.did, "online")).toMatchObject([
      { type: "dev_online", payload: { keep_alive: 120 }, ip: "127.0.0.1" },
      { type: "dev_re_online", payload: { keep_alive: 60 } },
    ]);
  });

  test.each([
    ["mqtt_disconnect", "a DISCONNECT", (device: Party) => device.leave()],
    ["tcp_closed", "the end of the connection", async (device: Party) => device.vanish()],
    ["tcp_closed", "a message outside its topics", (device: Party) => device.publish("x", "00").catch(() => {})],
  ])("the log gives %s for %s", async (reason, _what, end) => {
    await using cloud = await startBrokerCloud();
    const device = await cloud.bringOnline();
    await cloud.lab.advance(7000);
    await end(device);
    await settle();
    expect(cloud.isOnline()).toBe(false);
    expect((await readLog(cloud.lab, cloud.user, cloud.did, "online")).at(-1)).toMatchObject({
      type: "dev_offline",
      payload: { duration: 7, reason },
    });
  });

  test("a device that is silent for one and a half keepalives is cut, with no_heartbeat", async () => {
    await using cloud = await startBrokerCloud();
    const device = await cloud.bringOnline(40);
    await cloud.lab.advance(30_000);
    await device.publish(`dev2app/${cloud.did}`, REPORT_10_DEGREES);
    await cloud.lab.advance(59_999);
    expect(cloud.isOnline()).toBe(true);
    await cloud.lab.advance(1);
    await device.closed;
    expect((await readLog(cloud.lab, cloud.user, cloud.did, "online")).at(-1)).toMatchObject({
      type: "dev_offline",
      payload: { duration: 90, reason: "no_heartbeat" },
    });
  });

  test("a device without a keepalive may be silent for ever", async () => {
    await using cloud = await startBrokerCloud();
    await cloud.bringOnline(0);
    await cloud.lab.advance(7 * 86_400_000);
    expect(cloud.isOnline()).toBe(true);
  });

  test("a device that is disabled is thrown out, with offline_reset", async () => {
    await using cloud = await startBrokerCloud();
    const device = await cloud.bringOnline();
    const changes: unknown[] = [];
    cloud.lab.cloud.broker.presence.listen((change) => changes.push(change));
    cloud.lab.cloud.registry.disable(cloud.device);
    await device.closed;
    expect(changes).toEqual([{ did: cloud.did, isOnline: false, reason: "offline_reset" }]);
  });

  test("a device that vanishes at any moment of its login is not online afterwards", async () => {
    await using cloud = await startBrokerCloud();
    for (let turns = 0; turns < 30; turns += 1) {
      const stream = cloud.lab.cloud.broker.connect();
      stream.resume().write(connectPacket(cloud.did, cloud.did, cloud.device.passcode));
      for (let turn = 0; turn < turns; turn += 1) await nextTurn();
      stream.destroy();
      await settle();
      expect(cloud.isOnline(), `after ${turns} turns`).toBe(false);
    }
  });

  test("a login that breaks off leaves the older session alone, or ends it for good", async () => {
    for (let turns = 0; turns < 30; turns += 1) {
      await using cloud = await startBrokerCloud();
      const older = await cloud.bringOnline();
      const stream = cloud.lab.cloud.broker.connect();
      stream.resume().write(connectPacket(cloud.did, cloud.did, cloud.device.passcode));
      for (let turn = 0; turn < turns; turn += 1) await nextTurn();
      stream.destroy();
      await settle();
      if (cloud.isOnline()) await older.publish(`dev2app/${cloud.did}`, REPORT_10_DEGREES);
      older.vanish();
      await settle();
      expect(cloud.isOnline(), `after ${turns} turns`).toBe(false);
    }
  });
});
