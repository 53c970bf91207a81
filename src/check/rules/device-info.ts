import { CMD, findCommand } from "../../codec/commands.js";
import { type FieldValues, unpackFields } from "../../codec/payload.js";
import { formatCount } from "../../core/count-text.js";
import { GizlabError } from "../../core/errors.js";
import { type ModuleBench, NO_ANSWER } from "../module-bench.js";
import { defineRule, fail, find, PASSED, pass, type Rule, skip, type Verdict } from "../rule.js";

/** Payloads of firmware up to v4.0, with attributes, and with the secret; newer ones add their data (uart.md 2.2). */
const LENGTHS = [66, 74, 106];
const DATA_AT = 106;
/** Attributes, bit 7: variable length. */
const VARIABLE_BIT = 0x80n;
const PRINTABLE = /^[\x21-\x7e]{8}$/;
/** A shorter text, filled up with NUL or blanks. */
const PADDED = /^[\x21-\x7e]+[\0 ]*$/;
const TEXTS = ["protocol_version", "p0_version", "hardware_version", "software_version"];

/** What an MCU says about itself (uart.md 2.2). */
export const DEVICE_INFO_RULES: readonly Rule[] = [
  {
    id: "info-length",
    clause: "uart.md 2.2",
    words: "answers 01 with device info of a known length",
    hint: "a field is missing or too wide: four versions of 8, product key 32, bind timeout 2, attributes 8, secret 32",
    async run(bench) {
      const answer = await bench.ask(CMD.getDeviceInfo);
      if (answer === undefined) return fail("02, device info", NO_ANSWER);
      const { payload } = answer.frame;
      const counted = payload.length >= DATA_AT + 2 ? (payload[DATA_AT] ?? 0) * 256 + (payload[DATA_AT + 1] ?? 0) : -1;
      const isKnown = LENGTHS.includes(payload.length) || payload.length === DATA_AT + 2 + counted;
      return isKnown ? PASSED : fail("66, 74, 106 or 108 + n bytes", formatCount(payload.length, "byte"));
    },
  },
  defineRule({
    id: "info-versions",
    clause: "uart.md 2.2",
    words: "protocol version is 00000004, and all versions are 8 ASCII characters",
    hint: "versions are 8 ASCII characters each, not a number",
    findings: {
      short: {
        verdict: "advice",
        hint: "fill a version up to 8 digits, such as 03000000: the cloud compares them as text",
      },
    },
    run: (bench) =>
      look(bench, (info) => {
        if (info.protocol_version !== "00000004") return fail("00000004", String(info.protocol_version));
        const odd = TEXTS.find((name) => !PRINTABLE.test(String(info[name])));
        if (odd === undefined) return PASSED;
        const [expected, found] = [`${odd}: 8 ASCII characters`, JSON.stringify(info[odd])];
        return PADDED.test(String(info[odd])) ? find("short", expected, found) : fail(expected, found);
      }),
  }),
  {
    id: "info-product-key",
    clause: "uart.md 2.2",
    words: "names the product of the profile",
    hint: "the firmware was generated for another product, or the key was copied wrongly",
    run: (bench) =>
      look(bench, (info) => {
        const { productKey } = bench.profile;
        return info.product_key === productKey ? PASSED : fail(productKey, String(info.product_key));
      }),
  },
  {
    id: "info-attributes",
    clause: "uart.md 2.2",
    words: "attribute bit 7 is set for datapoints of variable length only",
    hint: "attributes are 64 bits, bit 0 is the lowest of the last byte; 02 for fixed length, 82 or 02 for variable length",
    run: (bench) =>
      look(bench, (info) => {
        const text = info.attributes;
        if (text === undefined) return skip("old device info without attributes");
        const isVariable = bench.profile.layout.protocol === "var_len";
        const isSaid = (BigInt(`0x${text}`) & VARIABLE_BIT) !== 0n;
        if (isSaid === isVariable) return PASSED;
        // The documents' example sets the bit, the vendor's builds of variable length do not: a module takes either.
        return isVariable
          ? pass(`bit 7 is clear (${text}), as in the vendor's SDK; the document sets it`)
          : fail("bit 7 clear", String(text));
      }),
  },
];

async function look<Name extends string>(
  bench: ModuleBench,
  judge: (info: FieldValues) => Verdict<Name>,
): Promise<Verdict<Name>> {
  const answer = await bench.ask(CMD.getDeviceInfo);
  if (answer === undefined) return fail("02, device info", NO_ANSWER);
  try {
    return judge(unpackFields(findCommand(CMD.deviceInfo)?.fields ?? [], answer.frame.payload));
  } catch (error) {
    if (error instanceof GizlabError) return skip("the device info cannot be read");
    throw error;
  }
}
