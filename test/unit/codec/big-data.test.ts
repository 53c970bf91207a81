import { describe, expect, it } from "vitest";
import {
  packOffer,
  packPiece,
  packReady,
  splitHexFile,
  unpackOffer,
  unpackPiece,
  unpackReady,
} from "../../../src/codec/big-data.js";
import { isNewerVersion, isVersion, nextVersion } from "../../../src/codec/soft-version.js";
import {
  packTransactionRequest,
  packTransactionResult,
  unpackTransactionRequest,
  unpackTransactionResult,
} from "../../../src/codec/transactions.js";
import { formatHex, parseHex } from "../../../src/core/hex.js";

const MD5 = "0123456789abcdef0123456789abcdef";
const text = (hex: string): string => Buffer.from(hex, "latin1").toString("hex");

describe("the payloads of big data", () => {
  it("are those of the vectors (uart.md 6.4)", () => {
    const offer = { size: 300, md5: MD5, md5Form: "text" } as const;
    expect(formatHex(packOffer(offer))).toBe(`0000012c0020${text(MD5)}`);
    expect(unpackOffer(parseHex(`0000012c0020${text(MD5)}`))).toEqual(offer);
    expect(unpackPiece(parseHex("00030003 0001".replaceAll(" ", "")))).toEqual({
      pieceNo: 3,
      pieceCount: 3,
      data: Uint8Array.of(0, 1),
    });
    expect(formatHex(packPiece({ pieceNo: 1, pieceCount: 3, data: Uint8Array.of(0xff) }))).toBe("00010003ff");
  });

  it.each(["text", "raw"] as const)("take an MD5 as %s, in either case, and write it back so", (md5Form) => {
    const ready = { md5: MD5, md5Form, pieceLength: 128 };
    expect(unpackReady(packReady(ready))).toEqual(ready);
    expect(packReady(ready).length).toBe(md5Form === "text" ? 36 : 20);
    expect(unpackOffer(parseHex(`000000010020${text(MD5.toUpperCase())}`)).md5).toBe(MD5);
  });

  it.each([
    ["an MD5 of another length", `0000000100${"03"}414243`, "big-data-md5"],
    ["an MD5 that is no hex", `000000010020${text("x".repeat(32))}`, "big-data-md5"],
    ["an offer cut short", "0000", "bytes-short"],
    ["an MD5 cut short", "0000000100204142", "bytes-short"],
  ])("refuse %s", (_what, hex, code) => {
    expect(() => unpackOffer(parseHex(hex))).toThrowError(expect.objectContaining({ code }));
  });
});

describe("splitHexFile", () => {
  const lines = (file: string): string[] | undefined =>
    splitHexFile(Buffer.from(file))?.map((line) => Buffer.from(line).toString());

  it("finds the lines of an Intel HEX file, whatever ends them", () => {
    const expected = [":0100000041BE", ":00000001FF"];
    for (const end of ["\n", "\r\n", "\r"]) expect(lines(expected.join(end) + end)).toEqual(expected);
    expect(lines(expected.join("\n"))).toEqual(expected);
  });

  it.each(["", "x", ":", ":0", ":00\nxx", "\0\0", ":00 11"])("takes %j for no such file", (file) => {
    expect(lines(file)).toBeUndefined();
  });
});

describe("transactions (uart.md 2.8)", () => {
  it("ask for an update in 82 bytes", () => {
    const request = {
      kind: "ask-update",
      productKey: "a".repeat(32),
      did: "GdzuSRncfDPGHGo2LxwgM2",
      hardVersion: "03010100",
      softVersion: "03030000",
      check: 1,
    } as const;
    const payload = packTransactionRequest(request);
    expect(formatHex(payload)).toBe(
      `01${text("a".repeat(32))}${text("GdzuSRncfDPGHGo2LxwgM2")}${"00".repeat(10)}${text("0301010003030000")}01`,
    );
    expect(unpackTransactionRequest(payload)).toEqual(request);
  });

  it.each([
    [{ kind: "no-update" }, "0200"],
    [{ kind: "update", softVersion: "03030001", url: "http://x/7" }, `02${text("03030001")}000a${text("http://x/7")}`],
    [{ kind: "downloaded", isOk: true }, "0400"],
    [{ kind: "downloaded", isOk: false }, "0401"],
  ] as const)("are told their result: %j", (result, hex) => {
    expect(formatHex(packTransactionResult(result))).toBe(hex);
    expect(unpackTransactionResult(parseHex(hex))).toEqual(result);
  });

  it("ask for a download by its URL", () => {
    const hex = `03000a${text("http://x/7")}`;
    expect(unpackTransactionRequest(parseHex(hex))).toEqual({ kind: "download", url: "http://x/7" });
    expect(formatHex(packTransactionRequest({ kind: "download", url: "http://x/7" }))).toBe(hex);
  });

  it("refuse what is none", () => {
    const refused = (code: string) => expect.objectContaining({ code });
    expect(() => unpackTransactionRequest(Uint8Array.of(9))).toThrowError(refused("transaction-unknown"));
    expect(() => unpackTransactionResult(Uint8Array.of(1))).toThrowError(refused("transaction-unknown"));
    expect(() => unpackTransactionRequest(Uint8Array.of(1, 2))).toThrowError(refused("bytes-short"));
    expect(() => unpackTransactionRequest(Uint8Array.of(3, 0, 9, 65))).toThrowError(refused("bytes-short"));
    expect(() => unpackTransactionResult(new Uint8Array(0))).toThrowError(refused("bytes-short"));
  });
});

describe("versions", () => {
  it.each([
    ["03030000", "03030001"],
    ["03030009", "03030010"],
    ["0303099z", "0303100a"],
    ["1.0.0.9Z", "1.0.1.0A"],
    ["0a99-9-9", "0b00-0-0"],
  ])("%s is followed by %s, which sorts after it", (version, next) => {
    expect(nextVersion(version)).toBe(next);
    expect(isNewerVersion(version, next)).toBe(true);
    expect(isNewerVersion(next, version)).toBe(false);
  });

  it("end somewhere", () => {
    expect(() => nextVersion("99999999")).toThrowError(expect.objectContaining({ code: "version-last" }));
    expect([isVersion("03030000"), isVersion("0303000"), isVersion("0303 000"), isVersion("")]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});
