import { connect } from "node:net";
import type { InjectOptions } from "fastify";
import { describe, expect, onTestFinished, test } from "vitest";
import { createLabControl } from "../../../src/lab/lab-control.js";
import { startLab } from "../../../src/lab/start-lab.js";
import { productKeyOf, registerDevice } from "../../support/devices.js";

const UNKNOWN = "2222222222222222222222";
const KEY = "0123456789abcdef0123456789abcdef";

async function startCloud() {
  const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: "device refusals" });
  onTestFinished(() => lab.close());
  const refused = () => [...lab.trace].filter(({ hop }) => hop === "http.refused");
  const send = (options: InjectOptions) =>
    lab.server.inject({ headers: { "content-type": "application/x-www-form-urlencoded" }, ...options });
  return { lab, refused, send, productKey: productKeyOf(lab, "pet-house") };
}

const form = (fields: Record<string, string>): string => new URLSearchParams(fields).toString();
const register = (change: Record<string, string> = {}): InjectOptions => ({
  method: "POST",
  url: "/dev/devices",
  payload: form({ passcode: "ABCDEFGHIJ", mac: "accf23aabbcc", product_key: KEY, ...change }),
});

describe("a module that is kept away", () => {
  test.each<[string, InjectOptions, string, number, object, RegExp]>([
    ["by a product_key", register(), "9002", 400, { mac: "accf23aabbcc" }, /up with --profile FILE|up --profile FILE/],
    ["by a form", { ...register(), payload: "mac=accf23aabbcc" }, "9015", 400, { mac: "accf23aabbcc" }, /cloud.md 2.1/],
    [
      "by its did",
      { url: `/dev/devices/${UNKNOWN}` },
      "9014",
      404,
      { did: UNKNOWN },
      /reset the module.*--data folder/,
    ],
    [
      "by the did of an OTA request",
      {
        method: "POST",
        url: `/dev/ota/v4.1/update_and_check/${UNKNOWN}`,
        payload: form({ passcode: "A", type: "1", hard_version: "00000001", soft_version: "04020006" }),
      },
      "9014",
      404,
      { did: UNKNOWN },
      /reset the module/,
    ],
    ["by a firmware that is gone", { url: "/dev/ota/v4.1/download/77" }, "9027", 404, {}, /newest/],
    ["by OTA of version 4.0", { url: "/dev/ota/target_fid?did=x" }, "ota-unanswered", 404, {}, /update_and_check/],
    [
      "by encrypted registration",
      { method: "POST", url: `/dev/${KEY}/device`, payload: "data=3F82" },
      "registration-encrypted",
      404,
      {},
      /gizlab bridge/,
    ],
    ["by encrypted provisioning", { url: `/dev/${KEY}/device?did=F8` }, "registration-encrypted", 404, {}, /GAgent 4/],
    [
      "by signed registration",
      { method: "POST", url: `/v2/products/${KEY}/devices/accf23aabbcc/network`, payload: "is_reset=1" },
      "registration-signed",
      404,
      { mac: "accf23aabbcc" },
      /gizlab bridge/,
    ],
    [
      "by signed provisioning",
      { url: `/v2/devices/${UNKNOWN}/bootstrap` },
      "request-signed",
      404,
      { did: UNKNOWN },
      /4.0/,
    ],
    ["by an unknown route", { url: "/dev/jd/product/x" }, "route-unknown", 404, {}, /POST \/dev\/devices/],
  ])("%s is a hop with reason and cure", async (_how, request, code, status, subject, hint) => {
    const { lab, refused, send } = await startCloud();
    expect((await send(request)).statusCode).toBe(status);
    await send(request);
    expect(refused()).toMatchObject([
      {
        ...subject,
        detail: { code, status, count: 2, reason: expect.stringMatching(/./), hint: expect.stringMatching(hint) },
      },
    ]);
    expect([...lab.trace].filter(({ hop }) => hop === "http.error")).toEqual([]);
  });

  test("with a wrong passcode, or given up, is told apart", async () => {
    const { lab, refused, send } = await startCloud();
    const { did, mac } = await registerDevice(lab);
    await send({ method: "DELETE", url: "/dev/devices", payload: form({ did, passcode: "WRONG" }) });
    lab.cloud.registry.disable(lab.cloud.registry.get(did));
    await send({ url: `/dev/devices/${did}` });
    expect(refused()).toMatchObject([
      { did, mac, detail: { code: "9016" } },
      { did, mac, detail: { code: "9014", reason: expect.stringContaining("given up") } },
    ]);
  });

  test("by a fault of the lab is told so", async () => {
    const { lab, refused, send } = await startCloud();
    lab.faults.add({ kind: "http.error", route: "/dev/*", status: 500 });
    await send(register());
    expect(refused()).toMatchObject([{ detail: { code: "9999", hint: expect.stringContaining("/_lab/faults") } }]);
  });

  test("that gets what it asks for leaves no hop, nor does the answer that there is no update", async () => {
    const { lab, refused, send } = await startCloud();
    const { did, passcode } = await registerDevice(lab);
    await send({ url: `/dev/devices/${did}` });
    const versions = { type: "2", hard_version: "00000001", soft_version: "00000001" };
    const check = { method: "POST" as const, url: `/dev/ota/v4.1/update_and_check/${did}` };
    expect((await send({ ...check, payload: form({ passcode, ...versions }) })).statusCode).toBe(400);
    expect(refused()).toEqual([]);
  });

  test("can be looked up by a did that the registry does not know", async () => {
    const { lab, send } = await startCloud();
    await send({ url: `/dev/devices/${UNKNOWN}` });
    const control = createLabControl(() => lab);
    expect(control.trace({ did: UNKNOWN }, undefined)).toMatchObject([{ hop: "http.refused" }]);
    expect(() => control.trace({ did: "3".repeat(22) }, undefined)).toThrow(/no device/);
  });

  test("by TLS on the HTTP port is a hop", async () => {
    const lab = await startLab({ profiles: ["pet-house"], http: true });
    onTestFinished(() => lab.close());
    const { hostname, port } = new URL(lab.httpUrl);
    const socket = connect(Number(port), hostname).resume();
    socket.on("error", () => {});
    socket.write(Buffer.from("16030102000100012345", "hex"));
    await new Promise<void>((resolve) => socket.once("close", () => resolve()));
    expect([...lab.trace].filter(({ hop }) => hop === "http.refused")).toMatchObject([{ detail: { code: "tls" } }]);
  });
});
