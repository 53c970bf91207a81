/** The ways in which editors and shells write one text. */
export const ENCODINGS = {
  "UTF-8": (text: string) => Buffer.from(text),
  "UTF-8 with a byte order mark": (text: string) => Buffer.from(`\uFEFF${text}`),
  "UTF-16LE with a byte order mark": (text: string) => Buffer.from(`\uFEFF${text}`, "utf16le"),
  "UTF-16BE with a byte order mark": (text: string) => Buffer.from(`\uFEFF${text}`, "utf16le").swap16(),
  "UTF-16LE": (text: string) => Buffer.from(text, "utf16le"),
  "UTF-16BE": (text: string) => Buffer.from(text, "utf16le").swap16(),
  "CRLF line ends": (text: string) => Buffer.from(text.replaceAll("\n", "\r\n")),
  "CR line ends": (text: string) => Buffer.from(text.replaceAll("\n", "\r")),
  "UTF-16LE with a byte order mark and CRLF": (text: string) =>
    Buffer.from(`\uFEFF${text.replaceAll("\n", "\r\n")}`, "utf16le"),
} as const;

export const ENCODING_NAMES = Object.keys(ENCODINGS) as (keyof typeof ENCODINGS)[];
