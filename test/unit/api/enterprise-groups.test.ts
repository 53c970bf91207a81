import { describe, expect, onTestFinished, test } from "vitest";
import type { LabOptions } from "../../../src/lab/lab-options.js";
import { startLab } from "../../../src/lab/start-lab.js";
import { bindDevice, registerDevice } from "../../support/devices.js";
import { ask, enterEnterprise, enterpriseHeaders } from "../../support/enterprise-api.js";
import { enterUser, refusal } from "../../support/open-api.js";
import { makeTempFolder } from "../../support/temp-folder.js";

interface Page {
  readonly meta: { readonly total: number };
  readonly objects: readonly Record<string, unknown>[];
}

const START = Date.parse("2026-01-01T00:00:00Z");
const [ONE, TWO, THREE] = ["02aaaaaaaa01", "02aaaaaaaa02", "02aaaaaaaa03"];

async function open(options: LabOptions = {}) {
  const lab = await startLab({ profiles: ["pet-house", "ph-meter"], clock: "virtual", seed: "groups", ...options });
  onTestFinished(() => lab.close());
  const client = await enterEnterprise(lab);
  const addGroup = async (parent?: string) => {
    const { body } = await client.call<{ gid: string }>("POST", "device_groups", {
      ...(parent && { parent_gid: parent }),
    });
    return body.gid;
  };
  return {
    lab,
    client,
    addGroup,
    devices: async () => {
      for (const mac of [ONE, TWO, THREE]) await registerDevice(lab, "pet-house", mac);
    },
    assign: (gid: string, macs: readonly string[], more: object = {}) =>
      client.call("PUT", `device_groups/${gid}`, { action: "assign", reassign: false, macs, ...more }),
    macs: async (gid: string) => (await client.call<{ macs: string[] }>("GET", `device_groups/${gid}`)).body.macs,
    /** A refusal as status, code and message. */
    refused: async (method: "GET" | "POST" | "PUT" | "DELETE", path: string, body?: object) => {
      const answer = await client.call<{ error_code: number; error_message: string }>(method, path, body);
      return [answer.status, answer.body.error_code, answer.body.error_message];
    },
  };
}

describe("device groups", () => {
  test("are a tree of one root, shown by gid", async () => {
    const { client, addGroup } = await open();
    expect((await client.call("GET", "device_groups")).body).toEqual({});
    const root = await addGroup();
    expect(root).toMatch(/^[0-9a-f]{32}$/);
    expect((await client.call("GET", "device_groups")).body).toEqual({ [root]: "" });
    const [left, right] = [await addGroup(root), await addGroup(root)];
    const leaf = await addGroup(left);
    expect((await client.call("GET", "device_groups")).body).toEqual({
      [root]: { [left]: { [leaf]: "" }, [right]: "" },
    });
  });

  test("a root is made with an empty parent, or without a body", async () => {
    for (const payload of [undefined, "", "{}", '{"parent_gid":""}', '{"parent_gid":null}']) {
      const { lab, client } = await open();
      const url = `${client.base}/device_groups`;
      const { headers } = client;
      const response = await lab.server.inject({
        method: "POST",
        url,
        headers,
        ...(payload === undefined ? {} : { payload }),
      });
      expect([response.statusCode, response.json()], payload).toEqual([200, { gid: expect.any(String) }]);
    }
  });

  test("refuse a second root, and a parent that is unknown or another product's", async () => {
    const { lab, addGroup, refused } = await open();
    await addGroup();
    const foreign = (await (await enterEnterprise(lab, "ph-meter")).call<{ gid: string }>("POST", "device_groups")).body
      .gid;
    expect(await refused("POST", "device_groups", {})).toEqual([400, 5203, "already has one root group"]);
    expect(await refused("POST", "device_groups", { parent_gid: "x" })).toEqual([404, 5202, "parent group not exist"]);
    const belongs = [403, 5201, "device group not belong to this product"];
    expect(await refused("POST", "device_groups", { parent_gid: foreign })).toEqual(belongs);
    expect(await refused("GET", `device_groups/${foreign}`)).toEqual(belongs);
    expect(await refused("DELETE", `device_groups/${foreign}`)).toEqual(belongs);
    expect(await refused("PUT", `device_groups/${foreign}`, { action: "unassign", macs: ["x"] })).toEqual(belongs);
    for (const method of ["GET", "DELETE"] as const) {
      expect(await refused(method, "device_groups/x")).toEqual([404, 5206, "group not exist"]);
    }
    expect(await refused("GET", "devices/search?gid=x")).toEqual([404, 5206, "group not exist"]);
    expect(await refused("GET", `devices/search?gid=${foreign}`)).toEqual(belongs);
  });

  test("take devices in, move them only when told so, and let them go", async () => {
    const { addGroup, assign, macs, devices, client } = await open();
    await devices();
    const root = await addGroup();
    const sub = await addGroup(root);
    expect((await assign(root, [ONE, TWO, "02ffffffffff"])).body).toEqual({
      failed: ["02ffffffffff"],
      success: [ONE, TWO],
    });
    expect((await assign(root, [ONE])).body).toEqual({ failed: [], success: [ONE] });
    expect((await assign(sub, [ONE, THREE.toUpperCase()])).body).toEqual({
      failed: [ONE],
      success: [THREE.toUpperCase()],
    });
    expect([await macs(root), await macs(sub)]).toEqual([[ONE, TWO], [THREE]]);
    expect((await assign(sub, [ONE], { reassign: true })).body).toEqual({ failed: [], success: [ONE] });
    expect([await macs(root), await macs(sub)]).toEqual([[TWO], [ONE, THREE]]);
    const unassign = { action: "unassign", macs: [ONE, TWO] };
    expect((await client.call("PUT", `device_groups/${sub}`, unassign)).body).toEqual({
      failed: [TWO],
      success: [ONE],
    });
    expect([await macs(root), await macs(sub)]).toEqual([[TWO], [THREE]]);
  });

  test("are removed only when they are empty", async () => {
    const { addGroup, assign, devices, client, refused } = await open();
    await devices();
    const root = await addGroup();
    const sub = await addGroup(root);
    await assign(sub, [ONE]);
    expect(await refused("DELETE", `device_groups/${root}`)).toEqual([400, 5204, "group has subgroup"]);
    expect(await refused("DELETE", `device_groups/${sub}`)).toEqual([400, 5205, "group has device item"]);
    await client.call("PUT", `device_groups/${sub}`, { action: "unassign", macs: [ONE] });
    for (const gid of [sub, root]) {
      expect(await client.call("DELETE", `device_groups/${gid}`)).toMatchObject({ status: 200, body: {} });
    }
    expect((await client.call("GET", "device_groups")).body).toEqual({});
  });

  test("take 1000 macs at once and no more", async () => {
    const { addGroup, assign, refused } = await open();
    const gid = await addGroup();
    const many = Array.from({ length: 1001 }, (_, at) => at.toString(16).padStart(12, "0"));
    expect((await assign(gid, many.slice(1))).body).toMatchObject({ failed: { length: 1000 }, success: [] });
    const form = [400, 5002, "form invalid"];
    expect(await refused("PUT", `device_groups/${gid}`, { action: "assign", macs: many })).toEqual(form);
    expect(await refused("PUT", `device_groups/${gid}`, { action: "join", macs: [ONE] })).toEqual(form);
    expect(await refused("PUT", `device_groups/${gid}`, { action: "assign", macs: [] })).toEqual(form);
  });

  test("cannot be nested without end", async () => {
    const { addGroup, refused } = await open();
    let gid = await addGroup();
    for (let level = 2; level <= 64; level += 1) gid = await addGroup(gid);
    expect(await refused("POST", "device_groups", { parent_gid: gid })).toEqual([400, 5002, "form invalid"]);
  });

  test("narrow the search down to themselves and what is below", async () => {
    const { addGroup, assign, devices, client } = await open();
    await devices();
    const root = await addGroup();
    const sub = await addGroup(root);
    await assign(root, [ONE]);
    await assign(sub, [TWO]);
    const find = async (gid: string) => {
      const { body } = await client.call<Page>("GET", `devices/search?gid=${gid}`);
      return body.objects.map(({ mac }) => mac);
    };
    expect([await find(root), await find(sub)]).toEqual([[ONE, TWO], [TWO]]);
  });

  test("survive a restart of the data folder, and go back with a snapshot", async () => {
    const folder = makeTempFolder();
    const first = await open({ folder, startAt: START });
    await first.devices();
    const root = await first.addGroup();
    const sub = await first.addGroup(root);
    await first.assign(sub, [ONE]);
    await first.lab.snapshots.save("then");
    await first.assign(root, [TWO]);
    await first.lab.snapshots.restore("then");
    expect(await first.macs(root)).toEqual([]);
    await first.lab.close();
    const second = await open({ folder, startAt: START + 1000 });
    expect((await second.client.call("GET", "device_groups")).body).toEqual({ [root]: { [sub]: "" } });
    expect(await second.macs(sub)).toEqual([ONE]);
  });
});

describe("bindings", () => {
  test("bind and unbind devices of a user by did", async () => {
    const { lab, client } = await open();
    const { did } = await registerDevice(lab);
    const foreign = await registerDevice(lab, "ph-meter", "02eeeeeeeeee");
    const gone = await registerDevice(lab, "pet-house", THREE);
    lab.cloud.registry.disable(gone);
    const user = await enterUser(lab);
    const body = { uid: user.uid, appid: user.appId, dids: [did, foreign.did, gone.did, "nobody"] };
    const failed = [foreign.did, gone.did, "nobody"];
    expect(await client.call("POST", "devices/bindings", body)).toMatchObject({
      status: 200,
      body: { failed, success: [did] },
    });
    expect((await user.call("GET", "/app/bindings")).body).toMatchObject({ devices: [{ did, role: "special" }] });
    const again = await client.call("DELETE", "devices/bindings", { ...body, dids: `${did}, ${foreign.did}` });
    expect(again).toMatchObject({ status: 200, body: { failed: [foreign.did], success: [did] } });
    expect((await user.call("GET", "/app/bindings")).body).toEqual({ devices: [] });
    expect((await client.call("DELETE", "devices/bindings", body)).body).toMatchObject({ success: [] });
  });

  test("keep to the rule of the one owner where sharing is on", async () => {
    const { lab, client } = await open();
    const { did, productKey } = await registerDevice(lab);
    lab.cloud.products.change(productKey, { sharing: true });
    const [ann, bob] = [await enterUser(lab), await enterUser(lab, "phone-2")];
    const bind = (uid: string) => client.call("POST", "devices/bindings", { uid, appid: ann.appId, dids: [did] });
    expect((await bind(ann.uid)).body).toEqual({ failed: [], success: [did] });
    expect((await bind(bob.uid)).body).toEqual({ failed: [did], success: [] });
  });

  test.each(["POST", "DELETE"] as const)("%s refuses an app or a user that is not there", async (method) => {
    const { lab, refused } = await open();
    const { appId: appid, uid } = await enterUser(lab);
    const other = "a".repeat(32);
    lab.cloud.applications.add({ id: other, secret: "b".repeat(32) });
    const send = (body: object) => refused(method, "devices/bindings", { uid, appid, dids: ["x"], ...body });
    expect(await send({ appid: "x" })).toEqual([404, 5016, "Appid not exist!"]);
    expect(await send({ uid: "x" })).toEqual([404, 5017, "Uid not exist!"]);
    expect(await send({ appid: other })).toEqual([404, 5017, "Uid not exist!"]);
    expect(await send({ dids: [] })).toEqual([400, 5002, "form invalid"]);
  });
});

describe("users", () => {
  async function openWithUsers() {
    const bench = await open();
    const { lab } = bench;
    const [ann, bob, eve] = [await enterUser(lab), await enterUser(lab, "phone-2"), await enterUser(lab, "phone-3")];
    const own = await registerDevice(lab, "pet-house", ONE);
    const other = await registerDevice(lab, "pet-house", TWO);
    await bindDevice(lab, ann, own.did);
    await lab.advance(1000);
    await bindDevice(lab, bob, own.did);
    await bindDevice(lab, bob, other.did);
    const foreign = await registerDevice(lab, "ph-meter", "02eeeeeeeeee");
    await bindDevice(lab, eve, foreign.did);
    const find = async (query: string) => {
      const { body } = await bench.client.call<Page>("GET", `users/search${query}`);
      return body.objects.map(({ uid }) => uid);
    };
    return { ...bench, ann, bob, eve, own, other, find };
  }

  test("with devices of the product are found, with every documented field", async () => {
    const { ann, bob, client } = await openWithUsers();
    await ann.call("PUT", "/app/users", {
      name: "Ann",
      birthday: "2000-02-29",
      address: "here",
      remark: "x",
      gender: "F",
    });
    const { body } = await client.call<Page>("GET", "users/search");
    expect(body.meta).toEqual({ previous: null, skip: 0, total: 2, limit: 20, next: null });
    expect(body.objects[0]).toEqual({
      ...{ uid: ann.uid, username: null, phone: null, email: null, name: "Ann", birthday: "2000-02-29" },
      ...{ address: "here", remark: "x", created_at: START / 1000, is_anonymous: true, auth_src: null, gender: "F" },
    });
    expect(body.objects[1]).toMatchObject({ uid: bob.uid });
  });

  test("are found by each type, and tell of an owner only when looked for by did", async () => {
    const { ann, bob, own, other, find, client, addGroup, assign, refused } = await openWithUsers();
    await bob.call("PUT", "/app/users", { username: "bob", password: "Passw0rd" });
    expect(await find(`?type=uid&val=${ann.uid}`)).toEqual([ann.uid]);
    expect(await find("?type=username&val=bob")).toEqual([bob.uid]);
    expect(await find("?type=phone&val=1")).toEqual([]);
    expect(await find(`?type=mac&val=${TWO}`)).toEqual([bob.uid]);
    const { body } = await client.call<Page>("GET", `users/search?type=did&val=${own.did}`);
    expect(body.objects.map(({ uid, is_owner: isOwner }) => [uid, isOwner])).toEqual([
      [ann.uid, true],
      [bob.uid, false],
    ]);
    const gid = await addGroup();
    await assign(gid, [TWO]);
    expect(await find(`?gid=${gid}`)).toEqual([bob.uid]);
    expect(await find(`?gid=${gid}&type=did&val=${own.did}`)).toEqual([]);
    expect(await find(`?gid=${gid}&type=did&val=${other.did}`)).toEqual([bob.uid]);
    expect(await find("?limit=1&skip=1")).toEqual([bob.uid]);
    expect(await refused("GET", "users/search?type=name&val=x")).toEqual([400, 5002, "form invalid"]);
    expect(await refused("GET", "users/search?type=did")).toEqual([400, 5002, "form invalid"]);
  });

  test("who are registered are found with the enterprise's own headers", async () => {
    const { lab, ann, bob, eve, client } = await openWithUsers();
    await lab.advance(4000);
    await bob.call("PUT", "/app/users", { username: "bob", password: "Passw0rd" });
    const search = async (query = "") =>
      (await ask<Page>(lab, "GET", `/v1/users/search${query}`, enterpriseHeaders(lab))).body;
    const all = await search(`?product_key=${client.base.split("/").at(-1)}`);
    expect(all.objects.map(({ uid }) => uid)).toEqual([ann, bob, eve].map(({ uid }) => uid).sort());
    const [found] = (await search("?username=bob")).objects;
    expect(found).toEqual({
      ...{ uid: bob.uid, username: "bob", phone: null, email: null, birthday: null, address: null, remark: null },
      ...{ created_at: START / 1000, updated_at: START / 1000 + 5, is_anonymous: false, gender: "N" },
    });
    expect((await search(`?appid=${ann.appId}&limit=2`)).meta).toMatchObject({ total: 3, limit: 2 });
    expect((await search("?email=nobody")).objects).toEqual([]);
    const unknown = refusal(5016, "Appid not exist!");
    expect(await search("?appid=x")).toEqual(unknown);
    expect(await search("?product_key=x")).toEqual(refusal(5015, "Product key not exist!"));
  });
});
