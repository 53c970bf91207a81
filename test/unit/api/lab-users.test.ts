import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { startLab, type TestLab } from "../../../src/testing.js";

let lab: TestLab;
let did: string;

beforeEach(async () => {
  lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: 7 });
  onTestFinished(() => lab.close());
  ({ did } = await lab.device("pet-house", { isAlive: false }));
});

interface Answer {
  readonly status: number;
  readonly error?: { readonly code: string; readonly message: string };
  readonly uid?: string;
  readonly token?: string;
  readonly app_id?: string;
  readonly entries?: readonly object[];
}

async function call(method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await lab.fetch(`/_lab/${path}`, { method, ...(body === undefined ? {} : { body }) });
  return { status: response.status, ...((await response.json()) as object) };
}

describe("/_lab/users", () => {
  it("makes a user whose token is one of the Open API, and the same one again", async () => {
    const user = await call("POST", "users", { phone_id: "p" });
    expect(user).toMatchObject({ status: 200, uid: expect.stringMatching(/^[0-9a-f]{32}$/) });
    const headers = {
      "X-Gizwits-Application-Id": String(user.app_id),
      "X-Gizwits-User-token": String(user.token),
    };
    expect((await lab.fetch("/app/bindings", { headers })).status).toBe(200);
    expect((await call("POST", "users", { phone_id: "p" })).uid).toBe(user.uid);
    expect((await call("POST", "users", {})).uid).not.toBe(user.uid);
  });

  it("registers a user with a name, and logs the same one in again", async () => {
    const ann = { username: "ann", password: "Passw0rd" };
    const { uid } = await call("POST", "users", ann);
    expect((await call("POST", "users", ann)).uid).toBe(uid);
    expect(await call("POST", "users", { ...ann, password: "Passw0rd2" })).toMatchObject({
      status: 403,
      error: { code: "password-wrong" },
    });
    expect(await call("POST", "users", { username: "ben" })).toMatchObject({
      status: 400,
      error: { code: "request-invalid" },
    });
  });

  it("binds and unbinds a device, and lists who has which", async () => {
    const { uid } = await call("POST", "users", { phone_id: "p" });
    const path = `users/${uid}/bind`;
    expect(await call("POST", path, { did })).toEqual({ status: 200, did, role: "special", is_new: true });
    expect(await call("POST", path, { did })).toMatchObject({ is_new: false });
    expect(await call("GET", "users")).toMatchObject({ users: [{ uid, is_anonymous: true, dids: [did] }] });
    expect(await call("DELETE", path, { did })).toMatchObject({ status: 200 });
    expect(await call("DELETE", path, { did })).toMatchObject({ status: 404, error: { code: "not-bound" } });
    expect(await call("GET", "users")).toMatchObject({ users: [{ uid, dids: [] }] });
    expect(await call("POST", "users/nobody/bind", { did })).toMatchObject({ error: { code: "user-unknown" } });
    expect(await call("POST", path, { did: "nobody" })).toMatchObject({ error: { code: "device-unknown" } });
  });
});

describe("/_lab/devices/{did}/expect", () => {
  const expectOf = (body: object) => call("POST", `devices/${did}/expect`, body);

  it("waits for what follows a change, moving virtual time, and answers with the hops", async () => {
    await call("POST", `devices/${did}/set`, { attrs: { LED_R: 21 } });
    const { status, entries } = await expectOf({ report: { LED_R: 21 }, frame: { cmd: "report", way: "up" } });
    expect({ status, entries }).toMatchObject({
      status: 200,
      entries: [{ hop: "cloud.stored", detail: { attrs: { LED_R: 21 } } }, { hop: "uart.up" }],
    });
    await call("POST", `devices/${did}/control`, { attrs: { LED_G: 5 } });
    expect(await expectOf({ control: { LED_G: 5 } })).toMatchObject({ status: 200 });
    await call("POST", `devices/${did}/power`, { on: false });
    expect(await expectOf({ state: "offline", within: "5m" })).toMatchObject({ status: 200 });
  });

  it("does not meet again what it has met, nor what came before the last change", async () => {
    await call("POST", `devices/${did}/set`, { attrs: { LED_R: 21 } });
    await expectOf({ report: { LED_R: 21 } });
    const from = lab.clock.now();
    const { status, error } = await expectOf({ report: { LED_R: 22 }, within: "3s" });
    expect([status, error?.code, lab.clock.now() - from]).toEqual([409, "expectation-failed", 3000]);
    expect(error?.message).toMatch(/^no report LED_R=22 of pet-house \S+ within 3s/);
  });

  it("fails where what must not come comes, and waits the whole span where it does not", async () => {
    const expectNo = (body: object) => call("POST", `devices/${did}/expect_no`, body);
    const from = lab.clock.now();
    expect(await expectNo({ report: { LED_R: 1 }, within: "2s" })).toEqual({ status: 200 });
    expect(lab.clock.now() - from).toBe(2000);
    await call("POST", `devices/${did}/set`, { attrs: { LED_R: 1 } });
    expect(await expectNo({ report: { LED_R: 1 }, within: "5s" })).toMatchObject({ status: 409 });
  });

  it("refuses what cannot come, what names nothing, and whom nobody knows", async () => {
    expect(await expectOf({ report: { LED_X: 1 } })).toMatchObject({ status: 400, error: { code: "attr-unknown" } });
    expect(await expectOf({ frame: { cmd: "reprot" } })).toMatchObject({ error: { code: "command-unknown" } });
    expect(await expectOf({ within: "1s" })).toMatchObject({ status: 400, error: { code: "request-invalid" } });
    expect(await expectOf({ report: {}, within: "soon" })).toMatchObject({ error: { code: "duration-invalid" } });
    expect(await expectOf({ reprot: {} })).toMatchObject({ error: { code: "request-invalid" } });
    expect(await call("POST", "devices/nobody/expect", { report: {} })).toMatchObject({ status: 404 });
  });
});
