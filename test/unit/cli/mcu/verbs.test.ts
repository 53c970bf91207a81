import { describe, expect, it } from "vitest";
import { listVerbs, parseVerb, parseVerbs, VERB_NAMES } from "../../../../src/cli/mcu/verbs.js";
import { formatHex } from "../../../../src/core/hex.js";
import { loadProfile } from "../../../../src/lab/profiles.js";

const PET_HOUSE = loadProfile("pet-house").profile;

/** A verb with its bytes as hex. */
function parse(text: string): unknown {
  const verb = parseVerb(text, PET_HOUSE);
  if (verb.kind === "ask") return [verb.cmd.toString(16), formatHex(verb.payload)];
  return verb.kind === "send" ? formatHex(verb.bytes) : verb;
}

describe("the verbs of an MCU", () => {
  it.each<[string, string, string]>([
    ["airlink", "9", "02"],
    ["softap", "9", "01"],
    ["direct home", "9", "0404686f6d650000"],
    [
      'direct "my home" "pass;word" 1ccf7fb6bbff',
      "9",
      "04076d7920686f6d6509706173733b776f72640c316363663766623662626666",
    ],
    ["reset", "b", ""],
    ["test", "13", ""],
    ["bind", "15", ""],
    ["time", "17", ""],
    ["info", "21", "00"],
    ["restart", "29", ""],
    ["pass 11 22 FF 33", "5", "061122ff33"],
    ["p0 04 01 02", "5", "040102"],
    ["p0 0x14,00", "5", "1400"],
  ])("%s is a request of the module (uart.md 2.1)", (text, cmd, payload) => {
    expect(parse(text)).toEqual([cmd, payload]);
  });

  it("may be typed in capitals", () => {
    expect(parse("AirLink")).toEqual(["9", "02"]);
  });

  it.each<[string, unknown]>([
    ["report", { kind: "report" }],
    ["get", { kind: "get", names: [] }],
    ["get LED_R Temperature", { kind: "get", names: ["LED_R", "Temperature"] }],
    ["every 2s", { kind: "every", periodMs: 2000 }],
    ["every off", { kind: "every", periodMs: undefined }],
    ["auto on", { kind: "auto", isOn: true }],
    ["auto off", { kind: "auto", isOn: false }],
    ["wait 1m30s", { kind: "wait", spanMs: 90_000 }],
    ["wait module", { kind: "wait-for", what: "module", withinMs: 60_000 }],
    ["wait cloud 5s", { kind: "wait-for", what: "cloud", withinMs: 5000 }],
    ["bigdata 'my file.bin'", { kind: "upload", file: "my file.bin" }],
    ["stop", { kind: "stop-upload" }],
    ["update", { kind: "update" }],
    ["send FF FF 00", "ffff00"],
    ["help", { kind: "help" }],
    ["quit", { kind: "quit" }],
  ])("%s", (text, verb) => {
    expect(parse(text)).toEqual(verb);
  });

  it("set takes engineering units, labels and their indexes, on and off", () => {
    expect(parse("set Temperature=-13 Motor_Speed=5 LED_OnOff=on Infrared=0 LED_Color=Pink Alert_1=TRUE")).toEqual({
      kind: "set",
      attrs: { Temperature: -13, Motor_Speed: 5, LED_OnOff: true, Infrared: false, LED_Color: "Pink", Alert_1: true },
    });
    expect(parse("set LED_Color=2")).toEqual({ kind: "set", attrs: { LED_Color: 2 } });
  });

  it("set fills a binary up with zeros, as the vendor's tool does (serial-tool.md 2.4)", () => {
    const { profile } = loadProfile("ai-toy");
    const binary = profile.datapoints.find(({ dataType }) => dataType === "binary");
    const verb = parseVerb(`set ${binary?.name}=A1b2`, profile);
    const filled = `A1b2${"00".repeat((binary?.width ?? 0) - 2)}`;
    expect(verb).toEqual({ kind: "set", attrs: { [binary?.name ?? ""]: filled } });
  });

  it.each<[string, string, RegExp | undefined]>([
    ["set Temprature=3", "attr-unknown", /did you mean Temperature\?/],
    ["get Temprature", "attr-unknown", /did you mean Temperature\?/],
    ["set Temperature=188", "attr-range", undefined],
    ["set LED_Color=Pnk", "attr-range", /did you mean "Pink"\?/],
    ["set LED_OnOff=maybe", "attr-type", undefined],
    ["set Temperature=", "attr-type", undefined],
    ["set Temperature", "verb-invalid", undefined],
    ["set LED_R=1 LED_R=2", "verb-invalid", undefined],
    ["set", "verb-invalid", undefined],
    ["airlnk", "verb-unknown", /did you mean airlink\?/],
    ["xyzzy", "verb-unknown", /help lists/],
    ["airlink now", "verb-invalid", undefined],
    ["every", "verb-invalid", undefined],
    ["every 5", "duration-invalid", undefined],
    ["every 1ms", "verb-invalid", undefined],
    ["auto maybe", "verb-invalid", undefined],
    ["wait", "verb-invalid", undefined],
    ["wait 5s 6s", "verb-invalid", undefined],
    ["wait clod", "verb-invalid", /did you mean cloud\?/],
    ["direct", "verb-invalid", undefined],
    [`direct ${"x".repeat(256)}`, "verb-invalid", undefined],
    ["pass", "verb-invalid", undefined],
    ["p0", "verb-invalid", undefined],
    ["send", "verb-invalid", undefined],
    ["send FG", "hex-invalid", undefined],
    ["bigdata", "verb-invalid", undefined],
    ["bigdata a b", "verb-invalid", undefined],
    ['direct "home', "verb-invalid", undefined],
    ["", "verb-invalid", undefined],
    ["help; quit", "verb-invalid", undefined],
  ])("%s is refused", (text, code, hint) => {
    const refused = (): unknown => parse(text);
    expect(refused).toThrow(expect.objectContaining({ code }));
    if (hint !== undefined) expect(refused).toThrow(expect.objectContaining({ hint: expect.stringMatching(hint) }));
  });

  it("stand in a line with ; between them, and quotes keep blanks together", () => {
    const typed = parseVerbs(" set LED_R=1;; report ;direct 'a b' \"\" ", PET_HOUSE);
    expect(typed.map(({ text }) => text)).toEqual(["set LED_R=1", "report", 'direct "a b" ""']);
    expect(parseVerbs("  ", PET_HOUSE)).toEqual([]);
  });

  it("are listed one a line", () => {
    expect(listVerbs().map((line) => line.split(" ")[0])).toEqual(VERB_NAMES);
  });
});
