import { describe, expect, test } from "vitest";
import { startLab } from "../../../src/lab/start-lab.js";
import { enterUser, inject, refusal } from "../../support/open-api.js";

interface Session {
  readonly token: string;
  readonly uid: string;
  readonly expire_at: number;
}

const ANN = { username: "ann", password: "Passw0rd" };
const TAKEN = refusal(9019, "username unavailable!", expect.any(String));
const WRONG = refusal(9020, "username or password error!", expect.any(String));
const BAD_FORM = refusal(9015, "form invalid!", expect.any(String));
const HALF_A_YEAR_S = 180 * 86_400;

/** A cloud, and what its app asks without a user. */
async function startCloud() {
  const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: "users" });
  const ask = <Body = unknown>(method: "GET" | "POST", url: string, payload?: object) =>
    inject<Body>(lab, {
      method,
      url,
      headers: { "x-gizwits-application-id": lab.credentials.app.id },
      ...(payload === undefined ? {} : { payload }),
    });
  return { lab, ask, [Symbol.asyncDispose]: () => lab.close() };
}

describe("registration", () => {
  test("an anonymous user gets token, uid and a token's end in half a year, with 201", async () => {
    await using cloud = await startCloud();
    const { status, body } = await cloud.ask<Session>("POST", "/app/users", { phone_id: "phone-1", lang: "en" });
    expect(status).toBe(201);
    expect(Object.keys(body)).toEqual(["token", "uid", "expire_at"]);
    expect(body.token).toMatch(/^[0-9a-f]{32}$/);
    expect(body.uid).toMatch(/^[0-9a-f]{32}$/);
    expect(body.expire_at).toBe(Math.floor(cloud.lab.clock.now() / 1000) + HALF_A_YEAR_S);
  });

  test("the same phone is the same user with another token, and both tokens are good", async () => {
    await using cloud = await startCloud();
    const first = await enterUser(cloud.lab);
    const second = await enterUser(cloud.lab);
    expect(second.uid).toBe(first.uid);
    expect(second.token).not.toBe(first.token);
    for (const user of [first, second]) expect((await user.call("GET", "/app/users")).status).toBe(200);
  });

  test("the same phone in another app is another user", async () => {
    await using cloud = await startCloud();
    cloud.lab.cloud.applications.add({ id: "a".repeat(32), secret: "b".repeat(32) });
    const here = await enterUser(cloud.lab);
    const there = await enterUser(cloud.lab, "phone-1", "a".repeat(32));
    expect(there.uid).not.toBe(here.uid);
  });

  test("a user with name and password gets 201; the name is then taken, but not in another app", async () => {
    await using cloud = await startCloud();
    const { lab, ask } = cloud;
    expect((await ask("POST", "/app/users", ANN)).status).toBe(201);
    const again = await ask("POST", "/app/users", { ...ANN, password: "An0therOne" });
    expect(again).toMatchObject({ status: 400, body: TAKEN });
    lab.cloud.applications.add({ id: "a".repeat(32), secret: "b".repeat(32) });
    const headers = { "x-gizwits-application-id": "a".repeat(32) };
    expect((await inject(lab, { method: "POST", url: "/app/users", headers, payload: ANN })).status).toBe(201);
  });

  test("of two registrations of one name at the same time one succeeds", async () => {
    await using cloud = await startCloud();
    const answers = await Promise.all([1, 2, 3].map(() => cloud.ask("POST", "/app/users", ANN)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 400, 400]);
  });

  test.each([
    ["of seven characters", "Passw0r"],
    ["of two kinds of characters", "passw0rd"],
    ["of letters only", "PassWord"],
    ["of digits only", "12345678"],
  ])("a password %s is refused", async (_what, password) => {
    await using cloud = await startCloud();
    const answer = await cloud.ask("POST", "/app/users", { username: "ann", password });
    expect(answer).toMatchObject({ status: 400, body: BAD_FORM });
  });

  test.each([["Passw0rd"], ["passw0r!"], ["PASSW0R!"], ["密码Pa1密码密码"]])(
    "the password %s is good",
    async (password) => {
      await using cloud = await startCloud();
      expect((await cloud.ask("POST", "/app/users", { username: "ann", password })).status).toBe(201);
    },
  );

  test("neither phone_id nor name and password is refused", async () => {
    await using cloud = await startCloud();
    for (const body of [{}, { lang: "en" }, { username: "ann" }, { password: "Passw0rd" }, { phone_id: "" }]) {
      expect(await cloud.ask("POST", "/app/users", body)).toMatchObject({ status: 400, body: BAD_FORM });
    }
  });
});

describe("login", () => {
  test("name and password give the same user a new token; the older one stays good", async () => {
    await using cloud = await startCloud();
    const { lab, ask } = cloud;
    const registered = await ask<Session>("POST", "/app/users", ANN);
    const login = await ask<Session>("POST", "/app/login", { ...ANN, lang: "en" });
    expect(login.status).toBe(200);
    expect(Object.keys(login.body)).toEqual(["token", "uid", "expire_at"]);
    expect(login.body.uid).toBe(registered.body.uid);
    expect(login.body.token).not.toBe(registered.body.token);
    for (const { token } of [registered.body, login.body]) {
      const headers = { "x-gizwits-application-id": lab.credentials.app.id, "x-gizwits-user-token": token };
      expect((await inject(lab, { method: "GET", url: "/app/users", headers })).status).toBe(200);
    }
  });

  test("a wrong password answers 9020, an unknown name 9005", async () => {
    await using cloud = await startCloud();
    await cloud.ask("POST", "/app/users", ANN);
    const wrong = await cloud.ask("POST", "/app/login", { ...ANN, password: "passw0rd" });
    expect(wrong).toMatchObject({ status: 400, body: WRONG });
    const unknown = await cloud.ask("POST", "/app/login", { ...ANN, username: "Ann" });
    expect(unknown).toMatchObject({ status: 400, body: refusal(9005, "user does not exist!", expect.any(String)) });
  });

  test("the name of an anonymous user's phone opens nothing", async () => {
    await using cloud = await startCloud();
    await enterUser(cloud.lab, "phone-1");
    expect((await cloud.ask("POST", "/app/login", { username: "phone-1", password: "Passw0rd" })).status).toBe(400);
  });

  test("a token is good until the second it ends", async () => {
    await using cloud = await startCloud();
    const user = await enterUser(cloud.lab);
    await cloud.lab.advance(HALF_A_YEAR_S * 1000 - 1);
    expect((await user.call("GET", "/app/users")).status).toBe(200);
    await cloud.lab.advance(1);
    expect((await user.call("GET", "/app/users")).body).toMatchObject({ error_code: 9006 });
  });

  test("header names are read in any case", async () => {
    await using cloud = await startCloud();
    const { appId, token } = await enterUser(cloud.lab);
    const headers = { "X-Gizwits-Application-Id": appId, "X-Gizwits-User-token": token };
    expect((await inject(cloud.lab, { method: "GET", url: "/app/users", headers })).status).toBe(200);
  });
});

describe("a user's own data", () => {
  test("a fresh anonymous user is shown with every documented field", async () => {
    await using cloud = await startCloud();
    const user = await enterUser(cloud.lab);
    expect((await user.call("GET", "/app/users")).body).toEqual({
      username: null,
      uid: user.uid,
      phone: null,
      birthday: null,
      address: null,
      lang: "en",
      remark: null,
      name: null,
      is_anonymous: true,
      gender: "N",
      email: null,
    });
  });

  test("changes are kept, and the answer gives the time with microseconds", async () => {
    await using cloud = await startCloud();
    const user = await enterUser(cloud.lab);
    const info = { name: "Änn", gender: "F", birthday: "1990-02-28", address: "广州", lang: "zh-cn", remark: "r" };
    const changed = await user.call<{ updatedAt: string }>("PUT", "/app/users", info);
    expect(changed.status).toBe(200);
    expect(changed.body).toEqual({ updatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/) });
    expect(Date.parse(`${changed.body.updatedAt}Z`)).toBe(cloud.lab.clock.now());
    expect((await user.call("GET", "/app/users")).body).toMatchObject(info);
  });

  test("one changed field leaves the others alone, and remar is remark", async () => {
    await using cloud = await startCloud();
    const user = await enterUser(cloud.lab);
    await user.call("PUT", "/app/users", { name: "Ann", birthday: "12-31" });
    await user.call("PUT", "/app/users", { remar: "as the documentation spells it" });
    const expected = { name: "Ann", birthday: "12-31", remark: "as the documentation spells it" };
    expect((await user.call("GET", "/app/users")).body).toMatchObject(expected);
  });

  test.each([
    [{ gender: "X" }],
    [{ birthday: "1990-13-01" }],
    [{ birthday: "yesterday" }],
    [{ username: "ann" }],
    [{ password: "Passw0rd" }],
    [{ old_pwd: "Passw0rd" }],
    [{ new_pwd: "Passw0rd" }],
    [{}],
    [{ nothing: "known" }],
  ])("%j changes nothing and answers 9015", async (body) => {
    await using cloud = await startCloud();
    const user = await enterUser(cloud.lab);
    expect(await user.call("PUT", "/app/users", body)).toMatchObject({ status: 400, body: BAD_FORM });
  });

  test("an anonymous user becomes one with a name, keeps uid and token, and can log in", async () => {
    await using cloud = await startCloud();
    const user = await enterUser(cloud.lab);
    expect((await user.call("PUT", "/app/users", ANN)).status).toBe(200);
    expect((await user.call("GET", "/app/users")).body).toMatchObject({ username: "ann", is_anonymous: false });
    expect((await cloud.ask("POST", "/app/login", ANN)).body).toMatchObject({ uid: user.uid });
    expect((await enterUser(cloud.lab)).uid).not.toBe(user.uid);
    const again = await user.call("PUT", "/app/users", { ...ANN, username: "anna" });
    expect(again).toMatchObject({ status: 400, body: BAD_FORM });
  });

  test("a name that is taken cannot be converted to", async () => {
    await using cloud = await startCloud();
    await cloud.ask("POST", "/app/users", ANN);
    const user = await enterUser(cloud.lab);
    expect(await user.call("PUT", "/app/users", ANN)).toMatchObject({ status: 400, body: TAKEN });
    expect((await user.call("GET", "/app/users")).body).toMatchObject({ is_anonymous: true });
  });

  test("a password changes with the old one only, and the old one is then void", async () => {
    await using cloud = await startCloud();
    const user = await enterUser(cloud.lab);
    await user.call("PUT", "/app/users", ANN);
    const change = (old_pwd: string, new_pwd: string) => user.call("PUT", "/app/users", { old_pwd, new_pwd });
    expect(await change("Passw0rt", "N3wSecret")).toMatchObject({ status: 400, body: WRONG });
    expect(await change("Passw0rd", "weak")).toMatchObject({ status: 400, body: BAD_FORM });
    expect((await change("Passw0rd", "N3wSecret")).status).toBe(200);
    expect(await cloud.ask("POST", "/app/login", ANN)).toMatchObject({ status: 400, body: WRONG });
    expect((await cloud.ask("POST", "/app/login", { ...ANN, password: "N3wSecret" })).status).toBe(200);
  });

  test("a refused request changes nothing at all", async () => {
    await using cloud = await startCloud();
    const user = await enterUser(cloud.lab);
    for (const extra of [{ old_pwd: "Passw0rd" }, { gender: "X" }]) {
      expect((await user.call("PUT", "/app/users", { ...ANN, name: "Ann", ...extra })).status).toBe(400);
      expect((await user.call("GET", "/app/users")).body).toMatchObject({ is_anonymous: true, name: null });
    }
  });
});

describe("the service", () => {
  test("/status gives the version of the documentation", async () => {
    await using cloud = await startCloud();
    expect((await cloud.ask("GET", "/status")).body).toEqual({ status: { version: "2.15.1" } });
  });

  test("/errors lists status, code and message of every documented error", async () => {
    await using cloud = await startCloud();
    const { body } = await cloud.ask<{ status: number; error_code: number; error_message: string }[]>("GET", "/errors");
    expect(body).toContainEqual({ status: 404, error_code: 9220, error_message: "scene not found!" });
    expect(body).toContainEqual({ status: 401, error_code: 9017, error_message: "device not bound!" });
    expect(new Set(body.map(({ error_code }) => error_code)).size).toBe(body.length);
    expect(body.every(({ status }) => status >= 400 && status < 600)).toBe(true);
  });
});
