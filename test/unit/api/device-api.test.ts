import { describe, expect, test } from "vitest";
import { startLab } from "../../../src/lab/start-lab.js";
import { bindDevice, productKeyOf } from "../../support/devices.js";
import { logInDevice } from "../../support/mqtt-party.js";
import { enterUser, inject, refusal } from "../../support/open-api.js";

const BAD_FORM = refusal(9015, "form invalid!", expect.any(String));
const UNKNOWN = refusal(9014, "device not found!", expect.any(String));
const WRONG = refusal(9016, "did or passcode invalid!");

/** A cloud, and what modules ask of it (cloud.md 2.1). */
async function startCloud() {
  const lab = await startLab({ profiles: ["pet-house", "doser"], clock: "virtual", seed: "device api" });
  const productKey = productKeyOf(lab, "pet-house");
  const send = (method: "POST" | "DELETE", fields: Record<string, string>) =>
    lab.server.inject({
      method,
      url: "/dev/devices",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      payload: new URLSearchParams(fields).toString(),
    });
  return {
    lab,
    productKey,
    send,
    provision: (did: string) => lab.server.inject({ method: "GET", url: `/dev/devices/${did}` }),
    register: (change: Record<string, string> = {}) =>
      send("POST", { passcode: "ABCDEFGHIJ", mac: "02aabbccddee", product_key: productKey, ...change }),
    async registered(change?: Record<string, string>) {
      return (await this.register(change)).body.slice("did=".length);
    },
    [Symbol.asyncDispose]: () => lab.close(),
  };
}

describe("registration", () => {
  test("answers 201 with did= and 22 characters of the did alphabet, and nothing else", async () => {
    await using cloud = await startCloud();
    const { statusCode, body } = await cloud.register();
    expect(statusCode).toBe(201);
    expect(body).toMatch(/^did=[2-9A-HJ-NP-Za-km-z]{22}$/);
    expect(cloud.lab.cloud.registry.get(body.slice(4))).toMatchObject({ mac: "02aabbccddee", passcode: "ABCDEFGHIJ" });
  });

  test("reads a form under whatever content type", async () => {
    await using cloud = await startCloud();
    const payload = `passcode=ABCDEFGHIJ&mac=02aabbccddee&product_key=${cloud.productKey}`;
    for (const type of [undefined, "text/plain", "application/json", "garbage"]) {
      const headers = type === undefined ? {} : { "content-type": type };
      const response = await cloud.lab.server.inject({ method: "POST", url: "/dev/devices", headers, payload });
      expect(response.statusCode, type).toBe(201);
    }
  });

  test("the same product, mac and passcode give the same did", async () => {
    await using cloud = await startCloud();
    const did = await cloud.registered();
    expect(await cloud.registered()).toBe(did);
    expect(await cloud.registered({ mac: "02AABBCCDDEE", product_key: cloud.productKey.toUpperCase() })).toBe(did);
  });

  test("another mac or another product gives another did, and both devices stay", async () => {
    await using cloud = await startCloud();
    const dids = [
      await cloud.registered(),
      await cloud.registered({ mac: "02aabbccddff" }),
      await cloud.registered({ product_key: productKeyOf(cloud.lab, "doser") }),
    ];
    expect(new Set(dids).size).toBe(3);
    for (const did of dids) expect((await cloud.provision(did)).statusCode).toBe(200);
  });

  test("a new passcode gives a new did; the old device is disabled, unbound and thrown out", async () => {
    await using cloud = await startCloud();
    const { lab } = cloud;
    const user = await enterUser(lab);
    const oldDid = await cloud.registered();
    await bindDevice(lab, user, oldDid);
    const party = await logInDevice(lab, lab.cloud.registry.get(oldDid));
    const newDid = await cloud.registered({ passcode: "KLMNOPQRST" });
    expect(newDid).not.toBe(oldDid);
    await party.closed;
    expect(lab.cloud.registry.get(oldDid).isDisabled).toBe(true);
    expect((await cloud.provision(oldDid)).statusCode).toBe(404);
    expect((await user.call("GET", "/app/bindings")).body).toEqual({ devices: [] });
    expect(await cloud.registered({ passcode: "ABCDEFGHIJ" })).not.toBe(oldDid);
  });

  test.each([
    ["a virtual device", { mac: "virtual:site" }],
    ["an IMEI", { mac: "861234567890123" }],
    ["a passcode of one character", { passcode: "x" }],
    ["a passcode of 16 odd characters", { passcode: "123456!~#$%^*()_" }],
    ["a lower-case passcode", { passcode: "de9e8d18d9" }],
  ])("takes %s", async (_what, change) => {
    await using cloud = await startCloud();
    expect((await cloud.register(change)).statusCode).toBe(201);
  });

  test.each([
    ["no mac", { mac: "" }],
    ["a mac with colons", { mac: "02:aa:bb:cc:dd:ee" }],
    ["a short mac", { mac: "02aabbccdde" }],
    ["no passcode", { passcode: "" }],
    ["a passcode of 17 characters", { passcode: "A".repeat(17) }],
    ["a passcode with a blank inside", { passcode: "AB CD" }],
    ["a passcode of other letters", { passcode: "密码" }],
    ["no product_key", { product_key: "" }],
  ])("refuses %s with 9015", async (_what, change) => {
    await using cloud = await startCloud();
    const response = await cloud.register(change);
    expect(response.statusCode).toBe(400);
    expect(response.json()).toEqual(BAD_FORM);
    expect(response.headers["content-type"]).toMatch("application/json");
  });

  test("an unknown product answers 9002", async () => {
    await using cloud = await startCloud();
    const response = await cloud.register({ product_key: "0".repeat(32) });
    expect(response.statusCode).toBe(400);
    expect(response.json()).toEqual(refusal(9002, "product_key invalid!", expect.any(String)));
  });

  test("a form in JSON or of fields nobody asked for answers 9015", async () => {
    await using cloud = await startCloud();
    for (const payload of [
      '{"mac":"02aabbccddee"}',
      "a=b",
      "&&&",
      "mac",
      "=",
      "%",
      "mac=%ZZ&passcode=%ZZ&product_key=%ZZ",
    ]) {
      const answer = await inject(cloud.lab, { method: "POST", url: "/dev/devices", payload });
      expect(answer, payload).toMatchObject({ status: 400 });
    }
  });
});

describe("provisioning", () => {
  test("answers 200 with host, port and time in the order and with the ends that firmware needs", async () => {
    await using cloud = await startCloud();
    const { statusCode, body } = await cloud.provision(await cloud.registered());
    expect(statusCode).toBe(200);
    const now = Math.floor(cloud.lab.clock.now() / 1000);
    expect(body).toBe(`host=127.0.0.1&port=1883&server_ts=${now}&log_host=127.0.0.1&log_port=1883&biz_log=0&sys_log=0`);
    // GAgent copies the port up to "&" without looking for an end (cloud.md 2.0 item 4).
    expect(body).toMatch(/(^|&)port=\d+&/);
    expect(body).toMatch(/server_ts=\d+&/);
  });

  test("gives the host that was reached, not the one the Host header names", async () => {
    await using cloud = await startCloud();
    const url = `/dev/devices/${await cloud.registered()}`;
    const response = await cloud.lab.server.inject({ method: "GET", url, headers: { host: "evil.example" } });
    expect(response.body).toMatch(/^host=127\.0\.0\.1&/);
  });

  test("gives the time of the lab's clock", async () => {
    await using cloud = await startCloud();
    const did = await cloud.registered();
    await cloud.lab.advance(3_600_000);
    const now = Math.floor(cloud.lab.clock.now() / 1000);
    expect((await cloud.provision(did)).body).toContain(`server_ts=${now}&`);
  });

  test("an unknown did answers 404 with 9014", async () => {
    await using cloud = await startCloud();
    const response = await cloud.provision("2".repeat(22));
    expect(response.statusCode).toBe(404);
    expect(response.json()).toEqual(UNKNOWN);
  });
});

describe("giving an identity up", () => {
  test("answers 200, disables and unbinds the device, and may be repeated", async () => {
    await using cloud = await startCloud();
    const user = await enterUser(cloud.lab);
    const did = await cloud.registered();
    await bindDevice(cloud.lab, user, did);
    for (let time = 0; time < 2; time += 1) {
      const { statusCode, body } = await cloud.send("DELETE", { did, passcode: "ABCDEFGHIJ" });
      expect({ statusCode, body }).toEqual({ statusCode: 200, body: "" });
    }
    expect(cloud.lab.cloud.registry.get(did).isDisabled).toBe(true);
    expect((await user.call("GET", "/app/bindings")).body).toEqual({ devices: [] });
    expect(await cloud.registered()).not.toBe(did);
  });

  test("needs the device's passcode", async () => {
    await using cloud = await startCloud();
    const did = await cloud.registered();
    const wrong = await cloud.send("DELETE", { did, passcode: "ABCDEFGHIK" });
    expect(wrong.statusCode).toBe(400);
    expect(wrong.json()).toEqual(WRONG);
    expect(cloud.lab.cloud.registry.get(did).isDisabled).toBe(false);
  });

  test("of an unknown did answers 404, of a form without did or passcode 400", async () => {
    await using cloud = await startCloud();
    const did = await cloud.registered();
    const unknown = await cloud.send("DELETE", { did: "x", passcode: "x" });
    expect([unknown.statusCode, unknown.json()]).toEqual([404, UNKNOWN]);
    for (const fields of [{ did }, { passcode: "ABCDEFGHIJ" }, {}] as Record<string, string>[]) {
      const answer = await cloud.send("DELETE", fields);
      expect([answer.statusCode, answer.json()]).toEqual([400, BAD_FORM]);
    }
  });
});
