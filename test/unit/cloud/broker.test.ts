import { describe, expect, test } from "vitest";
import { startLab } from "../../../src/lab/start-lab.js";
import { bindDevice, productKeyOf, registerDevice } from "../../support/devices.js";
import { appCount, CONTROL_LIGHT_ON, REPORT_10_DEGREES } from "../../support/frames-on-air.js";
import { logIn, logInApp, logInDevice, MQTT_31, MQTT_311 } from "../../support/mqtt-party.js";
import { enterUser } from "../../support/open-api.js";
import { readLog } from "../../support/raw-data.js";

/** A cloud with a user, a device of theirs that is offline, and a device of nobody. */
async function startCloud() {
  const lab = await startLab({ profiles: ["pet-house", "doser"], clock: "virtual", seed: "broker" });
  const user = await enterUser(lab);
  const device = await registerDevice(lab);
  await bindDevice(lab, user, device.did);
  const other = await registerDevice(lab, "pet-house", "02aabbccddff", "KLMNOPQRST");
  return { lab, user, device, other, [Symbol.asyncDispose]: () => lab.close() };
}

describe("login", () => {
  test.each([
    ["3.1", MQTT_31],
    ["3.1.1", MQTT_311],
  ])("a device logs in with MQTT %s by did and passcode", async (_version, protocol) => {
    await using cloud = await startCloud();
    const device = await logInDevice(cloud.lab, cloud.device, protocol);
    await device.subscribe(`app2dev/${cloud.device.did}/#`);
    expect(cloud.lab.cloud.broker.presence.isOnline(cloud.device.did)).toBe(true);
  });

  test("a wrong passcode is refused with 4", async () => {
    await using cloud = await startCloud();
    await expect(logInDevice(cloud.lab, cloud.device, { password: "ABCDEFGHIK" })).rejects.toMatchObject({ code: 4 });
    expect(cloud.lab.cloud.broker.presence.onlineCount).toBe(0);
  });

  test("no passcode at all is refused with 4", async () => {
    await using cloud = await startCloud();
    const { did } = cloud.device;
    await expect(logIn(cloud.lab, { ...MQTT_311, clientId: did, username: did })).rejects.toMatchObject({ code: 4 });
  });

  test("an unknown did is refused with 4", async () => {
    await using cloud = await startCloud();
    const did = "2222222222222222222222";
    await expect(logInDevice(cloud.lab, { ...cloud.device, did })).rejects.toMatchObject({ code: 4 });
  });

  test("a disabled device is refused with 5", async () => {
    await using cloud = await startCloud();
    cloud.lab.cloud.registry.disable(cloud.device);
    await expect(logInDevice(cloud.lab, cloud.device)).rejects.toMatchObject({ code: 5 });
  });

  test("a device under another client id than its did is refused with 5", async () => {
    await using cloud = await startCloud();
    for (const clientId of [cloud.other.did, "usr0123", cloud.device.did.toLowerCase()]) {
      await expect(logInDevice(cloud.lab, cloud.device, { clientId })).rejects.toMatchObject({ code: 5 });
    }
  });

  test("a client id with a wildcard or slash, or of excessive length, is refused with 2", async () => {
    await using cloud = await startCloud();
    for (const clientId of ["usr/1", "usr+", "usr#", "u\u0000", "u".repeat(129)]) {
      await expect(logInApp(cloud.lab, cloud.user, clientId)).rejects.toMatchObject({ code: 2 });
    }
  });

  test("an app logs in as 2$appid$uid with a user token", async () => {
    await using cloud = await startCloud();
    const app = await logInApp(cloud.lab, cloud.user);
    expect(await app.subscribe(`dev2app/${cloud.device.did}`)).toBe(0);
  });

  test("an app that puts 2$appid$uid into the client id may come in too", async () => {
    await using cloud = await startCloud();
    const { appId, uid, token } = cloud.user;
    const options = { ...MQTT_31, clientId: `2$${appId}$${uid}`, username: `usr${uid}`, password: token };
    const app = await logIn(cloud.lab, options);
    expect(await app.subscribe(`dev2app/${cloud.device.did}`)).toBe(0);
  });

  test("an app with a wrong, expired or other user's token is refused with 4", async () => {
    await using cloud = await startCloud();
    const { lab, user } = cloud;
    const stranger = await enterUser(lab, "phone-2");
    await expect(logInApp(lab, { ...user, token: "0".repeat(32) })).rejects.toMatchObject({ code: 4 });
    await expect(logInApp(lab, { ...user, token: stranger.token })).rejects.toMatchObject({ code: 4 });
    await expect(logInApp(lab, { ...user, appId: "0".repeat(32) })).rejects.toMatchObject({ code: 4 });
    await lab.advance(181 * 86_400_000);
    await expect(logInApp(lab, user)).rejects.toMatchObject({ code: 4 });
  });

  test("an app cannot throw a device out by taking its did as client id", async () => {
    await using cloud = await startCloud();
    const device = await logInDevice(cloud.lab, cloud.device);
    await expect(logInApp(cloud.lab, cloud.user, cloud.device.did)).rejects.toMatchObject({ code: 2 });
    await device.publish(`dev2app/${cloud.device.did}`, REPORT_10_DEGREES);
  });
});

describe("a device's rights", () => {
  test("it may subscribe to its own topics and the notices of its product", async () => {
    await using cloud = await startCloud();
    const { did, productKey } = cloud.device;
    const device = await logInDevice(cloud.lab, cloud.device);
    const own = [`ser2cli_noti/${productKey}`, `ser2cli_res/${did}`, `app2dev/${did}/#`, `app2dev/${did}/+`];
    for (const filter of own) expect(await device.subscribe(filter), filter).toBe(0);
  });

  test("every other subscription gets 128 and the connection stays", async () => {
    await using cloud = await startCloud();
    const { did } = cloud.device;
    const device = await logInDevice(cloud.lab, cloud.device);
    const foreign = [
      ...["#", "+/#", "+/+/+", "$SYS/#", "dev2app/#", "app2dev/#", "app2dev/+/#", "app2dev/+/+", "ser2cli_res/+"],
      ...[`+/${did}/#`, `dev2app/${did}`, `app2dev/${cloud.other.did}/#`, `ser2cli_res/${cloud.other.did}`],
      ...["ser2cli_noti/+", `ser2cli_noti/${productKeyOf(cloud.lab, "doser")}`, "cli2ser_req", "dropped"],
    ];
    for (const filter of foreign) expect(await device.subscribe(filter), filter).toBe(128);
    expect(await device.subscribe(`app2dev/${did}/#`)).toBe(0);
  });

  test("a message outside its topics closes the connection and leaves no trace", async () => {
    await using cloud = await startCloud();
    const { did } = cloud.device;
    await bindDevice(cloud.lab, cloud.user, cloud.other.did);
    const foreign = [
      ...[`dev2app/${cloud.other.did}`, "dev2app", `dev2app/${did}/a/b`, `dev2app/${did}x`, "$SYS/x", "anything"],
      ...[`app2dev/${did}/usr1`, `app2dev/${cloud.other.did}/usr1`, `ser2cli_res/${did}`, `sys/${cloud.other.did}/log`],
    ];
    for (const topic of foreign) {
      const device = await logInDevice(cloud.lab, cloud.device);
      await expect(device.publish(topic, REPORT_10_DEGREES), topic).rejects.toThrow();
      await device.closed;
    }
    expect(await readLog(cloud.lab, cloud.user, did, "cmd")).toEqual([]);
    expect(await readLog(cloud.lab, cloud.user, cloud.other.did, "cmd")).toEqual([]);
  });

  test("it may publish its logs, which nobody hears", async () => {
    await using cloud = await startCloud();
    const device = await logInDevice(cloud.lab, cloud.device);
    await device.publish(`sys/${cloud.device.did}/log`, "7b7d");
    await device.publish("cli2ser_req", "00000003020f");
    expect(await readLog(cloud.lab, cloud.user, cloud.device.did, "cmd")).toEqual([]);
  });
});

describe("an app's rights", () => {
  test("it may subscribe to devices its user has bound, and to answers to itself", async () => {
    await using cloud = await startCloud();
    const { did } = cloud.device;
    const app = await logInApp(cloud.lab, cloud.user, "usr1");
    for (const filter of [`dev2app/${did}`, `dev2app/${did}/usr1`, `dev2app/${did}/#`, "ser2cli_res/usr1/#"]) {
      expect(await app.subscribe(filter), filter).toBe(0);
    }
    const foreign = ["#", "dev2app/#", "dev2app/+", "+/+", `dev2app/${cloud.other.did}`, `app2dev/${did}/#`];
    foreign.push("ser2cli_res/usr2/#", "ser2cli_res/+", `ser2cli_res/${did}`, "$SYS/#", "dropped");
    for (const filter of foreign) expect(await app.subscribe(filter), filter).toBe(128);
  });

  test("what it sends reaches a device that its user has bound, and is logged as the client's", async () => {
    await using cloud = await startCloud();
    const { lab, user } = cloud;
    const { did } = cloud.device;
    const device = await logInDevice(lab, cloud.device);
    await device.subscribe(`app2dev/${did}/#`);
    const app = await logInApp(lab, user, "usr1");
    await app.publish(`app2dev/${did}/usr1`, CONTROL_LIGHT_ON);
    expect((await device.received(2)).slice(1)).toEqual([
      { topic: `app2dev/${did}/usr1`, payload: CONTROL_LIGHT_ON, retain: false },
    ]);
    expect(await readLog(lab, user, did, "cmd")).toMatchObject([
      { type: "app2dev", source: "client", uid: user.uid, appid: user.appId, payload_bin: CONTROL_LIGHT_ON },
    ]);
  });

  test("a message to a device of somebody else, or in a device's name, closes the connection", async () => {
    await using cloud = await startCloud();
    const { lab, user, device, other } = cloud;
    const victim = await logInDevice(lab, other);
    await victim.subscribe(`app2dev/${other.did}/#`);
    for (const topic of [
      `app2dev/${other.did}/usr1`,
      `dev2app/${device.did}`,
      `app2dev/${device.did}`,
      "cli2ser_req",
    ]) {
      const app = await logInApp(lab, user, "usr1");
      await expect(app.publish(topic, CONTROL_LIGHT_ON), topic).rejects.toThrow();
      await app.closed;
    }
    await victim.publish(`dev2app/${other.did}`, REPORT_10_DEGREES);
    expect(victim.messages.map(({ payload }) => payload)).toEqual([appCount(0)]);
  });

  test("an app that has lost a device hears it no longer", async () => {
    await using cloud = await startCloud();
    const { lab, user } = cloud;
    const { did } = cloud.device;
    const device = await logInDevice(lab, cloud.device);
    await device.subscribe(`app2dev/${did}/#`);
    const app = await logInApp(lab, user);
    await app.subscribe(`dev2app/${did}`);
    await device.received(2);
    await user.call("DELETE", "/app/bindings", { devices: [{ did }] });
    expect((await device.received(3))[2]?.payload).toBe(appCount(0));
    await device.publish(`dev2app/${did}`, REPORT_10_DEGREES);
    expect(await app.subscribe(`dev2app/${did}`)).toBe(128);
    expect(app.messages).toEqual([]);
  });
});
