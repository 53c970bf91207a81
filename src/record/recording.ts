import type { Millis } from "../core/duration.js";
import { GizlabError } from "../core/errors.js";
import type { Trace, TraceEntry } from "../core/trace.js";
import { redact } from "./redact.js";

/** The first line of a recording: what it takes to make the same lab again. */
export interface RecordingHeader {
  readonly kind: "recording";
  readonly format: 1;
  readonly gizlab: string;
  readonly seed: number | string | null;
  readonly clock: "wall" | "virtual";
  readonly started_at: Millis;
  /** True when the lab had done nothing yet: then it can be made again from its seed. */
  readonly from_start: boolean;
  /** True when passcodes and secrets were left out. */
  readonly redacted: boolean;
  readonly profiles: readonly { readonly name: string; readonly document: unknown }[];
}

/** A recording that has been read. */
export interface Recording {
  readonly header: RecordingHeader;
  readonly entries: readonly TraceEntry[];
}

/** More than this is not kept in memory; a recording to a file has no limit. */
const KEPT_LINES = 200_000;
const KEPT_LENGTH = 64 * 1024 * 1024;
/** The last hop of a recording that was full before its end. */
export const RECORDING_FULL = "recording.full";

/** Writes a trace down as JSONL from now on: the header, then one hop a line, both links, hex and decoded. */
export class Recorder {
  readonly #stop: () => void;
  readonly #write: (line: string) => void;
  #entries = 0;
  #isRunning = true;

  /** @param write gets every line, without its end */
  constructor(trace: Trace, header: RecordingHeader, write: (line: string) => void) {
    this.#write = write;
    write(JSON.stringify(header));
    this.#stop = trace.listen((entry) => this.#take(header.redacted ? redact(entry) : entry));
  }

  get entries(): number {
    return this.#entries;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  stop(): void {
    this.#stop();
    this.#isRunning = false;
  }

  #take(entry: TraceEntry): void {
    this.#entries += 1;
    this.#write(JSON.stringify(entry));
  }
}

/** A recording in memory. It stops by itself when it is full. */
export class MemoryRecording {
  readonly recorder: Recorder;
  readonly #lines: string[] = [];
  #length = 0;

  constructor(trace: Trace, header: RecordingHeader) {
    this.recorder = new Recorder(trace, header, (line) => {
      this.#lines.push(line);
      this.#length += line.length;
      if (this.#lines.length <= KEPT_LINES && this.#length <= KEPT_LENGTH) return;
      this.recorder.stop();
      this.#lines.push(JSON.stringify({ at: 0, id: "t0", hop: RECORDING_FULL }));
    });
  }

  get text(): string {
    return `${this.#lines.join("\n")}\n`;
  }
}

/** Reads a recording. Throws `recording-invalid` with the line. */
export function parseRecording(text: string): Recording {
  const entries: TraceEntry[] = [];
  let header: RecordingHeader | undefined;
  text.split("\n").forEach((line, index) => {
    if (line.trim() === "") return;
    const value = parseLine(line, index + 1);
    if (header === undefined) header = readHeader(value, index + 1);
    else entries.push(readEntry(value, index + 1));
  });
  if (header === undefined) throw invalid(1, "the file is empty");
  return { header, entries };
}

function parseLine(line: string, number: number): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (error) {
    throw invalid(number, `not JSON: ${(error as Error).message}`);
  }
  throw invalid(number, "a line is a JSON object");
}

function readHeader(value: Record<string, unknown>, line: number): RecordingHeader {
  if (value.kind !== "recording" || value.format !== 1 || !Array.isArray(value.profiles)) {
    throw invalid(line, 'a recording begins with {"kind":"recording","format":1,…}');
  }
  return value as unknown as RecordingHeader;
}

function readEntry(value: Record<string, unknown>, line: number): TraceEntry {
  const { at, id, hop } = value;
  if (typeof at !== "number" || typeof id !== "string" || typeof hop !== "string") {
    throw invalid(line, "a hop has at, id and hop");
  }
  return value as unknown as TraceEntry;
}

function invalid(line: number, why: string): GizlabError {
  return new GizlabError("recording-invalid", `line ${line}: ${why}`, { at: { line } });
}
