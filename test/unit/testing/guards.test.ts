import Sqlite from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import { replayLab } from "../../../src/lab/replay/replay-lab.js";
import { parseRecording } from "../../../src/record/recording.js";
import { startLab, type TestLab, type TestLabOptions } from "../../../src/testing.js";

async function openLab(options: TestLabOptions = {}): Promise<TestLab> {
  const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: 7, ...options });
  onTestFinished(() => lab.close());
  return lab;
}

describe("the kit refuses", () => {
  it.each<[object, RegExp]>([
    [{ clok: "virtual" }, /no option clok; did you mean clock\?/],
    [{ clock: "virtua" }, /wall or virtual, not virtua/],
    [{ startAt: Number.NaN }, /startAt/],
    [{ profiles: ["pet-hose"] }, /did you mean pet-house\?/],
  ])("to start with %j, and says why in the message itself", async (options, message) => {
    await expect(startLab({ profiles: ["pet-house"], ...options } as TestLabOptions)).rejects.toThrow(message);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 1e300, "99999999d", "5", null])("to move time by %j", async (span) => {
    const lab = await openLab();
    await expect(lab.clock.advance(span as number)).rejects.toMatchObject({ code: "duration-invalid" });
  });

  it("to wait for what the product can never say", async () => {
    const device = await (await openLab()).device("pet-house", { isAlive: false });
    const never: [object, RegExp][] = [
      [{ Temprature: 3 }, /did you mean Temperature\?/],
      [{ LED_Color: "Mauve" }, /LED_Color/],
      [{ Temperature: 3000 }, /-13/],
    ];
    for (const [attrs, message] of never) await expect(device.expectReport(attrs as never)).rejects.toThrow(message);
    const later = (async () => false) as never;
    await expect(device.expectReport(later, { within: "1s" })).rejects.toMatchObject({ code: "expectation-failed" });
    await expect(device.expectReport({}, { within: -5 as never })).rejects.toMatchObject({ code: "duration-invalid" });
  });

  it("whatever is asked of a closed lab, in one way", async () => {
    const lab = await openLab();
    const device = await lab.device("pet-house");
    await lab.close();
    for (const ask of [
      () => lab.device("pet-house"),
      () => lab.user(),
      () => lab.reset(),
      () => lab.clock.advance("1d"),
      () => lab.fetch("/status"),
      () => device.set({ Temperature: 1 }),
    ]) {
      await expect(async () => ask()).rejects.toMatchObject({ code: "lab-closed" });
    }
    await lab.close();
  });
});

describe("a test's own mistake stays its own:", () => {
  it("a question that throws fails its expectation, and the platform goes on", async () => {
    const device = await (await openLab()).device("pet-house", { isAlive: false });
    await device.control({ LED_R: 1 });
    const question = () => {
      throw new Error("no such thing");
    };
    await expect(device.expectReport(question)).rejects.toThrow("no such thing");
    await device.control({ LED_R: 2 });
    await device.expectReport({ LED_R: 2 });
  });
});

describe("snapshots", () => {
  it("whose names differ in case alone are two", async () => {
    const lab = await openLab();
    await lab.device("pet-house");
    await lab.save("base");
    await lab.device("pet-house");
    await lab.save("Base");
    await lab.restore("base");
    expect([lab.platform.devices.length, lab.platform.cloud.registry.list().length]).toEqual([1, 1]);
  });

  it("are made and put back one after another, whoever asks at once", async () => {
    const lab = await openLab();
    await lab.device("pet-house");
    await lab.save("b");
    const asked = [lab.reset(), lab.restore("b"), lab.save("c"), lab.reset(), lab.restore("c")];
    await Promise.all(asked);
    expect([...lab.platform.snapshots.names].sort()).toEqual(["b", "c"]);
    expect(lab.platform.devices).toHaveLength(1);
    await lab.clock.advance("1h");
  });

  it("from outside hold tables only: a view that never ends is refused, and so is a state with holes", async () => {
    const lab = await openLab();
    await lab.device("pet-house");
    await lab.save("good");
    const spoil = (sql: string): Uint8Array => {
      const file = new Sqlite(Buffer.from(lab.exportSnapshot("good")));
      file.exec(sql);
      const bytes = file.serialize();
      file.close();
      return bytes;
    };
    const endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i, i, i, i FROM n";
    for (const sql of [
      `DROP TABLE log; CREATE VIEW log AS ${endless}`,
      "CREATE TRIGGER t AFTER INSERT ON log BEGIN DELETE FROM log; END",
      `UPDATE lab_state SET state = '{"at":5,"devices":[]}'`,
    ]) {
      expect(() => lab.importSnapshot("bad", spoil(sql))).toThrowError(
        expect.objectContaining({ code: "snapshot-invalid" }),
      );
    }
    lab.importSnapshot("again", lab.exportSnapshot("good"));
    await lab.restore("again");
    expect(lab.platform.devices).toHaveLength(1);
  });

  it("go through fetch as the bytes they are", async () => {
    const lab = await openLab();
    await lab.save("whole");
    const answer = await lab.fetch("/_lab/snapshots/whole");
    const bytes = new Uint8Array(await answer.arrayBuffer());
    expect(Buffer.compare(bytes, Buffer.from(lab.exportSnapshot("whole")))).toBe(0);
    const put = await lab.fetch("/_lab/snapshots/copy", { method: "PUT", body: bytes });
    expect(put.status).toBe(200);
    expect((await lab.fetch("/_lab/snapshots/copy", { method: "DELETE" })).status).toBe(200);
    expect((await lab.fetch("/_lab/snapshots/copy")).status).toBe(404);
  });
});

describe("a recording", () => {
  it("of devices that were made at once can be made again", async () => {
    const lab = await openLab();
    const recording = lab.record();
    const [one, two] = await Promise.all([lab.device("pet-house"), lab.device("pet-house")]);
    await one.control({ LED_R: 3 });
    await lab.clock.advance("20m");
    await two.set({ Temperature: 30 });
    await two.expectReport({ Temperature: 30 });
    await lab.clock.advance("1m");
    const { compared, differences } = await replayLab(parseRecording(recording.text));
    expect([compared > 50, differences]).toEqual([true, []]);
  });
});
