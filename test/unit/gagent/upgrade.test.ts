import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { packOffer, packPiece, packReady } from "../../../src/codec/big-data.js";
import { encodeFrame } from "../../../src/codec/frame.js";
import { packTransactionRequest } from "../../../src/codec/transactions.js";
import { formatHex, parseHex } from "../../../src/core/hex.js";
import type { HttpAnswer } from "../../../src/gagent/provisioning.js";
import type { UpgradeNews } from "../../../src/gagent/upgrade.js";
import { createFile } from "../../support/bulk-bench.js";
import { ModuleBench } from "../../support/module-bench.js";
import { BENCH_KEY } from "../../support/profile-document.js";

const DID = "GdzuSRncfDPGHGo2LxwgM2";
const CHECK = `POST /dev/ota/v4.1/update_and_check/${DID}`;
const WIFI_CHECK = `${CHECK} passcode=PASSCODEAA&type=1&hard_version=00000001&soft_version=04020006`;
const MCU_CHECK = `${CHECK} passcode=PASSCODEAA&type=2&hard_version=03010100&soft_version=03030000`;
const DOWNLOAD = "GET /dev/ota/v4.1/download/7";
const NOTHING_NEW: HttpAnswer = { status: 400, body: '{"error_code":9500}' };
const NEWER: HttpAnswer = {
  status: 200,
  body: "soft_ver=03030001&download_url=http://api.gizwits.com/dev/ota/v4.1/download/7\r\n",
};
const FILE = createFile(300);
const MD5 = createHash("md5").update(FILE).digest("hex");
const NOTICE = `00 00 00 03 02 11 02 00 16 ${Buffer.from(DID).toString("hex")}`;

/** A module that is online, and a cloud that answers about firmware as told. */
async function createBench(answers: { check?: HttpAnswer; file?: HttpAnswer } = {}) {
  const news: UpgradeNews[] = [];
  const files: string[] = [];
  const bench = await ModuleBench.create({
    events: { upgrade: (one) => news.push(one), file: (file, md5) => files.push(`${file.length} ${md5}`) },
  });
  const { file = { status: 200, body: "", bytes: FILE, headers: { "firmware-md5": MD5 } } } = answers;
  bench.cloud.answerFirmware = async ({ path, form }) => {
    if (path.includes("/download/")) return file;
    if (path.includes("/latest")) return answers.check ?? NEWER;
    return form?.type === "2" ? (answers.check ?? NOTHING_NEW) : NOTHING_NEW;
  };
  return {
    bench,
    news,
    files,
    kinds: () => news.map((one) => (one.kind === "failed" ? one.problem.code : one.kind)),
  };
}

describe("a module", () => {
  it("asks for firmware after provisioning, for itself and then for its MCU (cloud.md 2.3)", async () => {
    const { bench, news } = await createBench();
    await bench.goOnline();
    expect(bench.cloud.firmwareCalls).toEqual([WIFI_CHECK, MCU_CHECK]);
    expect([bench.module.state.kind, news]).toEqual(["online", []]);
  });

  it("asks again when 0x0211 comes, for the type that it names", async () => {
    const { bench } = await createBench();
    await bench.goOnline();
    bench.cloud.firmwareCalls.length = 0;
    await bench.cloud.publish(`ser2cli_res/${DID}`, NOTICE);
    await bench.settle();
    expect(bench.cloud.firmwareCalls).toEqual([MCU_CHECK]);
    await bench.cloud.publish(`ser2cli_res/${DID}`, "00 00 00 03 02 11 09");
    await bench.settle();
    expect(bench.cloud.firmwareCalls.length).toBe(1);
  });

  it("offers to the MCU what it has downloaded, and cuts it as the MCU wants it", async () => {
    const { bench, kinds, news } = await createBench({ check: NEWER });
    await bench.goOnline();
    expect(bench.cloud.firmwareCalls).toEqual([WIFI_CHECK, MCU_CHECK, DOWNLOAD]);
    expect(news).toEqual([{ kind: "sending", softVersion: "03030001", size: 300, md5: MD5 }]);
    expect(bench.heard().some((said) => said.startsWith("19 00 00 01 2C 00 20"))).toBe(true);
    const ready = packReady({ md5: MD5, md5Form: "text", pieceLength: 128 });
    const said = await bench.say(0x1b, 9, formatHex(ready));
    await bench.advance(1000);
    expect(said[0]).toBe("1C");
    expect([...said, ...bench.heard()].filter((one) => one.startsWith("1D")).map((one) => one.slice(0, 14))).toEqual([
      "1D 00 01 00 03",
      "1D 00 02 00 03",
      "1D 00 03 00 03",
    ]);
    expect(kinds()).toEqual(["sending", "sent"]);
  });

  it.each<[string, { check?: HttpAnswer; file?: HttpAnswer }, string[]]>([
    ["there is nothing", {}, []],
    ["what there is sorts no higher", { check: { ...NEWER, body: NEWER.body.replace("03030001", "03030000") } }, []],
    ["the answer is no offer", { check: { status: 200, body: "hello" } }, []],
    ["the URL is none", { check: { ...NEWER, body: "soft_ver=03030001&download_url=nowhere\r\n" } }, ["ota-download"]],
    ["the file is gone", { check: NEWER, file: { status: 404, body: "" } }, ["ota-download"]],
    ["the file is empty", { check: NEWER, file: { status: 200, body: "" } }, ["ota-download"]],
    [
      "the file is not what its MD5 says",
      { check: NEWER, file: { status: 200, body: "", bytes: FILE, headers: { "firmware-md5": "0".repeat(32) } } },
      ["ota-download"],
    ],
  ])("says nothing to the MCU when %s", async (_what, answers, told) => {
    const { bench, kinds } = await createBench(answers);
    await bench.goOnline();
    expect(kinds()).toEqual(told);
    expect(bench.heard().some((said) => said.startsWith("19"))).toBe(false);
    expect(bench.module.state.kind).toBe("online");
  });

  it("gives up a cloud that does not answer within 5 s, and stays online", async () => {
    const { bench, kinds } = await createBench();
    bench.cloud.answerFirmware = () => new Promise(() => {});
    bench.module.start();
    await bench.turn();
    bench.wire.clock.letGo();
    await bench.wire.clock.advance(5000);
    await bench.turn();
    bench.wire.clock.letGo();
    await bench.wire.clock.advance(5000);
    expect(kinds()).toEqual(["cloud-unreachable", "cloud-unreachable"]);
    expect(bench.module.state.kind).toBe("online");
  });

  it("takes what the MCU sends up, and hands it on", async () => {
    const { bench, files } = await createBench();
    await bench.goOnline();
    const offer = packOffer({ size: 300, md5: MD5, md5Form: "raw" });
    expect((await bench.say(0x19, 1, formatHex(offer))).map((said) => said.slice(0, 2))).toEqual(["1A", "1B"]);
    for (const [at, start] of [0, 128, 256].entries()) {
      const piece = packPiece({ pieceNo: at + 1, pieceCount: 3, data: FILE.subarray(start, start + 128) });
      expect(await bench.say(0x1d, at + 2, formatHex(piece))).toContain("1E");
    }
    expect(files).toEqual([`300 ${MD5}`]);
  });
});

describe("transactions of the MCU", () => {
  const question = (productKey: string): string =>
    formatHex(
      packTransactionRequest({
        kind: "ask-update",
        productKey,
        did: "",
        hardVersion: "03010100",
        softVersion: "03030000",
        check: 0,
      }),
    );
  const url = NEWER.body.trim().replace(/.*download_url=/, "");

  it("are answered with what the cloud has for its own product", async () => {
    const { bench } = await createBench();
    await bench.goOnline();
    expect(await bench.say(0x23, 1, question(BENCH_KEY))).toEqual(["24", "25 02 00"]);
    bench.cloud.answerFirmware = async () => NEWER;
    const [, result = ""] = await bench.say(0x23, 2, question(BENCH_KEY));
    expect(Buffer.from(result.replaceAll(" ", ""), "hex").toString("latin1")).toBe(
      `\x25\x0203030001\0${String.fromCharCode(url.length)}${url}`,
    );
    expect(bench.cloud.firmwareCalls.at(-1)).toBe(MCU_CHECK);
  });

  it("ask the cloud once for what comes again, and of a flood only what can be answered", async () => {
    const { bench } = await createBench();
    await bench.goOnline();
    bench.cloud.firmwareCalls.length = 0;
    const answers: (() => void)[] = [];
    bench.cloud.answerFirmware = () => new Promise((resolve) => answers.push(() => resolve(NOTHING_NEW)));
    for (let at = 0; at < 40; at += 1) {
      const payload = parseHex(question((at >> 1).toString(16).padStart(32, "0")));
      bench.wire.write(encodeFrame({ cmd: 0x23, sn: at, flags: 0, payload }));
    }
    await bench.turn();
    expect([bench.cloud.firmwareCalls.length, bench.heard().filter((said) => said === "24").length]).toEqual([4, 40]);
    for (const answer of answers) answer();
    await bench.settle();
    bench.cloud.answerFirmware = async () => NOTHING_NEW;
    await bench.say(0x23, 40, question("e".repeat(32)));
    expect(bench.cloud.firmwareCalls).toHaveLength(5);
  });

  it("ask for the newest of another product by its key", async () => {
    const { bench } = await createBench();
    await bench.goOnline();
    await bench.say(0x23, 1, question("f".repeat(32)));
    expect(bench.cloud.firmwareCalls.at(-1)).toBe(
      `GET /dev/ota/v4.1/latest?hard_version=03010100&soft_version=03030000&product_key=${"f".repeat(32)}&type=2`,
    );
  });

  it("download a URL, say how that went, and send the file", async () => {
    const { bench, kinds } = await createBench();
    await bench.goOnline();
    const order = formatHex(packTransactionRequest({ kind: "download", url }));
    const said = await bench.say(0x23, 1, order);
    expect(said.map((one) => one.slice(0, 8))).toEqual(["24", "25 04 00", "19 00 00"]);
    // A second one at the same time is refused.
    expect(await bench.say(0x23, 2, order)).toEqual(["24", "25 04 01"]);
    expect(kinds()).toEqual(["sending"]);
    bench.cloud.answerFirmware = async () => ({ status: 404, body: "" });
    await bench.advance(60_000);
    expect(await bench.say(0x23, 3, order)).toEqual(["24", "25 04 01"]);
  });

  it.each(["http://cloud/_lab/state", "http://cloud//elsewhere/dev/ota/", "http://cloud/dev/ota/../../_lab/state"])(
    "download nothing but firmware, and so not %s",
    async (other) => {
      const { bench, kinds } = await createBench();
      await bench.goOnline();
      bench.cloud.firmwareCalls.length = 0;
      const order = formatHex(packTransactionRequest({ kind: "download", url: other }));
      expect(await bench.say(0x23, 1, order)).toEqual(["24", "25 04 01"]);
      expect([bench.cloud.firmwareCalls, kinds()]).toEqual([[], ["ota-download"]]);
    },
  );

  it("that are none are answered with a notice", async () => {
    const { bench } = await createBench();
    await bench.goOnline();
    expect(await bench.say(0x23, 1, "09")).toEqual(["11 03"]);
    expect(await bench.say(0x23, 2, "01 02".replaceAll(" ", ""))).toEqual(["11 03"]);
  });
});
