import { ToolLogReader } from "../tool-log.js";
import { eachLine, type Paste, PasteBuilder, type PasteForm } from "./paste.js";

const FORM_NAMES = {
  2: "log of the vendor's serial tool, V2",
  3: "log of the vendor's serial tool, V3",
  sdk: "debug log of the MCU SDK",
} as const;
/** Where a header of any of these logs may stand. */
const HEADER = /^(?:WIFI|MCU|SEND):\d|\[(?:RX|TX)\]|(?:WiFi2MCU|MCU2WiFi)\s*\[/im;
/** A frame begins in a line that is no part of the log: then the text is another kind of log. */
const FRAME = /(?:^|[^0-9a-f])(?:0x)?(?:ff[\s,]*(?:0x)?ff[\s,]*(?:0x)?[01][0-9a-f]|00[\s,]*00[\s,]*00[\s,]*03)/i;

/** Logs of the vendor's own tools (serial-tool.md 2.7, 3.2), read as `gizlab tools log` does. */
export const VENDOR_LOG: PasteForm = {
  name: "log of the vendor's serial tool or MCU SDK",
  read({ text }) {
    if (text === undefined || !HEADER.test(text)) return undefined;
    const reader = new ToolLogReader();
    const builder = new PasteBuilder();
    const versions = new Set<keyof typeof FORM_NAMES>();
    let unstuffed = 0;
    const take = (entries: ReturnType<ToolLogReader["read"]>): void => {
      for (const { bytes, line, way, time, version, wasUnstuffed } of entries) {
        builder.add(bytes, line, { stream: way, way, time });
        versions.add(version);
        if (wasUnstuffed === true) unstuffed += 1;
      }
    };
    for (const { number, text: line } of eachLine(text)) {
      const strange = reader.strangeLines;
      take(reader.read(line));
      if (reader.strangeLines === strange) continue;
      if (FRAME.test(line)) return undefined;
      builder.skip({ line: number, column: 1, text: line.trim(), expected: "a line of the log" });
    }
    take(reader.end());
    if (builder.isEmpty) return undefined;
    if (unstuffed > 0) builder.note(describeUnstuffed(unstuffed));
    return finish(builder, versions);
  },
};

function finish(builder: PasteBuilder, versions: ReadonlySet<keyof typeof FORM_NAMES>): Paste {
  return builder.finish([...versions].map((version) => FORM_NAMES[version]).join(", "), true);
}

/** Said once: the log is at fault, not the board or the module. */
export function describeUnstuffed(count: number): string {
  const frames = count === 1 ? "1 frame" : `${count} frames`;
  return `the MCU SDK prints what it receives without the stuffing: the 55 behind each FF was put back in ${frames}`;
}
