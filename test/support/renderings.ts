/** Bytes written down as programs do. */
type Rendering = (bytes: Uint8Array) => string;

const hex = (byte: number): string => byte.toString(16).padStart(2, "0");
const ascii = (byte: number): string => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".");

/** Rows of `width` bytes, each with its offset, and a last line with the length where `hasEnd`. */
function rows(bytes: Uint8Array, width: number, row: (offset: number, part: number[]) => string, end?: string): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += width) lines.push(row(at, [...bytes.subarray(at, at + width)]));
  return `${[...lines, ...(end === undefined ? [] : [end])].join("\n")}\n`;
}
const offset = (value: number, digits: number, radix = 16): string => value.toString(radix).padStart(digits, "0");
const pairs = (part: readonly number[]): string => part.map(hex).join(" ");
const words = (part: readonly number[], isSwapped: boolean): string => {
  const found: string[] = [];
  for (let at = 0; at < part.length; at += 2) {
    const [first = 0, second] = part.slice(at, at + 2);
    if (isSwapped) found.push(hex(second ?? 0) + hex(first));
    else found.push(hex(first) + (second === undefined ? "" : hex(second)));
  }
  return found.join(" ");
};

/** Every form that names itself, as the program of that name writes it. */
export const RENDERINGS: Readonly<Record<string, Rendering>> = {
  "bare hex": (bytes) => Buffer.from(bytes).toString("hex"),
  "xxd -p": (bytes) => rows(bytes, 30, (_, part) => part.map(hex).join("")),
  "hexdump -C": (bytes) =>
    rows(
      bytes,
      16,
      (at, part) =>
        `${offset(at, 8)}  ${`${pairs(part.slice(0, 8))}  ${pairs(part.slice(8))}`.padEnd(48)}  |${part.map(ascii).join("")}|`,
      offset(bytes.length, 8),
    ),
  hexdump: (bytes) => rows(bytes, 16, (at, part) => `${offset(at, 7)} ${words(part, true)}`, offset(bytes.length, 7)),
  "od -x": (bytes) =>
    rows(bytes, 16, (at, part) => `${offset(at, 7, 8)} ${words(part, true)}`, offset(bytes.length, 7, 8)),
  "od -A x -t x1": (bytes) => rows(bytes, 16, (at, part) => `${offset(at, 6)} ${pairs(part)}`, offset(bytes.length, 6)),
  "od -t x1": (bytes) =>
    rows(bytes, 16, (at, part) => `${offset(at, 7, 8)} ${pairs(part)}`, offset(bytes.length, 7, 8)),
  xxd: (bytes) =>
    rows(bytes, 16, (at, part) => `${offset(at, 8)}: ${words(part, false).padEnd(39)}  ${part.map(ascii).join("")}`),
  "xxd -b": (bytes) =>
    rows(
      bytes,
      6,
      (at, part) =>
        `${offset(at, 8)}: ${part
          .map((byte) => byte.toString(2).padStart(8, "0"))
          .join(" ")
          .padEnd(53)}  ${part.map(ascii).join("")}`,
    ),
  "tshark -x": (bytes) =>
    rows(bytes, 16, (at, part) => `${offset(at, 4)}  ${pairs(part).padEnd(48)}  ${part.map(ascii).join("")}`),
  "log lines": (bytes) =>
    rows(bytes, 12, (at, part) => `2026-01-01 10:00:${offset(at % 60, 2, 10)}.123 RX: ${pairs(part)}`),
  "lines with a topic": (bytes) => `dev2app/FakeDid000000000000001 ${Buffer.from(bytes).toString("hex")}\n`,
  "a C array": (bytes) =>
    `uint8_t buf[] = {\n${rows(bytes, 8, (_, part) => part.map((byte) => `0x${hex(byte)},`).join(" "))}};\n`,
  "\\xff": (bytes) => [...bytes].map((byte) => `\\x${hex(byte)}`).join(""),
  "b'…' of Python": (bytes) =>
    `b'${[...bytes].map((byte) => (ascii(byte) === "." || byte === 0x27 || byte === 0x5c ? `\\x${hex(byte)}` : ascii(byte))).join("")}'`,
  "bytes.fromhex": (bytes) => `bytes.fromhex('${Buffer.from(bytes).toString("hex")}')`,
  "<Buffer …>": (bytes) => `<Buffer ${pairs([...bytes])}>`,
  "a Buffer as JSON": (bytes) => JSON.stringify(Buffer.from(bytes)),
  "an array of JSON": (bytes) => JSON.stringify([...bytes]),
  "a slice of Go": (bytes) => `[${[...bytes].join(" ")}]`,
  "FF-FF": (bytes) => [...bytes].map((byte) => hex(byte).toUpperCase()).join("-"),
  "FF:FF": (bytes) => [...bytes].map((byte) => hex(byte).toUpperCase()).join(":"),
};
