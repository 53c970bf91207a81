import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describeUnwritable } from "../lab/named-file.js";

/** Writes a report to a file that somebody named, in a folder that may be new. Throws `file-unwritable`. */
export function writeReport(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } catch (error) {
    throw describeUnwritable(file, error);
  }
}
