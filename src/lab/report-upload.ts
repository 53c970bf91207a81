import { GizlabError } from "../core/errors.js";
import { stringifyExactJson } from "../core/numbers/exact-json.js";
import type { RemoteLab } from "./remote-lab.js";

/** One report of the past, on its way to a cloud. */
export interface UploadReport {
  readonly did: string;
  readonly ts: number;
  readonly attrs: Readonly<Record<string, unknown>>;
}

/** What one request carries: the cloud is busy with it for a fraction of a second. */
const MAX_LINES = 20_000;
const MAX_BYTES = 4 * 1024 * 1024;

/** Sends many past reports, some thousand in a request. */
export class ReportUpload {
  readonly #lab: RemoteLab;
  #lines: string[] = [];
  #places: number[] = [];
  #bytes = 0;
  /** The request under way: the next one is put together meanwhile. */
  #sending: Promise<void> = Promise.resolve();
  /** Reports that the cloud has stored. */
  accepted = 0;

  constructor(lab: RemoteLab) {
    this.#lab = lab;
  }

  /**
   * Adds a report; sends what has gathered when it is enough. Throws as `RemoteLab.importReports`, with the place of
   * the report that the cloud refuses in `at.line`.
   */
  async add(report: UploadReport, place = 0): Promise<void> {
    const line = stringifyExactJson(report);
    this.#lines.push(line);
    this.#places.push(place);
    this.#bytes += line.length + 1;
    if (this.#lines.length >= MAX_LINES || this.#bytes >= MAX_BYTES) await this.#sendNext();
  }

  /** Sends what is left, and waits until all is stored. */
  async flush(): Promise<void> {
    await this.#sendNext();
    await this.#sending;
  }

  async #sendNext(): Promise<void> {
    await this.#sending;
    if (this.#lines.length === 0) return;
    const [lines, places] = [this.#lines, this.#places];
    this.#lines = [];
    this.#places = [];
    this.#bytes = 0;
    this.#sending = this.#send(lines, places);
    // Whoever sends next, or flushes, is told.
    this.#sending.catch(() => {});
  }

  async #send(lines: readonly string[], places: readonly number[]): Promise<void> {
    try {
      this.accepted += await this.#lab.importReports(lines.join("\n"));
    } catch (error) {
      throw placeError(error, places);
    }
  }
}

/** The cloud counts lines of the request; whoever reads the message has a file. */
function placeError(error: unknown, places: readonly number[]): unknown {
  if (!(error instanceof GizlabError) || error.code !== "report-line") return error;
  const [, number = "", why = ""] = /^line (\d+): (.*)$/s.exec(error.message) ?? [];
  const place = places[Number(number) - 1];
  if (place === undefined || place === 0) return error;
  return new GizlabError("report-line", `line ${place}: ${why}`, { at: { line: place }, cause: error });
}
