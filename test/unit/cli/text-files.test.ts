import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readBoundedLines } from "../../../src/cli/bounded-lines.js";
import { parseReportScript } from "../../../src/cli/mcu/report-script.js";
import { readRecordingFile } from "../../../src/cli/recording-file.js";
import { readReportFile } from "../../../src/cli/report-rows.js";
import { readInput, streamInput } from "../../../src/cli/stdin.js";
import type { GizlabError } from "../../../src/core/errors.js";
import { readNamedFile, requireWritable, writeNamedFile } from "../../../src/lab/named-file.js";
import { loadProfile } from "../../../src/lab/profiles.js";
import { readSeedFile } from "../../../src/lab/seed-file.js";
import { startLab } from "../../../src/lab/start-lab.js";
import { checkScenario } from "../../../src/scenario/parse.js";
import { ENCODING_NAMES, ENCODINGS } from "../../support/encodings.js";
import { makeTempFolder } from "../../support/temp-folder.js";

const CASES = new URL("../../fixtures/cases/", import.meta.url);
const PET_HOUSE_TEXT = readFileSync(new URL("../../../profiles/pet-house/profile.json", import.meta.url), "utf8");
const PET_HOUSE = loadProfile("pet-house").profile;

interface Kind {
  readonly file: string;
  readonly text: string;
  read(file: string): Promise<unknown>;
}

async function readReports(file: string): Promise<unknown> {
  const found: unknown[] = [];
  const options = { did: "one", time: undefined, profileOf: () => PET_HOUSE, toInstant: (local: number) => local };
  for await (const report of readReportFile(readBoundedLines(streamInput(file), 1000), options)) found.push(report);
  return found;
}

const RECORDING = [
  { kind: "recording", format: 1, gizlab: "0.1.0", seed: 7, clock: "virtual", started_at: 0, from_start: true },
  { at: 1, id: "t1", hop: "lab.set", detail: { name: "温度" } },
].map((line) => JSON.stringify({ ...line, ...("kind" in line ? { redacted: true, profiles: [] } : {}) }));

/** Every kind of text file that a person hands to gizlab. */
const KINDS: Readonly<Record<string, Kind>> = {
  "a profile": { file: "my.json", text: PET_HOUSE_TEXT, read: async (file) => loadProfile(file).profile },
  "a profile of a lab": {
    file: "my.json",
    text: PET_HOUSE_TEXT,
    read: async (file) => {
      await using lab = await startLab({ profiles: [file] });
      return lab.products.map(({ profile }) => profile.document);
    },
  },
  "a seed": {
    file: "seed.json",
    text: '{\n  "app": { "id": "a", "secret": "秘密" },\n  "products": []\n}\n',
    read: async (file) => readSeedFile(file),
  },
  "CSV of reports": {
    file: "day.csv",
    text: "ts,Temperature,LED_Color\n1767225600,21,Pink\n\n1767225660,-13,\n",
    read: readReports,
  },
  "JSONL of reports": {
    file: "day.jsonl",
    text: '{"ts":1767225600,"Temperature":21}\n{"ts":1767225601,"attrs":{"Humidity":40}}\n',
    read: readReports,
  },
  "a scenario": {
    file: "warm.yaml",
    text: "# 温度\nname: A warm house\ndevices:\n  house: pet-house\nsteps:\n  - set: { house: { Temperature: 30 } }\n",
    read: async (file) => {
      const { scenario, problems } = checkScenario(await readInput(file), { file: "warm.yaml" });
      return { problems, name: scenario?.name, lines: scenario?.steps.map(({ line }) => line) };
    },
  },
  "a recording": { file: "session.jsonl", text: `${RECORDING.join("\n")}\n`, read: readRecordingFile },
  "a script of reports": {
    file: "day.csv",
    text: "# a day: 温度\nTemperature,LED_Color\n-13,Pink\n21,\n",
    read: async (file) => parseReportScript(await readInput(file), "day.csv", PET_HOUSE),
  },
};

function writeTemp(name: string, content: Uint8Array): string {
  const file = join(makeTempFolder(), name);
  writeFileSync(file, content);
  return file;
}

async function refusal(act: () => unknown): Promise<Pick<GizlabError, "code" | "message" | "at" | "hint">> {
  try {
    await act();
  } catch (error) {
    const { code, message, at, hint } = error as GizlabError;
    return { code, message, at, hint };
  }
  throw new Error("nothing was refused");
}

describe.each(Object.entries(KINDS))("%s", (_, { file: name, text, read }) => {
  it.each(ENCODING_NAMES)("is read from %s", async (encoding) => {
    const wanted = JSON.stringify(await read(writeTemp(name, Buffer.from(text))));
    const found = JSON.stringify(await read(writeTemp(name, ENCODINGS[encoding](text))));
    expect(found).toBe(wanted);
    expect(wanted).not.toMatch(/"why"|"problems":\[\{/);
  });

  it("is refused with line and column where a byte is not UTF-8", async () => {
    const file = writeTemp(name, Buffer.concat([Buffer.from(`${text}\n`), Buffer.from("# 50\xb0C\n", "latin1")]));
    const line = text.split("\n").length + 1;
    expect(await refusal(() => read(file))).toMatchObject({
      code: "text-encoding",
      message: "byte 0xB0 is not UTF-8",
      at: { file, line, column: 5 },
    });
  });

  it("is refused in words when it is a directory, missing, or not to be read", async () => {
    const folder = join(makeTempFolder(), name);
    mkdirSync(folder);
    expect((await refusal(() => read(folder))).message).toMatch(
      /it is a directory|the directory .* has no profile\.json/,
    );
    const missing = join(folder, "none");
    expect((await refusal(() => read(missing))).message).toMatch(/there is no such file|there is no profile/);
    // A file on the way.
    const below = join(writeTemp(name, Buffer.from(text)), "below");
    expect((await refusal(() => read(below))).message).toMatch(/a part of its path is a file|there is no profile/);
    if (process.getuid?.() === 0) return;
    const secret = writeTemp(name, Buffer.from(text));
    chmodSync(secret, 0);
    expect((await refusal(() => read(secret))).message).toBe(`${secret} cannot be read: permission denied`);
  });
});

describe("places in a text", () => {
  it.each(ENCODING_NAMES)("are those that an editor shows, from %s", async (encoding) => {
    const scenario = "name: 温\ndevices:\n  house: pet-hous\nsteps: []\n";
    const yaml = writeTemp("a.yaml", ENCODINGS[encoding](scenario));
    expect(checkScenario(await readInput(yaml), { file: yaml }).problems[0]?.at).toMatchObject({ line: 3, column: 10 });
    const csv = writeTemp("a.csv", ENCODINGS[encoding]("ts,Temperature\n\n1767225600,999\n"));
    expect(await readReports(csv)).toMatchObject([{ line: 3, column: 12 }]);
    const profile = writeTemp("a.json", ENCODINGS[encoding]('{\n  "name": "温",\n  "product_key": 5\n}\n'));
    expect((await refusal(() => loadProfile(profile))).at).toMatchObject({ line: 3, column: 18 });
  });
});

describe("the files of f07", () => {
  it("are the profile of the pet house and an empty seed", () => {
    const file = new URL("f07-profile-bom.json", CASES).pathname;
    expect(loadProfile(file).profile.datapoints).toEqual(PET_HOUSE.datapoints);
    expect(readSeedFile(new URL("f07-seed-bom.json", CASES).pathname)).toEqual({ credentials: {}, products: [] });
  });
});

describe("a file that cannot be written", () => {
  it.each<[string, (folder: string) => string, RegExp, RegExp | undefined]>([
    ["a directory", (folder) => folder, /cannot be written: it is a directory$/, undefined],
    [
      "in no directory",
      (folder) => join(folder, "no", "a.txt"),
      /its directory does not exist$/,
      /make the directory .*no first/,
    ],
    [
      "below a file",
      (folder) => join(folder, "file", "a.txt"),
      /a part of its path is a file, not a directory$/,
      undefined,
    ],
  ])("says why: %s", async (_, place, message, hint) => {
    const folder = makeTempFolder();
    writeFileSync(join(folder, "file"), "");
    for (const act of [() => writeNamedFile(place(folder), "x"), () => requireWritable(place(folder))]) {
      const refused = await refusal(act);
      expect(refused.code).toBe("file-unwritable");
      expect(refused.message).toMatch(message);
      if (hint === undefined) expect(refused.hint).toBeUndefined();
      else expect(refused.hint).toMatch(hint);
    }
  });

  it("is written as it is otherwise", () => {
    const file = join(makeTempFolder(), "a.txt");
    writeNamedFile(file, "温\r\n");
    expect(readNamedFile(file)).toBe("温\n");
  });
});
