import { parseHex } from "../core/hex.js";
import { stuffWire } from "./frame.js";

/** Bytes that the vendor's serial tool or MCU SDK has logged; both play the MCU, so what they received went down. */
export interface LogEntry {
  /**
   * The form of the log: `WIFI:10:20:30.456` above the bytes (the tool's V2), `[date time][RX]` before them (its V3), or
   * `WiFi2MCU[tick: length]:` before them (the MCU SDK's debug output).
   */
  readonly version: 2 | 3 | "sdk";
  /** As the log has it: a time, or the SDK's tick in ms; empty where its time stamps were switched off. */
  readonly time: string;
  readonly way: "up" | "down";
  /** The line of the bytes, from 1 on. */
  readonly line: number;
  /** As they were on the wire. */
  readonly bytes: Uint8Array;
  /** The log shows the bytes without their stuffing, which is put back in `bytes`. */
  readonly wasUnstuffed?: boolean;
}

const V2_HEADER = /^(WIFI|MCU|SEND):(\d{1,2}:\d{2}:\d{2}(?:\.\d{1,3})?)$/;
const V3_LINE = /^(?:\[([\d :./-]{1,40})\])?\[(RX|TX)\](.*)$/;
/** Behind whatever a terminal program has put in front. */
const SDK_LINE = /(?:^|[^A-Za-z0-9])(WiFi2MCU|MCU2WiFi)\s*\[\s*(\d+)\s*:\s*(\d+)\s*\]\s*:(.*)$/i;
const HEX_BYTES = /^[0-9a-fA-F]{2}(?:\s*[0-9a-fA-F]{2})*$/;
/** Twice the largest frame, stuffed: no log entry is longer. */
const SDK_LIMIT = 16_384;

type Header = Pick<LogEntry, "way" | "time" | "line"> & { hasBytes: boolean };
type SdkEntry = Pick<LogEntry, "way" | "time" | "line"> & { readonly length: number; readonly chunks: Uint8Array[] };

/**
 * Reads the log of the vendor's serial tool line by line, V2 (serial-tool.md 2.7) and V3 (3.2), and the debug output of
 * the MCU SDK.
 *
 *   idle --V2 header--> headed --hex--> headed (a long message may go over several lines)
 *        --V3 line----> idle
 *        --SDK line---> collecting --hex--> collecting (as V2)     any other line --> idle
 */
export class ToolLogReader {
  /** Lines that are no part of such a log. Empty ones do not count. */
  strangeLines = 0;
  /** The first of them, from 1 on; 0 while there is none. */
  firstStrangeLine = 0;
  /** All lines so far. */
  lines = 0;
  #header: Header | undefined;
  #sdk: SdkEntry | undefined;

  /** The entries that this line completes. */
  read(text: string): LogEntry[] {
    this.lines += 1;
    const line = text.trim();
    if (line === "") return [];
    const sdk = SDK_LINE.exec(line);
    if (sdk !== null) return this.#beginSdk(sdk);
    const bytes = readBytes(line);
    if (bytes !== undefined && this.#sdk !== undefined && this.#continueSdk(bytes)) return [];
    const before = this.#endSdk();
    const v2 = V2_HEADER.exec(line);
    if (v2 !== null) {
      this.#leaveHeader();
      const way = v2[1] === "WIFI" ? "down" : "up";
      this.#header = { way, time: v2[2] as string, hasBytes: false, line: this.lines };
      return before;
    }
    const v3 = V3_LINE.exec(line);
    const entry = v3 === null ? this.#readV2Bytes(bytes) : this.#readV3(v3);
    if (entry === undefined) this.#countStrange(this.lines);
    return entry === undefined ? before : [...before, entry];
  }

  /** A line that was too long to be looked at. */
  skip(): LogEntry[] {
    this.lines += 1;
    this.#countStrange(this.lines);
    this.#header = undefined;
    return this.#endSdk();
  }

  /** Nothing more will come. */
  end(): LogEntry[] {
    this.#leaveHeader();
    return this.#endSdk();
  }

  #beginSdk([, side = "", tick = "", length = "", text = ""]: RegExpExecArray): LogEntry[] {
    const before = this.#endSdk();
    this.#leaveHeader();
    const bytes = text.trim() === "" ? new Uint8Array(0) : readBytes(text.trim());
    if (bytes === undefined) {
      this.#countStrange(this.lines);
      return before;
    }
    const way = side.toLowerCase() === "wifi2mcu" ? "down" : "up";
    this.#sdk = { way, time: tick, line: this.lines, length: Number(length), chunks: [bytes] };
    return before;
  }

  #continueSdk(bytes: Uint8Array): boolean {
    const entry = this.#sdk;
    const size = entry?.chunks.reduce((sum, chunk) => sum + chunk.length, 0) ?? 0;
    if (entry === undefined || size + bytes.length > Math.min(entry.length * 2, SDK_LIMIT)) return false;
    entry.chunks.push(bytes);
    return true;
  }

  #endSdk(): LogEntry[] {
    const entry = this.#sdk;
    this.#sdk = undefined;
    if (entry === undefined) return [];
    const { way, time, line, length, chunks } = entry;
    const bytes = Uint8Array.from(Buffer.concat(chunks));
    if (bytes.length === 0) {
      this.#countStrange(line);
      return [];
    }
    const head = { version: "sdk", time, way, line } as const;
    // The length is the frame's own, without stuffing: as many bytes printed means that they were printed without it.
    if (bytes.length !== length || !needsStuffing(bytes)) return [{ ...head, bytes }];
    return [{ ...head, bytes: stuffWire(bytes), wasUnstuffed: true }];
  }

  /** A header without bytes says nothing. */
  #leaveHeader(): void {
    if (this.#header?.hasBytes === false) this.#countStrange(this.#header.line);
    this.#header = undefined;
  }

  #readV2Bytes(bytes: Uint8Array | undefined): LogEntry | undefined {
    const header = this.#header;
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

function needsStuffing(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xff && bytes.indexOf(0xff, 2) >= 0;
}

function readBytes(text: string): Uint8Array | undefined {
  return HEX_BYTES.test(text) ? parseHex(text) : undefined;
}
