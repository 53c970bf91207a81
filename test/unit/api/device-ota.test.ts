import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { startLab } from "../../../src/lab/start-lab.js";
import { createFile } from "../../support/bulk-bench.js";
import { productKeyOf, registerDevice } from "../../support/devices.js";
import { makeTempFolder } from "../../support/temp-folder.js";

const FILE = createFile(300);
const MD5 = createHash("md5").update(FILE).digest("hex");
const NONE = { error_message: "Don't have a push rule id on device", error_code: 9500, detail_message: null };
const NOT_NEWER = {
  error_message: "push rule not in effect or device already upgrade",
  error_code: 9502,
  detail_message: null,
};

/** A cloud with a module that has registered and nothing more, and what it asks about firmware (cloud.md 2.3). */
async function startCloud() {
  const lab = await startLab({ profiles: ["pet-house", "doser"], clock: "virtual", seed: "device ota" });
  const { did, passcode } = await registerDevice(lab);
  return {
    lab,
    did,
    check(change: Record<string, string> = {}, headers: Record<string, string> = {}) {
      const form = { passcode, type: "2", hard_version: "03010100", soft_version: "03030000", ...change };
      return lab.server.inject({
        method: "POST",
        url: `/dev/ota/v4.1/update_and_check/${did}`,
        headers,
        payload: new URLSearchParams(form).toString(),
      });
    },
    offer: (query = "", payload: Uint8Array = FILE) =>
      lab.server.inject({ method: "POST", url: `/_lab/devices/${did}/ota${query}`, payload: Buffer.from(payload) }),
    latest: (query: Record<string, string> = {}) =>
      lab.server.inject({
        url: "/dev/ota/v4.1/latest",
        query: {
          product_key: productKeyOf(lab, "pet-house"),
          type: "2",
          hard_version: "03010100",
          soft_version: "03030000",
          ...query,
        },
      }),
    [Symbol.asyncDispose]: () => lab.close(),
  };
}

describe("update_and_check", () => {
  test("records what the device runs, and answers 9500 while nothing is offered", async () => {
    await using cloud = await startCloud();
    const answer = await cloud.check();
    expect([answer.statusCode, answer.json()]).toEqual([400, NONE]);
    const { id } = cloud.lab.cloud.registry.get(cloud.did);
    expect(cloud.lab.cloud.firmwares.versionsOf(id, 2)).toEqual({ hardVersion: "03010100", softVersion: "03030000" });
    expect(cloud.lab.cloud.firmwares.versionsOf(id, 1)).toBeUndefined();
    expect([...cloud.lab.trace].filter(({ hop }) => hop === "http.error")).toEqual([]);
  });

  test("answers with version and URL, and a line end after it, in one chunk", async () => {
    await using cloud = await startCloud();
    await cloud.check();
    await cloud.offer();
    const { statusCode, body, headers } = await cloud.check();
    expect([statusCode, body]).toEqual([
      200,
      "soft_ver=03030001&download_url=http://127.0.0.1/dev/ota/v4.1/download/1\r\n",
    ]);
    expect(Object.keys(headers)).toEqual(["content-type", "transfer-encoding", "connection"]);
    const named = await cloud.check({}, { host: "api.gizwits.com:8088" });
    expect(named.body).toContain("download_url=http://127.0.0.1:8088/dev");
  });

  test("answers 9502 to whoever has it, has something newer, or has other hardware", async () => {
    await using cloud = await startCloud();
    await cloud.check();
    await cloud.offer();
    for (const change of [
      { soft_version: "03030001" },
      { soft_version: "0303000A" },
      { hard_version: "03010101" },
    ] as const) {
      expect((await cloud.check(change)).json(), JSON.stringify(change)).toEqual(NOT_NEWER);
    }
    expect((await cloud.check({ type: "1" })).json()).toEqual(NONE);
  });

  test.each<[string, Record<string, string>, number]>([
    ["another passcode", { passcode: "x" }, 9016],
    ["type 3", { type: "3" }, 9015],
    ["no version", { soft_version: "" }, 9015],
    ["a version with spaces", { soft_version: "0303 000" }, 9015],
    ["a version without end", { hard_version: "0".repeat(33) }, 9015],
  ])("refuses %s", async (_what, change, code) => {
    await using cloud = await startCloud();
    expect((await cloud.check(change)).json()).toMatchObject({ error_code: code });
  });

  test("refuses a device that is unknown or disabled", async () => {
    await using cloud = await startCloud();
    const { lab, did } = cloud;
    const url = "/dev/ota/v4.1/update_and_check/nobody";
    const payload = "passcode=x&type=2&hard_version=03010100&soft_version=03030000";
    expect((await lab.server.inject({ method: "POST", url, payload })).json()).toMatchObject({ error_code: 9014 });
    lab.cloud.registry.disable(lab.cloud.registry.get(did));
    expect((await cloud.check()).json()).toMatchObject({ error_code: 9014 });
  });
});

describe("latest", () => {
  test("answers with the newest firmware of a product", async () => {
    await using cloud = await startCloud();
    expect((await cloud.latest()).json()).toEqual(NONE);
    await cloud.offer("?soft_version=03030007");
    expect((await cloud.latest()).body).toMatch(/^soft_ver=03030007&download_url=\S+\/download\/1\r\n$/);
    expect((await cloud.latest({ soft_version: "03030007" })).json()).toEqual(NOT_NEWER);
    expect((await cloud.latest({ type: "1" })).json()).toEqual(NONE);
    expect((await cloud.latest({ product_key: productKeyOf(cloud.lab, "doser") })).json()).toEqual(NONE);
    expect((await cloud.latest({ product_key: "0".repeat(32) })).json()).toMatchObject({ error_code: 9002 });
  });
});

describe("download", () => {
  const download = (cloud: Awaited<ReturnType<typeof startCloud>>, id: number | string) =>
    cloud.lab.server.inject({ url: `/dev/ota/v4.1/download/${id}` });

  test("is the file itself, with the headers that firmware looks for", async () => {
    await using cloud = await startCloud();
    await cloud.offer("?soft_version=03030007");
    const { statusCode, rawPayload, headers } = await download(cloud, 1);
    expect([statusCode, new Uint8Array(rawPayload)]).toEqual([200, FILE]);
    expect(headers).toMatchObject({
      "content-length": "300",
      "firmware-md5": MD5,
      "soft-version": "03030007",
      "content-disposition": 'attachment; filename="1.bin"',
    });
  });

  test("calls an Intel HEX file .hex", async () => {
    await using cloud = await startCloud();
    await cloud.offer("?soft_version=03030007", Buffer.from(":00000001FF\r\n"));
    expect((await download(cloud, 1)).headers["content-disposition"]).toContain('"1.hex"');
  });

  test("is 9027 for what is not offered, or no longer", async () => {
    await using cloud = await startCloud();
    expect((await download(cloud, 1)).json()).toMatchObject({ error_code: 9027 });
    await cloud.offer("?soft_version=03030007");
    await cloud.offer("?soft_version=03030008");
    expect([(await download(cloud, 1)).statusCode, (await download(cloud, 2)).statusCode]).toEqual([404, 200]);
    expect((await download(cloud, "x")).json()).toMatchObject({ error_code: 9015 });
  });
});

describe("an offer", () => {
  test.each([
    ["before the device has told a version", "", FILE, "ota-version"],
    ["with a version of seven characters", "?soft_version=0303001", FILE, "ota-version"],
    ["without a file", "?soft_version=03030001", new Uint8Array(0), "ota-file"],
  ])("is refused %s", async (_what, query, file, code) => {
    await using cloud = await startCloud();
    const answer = await cloud.offer(query, file);
    expect([answer.statusCode, answer.json()]).toMatchObject([400, { error: { code } }]);
  });

  test("is refused for a device that nobody knows, and after the last version there is", async () => {
    await using cloud = await startCloud();
    const unknown = await cloud.lab.server.inject({ method: "POST", url: "/_lab/devices/nobody/ota", payload: "x" });
    expect([unknown.statusCode, unknown.json()]).toMatchObject([404, { error: { code: "device-unknown" } }]);
    await cloud.check({ soft_version: "99999999" });
    const last = await cloud.offer();
    expect([last.statusCode, last.json()]).toMatchObject([409, { error: { code: "version-last" } }]);
  });

  test("is of 4 MB at most", async () => {
    await using cloud = await startCloud();
    const most = new Uint8Array(4 * 1024 * 1024);
    expect((await cloud.offer("?soft_version=03030001", most)).json()).toMatchObject({ size: most.length });
    expect((await cloud.offer("?soft_version=03030002", new Uint8Array(most.length + 1))).statusCode).toBe(413);
  });

  test("is kept in a data folder, with the versions", async () => {
    const folder = makeTempFolder();
    const first = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: 1, folder });
    const device = await first.device("pet-house", { isAlive: false });
    const did = device.did ?? "";
    device.stop();
    await first.fetch(`/_lab/devices/${did}/ota`, { method: "POST", body: FILE });
    await first.close();
    await using second = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: 1, folder });
    const { id } = second.cloud.registry.get(did);
    expect(second.cloud.firmwares.versionsOf(id, 2)?.softVersion).toBe("03030000");
    expect(second.cloud.firmwares.ofDevice(id, 2)).toMatchObject({ softVersion: "03030001", md5: MD5 });
  });
});
