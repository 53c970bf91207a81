import { describe, expect, test } from "vitest";
import { startLab } from "../../../src/lab/start-lab.js";
import { bindDevice, productKeyOf, registerDevice } from "../../support/devices.js";
import { type AppUser, enterUser, refusal, signBinding } from "../../support/open-api.js";

interface BoundDevice {
  readonly did: string;
  readonly role: string;
  readonly remark: string;
}

const MAC = "02aabbccddee";
const BAD_FORM = refusal(9015, "form invalid!", expect.any(String));

/** A cloud with two users and a device of nobody, and the calls about bindings. */
async function startCloud() {
  const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: "bindings" });
  const ann = await enterUser(lab, "phone-ann");
  const bob = await enterUser(lab, "phone-bob");
  const device = await registerDevice(lab, "pet-house", MAC);
  const productKey = productKeyOf(lab, "pet-house");
  return {
    lab,
    ann,
    bob,
    device,
    did: device.did,
    productKey,
    bindMac: (user: AppUser, body: object = {}, headers: Record<string, string> = signBinding(lab, "pet-house")) =>
      user.call<BoundDevice>("POST", "/app/bind_mac", { product_key: productKey, mac: MAC, ...body }, headers),
    list: async (user: AppUser, query = "") =>
      (await user.call<{ devices: BoundDevice[] }>("GET", `/app/bindings${query}`)).body.devices,
    unbind: (user: AppUser, ...dids: string[]) =>
      user.call("DELETE", "/app/bindings", { devices: dids.map((did) => ({ did })) }),
    [Symbol.asyncDispose]: () => lab.close(),
  };
}

describe("bind_mac", () => {
  test("a new binding answers 201 with the device, one that exists already 200", async () => {
    await using cloud = await startCloud();
    const first = await cloud.bindMac(cloud.ann, { remark: "kitchen", dev_alias: "House" });
    expect(first).toMatchObject({
      status: 201,
      body: { did: cloud.did, mac: MAC, remark: "kitchen", dev_alias: "House", role: "special", dev_label: [] },
    });
    const again = await cloud.bindMac(cloud.ann, { remark: "cellar" });
    expect(again).toMatchObject({ status: 200, body: { did: cloud.did, remark: "cellar", dev_alias: "House" } });
    expect(await cloud.list(cloud.ann)).toHaveLength(1);
  });

  test("mac, product_key and signature are read in any case", async () => {
    await using cloud = await startCloud();
    const headers = signBinding(cloud.lab, "pet-house");
    headers["x-gizwits-signature"] = headers["x-gizwits-signature"].toUpperCase();
    const body = { mac: MAC.toUpperCase(), product_key: cloud.productKey.toUpperCase() };
    expect((await cloud.bindMac(cloud.ann, body, headers)).status).toBe(201);
  });

  test("null names and both forms of set_owner are taken as clients send them", async () => {
    await using cloud = await startCloud();
    for (const set_owner of [0, 1, true, false]) {
      const { status } = await cloud.bindMac(cloud.ann, { remark: null, dev_alias: null, set_owner });
      expect([200, 201]).toContain(status);
    }
  });

  test.each([
    [-301, 9043],
    [301, 9043],
    [-300, undefined],
    [300, undefined],
  ])("a timestamp that is %i s off gives %s", async (offS, code) => {
    await using cloud = await startCloud();
    const nowS = Math.floor(cloud.lab.clock.now() / 1000);
    const { body } = await cloud.bindMac(cloud.ann, {}, signBinding(cloud.lab, "pet-house", nowS + offS));
    if (code === undefined) expect(body).toMatchObject({ did: cloud.did });
    else expect(body).toEqual(refusal(code, "X-Gizwits-Timestamp invalid!"));
  });

  test("a timestamp that is missing or no number answers 9043", async () => {
    await using cloud = await startCloud();
    const { "x-gizwits-signature": signature } = signBinding(cloud.lab, "pet-house");
    for (const timestamp of [undefined, "", "now", "1e9", "-1", "1767225600.0"]) {
      const headers = {
        "x-gizwits-signature": signature,
        ...(timestamp === undefined ? {} : { "x-gizwits-timestamp": timestamp }),
      };
      const answer = await cloud.bindMac(cloud.ann, {}, headers);
      expect(answer).toMatchObject({ status: 400, body: refusal(9043, "X-Gizwits-Timestamp invalid!") });
    }
  });

  test("a signature that is missing, of another secret or of another time answers 9044 and binds nothing", async () => {
    await using cloud = await startCloud();
    const right = signBinding(cloud.lab, "pet-house");
    const late = signBinding(cloud.lab, "pet-house", Number(right["x-gizwits-timestamp"]) + 1);
    const wrong = ["", "0".repeat(32), "x", late["x-gizwits-signature"], `${right["x-gizwits-signature"]}0`];
    for (const signature of wrong) {
      const answer = await cloud.bindMac(cloud.ann, {}, { ...right, "x-gizwits-signature": signature });
      expect(answer).toMatchObject({ status: 400, body: refusal(9044, "X-Gizwits-Signature invalid!") });
    }
    expect(await cloud.list(cloud.ann)).toEqual([]);
  });

  test("an unknown product answers 9002, an unknown or disabled mac 9014", async () => {
    await using cloud = await startCloud();
    const unknown = refusal(9014, "device not found!");
    expect(await cloud.bindMac(cloud.ann, { product_key: "0".repeat(32) })).toMatchObject({
      status: 400,
      body: refusal(9002, "product_key invalid!"),
    });
    expect(await cloud.bindMac(cloud.ann, { mac: "02aabbccddff" })).toMatchObject({ status: 404, body: unknown });
    cloud.lab.cloud.registry.disable(cloud.device);
    expect(await cloud.bindMac(cloud.ann)).toMatchObject({ status: 404, body: unknown });
  });
});

describe("bindings by did and passcode", () => {
  test("each device is bound or listed as failed, and none stops the others", async () => {
    await using cloud = await startCloud();
    const second = await registerDevice(cloud.lab, "pet-house", "02aabbccddff", "SECOND");
    const { status, body } = await cloud.ann.call("POST", "/app/bindings", {
      devices: [
        { did: "unknown", passcode: "x" },
        { did: cloud.did, passcode: cloud.device.passcode, remark: "one", dev_alias: "alias" },
        { did: second.did, passcode: cloud.device.passcode },
      ],
    });
    expect(status).toBe(200);
    expect(body).toEqual({ failed: ["unknown", second.did], success: [cloud.did] });
    expect(await cloud.list(cloud.ann)).toMatchObject([{ did: cloud.did, remark: "one", dev_alias: "alias" }]);
  });

  test("a disabled device cannot be bound", async () => {
    await using cloud = await startCloud();
    cloud.lab.cloud.registry.disable(cloud.device);
    const devices = [{ did: cloud.did, passcode: cloud.device.passcode }];
    expect((await cloud.ann.call("POST", "/app/bindings", { devices })).body).toEqual({
      failed: [cloud.did],
      success: [],
    });
  });
});

describe("the list", () => {
  test("shows every field of a live answer, in its order", async () => {
    await using cloud = await startCloud();
    await cloud.bindMac(cloud.ann);
    const [shown] = await cloud.list(cloud.ann);
    expect(Object.entries(shown as object).slice(0, 28)).toEqual([
      ...[
        ["protoc", 3],
        ["ws_port", expect.any(Number)],
        ["port_s", 8883],
        ["gw_did", null],
      ],
      ...[
        ["host", "127.0.0.1"],
        ["sleep_duration", 0],
        ["port", 1883],
        ["mcu_soft_version", null],
      ],
      ...[
        ["product_key", cloud.productKey],
        ["state_last_timestamp", expect.any(Number)],
        ["role", "special"],
      ],
      ...[
        ["is_sandbox", false],
        ["type", "normal"],
        ["product_name", "pet-house"],
        ["is_disabled", false],
      ],
      ...[
        ["mcu_hard_version", null],
        ["wifi_soft_version", null],
        ["dev_alias", ""],
        ["mesh_id", null],
      ],
      ...[
        ["is_online", false],
        ["dev_label", []],
        ["wss_port", 8880],
        ["remark", ""],
        ["did", cloud.did],
      ],
      ...[
        ["mac", MAC],
        ["passcode", cloud.device.passcode],
        ["wifi_hard_version", null],
        ["is_low_power", false],
      ],
    ]);
  });

  test("comes in pages of 20 unless told otherwise, oldest binding first", async () => {
    await using cloud = await startCloud();
    const dids: string[] = [];
    for (let at = 0; at < 45; at += 1) {
      const { did } = await registerDevice(cloud.lab, "pet-house", `03aabbccdd${at + 10}`);
      await bindDevice(cloud.lab, cloud.ann, did);
      await cloud.lab.advance(1000);
      dids.push(did);
    }
    const page = async (query: string) => (await cloud.list(cloud.ann, query)).map(({ did }) => did);
    expect(await page("")).toEqual(dids.slice(0, 20));
    expect(await page("?limit=20&skip=40")).toEqual(dids.slice(40));
    expect(await page("?limit=500")).toEqual(dids);
    expect(await page("?limit=1000&skip=44")).toEqual(dids.slice(44));
    expect(await page("?skip=45")).toEqual([]);
    expect(await page("?limit=0")).toEqual([]);
  });

  test("says whether a device is online now", async () => {
    await using cloud = await startCloud();
    const online = await cloud.lab.device("pet-house", { isAlive: false, baud: 0 });
    await bindDevice(cloud.lab, cloud.ann, online.did ?? "");
    expect(await cloud.list(cloud.ann)).toMatchObject([{ is_online: true }]);
    const left = new Promise<void>((resolve) => cloud.lab.cloud.broker.presence.listen(() => resolve()));
    online.stop();
    await left;
    expect(await cloud.list(cloud.ann)).toMatchObject([{ is_online: false }]);
  });

  test("a device that was disabled is gone from everybody's list", async () => {
    await using cloud = await startCloud();
    await cloud.bindMac(cloud.ann);
    cloud.lab.cloud.registry.disable(cloud.device);
    for (const query of ["", "?show_disabled=1"]) expect(await cloud.list(cloud.ann, query)).toEqual([]);
  });
});

describe("names", () => {
  test("remark, alias and labels change one by one and are each user's own", async () => {
    await using cloud = await startCloud();
    for (const user of [cloud.ann, cloud.bob]) await bindDevice(cloud.lab, user, cloud.did);
    const url = `/app/bindings/${cloud.did}`;
    const first = await cloud.ann.call("PUT", url, { remark: "r", dev_label: ["a", "b"] });
    expect(first).toMatchObject({ status: 200, body: { remark: "r", dev_label: ["a", "b"], dev_alias: "" } });
    expect(Object.keys(first.body as object)).toEqual(["remark", "dev_label", "dev_alias"]);
    await cloud.ann.call("PUT", url, { dev_alias: "x" });
    await cloud.ann.call("PUT", url, { remark: "" });
    expect(await cloud.list(cloud.ann)).toMatchObject([{ remark: "", dev_label: ["a", "b"], dev_alias: "x" }]);
    expect(await cloud.list(cloud.bob)).toMatchObject([{ remark: "", dev_label: [], dev_alias: "" }]);
  });

  test("nothing to change, or labels that are no list of texts, answer 9015", async () => {
    await using cloud = await startCloud();
    await bindDevice(cloud.lab, cloud.ann, cloud.did);
    for (const body of [
      {},
      { dev_label: "a" },
      { dev_label: [1] },
      { remark: null },
      { dev_label: Array(51).fill("a") },
    ]) {
      const answer = await cloud.ann.call("PUT", `/app/bindings/${cloud.did}`, body);
      expect(answer).toMatchObject({ status: 400, body: BAD_FORM });
    }
  });
});

describe("roles", () => {
  const roleOf = async (cloud: Awaited<ReturnType<typeof startCloud>>, user: AppUser) =>
    (await cloud.list(user))[0]?.role;

  test("without sharing the first user is special, others are normal, and the next one is the heir", async () => {
    await using cloud = await startCloud();
    await cloud.bindMac(cloud.ann);
    await cloud.bindMac(cloud.bob);
    expect([await roleOf(cloud, cloud.ann), await roleOf(cloud, cloud.bob)]).toEqual(["special", "normal"]);
    expect((await cloud.unbind(cloud.ann, cloud.did)).body).toEqual({ failed: [], success: [cloud.did] });
    expect([await roleOf(cloud, cloud.ann), await roleOf(cloud, cloud.bob)]).toEqual([undefined, "special"]);
    await cloud.bindMac(cloud.ann);
    expect(await roleOf(cloud, cloud.ann)).toBe("normal");
  });

  test("with sharing the first user is the owner, and nobody else may bind", async () => {
    await using cloud = await startCloud();
    cloud.lab.cloud.products.change(cloud.productKey, { sharing: true });
    expect(await cloud.bindMac(cloud.ann)).toMatchObject({ status: 201, body: { role: "owner" } });
    expect(await cloud.bindMac(cloud.bob)).toMatchObject({ status: 400, body: { error_code: 9092 } });
    const devices = [{ did: cloud.did, passcode: cloud.device.passcode }];
    expect((await cloud.bob.call("POST", "/app/bindings", { devices })).body).toEqual({
      failed: [cloud.did],
      success: [],
    });
    await cloud.unbind(cloud.ann, cloud.did);
    expect(await cloud.bindMac(cloud.bob)).toMatchObject({ status: 201, body: { role: "owner" } });
  });

  test("unbinding lists what was not bound as failed", async () => {
    await using cloud = await startCloud();
    await cloud.bindMac(cloud.ann);
    const answer = await cloud.unbind(cloud.ann, "unknown", cloud.did, cloud.did);
    expect(answer).toMatchObject({ status: 200, body: { failed: ["unknown", cloud.did], success: [cloud.did] } });
  });
});
