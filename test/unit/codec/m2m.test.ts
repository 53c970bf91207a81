import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type BusinessFrame,
  decodeBusinessFrames,
  decodeControlFrame,
  decodeM2m,
  encodeAppCount,
  encodeBusinessFrame,
  encodeControlFrame,
  readVarlen,
  startsLikeM2m,
  writeVarlen,
} from "../../../src/codec/m2m.js";
import { formatHex, parseHex } from "../../../src/core/hex.js";
import { concat } from "../../support/frames.js";
import { loadM2mVectors } from "../../support/vectors.js";

const VECTORS = loadM2mVectors();
const NO_BYTES = new Uint8Array(0);

describe("the captured frames (cloud.md 3.4)", () => {
  it.each(VECTORS)(
    "vector $id is read without knowing its topic and written again",
    ({ framing, bytes, cmd, sn, body }) => {
      const content =
        framing === "control"
          ? { kind: "control", cmd, body, offset: 0 }
          : { kind: "business", cmd, ...(sn === undefined ? {} : { sn }), p0: body, offset: 0 };
      expect(decodeM2m(bytes)).toEqual([content]);
      const encoded =
        framing === "control"
          ? encodeControlFrame({ cmd, body })
          : encodeBusinessFrame({ cmd, ...(sn === undefined ? {} : { sn }), p0: body });
      expect(formatHex(encoded)).toBe(formatHex(bytes));
    },
  );

  it("are read one by one from a payload that holds them back to back", () => {
    const business = VECTORS.filter((vector) => vector.framing === "business");
    const frames = decodeBusinessFrames(concat(...business.map((vector) => vector.bytes)));
    expect(frames.map(({ cmd, sn, p0 }) => [cmd, sn, formatHex(p0)])).toEqual(
      business.map(({ cmd, sn, body }) => [cmd, sn, formatHex(body)]),
    );
    const starts = business.map((_, at) => business.slice(0, at).reduce((sum, { bytes }) => sum + bytes.length, 0));
    expect(frames.map((frame) => frame.offset)).toEqual(starts);
  });

  it("hold the count of online apps of a vector that the cloud writes", () => {
    expect(formatHex(encodeAppCount(1))).toBe(
      formatHex(VECTORS.find((vector) => vector.cmd === 0x0210)?.bytes ?? NO_BYTES),
    );
    expect(formatHex(encodeAppCount(0xfffe))).toBe("000000030210fffe");
  });
});

describe("business frames", () => {
  it("carry an sn with 0x0093 and 0x0094 only", () => {
    const p0 = parseHex("04");
    expect(formatHex(encodeBusinessFrame({ cmd: 0x93, sn: 0xfffffffe, p0 }))).toBe(
      "000000030800" + "0093" + "fffffffe" + "04",
    );
    expect(formatHex(encodeBusinessFrame({ cmd: 0x94, p0: NO_BYTES }))).toBe("000000030700" + "0094" + "00000000");
    expect(formatHex(encodeBusinessFrame({ cmd: 0x91, sn: 5, p0 }))).toBe("000000030400" + "0091" + "04");
  });

  it("may have flag 01 and a did between sn and P0", () => {
    const did = "FakeDid000000000000001";
    const bytes = parseHex(
      "000000032a01009400000002001646616b654469643030303030303030303030303030310301000000050117000000",
    );
    const [frame] = decodeBusinessFrames(bytes);
    expect(frame).toMatchObject({ cmd: 0x94, sn: 2, did });
    expect(formatHex(frame?.p0 ?? NO_BYTES)).toBe("0301000000050117000000");
    expect(formatHex(encodeBusinessFrame(frame as BusinessFrame))).toBe(formatHex(bytes));
    expect(decodeBusinessFrames(parseHex("00000003 0a 01 0091 0002 4142 0401 02"))).toMatchObject([
      { cmd: 0x91, did: "AB", p0: Uint8Array.of(4, 1, 2) },
    ]);
  });

  it("may have flag 01 and no did, as seen on unsolicited updates in the LAN: a P0 never begins with 00", () => {
    const [frame] = decodeBusinessFrames(parseHex("00000003 04 01 0091 04"));
    expect(frame).toEqual({ kind: "business", cmd: 0x91, p0: Uint8Array.of(4), offset: 0 });
  });

  it("come back from their bytes, whatever they carry", () => {
    const anyBusiness = fc.record({
      cmd: fc.oneof(fc.constantFrom(0x90, 0x91, 0x93, 0x94), fc.nat(0xffff)),
      sn: fc.nat(0xffff_ffff),
      did: fc.option(fc.string({ maxLength: 60 }), { nil: undefined }),
      p0: fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(20_000).map((length) => new Uint8Array(length).fill(0xff)),
      ),
    });
    fc.assert(
      fc.property(fc.array(anyBusiness, { maxLength: 4 }), (list) => {
        const encoded = list.map(({ did, ...frame }) => encodeBusinessFrame({ ...frame, ...(did && { did }) }));
        const decoded = decodeBusinessFrames(concat(...encoded));
        const wanted = list.map(({ cmd, sn, did, p0 }) => ({
          cmd,
          did: did === "" ? undefined : did,
          sn: cmd === 0x93 || cmd === 0x94 ? sn : undefined,
          p0: formatHex(p0),
        }));
        expect(decoded.map(({ cmd, sn, did, p0 }) => ({ cmd, did, sn, p0: formatHex(p0) }))).toEqual(wanted);
      }),
    );
  });

  it("hand out their P0 as a plain view of the payload, also when the payload is a Buffer", () => {
    const bytes = Buffer.from(parseHex("00000003 04 00 0091 04"));
    const [frame] = decodeBusinessFrames(bytes);
    expect(frame?.p0).toEqual(Uint8Array.of(4));
    expect(frame?.p0.buffer).toBe(bytes.buffer);
  });
});

describe("control frames", () => {
  it("come back from their bytes, and are told from business frames without a topic", () => {
    const cmd = fc.oneof(fc.nat(0xff), fc.integer({ min: 0x0200, max: 0x02ff }));
    fc.assert(
      fc.property(cmd, fc.uint8Array({ maxLength: 40 }), (code, body) => {
        const bytes = encodeControlFrame({ cmd: code, body });
        expect(decodeControlFrame(bytes)).toEqual({ kind: "control", cmd: code, body });
        expect(decodeM2m(bytes)).toEqual([{ kind: "control", cmd: code, body, offset: 0 }]);
      }),
    );
  });
});

describe("what is refused", () => {
  it.each([
    ["m2m-prefix", "", 0],
    ["m2m-prefix", "00 00", 2],
    ["m2m-prefix", "00 00 00 04 04 00 00 90 02", 3],
    ["m2m-truncated", "00 00 00 03", 0],
    ["m2m-truncated", "00 00 00 03 02", 0],
    ["m2m-truncated", "00 00 00 03 04 00 00 90", 0],
    ["m2m-truncated", "00 00 00 03 80", 4],
    ["m2m-truncated", "00 00 00 03 06 00 00 93 00 00 00", 5],
    ["m2m-truncated", "00 00 00 03 07 01 00 91 00 16 41 42", 8],
    ["m2m-truncated", "00 00 00 03 08 01 00 94 00 00 00 01 00", 12],
    ["m2m-length", "00 00 00 03 80 80 80 80 01", 4],
    ["m2m-length", "00 00 00 03 80 00", 4],
    ["m2m-prefix", "00 00 00 03 04 00 00 90 02 01", 9],
    ["m2m-truncated", "00 00 00 03 04 00 00 90 02 00 00 00 03 04", 9],
  ])("%s for %s, with the offset", (code, hex, offset) => {
    expect(() => decodeM2m(parseHex(hex))).toThrow(expect.objectContaining({ code, at: { offset } }));
  });

  it("a control frame read as a business frame, with the section to read", () => {
    expect(() => decodeBusinessFrames(parseHex("00 00 00 03 02 10 00 01"))).toThrow(
      expect.objectContaining({ code: "m2m-length", hint: expect.stringContaining("cloud.md 3.3 B") }),
    );
  });

  it.each([
    ["an sn of 33 bits", () => encodeBusinessFrame({ cmd: 0x93, sn: 2 ** 32, p0: NO_BYTES })],
    ["a negative sn", () => encodeBusinessFrame({ cmd: 0x94, sn: -1, p0: NO_BYTES })],
    ["a did of 256 characters", () => encodeBusinessFrame({ cmd: 0x91, did: "d".repeat(256), p0: NO_BYTES })],
    ["a cmd of 17 bits", () => encodeBusinessFrame({ cmd: 0x10000, p0: NO_BYTES })],
    ["a control cmd of 17 bits", () => encodeControlFrame({ cmd: 0x10000, body: NO_BYTES })],
    ["more apps than 16 bits count", () => encodeAppCount(0x10000)],
    ["a varlen of 29 bits", () => writeVarlen(128 ** 4)],
    ["a negative varlen", () => writeVarlen(-1)],
    ["a varlen that is no integer", () => writeVarlen(1.5)],
  ])("%s, instead of being cut", (_what, encode) => {
    expect(encode).toThrow(expect.objectContaining({ code: "value-too-wide" }));
  });
});

describe("varlen", () => {
  it.each([
    [0, "00"],
    [127, "7f"],
    [128, "8001"],
    [16_383, "ff7f"],
    [16_384, "808001"],
    [2_097_151, "ffff7f"],
    [2_097_152, "80808001"],
    [268_435_455, "ffffff7f"],
  ])("%i is %s", (value, hex) => {
    expect(formatHex(writeVarlen(value))).toBe(hex);
    expect(readVarlen(parseHex(`aa${hex}`), 1)).toEqual({ value, size: hex.length / 2 });
  });
});

describe("startsLikeM2m", () => {
  it.each([
    ["00 00 00 03", true],
    ["00 00 00 03 04", true],
    ["00 00 03", false],
    ["FF FF 00 05", false],
    ["", false],
  ])("tells for %j: %s", (hex, answer) => {
    expect(startsLikeM2m(parseHex(hex))).toBe(answer);
  });
});
