import { describe, expect, onTestFinished, test } from "vitest";
import { MAX_PACKET_LENGTH } from "../../../src/cloud/broker/inbound-watch.js";
import { startLab } from "../../../src/lab/start-lab.js";
import { describeRefusal } from "../../../src/lab/trace/refusal-text.js";
import { settle } from "../../support/broker-cloud.js";
import { bindDevice, registerDevice } from "../../support/devices.js";
import { REPORT_10_DEGREES } from "../../support/frames-on-air.js";
import { logIn, logInApp, logInDevice, MQTT_31, MQTT_311 } from "../../support/mqtt-party.js";
import { enterUser } from "../../support/open-api.js";

const UNKNOWN = "2222222222222222222222";

async function startCloud() {
  const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: "refusals" });
  onTestFinished(() => lab.close());
  const device = await registerDevice(lab);
  const refused = (hop: string) => [...lab.trace].filter((entry) => entry.hop === hop);
  return { lab, device, did: device.did, refused };
}

describe("a refused login", () => {
  test("of a did of another data folder is a hop that names the did and the cure", async () => {
    const { lab, device, refused } = await startCloud();
    await expect(logInDevice(lab, { ...device, did: UNKNOWN })).rejects.toMatchObject({ code: 4 });
    const [entry] = refused("mqtt.refused");
    expect(entry).toMatchObject({
      did: UNKNOWN,
      detail: { code: "did-unknown", client: UNKNOWN, reason: expect.stringContaining("no device has this did") },
    });
    expect(String(entry?.detail?.hint)).toMatch(/reset the module.*--data folder that knows/);
    expect(describeRefusal(entry ?? { at: 0, id: "", hop: "" })).toMatch(
      /^refused the MQTT login of did 2{22}: no device .* \[did-unknown\]; .*reset the module/,
    );
  });

  test("that goes on for ever is one hop with a count", async () => {
    const { lab, device, refused } = await startCloud();
    for (let count = 0; count < 20; count += 1) await logInDevice(lab, { ...device, did: UNKNOWN }).catch(() => {});
    expect(refused("mqtt.refused")).toHaveLength(1);
    expect(refused("mqtt.refused")[0]?.detail?.count).toBe(20);
  });

  test.each([
    ["passcode-wrong", { password: "KLMNOPQRST" }, /reset the module/],
    ["client-id-not-did", { clientId: "usr0123" }, /did as client id/],
    ["client-id-invalid", { clientId: "a/b" }, /did/],
    ["login-signed", { username: `${UNKNOWN}|signmethod=sha256,signnonce=ABCDEFGHIJ` }, /gizlab bridge/],
  ] as const)("by %s has its own reason", async (code, change, hint) => {
    const { lab, device, refused } = await startCloud();
    await expect(logInDevice(lab, device, change)).rejects.toThrow();
    expect(refused("mqtt.refused")).toMatchObject([{ detail: { code, hint: expect.stringMatching(hint) } }]);
  });

  test("of a device that was given up, without a user name, or of an app", async () => {
    const { lab, device, refused } = await startCloud();
    const { appId, uid } = await enterUser(lab);
    lab.cloud.registry.disable(device);
    await expect(logInDevice(lab, device)).rejects.toThrow();
    await expect(logIn(lab, { ...MQTT_311, clientId: "nameless" })).rejects.toThrow();
    const app = { ...MQTT_311, clientId: "usr1", username: `2$${appId}$${uid}`, password: "wrong" };
    await expect(logIn(lab, app)).rejects.toThrow();
    expect(refused("mqtt.refused").map(({ did, detail }) => [did, detail?.code])).toEqual([
      [device.did, "device-disabled"],
      ["nameless", "did-missing"],
      [undefined, "app-token"],
    ]);
    expect(refused("mqtt.refused")[0]?.mac).toBe(device.mac);
  });

  test.each([
    ["a TLS handshake", Buffer.from("160301020001000100", "hex"), /TLS/],
    ["an HTTP request", Buffer.from("GET / HTTP/1.1\r\n\r\n"), /HTTP/],
    ["a PUBLISH before CONNECT", Buffer.from("30050003612f62", "hex"), /no CONNECT/],
    ["MQTT 5", Buffer.from("101000044d5154540502003c00000361626300", "hex"), /not MQTT as it is served/],
  ])("of %s names what came", async (_what, bytes, reason) => {
    const { lab, refused } = await startCloud();
    const stream = lab.cloud.broker.connect();
    stream.on("error", () => {});
    stream.write(bytes);
    await settle();
    expect(refused("mqtt.refused")).toMatchObject([
      { detail: { code: "protocol", reason: expect.stringMatching(reason), hint: expect.stringContaining("8883") } },
    ]);
    stream.destroy();
  });

  test("leaves no hop when nothing was wrong", async () => {
    const { lab, device, did } = await startCloud();
    const party = await logInDevice(lab, device);
    await party.subscribe(`app2dev/${did}/#`);
    await party.publish(`dev2app/${did}`, REPORT_10_DEGREES);
    await party.publish("cli2ser_req", "00000003020f");
    await party.leave();
    expect([...lab.trace].filter(({ hop }) => hop.endsWith(".refused"))).toEqual([]);
  });
});

describe("a topic that is not allowed", () => {
  test("is a hop for SUBSCRIBE and PUBLISH of a device, and no second one for the closed connection", async () => {
    const { lab, device, did, refused } = await startCloud();
    const party = await logInDevice(lab, device);
    expect(await party.subscribe("#")).toBe(128);
    await expect(party.publish(`dev2app/${UNKNOWN}`, REPORT_10_DEGREES)).rejects.toThrow();
    await settle();
    expect(refused("topic.refused").map((entry) => [entry.did, entry.detail?.code, entry.detail?.topic])).toEqual([
      [did, "subscribe-denied", "#"],
      [did, "publish-denied", `dev2app/${UNKNOWN}`],
    ]);
    expect(refused("mqtt.refused")).toEqual([]);
  });

  test("is a hop for an app that has not bound the device", async () => {
    const { lab, did, refused } = await startCloud();
    const party = await logInApp(lab, await enterUser(lab));
    expect(await party.subscribe(`dev2app/${did}`)).toBe(128);
    expect(refused("topic.refused")).toMatchObject([{ detail: { hint: expect.stringContaining("/app/bindings") } }]);
  });
});

describe("a message that is dropped or not counted", () => {
  test.each([
    ["m2m-prefix", "ffff000c05000000040100", /UART frame/],
    ["m2m-truncated", "00000003200000910401", /too large|cut/],
    ["action-unknown", "000000030400009133", /04/],
    ["datapoints-length", "0000000306000091040000", /profile header/],
    ["p0-empty", "0000000303000091", /action/],
  ])("%s is a hop with the bytes", async (code, hex, hint) => {
    const { lab, device, did, refused } = await startCloud();
    const party = await logInDevice(lab, device);
    await party.publish(`dev2app/${did}`, hex);
    await party.publish(`dev2app/${did}`, hex);
    expect(refused("frame.refused")).toMatchObject([
      { did, mac: device.mac, detail: { code, hex, count: 2, hint: expect.stringMatching(hint) } },
    ]);
  });

  test("is a hop when a packet is larger than the broker takes", async () => {
    const { lab, device, did, refused } = await startCloud();
    const party = await logInDevice(lab, device, MQTT_31);
    const large = "00".repeat(MAX_PACKET_LENGTH + 1);
    await expect(party.publish(`dev2app/${did}`, large)).rejects.toThrow();
    await settle();
    expect(refused("frame.refused")).toMatchObject([{ did, detail: { code: "packet-too-large" } }]);
    expect(refused("mqtt.refused")).toEqual([]);
  });

  test("is a hop when an app sends it", async () => {
    const { lab, did, refused } = await startCloud();
    const user = await enterUser(lab);
    await bindDevice(lab, user, did);
    const party = await logInApp(lab, user);
    await party.publish(`app2dev/${did}/usr1`, "0102");
    expect(refused("frame.refused")).toMatchObject([{ did, detail: { code: "m2m-prefix" } }]);
  });
});
