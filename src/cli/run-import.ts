import { Readable } from "node:stream";
import { formatCount } from "../core/count-text.js";
import { GizlabError } from "../core/errors.js";
import { suggestNearest } from "../core/suggestion.js";
import { RemoteLab, type RemoteState } from "../lab/remote-lab.js";
import { ReportUpload } from "../lab/report-upload.js";
import { Zone } from "../lab/zone.js";
import type { Profile } from "../profile/profile.js";
import { readBoundedLines } from "./bounded-lines.js";
import { loadKnownProducts } from "./known-products.js";
import { readLabToken } from "./lab-token.js";
import { createOutput } from "./output.js";
import { createProgress } from "./progress.js";
import { type FileProblem, type FileReport, type ReportFileOptions, readReportFile } from "./report-rows.js";
import { findCloud } from "./running-lab/find-cloud.js";
import { isStdin, nameInput, streamInput } from "./stdin.js";

export interface ImportArguments {
  readonly file: string;
  readonly did?: string;
  readonly time?: string;
  readonly tz: string;
  readonly profile?: readonly string[];
  readonly "dry-run": boolean;
  readonly cloud?: string;
  readonly "lab-token"?: string;
  readonly json: boolean;
}

const LINE_LIMIT = 64 * 1024;
const PROBLEMS_SHOWN = 20;
const PROBLEMS_COUNTED = 10_000;

/**
 * Stores the reports of a CSV or JSONL file, or of stdin, in a cloud. The file is read twice: nothing is sent unless all of it is
 * right. Throws `import-invalid`, `file-unreadable`, `text-encoding`, and as `RemoteLab` does.
 */
export async function runImport(args: ImportArguments): Promise<void> {
  const output = createOutput(args.json);
  const progress = createProgress(args.json);
  const zone = new Zone(args.tz);
  const token = readLabToken(args["lab-token"]);
  const lab = new RemoteLab(await findCloud(args.cloud, output.note), token);
  const options: ReportFileOptions = {
    did: args.did,
    time: args.time,
    profileOf: profilesOf(await lab.state(), args.profile ?? []),
    toInstant: (local) => zone.toInstant(local),
  };
  const file = nameInput(args.file);
  const readReports = await openReports(args.file, options);
  const problems: FileProblem[] = [];
  const times: number[] = [];
  let count = 0;
  for await (const found of readReports()) {
    if ("why" in found) {
      problems.push(found);
      if (problems.length >= PROBLEMS_COUNTED) break;
      continue;
    }
    count += 1;
    times[0] = Math.min(times[0] ?? found.at, found.at);
    times[1] = Math.max(times[1] ?? found.at, found.at);
    if (count % 1000 === 0) progress.show(`checked ${formatCount(count, "report")}`);
  }
  progress.clear();
  if (problems.length > 0) throw describeProblems(file, problems, output.note);
  const [from, to] = times;
  const span = { from: from ?? null, to: to ?? null };
  if (!args["dry-run"])
    await send(
      lab,
      file,
      readReports,
      (sent) => progress.show(`stored ${sent} of ${formatCount(count, "report")}`),
      output.note,
    );
  progress.clear();
  output.json({ event: args["dry-run"] ? "checked" : "imported", file, reports: count, ...span });
  const when = from === undefined || to === undefined ? "" : `, ${zone.format(from)} to ${zone.format(to)}`;
  output.line(
    `${formatCount(count, "report")} ${args["dry-run"] ? `${count === 1 ? "is" : "are"} right, none stored` : "stored"}${when}`,
  );
}

async function send(
  lab: RemoteLab,
  file: string,
  readReports: ReadReports,
  tell: (sent: number) => void,
  note: (text: string) => void,
): Promise<void> {
  const upload = new ReportUpload(lab);
  try {
    for await (const found of readReports()) {
      if ("why" in found) throw new GizlabError("import-invalid", `${file} changed while it was read`);
      await upload.add({ did: found.did, ts: found.at, attrs: found.attrs }, found.line);
      tell(upload.accepted);
    }
    await upload.flush();
  } catch (error) {
    if (upload.accepted > 0)
      note(
        `gizlab: the first ${upload.accepted === 1 ? "report is" : `${upload.accepted} reports are`} stored, the others not`,
      );
    throw error;
  }
}

type ReadReports = () => AsyncGenerator<FileReport | FileProblem>;

/** A file is read from the disk each time; stdin comes once and is kept. */
async function openReports(file: string, options: ReportFileOptions): Promise<ReadReports> {
  const read = (chunks: AsyncIterable<string>) => readReportFile(readBoundedLines(chunks, LINE_LIMIT), options);
  if (!isStdin(file)) return () => read(streamInput(file));
  const kept: string[] = [];
  for await (const chunk of streamInput(file)) kept.push(chunk);
  return () => read(Readable.from(kept));
}

/** How the file's values are read: by the profile of each device's product. */
function profilesOf({ devices, products }: RemoteState, given: readonly string[]): ReportFileOptions["profileOf"] {
  const known = loadKnownProducts(given);
  const answers = new Map<string, Profile | string>();
  return (did) => {
    let answer = answers.get(did);
    if (answer !== undefined) return answer;
    const device = devices.find((candidate) => candidate.did === did);
    if (device === undefined) {
      const nearest = suggestNearest(
        did,
        devices.map((candidate) => candidate.did),
      );
      answer = `no device has the did ${did}${nearest === undefined ? "" : `; did you mean ${nearest}?`}`;
    } else {
      const product = known.find(({ profile }) => profile.productKey === device.product_key);
      const name = products.find(({ product_key: key }) => key === device.product_key)?.name ?? device.product_key;
      answer = product?.profile ?? `${did} is a ${name}, whose profile is not known here: name it with --profile`;
    }
    answers.set(did, answer);
    return answer;
  };
}

function describeProblems(file: string, problems: readonly FileProblem[], note: (text: string) => void): GizlabError {
  for (const { line, column, why } of problems.slice(0, PROBLEMS_SHOWN)) note(`${file}:${line}:${column}: ${why}`);
  const [first] = problems;
  const count = `${problems.length}${problems.length >= PROBLEMS_COUNTED ? " or more" : ""}`;
  const what = problems.length === 1 ? "there is a mistake" : `there are ${count} mistakes`;
  return new GizlabError("import-invalid", `${what}, nothing was stored`, {
    found: first?.why ?? "",
    at: { file, ...(first === undefined ? {} : { line: first.line, column: first.column }) },
  });
}
