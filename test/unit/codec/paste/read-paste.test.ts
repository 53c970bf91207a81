import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeFrame } from "../../../../src/codec/frame.js";
import { PASTE_FORMS, readPaste } from "../../../../src/codec/paste/read-paste.js";
import { formatHex, parseHex } from "../../../../src/core/hex.js";
import { anyFrame, concat } from "../../../support/frames.js";
import { RENDERINGS } from "../../../support/renderings.js";

const HEARTBEAT = "ffff0005071000001c";
const READ = "000000030400009002";
const SPACED = "ff ff 00 05 07 10 00 00 1c";

function read(text: string) {
  const paste = readPaste({ text, bytes: Buffer.from(text) });
  return { ...paste, hex: paste.parts.map(({ bytes }) => formatHex(bytes)).join("") };
}

describe("what is pasted", () => {
  it.each<[string, string, string]>([
    ["bare hex", `${SPACED}\n`, HEARTBEAT],
    ["hex in any spacing and over lines", "F FFF 00\r\n0507\t1000 0\n01c", HEARTBEAT],
    ["0x and commas", "0xff, 0xFF, 0x00,\n0x05,0x07 0x10 0x00 0x00 0x1c,", HEARTBEAT],
    ["dashes", "FF-FF-00-05-07-10-00-00-1C", HEARTBEAT],
    ["colons", "ff:ff:00:05:07:10:00:00:1c", HEARTBEAT],
    ["semicolons", "FF;FF;00;05;07;10;00;00;1C", HEARTBEAT],
    ["comments", "# dead beef\nFF FF 00 05 // 11\n07 10 /* 22\n33 */ 00 00 ; fade away\n1C # 44", HEARTBEAT],
    ["digits without their zero", "FF FF 0 5 7 10 0 0 1C", HEARTBEAT],
    ["decimal numbers", "255 255 0 5 7 16 0 0 28", HEARTBEAT],
    [
      "a C array",
      "static const uint8_t buf[9] = { 0xFF, 0xFFu, 0x00, 5, // len 5\n 0x07, 16, /* 2 */ 0, 0, (uint8_t)0x1C, };",
      HEARTBEAT,
    ],
    ["two arrays, one in an array", "{{0xFF, 0xFF, 0x00},\n {0x05, 0x07, 0x10}}; x[] = {0, 0, 0x1c};", HEARTBEAT],
    ["escapes", String.raw`printf '\xff\xff\x00\x05\x07\x10\x00\x00\x1c'`, HEARTBEAT],
    ["bytes of Python", String.raw`b'\xff\xff\x00\x05\x08A\x00\x00N' b"\n"`, "ffff0005084100004e0a"],
    ["octal escapes", String.raw`"\377\377\000\005\007\020\0\0\034"`, HEARTBEAT],
    ["fromhex", "bytes.fromhex('ffff 0005 0710 0000 1c')", HEARTBEAT],
    ["a Buffer of Node", "<Buffer ff ff 00 05 07 10 00 00 1c>", HEARTBEAT],
    ["a Uint8Array of Node", "Uint8Array(9) [\n  255, 255, 0, 5, 7,\n  16, 0, 0, 28\n]", HEARTBEAT],
    ["a Buffer as JSON", '{"type":"Buffer","data":[255,255,0,5,7,16,0,0,28]}', HEARTBEAT],
    ["an array of JSON", "[255,255,0,5,7,16,0,0,28]", HEARTBEAT],
    ["bytes of Python as texts", "['0xff', '0xff', '0x0', '0x5', '0x7', '0x10', '0x0', '0x0', '0x1c']", HEARTBEAT],
    ["bytes of JavaScript as texts", '["ff","ff","00","05","07","10","00","00","1c"]', HEARTBEAT],
    ["bytes of an assembler", "FFh, FFh, 00h, 05h, 07h, 10h, 00h, 00h, 1Ch", HEARTBEAT],
    ["a slice of Go", "[255 255 0 5 7 16 0 0 28]", HEARTBEAT],
    ["bytes of Java", "[-1, -1, 0, 5, 7, 16, 0, 0, 28]", HEARTBEAT],
    [
      "raw_data of the Open API, whose other hex is no frame",
      `{"did":"abcdefabcdefabcdefabcd","product_key":"de9e8d18d9394cce9081b25a531e552b","payload_bin":"${READ}"}`,
      READ,
    ],
    [
      "time stamps",
      `2026-01-01 10:00:00.123 RX: ${SPACED}\n2026-01-01 10:00:00.200 RX: ${SPACED}`,
      HEARTBEAT.repeat(2),
    ],
    ["a time alone in front", `10:00:00 ${SPACED}`, HEARTBEAT],
    ["a date alone in front", `2026-01-01 10:00:00 ${SPACED}`, HEARTBEAT],
    ["a tick in front, and a frame over two lines", "123456 FF FF 00 05\n123466 07 10 00 00 1C", HEARTBEAT],
    ["directions", "[TX] FFFF000507\n[TX] 100000 1C", HEARTBEAT],
    ["a topic", `dev2app/deadbeefdeadbeefdeadbe ${READ}`, READ],
    ["arrows in front", `[10:00:00.123]收←◆${SPACED} \n[10:00:00.323]发→◇${SPACED}`, HEARTBEAT.repeat(2)],
    ["cells of a table", `10:00:00,RX,${HEARTBEAT}\n10:00:01,TX,${SPACED}`, HEARTBEAT.repeat(2)],
    [
      "packets of tshark -x, each from offset 0",
      `0000  ${SPACED}    .........\n\n0000  ${SPACED}    .........\n`,
      HEARTBEAT.repeat(2),
    ],
    ["a topic, and bytes that go on below", "app2dev/FakeDid000000000000001/usr12 00000003 04\n00009002", READ],
    [
      "a byte a line",
      SPACED.split(" ")
        .map((byte) => `RX: ${byte}`)
        .join("\n"),
      HEARTBEAT,
    ],
    ["numbers in lines of another kind", `boot 12\nRX ${SPACED}\nheap 123456\nsn: 12\nstate: dead\n`, HEARTBEAT],
    ["a log of ESP-IDF", `I (1234) uart: 0x3ffb0000   ff ff 00 05 07 10 00 00  1c   |.........|`, HEARTBEAT],
    ["Wireshark's hex dump", `0000   ff ff 00 05 07 10 00 00 1c                        .........`, HEARTBEAT],
    ["tcpdump -X", "\t0x0000:  ffff 0005 0710 0000 1c                   .........", HEARTBEAT],
    [
      "a hexdump with a * of repeats",
      `00000000  ${"00 ".repeat(8)} ${"00 ".repeat(8)} |................|\n*\n00000030  ${SPACED}  |.........|\n00000039`,
      "00".repeat(48) + HEARTBEAT,
    ],
    [
      "an ASCII column of hex digits",
      "00000000: ffff 0005 0761 6263 6465  ab cd cafe\n0000000a: 66  f",
      "ffff000507616263646566",
    ],
  ])("reads %s", (_what, text, hex) => {
    const paste = read(text);
    expect(paste.hex).toBe(hex);
    expect(paste.unread).toEqual([]);
  });

  it.each<[string, string]>([
    ["hexdump -C", `00000000  ${SPACED}  |.........|\n00000009`],
    ["log lines with text in front of the bytes", `RX: ${SPACED}`],
    ["array of numbers", "{0xFF, 0xFF, 0x00, 0x05, 0x07}"],
    ["decimal numbers, a byte each", "255 255 0 5 7 16 0 0 28"],
  ])("is named when it is a guess: %s", (form, text) => {
    expect(read(text)).toMatchObject({ form, isGuess: true });
    expect(read(SPACED)).toMatchObject({ form: "hex", isGuess: false });
  });

  it("is left out with its place where it cannot be read", () => {
    const log = `10:00:00 RX ${SPACED}\n10:00:01 RX ff ff 0G 05 07\n10:00:02 ready\n10:00:03 RX ff ff 00 05 ... 9 more`;
    expect(read(log)).toMatchObject({
      unread: [
        { line: 2, column: 19, text: "0G 05 07" },
        { line: 4, column: 25, text: "... 9 more" },
      ],
      skipped: { count: 1, first: { line: 3, text: "10:00:02 ready" } },
    });
    expect(read("<Buffer ff ff 00 05 07 ... 50 more bytes>")).toMatchObject({
      unread: [{ line: 1, text: "... 50 more bytes" }],
    });
    expect(read(`00000000  ${SPACED}  |.........|\n00000020  ${SPACED}  |.........|`).notes).toEqual([
      "line 2: 23 bytes of the dump are missing before this line",
    ]);
  });

  it.each<[string, object]>([
    ["FF FF 00 05 07 1O", { message: '"O" is not a hex digit', at: { line: 1, column: 17 } }],
    ["FF FF\n00 05 xx", { message: '"x" is not a hex digit', at: { line: 2, column: 7 } }],
    ["FF FF 00 0", { message: "7 hex digits make no whole number of bytes", at: { line: 1, column: 10 } }],
    ["0000000 177777 002400 010007", { message: expect.stringContaining("od without options"), at: { line: 1 } }],
    ["0000000 377 377 000 005 007", { message: expect.stringContaining("hexdump -b"), at: { line: 1 } }],
    ["hello world", { message: '"h" is not a hex digit', at: { line: 1, column: 1 } }],
    ["2026-01-01 10:00:00 12 34", { message: "no frame begins in this text" }],
  ])("is refused with line and column: %j", (text, error) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: "hex-invalid", ...error }));
  });

  it("has forms with names that differ", () => {
    expect(new Set(PASTE_FORMS.map(({ name }) => name)).size).toBe(PASTE_FORMS.length);
  });
});

describe("bytes from a pipe", () => {
  const readBytes = (bytes: Uint8Array) => readPaste({ text: undefined, bytes });

  it("are taken as they are", () => {
    const bytes = parseHex(HEARTBEAT + READ);
    expect(readBytes(bytes)).toMatchObject({ form: "bytes", isGuess: false, parts: [{ bytes }] });
  });

  it("may have the topics of mosquitto_sub -v between them", () => {
    const message = (topic: string) => concat(Buffer.from(`${topic} `), parseHex(READ), Buffer.from("\n"));
    const paste = readBytes(
      concat(message("app2dev/FakeDid000000000000001/usr1"), message("dev2app/FakeDid000000000000001")),
    );
    expect(paste.parts.map(({ bytes, way }) => [formatHex(bytes), way])).toEqual([
      [READ, "down"],
      [READ, "up"],
    ]);
  });
});

describe("any bytes", () => {
  // A frame in front: what holds no frame at all is numbers, not bytes.
  const anyCapture = fc
    .tuple(anyFrame(), fc.uint8Array({ maxLength: 80 }))
    .map(([frame, rest]) => concat(encodeFrame(frame), rest));

  it.each(Object.entries(RENDERINGS))("come back from %s", (_name, render) => {
    fc.assert(
      fc.property(anyCapture, (bytes) => {
        const paste = read(render(bytes));
        expect(paste.hex).toBe(formatHex(bytes));
        expect(paste.unread).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it("come back whatever the cut of their lines", () => {
    fc.assert(
      fc.property(anyCapture, fc.infiniteStream(fc.constantFrom("", " ", "\n", "\r\n", "\t", "  ")), (bytes, gaps) => {
        const text = [...bytes].map((byte) => byte.toString(16).padStart(2, "0") + gaps.next().value).join("");
        expect(read(text).hex).toBe(formatHex(bytes));
      }),
      { numRuns: 200 },
    );
  });
});
