import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { appCount, REPORT_10_DEGREES } from "../../support/frames-on-air.js";
import { GOOD, sendGood } from "../../support/good-requests.js";
import { logInApp } from "../../support/mqtt-party.js";
import { type AppUser, enterUser, refusal, signBinding } from "../../support/open-api.js";
import { type Operation, urlOf } from "../../support/operations.js";
import { type RouteLab, startRouteLab } from "../../support/route-lab.js";

const OTHER_APP = "a".repeat(32);
/** What needs no more than the app id (rest.md 4.7). */
const OPEN_TO_ALL = ["GET /app/devdata/{did}/latest"];

const isOfOneDevice = ({ path }: Operation): boolean => path.startsWith("/app/") && path.includes("{did}");

let routes: RouteLab;
/** A second user of the same app. */
let stranger: AppUser;
/** A user of another app. */
let foreigner: AppUser;
beforeAll(async () => {
  routes = await startRouteLab();
  routes.lab.cloud.applications.add({ id: OTHER_APP, secret: "b".repeat(32) });
  stranger = await enterUser(routes.lab, "phone-2");
  foreigner = await enterUser(routes.lab, "phone-2", OTHER_APP);
});
afterAll(() => routes.lab.close());

/** What the owner sees of the device and its log; it must not change. */
async function look(): Promise<string> {
  const { user, did } = routes;
  const details = await user.call("GET", `/app/devices/${did}`);
  const latest = await user.call("GET", `/app/devdata/${did}/latest`);
  const bindings = routes.lab.cloud.bindings.ofDevice(routes.lab.cloud.registry.get(did).id);
  return JSON.stringify([details.body, latest.body, bindings, routes.mcu.attrs]);
}

describe("a user who has not bound a device", () => {
  test.each([
    ["of the same app", () => stranger],
    ["of another app", () => foreigner],
  ])("%s reaches it on no route", async (_who, who) => {
    const before = await look();
    await routes.checkEach(
      (operation) => isOfOneDevice(operation) && !OPEN_TO_ALL.includes(operation.name),
      async (operation) => {
        const response = await sendGood(routes.lab, who(), routes.did, operation);
        const unbound = refusal(9017, "device not bound!", expect.any(String));
        expect([response.statusCode, response.json()], operation.name).toEqual([401, unbound]);
      },
    );
    expect(await look()).toBe(before);
  });

  test("cannot tell whether a value would have been right", async () => {
    const control = (attrs: object) => stranger.call("POST", `/app/control/${routes.did}`, { attrs });
    expect((await control({ Nothing: 1 })).text).toBe((await control({ LED_OnOff: true })).text);
    const log = (type: string) => stranger.call("GET", `/app/devices/${routes.did}/raw_data?type=${type}`);
    expect((await log("nothing")).text).toBe((await log("cmd")).text);
  });

  test("sees it in no list", async () => {
    for (const user of [stranger, foreigner]) {
      const { body, text } = await user.call("GET", "/app/bindings?show_disabled=1&limit=1000");
      expect(body).toEqual({ devices: [] });
      expect(text).not.toContain(routes.did);
    }
  });

  test("cannot unbind it from its owner", async () => {
    const before = await look();
    const answer = await stranger.call("DELETE", "/app/bindings", { devices: [{ did: routes.did }] });
    expect(answer.body).toEqual({ failed: [routes.did], success: [] });
    expect(await look()).toBe(before);
  });

  test("cannot bind it without its passcode or the product's signature", async () => {
    const { mac, productKey } = routes.lab.cloud.registry.get(routes.did);
    for (const passcode of ["ABCDEFGHIJ", "", " ", "x".repeat(64), routes.did]) {
      const answer = await stranger.call("POST", "/app/bindings", { devices: [{ did: routes.did, passcode }] });
      expect(answer.body).not.toMatchObject({ success: [routes.did] });
    }
    const unsigned = { ...signBinding(routes.lab, "pet-house"), "x-gizwits-signature": "0".repeat(32) };
    const answer = await stranger.call("POST", "/app/bind_mac", { product_key: productKey, mac }, unsigned);
    expect(answer).toMatchObject({ status: 400, body: { error_code: 9044 } });
    expect((await stranger.call("GET", "/app/bindings")).body).toEqual({ devices: [] });
  });

  test("may read the latest values with an app id alone, and nothing else", async () => {
    for (const headers of [stranger.headers, { "x-gizwits-application-id": stranger.appId }]) {
      const url = `/app/devdata/${routes.did}/latest`;
      const response = await routes.lab.server.inject({ method: "GET", url, headers });
      expect(response.statusCode).toBe(200);
      expect(Object.keys(response.json())).toEqual(["did", "updated_at", "attr"]);
      expect(response.body).not.toContain(routes.lab.cloud.registry.get(routes.did).passcode);
    }
  });

  test("hears nothing of it over MQTT and cannot write to it", async () => {
    const { lab, did } = routes;
    const before = await look();
    const app = await logInApp(lab, stranger);
    for (const filter of [`dev2app/${did}`, `dev2app/${did}/#`, `app2dev/${did}/#`, `ser2cli_res/${did}`, "#", "+/+"]) {
      expect(await app.subscribe(filter), filter).toBe(128);
    }
    await expect(app.publish(`app2dev/${did}/usr1`, "0000000309000090010101")).rejects.toThrow();
    for (const topic of [`dev2app/${did}`, `ser2cli_res/${did}`]) {
      const again = await logInApp(lab, stranger);
      await expect(again.publish(topic, topic.startsWith("ser") ? appCount(9) : REPORT_10_DEGREES)).rejects.toThrow();
    }
    expect(await look()).toBe(before);
  });
});

describe("a token", () => {
  test("is good in its own app only", async () => {
    const invalid = refusal(9004, "token invalid!", expect.anything());
    const crossed = [
      { "x-gizwits-application-id": OTHER_APP, "x-gizwits-user-token": routes.user.token },
      { "x-gizwits-application-id": routes.user.appId, "x-gizwits-user-token": foreigner.token },
    ];
    await routes.checkEach(isUsers, async (operation) => {
      for (const headers of crossed) {
        const url = urlOf(operation, routes.did, GOOD[operation.name]?.query);
        const response = await routes.send(operation, { url, headers });
        expect([response.statusCode, response.json()], operation.name).toEqual([400, invalid]);
      }
    });
    const app = { ...routes.user, appId: OTHER_APP };
    await expect(logInApp(routes.lab, app)).rejects.toMatchObject({ code: 4 });
  });

  test("of a user who has unbound the device opens it no longer", async () => {
    const { did } = routes;
    const passcode = routes.lab.cloud.registry.get(did).passcode;
    await stranger.call("POST", "/app/bindings", { devices: [{ did, passcode }] });
    expect((await stranger.call("GET", `/app/devices/${did}`)).status).toBe(200);
    await stranger.call("DELETE", "/app/bindings", { devices: [{ did }] });
    expect((await stranger.call("GET", `/app/devices/${did}`)).body).toMatchObject({ error_code: 9017 });
  });
});

function isUsers({ name, path }: Operation): boolean {
  const isOpen = ["POST /app/users", "POST /app/login", "GET /app/datapoint", ...OPEN_TO_ALL].includes(name);
  return path.startsWith("/app/") && !isOpen;
}
