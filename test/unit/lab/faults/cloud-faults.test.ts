import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { TestLab } from "../../../../src/testing.js";
import { openTestLab, Story } from "../../../support/lab-bench.js";

const MINUTE_MS = 60_000;

async function openPetHouse() {
  const lab = await openTestLab();
  const device = await lab.device("pet-house", { isAlive: false });
  const user = await lab.user();
  await lab.clock.advance("7s");
  const story = new Story(lab);
  story.begin();
  return { lab, device, user, story };
}

describe("http.error", () => {
  it.each([
    ["GET /app/devdata/*", [200, 500, 200]],
    ["/app/*", [500, 500, 200]],
    ["*", [500, 500, 500]],
    ["POST *", [200, 200, 200]],
    ["GET /app/users", [500, 200, 200]],
  ])("on %s answers what matches, and nothing else", async (route, statuses) => {
    const { lab, device, user } = await openPetHouse();
    await user.bind(device);
    const fault = lab.faults.add({ kind: "http.error", route });
    const paths = ["/app/users", `/app/devdata/${device.did}/latest`, `/dev/devices/${device.did}`];
    const answers = await Promise.all(
      paths.map((path) =>
        lab.fetch(path, {
          headers: {
            "X-Gizwits-Application-Id": lab.platform.credentials.app.id,
            "X-Gizwits-User-token": user.token,
          },
        }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(statuses);
    expect(fault.hits).toBe(statuses.filter((status) => status !== 200).length);
    lab.faults.remove(fault.id);
    expect((await user.get("/app/users")).status).toBe(200);
  });

  it("of 429 says when to come again, in the form of the vendor's errors", async () => {
    const { lab } = await openPetHouse();
    lab.faults.add({ kind: "http.error", status: 429, count: 1 });
    const answer = await lab.fetch("/app/users");
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "1"]);
    expect(Object.keys((await answer.json()) as object)).toEqual(["error_message", "error_code", "detail_message"]);
  });

  it("leaves the lab's own routes alone", async () => {
    const { lab } = await openPetHouse();
    lab.faults.add({ kind: "http.error" });
    lab.faults.add({ kind: "http.slow", delay: "1h" });
    expect((await lab.fetch("/_lab/health")).status).toBe(200);
    await lab.fetch("/_lab/faults", { method: "DELETE" });
    expect(lab.faults.list()).toEqual([]);
  });

  it.each([500, 429])("of %i to a module that registers makes it try again, each time later", async (status) => {
    const lab = await openTestLab();
    lab.faults.add({ kind: "http.error", status, route: "POST /dev/devices", count: 2 });
    const story = new Story(lab);
    const device = await lab.device("pet-house");
    const states = story.lines("module.state", "module.trouble").filter((line) => /trouble|waiting|online/.test(line));
    const began = Number.parseInt(story.lines("fault")[0] ?? "", 10);
    expect(states.map((line) => [Number.parseInt(line, 10) - began, line.replace(/^\d+ /, "")])).toEqual([
      [0, "module.trouble cloud-refused"],
      [0, "module.state waiting"],
      [5000, "module.trouble cloud-refused"],
      [5000, "module.state waiting"],
      [20_000, "module.state online"],
    ]);
    expect(device.did).not.toBe("");
    expect(lab.platform.cloud.registry.list().length).toBe(1);
  });
});

describe("http.slow", () => {
  it("keeps an answer back for its time", async () => {
    const { lab, user } = await openPetHouse();
    lab.faults.add({ kind: "http.slow", delay: "3s", count: 1 });
    const from = lab.clock.now();
    const answer = user.get("/app/users");
    expect((await lab.clock.resolve(answer)).status).toBe(200);
    expect(lab.clock.now() - from).toBe(3000);
    expect((await user.get("/app/users")).status).toBe(200);
  });

  it("makes a module give up after 5 s and ask again, and a late answer is none", async () => {
    const { lab, device, story } = await openPetHouse();
    lab.faults.add({ kind: "http.slow", route: "GET /dev/devices/*", delay: "7s", count: 1 });
    await device.powerOff();
    await device.powerOn();
    await lab.clock.advance("1m");
    const lines = story.lines("fault", "module.state", "module.trouble");
    const began = Number.parseInt(lines.find((line) => line.endsWith("http.slow")) ?? "", 10);
    const since = lines.map((line) => `${Number.parseInt(line, 10) - began} ${line.replace(/^\d+ /, "")}`);
    expect(since.slice(since.indexOf("0 fault http.slow"))).toEqual([
      "0 fault http.slow",
      "5000 module.trouble cloud-unreachable",
      "5000 module.state waiting",
      "10000 module.state provisioning",
      "10000 module.state connecting",
      "10000 module.state subscribing",
      "10000 module.state online",
    ]);
  });

  it("is waited for by a module as long as it is faster than that", async () => {
    const { lab, device, story } = await openPetHouse();
    lab.faults.add({ kind: "http.slow", route: "GET /dev/devices/*", delay: "4s" });
    await device.powerOff();
    await device.powerOn();
    await device.expectOnline();
    expect(story.of("module.trouble")).toEqual([]);
  });

  it("ends with the lab, however much time is left", async () => {
    const { lab, user } = await openPetHouse();
    lab.faults.add({ kind: "http.slow", delay: "1h" });
    const answer = user.request("PUT", "/app/users", { remark: "late" }).catch((error: unknown) => error);
    await lab.clock.advance("1s");
    await lab.close();
    expect(lab.platform.clock.pending()).toEqual([]);
    await answer;
  });
});

/** Binds by mac with a signature made at `signedAt` (rest.md 6.2). */
async function bindSigned(lab: TestLab, user: Awaited<ReturnType<TestLab["user"]>>, mac: string, signedAt: number) {
  const [product] = lab.platform.cloud.products.all;
  const timestamp = String(Math.floor(signedAt / 1000));
  const signature = createHash("md5").update(`${product?.secret}${timestamp}`).digest("hex");
  const headers = { "X-Gizwits-Timestamp": timestamp, "X-Gizwits-Signature": signature };
  return user.request("POST", "/app/bind_mac", { product_key: product?.productKey, mac }, headers);
}

describe("cloud.skew", () => {
  it.each([
    ["0s", 201],
    ["4m", 201],
    ["-4m", 201],
    ["6m", 400],
    ["-6m", 400],
    ["1d", 400],
  ])("by %s answers a binding that was signed at the right time with %i", async (by, status) => {
    const { lab, device, user } = await openPetHouse();
    lab.faults.add({ kind: "cloud.skew", by });
    expect((await bindSigned(lab, user, device.mac, lab.clock.now())).status).toBe(status);
    lab.faults.clear();
    // It may be bound already.
    expect((await bindSigned(lab, user, device.mac, lab.clock.now())).status).toBeLessThan(300);
  });

  it("stamps reports with the wrong time, until it ends by itself", async () => {
    const { lab, device, story } = await openPetHouse();
    lab.faults.add({ kind: "cloud.skew", by: "-2h", for: "30m" });
    const aheadOf = (entry: { at: number; detail?: Readonly<Record<string, unknown>> | undefined }): number =>
      Number(entry.detail?.reported_at) - entry.at;
    await device.control({ LED_R: 1 });
    expect(aheadOf(await device.expectReport({ LED_R: 1 }))).toBe(-120 * MINUTE_MS);
    await lab.clock.advance("30m");
    expect(story.lines("lab.fault-removed")).toEqual([`${30 * MINUTE_MS} lab.fault-removed cloud.skew`]);
    await device.control({ LED_R: 2 });
    expect(aheadOf(await device.expectReport({ LED_R: 2 }))).toBe(0);
  });

  it.each(["10m", "-10m", "1d"])("by %s throws no device off, whenever it begins", async (by) => {
    const { lab, story } = await openPetHouse();
    for (let n = 0; n < 8; n += 1) {
      const skew = lab.faults.add({ kind: "cloud.skew", by });
      await lab.clock.advance("47s");
      lab.faults.remove(skew.id);
      await lab.clock.advance("20s");
    }
    expect(story.of("device.offline")).toEqual([]);
  });

  it("adds up, and each ends on its own", async () => {
    const { lab } = await openPetHouse();
    const ahead = () => lab.platform.cloud.clock.now() - lab.clock.now();
    const [hour, minute] = [
      lab.faults.add({ kind: "cloud.skew", by: "1h" }),
      lab.faults.add({ kind: "cloud.skew", by: "1m" }),
    ];
    expect(ahead()).toBe(61 * MINUTE_MS);
    lab.faults.remove(hour.id);
    expect(ahead()).toBe(MINUTE_MS);
    lab.faults.remove(minute.id);
    expect(ahead()).toBe(0);
  });
});

describe("cloud.expire-tokens", () => {
  it("makes every token one that has expired, and a new login gives one that has not", async () => {
    const { lab, user } = await openPetHouse();
    const second = await lab.user("phone-2");
    const fault = lab.faults.add({ kind: "cloud.expire-tokens" });
    expect([fault.hits, lab.faults.list()]).toEqual([1, []]);
    for (const known of [user, second]) {
      expect(await known.get("/app/users")).toMatchObject({ status: 400, body: { error_code: 9006 } });
    }
    const again = await lab.user();
    expect(again.uid).toBe(user.uid);
    expect((await again.get("/app/users")).status).toBe(200);
  });
});
