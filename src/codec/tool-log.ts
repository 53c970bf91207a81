import { parseHex } from "../core/hex.js";

/** Bytes that the vendor's serial tool has logged; the tool plays the MCU, so what it received went down. */
export interface LogEntry {
  /** The form of the log: `WIFI:10:20:30.456` above the bytes (V2), or `[date time][RX]` before them (V3). */
  readonly version: 2 | 3;
  /** As the log has it; empty where its time stamps were switched off. */
  readonly time: string;
  readonly way: "up" | "down";
  /** The line of the bytes, from 1 on. */
  readonly line: number;
  readonly bytes: Uint8Array;
}

const V2_HEADER = /^(WIFI|MCU|SEND):(\d{1,2}:\d{2}:\d{2}(?:\.\d{1,3})?)$/;
const V3_LINE = /^(?:\[([\d :./-]{1,40})\])?\[(RX|TX)\](.*)$/;
const HEX_BYTES = /^[0-9a-fA-F]{2}(?:\s*[0-9a-fA-F]{2})*$/;

/**
 * Reads the log of the vendor's serial tool line by line, V2 (serial-tool.md 2.7) and V3 (3.2).
 *
 *   idle --V2 header--> headed --hex--> headed (a long message may go over several lines)
 *        --V3 line----> idle            any other line --> idle
 */
export class ToolLogReader {
  /** Lines that are no part of such a log. Empty ones do not count. */
  strangeLines = 0;
  /** The first of them, from 1 on; 0 while there is none. */
  firstStrangeLine = 0;
  /** All lines so far. */
  lines = 0;
  #header: { readonly way: "up" | "down"; readonly time: string; hasBytes: boolean; readonly line: number } | undefined;

  /** The entry that this line completes. */
  read(text: string): LogEntry | undefined {
    this.lines += 1;
    const line = text.trim();
    if (line === "") return undefined;
    const v2 = V2_HEADER.exec(line);
    if (v2 !== null) {
      this.#leaveHeader();
      this.#header = {
        way: v2[1] === "WIFI" ? "down" : "up",
        time: v2[2] as string,
        hasBytes: false,
        line: this.lines,
      };
      return undefined;
    }
    const v3 = V3_LINE.exec(line);
    const entry = v3 === null ? this.#readV2Bytes(line) : this.#readV3(v3);
    if (entry === undefined) this.#countStrange(this.lines);
    return entry;
  }

  /** A line that was too long to be looked at. */
  skip(): void {
    this.lines += 1;
    this.#countStrange(this.lines);
    this.#header = undefined;
  }

  /** Nothing more will come. */
  end(): void {
    this.#leaveHeader();
  }

  /** A header without bytes says nothing. */
  #leaveHeader(): void {
    if (this.#header?.hasBytes === false) this.#countStrange(this.#header.line);
    this.#header = undefined;
  }

  #readV2Bytes(line: string): LogEntry | undefined {
    const header = this.#header;
    const bytes = header === undefined ? undefined : readBytes(line);
    if (header === undefined || bytes === undefined) {
      this.#leaveHeader();
      return undefined;
    }
    header.hasBytes = true;
    return { version: 2, time: header.time, way: header.way, line: this.lines, bytes };
  }

  #readV3([, time = "", side, text = ""]: RegExpExecArray): LogEntry | undefined {
    this.#leaveHeader();
    const bytes = readBytes(text.trim());
    if (bytes === undefined) return undefined;
    return { version: 3, time, way: side === "RX" ? "down" : "up", line: this.lines, bytes };
  }

  #countStrange(line: number): void {
    if (this.strangeLines === 0 || line < this.firstStrangeLine) this.firstStrangeLine = line;
    this.strangeLines += 1;
  }
}

function readBytes(text: string): Uint8Array | undefined {
  return HEX_BYTES.test(text) ? parseHex(text) : undefined;
}
