import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import { openDatabase } from "../../../../src/cloud/store/database.js";
import { MIGRATIONS } from "../../../../src/cloud/store/migrations.js";
import { Settings } from "../../../../src/cloud/store/settings.js";
import { makeTempFolder } from "../../../support/temp-folder.js";

const FILE = "gizlab.sqlite";

function refusal(code: string) {
  return expect.objectContaining({ code, hint: expect.stringMatching(/--data/) });
}

describe("openDatabase", () => {
  it("makes the folder and all above it, and keeps what is written", () => {
    const folder = join(makeTempFolder(), "a", "b");
    const first = openDatabase(folder);
    new Settings(first).write("name", "value");
    first.close();
    const second = openDatabase(folder);
    expect(new Settings(second).read("name")).toBe("value");
    expect(new Settings(second).readOrMake("name", () => "other")).toBe("value");
    expect(new Settings(second).readOrMake("more", () => "made")).toBe("made");
    second.close();
  });

  it("keeps memory stores apart", () => {
    const [one, other] = [openDatabase(undefined), openDatabase(undefined)];
    new Settings(one).write("name", "value");
    expect(new Settings(other).read("name")).toBeUndefined();
    one.close();
    other.close();
  });

  it("takes every step of the schema once", () => {
    const folder = makeTempFolder();
    openDatabase(folder).close();
    const database = openDatabase(folder);
    expect(database.pragma("user_version", { simple: true })).toBe(MIGRATIONS.length);
    database.close();
  });

  it("tells a second opener that the folder is in use", () => {
    const folder = makeTempFolder();
    const first = openDatabase(folder);
    expect(() => openDatabase(folder)).toThrowError(refusal("store-busy"));
    first.close();
    openDatabase(folder).close();
  });

  it("refuses a folder of a newer gizlab, and lets go of it", () => {
    const folder = makeTempFolder();
    openDatabase(folder).close();
    const setVersion = (version: number): void => {
      const raw = new Sqlite(join(folder, FILE));
      raw.pragma(`user_version = ${version}`);
      raw.close();
    };
    setVersion(MIGRATIONS.length + 1);
    expect(() => openDatabase(folder)).toThrowError(
      expect.objectContaining({
        code: "store-newer",
        expected: `schema ${MIGRATIONS.length}`,
        found: String(MIGRATIONS.length + 1),
      }),
    );
    setVersion(MIGRATIONS.length);
    openDatabase(folder).close();
  });

  it.each<[string, (folder: string) => string]>([
    ["lies under a file", (folder) => join(folder, "file", "data")],
    ["is a file", (folder) => join(folder, "file")],
    ["holds something else under the store's name", (folder) => join(folder, "other")],
    ["holds a folder under the store's name", (folder) => join(folder, "strange")],
  ])("refuses a folder that %s", (_what, choose) => {
    const folder = makeTempFolder();
    writeFileSync(join(folder, "file"), "");
    mkdirSync(join(folder, "other"));
    writeFileSync(
      join(folder, "other", FILE),
      "this is no database, and long enough to tell that from an empty one ".repeat(20),
    );
    mkdirSync(join(folder, "strange", FILE), { recursive: true });
    expect(() => openDatabase(choose(folder))).toThrowError(refusal("store-unusable"));
  });
});

it("makes every store in memory with the schema and the rows that all steps lead to", () => {
  const read = (database: ReturnType<typeof openDatabase>) => {
    const query = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name";
    const objects = database.prepare<[], { type: string; name: string }>(query).all();
    const tables = objects.filter(({ type }) => type === "table");
    const counts = tables.map(({ name }) => database.prepare(`SELECT count(*) AS n FROM "${name}"`).get());
    return { objects, counts, version: database.pragma("user_version", { simple: true }) };
  };
  const [first, second] = [openDatabase(undefined), openDatabase(undefined)];
  const file = openDatabase(makeTempFolder());
  for (const database of [first, second, file]) onTestFinished(() => void database.close());
  expect(read(first)).toEqual(read(file));
  expect(read(second)).toEqual(read(file));
  expect(read(file).objects.length).toBeGreaterThan(20);
});
