import Sqlite from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { startLab } from "../../../src/lab/start-lab.js";
import { registerDevice } from "../../support/devices.js";
import { controlOf, failure } from "../../support/lab-calls.js";
import { makeTempFolder } from "../../support/temp-folder.js";

async function open(seed = "snapshots") {
  const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed });
  return { lab, control: controlOf(lab) };
}

test("a lab is put back as it was saved, under any of its names", async () => {
  const { lab, control } = await open();
  await using _ = lab;
  const states: unknown[] = [];
  for (const name of ["empty", "with a device: 1.0"]) {
    expect((await control.post<{ snapshots: string[] }>("/save", { name })).body.snapshots).toContain(name);
    states.push((await control.get("/state")).body);
    await lab.device("pet-house");
    await lab.advance("1h");
  }
  for (const [index, name] of ["empty", "with a device: 1.0", "empty"].entries()) {
    expect(await control.post("/restore", { name })).toMatchObject({ status: 200, body: {} });
    expect((await control.get("/state")).body).toEqual(states[index % 2]);
  }
  expect((await control.get("/snapshots")).body).toEqual({ snapshots: ["empty", "with a device: 1.0"] });
});

test("reset leads back to the beginning, again and again", async () => {
  const { lab, control } = await open();
  await using _ = lab;
  const ready = (await control.get("/state")).body;
  for (let round = 0; round < 3; round += 1) {
    await control.post("/devices", { product: "pet-house" });
    await control.post("/clock", { advance: "1d" });
    expect((await control.get("/state")).body).not.toEqual(ready);
    expect(await control.post("/reset")).toMatchObject({ status: 200, body: {} });
    expect((await control.get("/state")).body).toEqual(ready);
  }
});

test("reset is refused where the folder brought devices along", async () => {
  const folder = makeTempFolder();
  const start = () => startLab({ profiles: ["pet-house"], clock: "virtual", folder });
  {
    await using first = await start();
    await registerDevice(first);
    expect((await controlOf(first).post("/reset")).status).toBe(200);
    expect(first.cloud.registry.list()).toEqual([]);
    await registerDevice(first);
  }
  await using second = await start();
  await second.snapshots.saveSeed();
  expect(await controlOf(second).post("/reset")).toMatchObject(
    failure(409, "reset-refused", { hint: expect.stringContaining("--memory") as string }),
  );
  expect(second.cloud.registry.list()).toHaveLength(1);
});

describe("a snapshot as a file", () => {
  test("goes from one lab to another", async () => {
    const [here, there] = [await open(), await open("elsewhere")];
    await using _here = here.lab;
    await using _there = there.lab;
    await here.lab.device("pet-house");
    await here.control.post("/save", { name: "own" });
    const state = (await here.control.get("/state")).body;
    const file = await here.lab.server.inject({ method: "GET", url: "/_lab/snapshots/own" });
    expect(file.headers["content-type"]).toBe("application/octet-stream");
    expect(file.rawPayload.subarray(0, 15).toString()).toBe("SQLite format 3");
    const put = { method: "PUT", url: "/_lab/snapshots/theirs", payload: file.rawPayload } as const;
    // Whatever its sender says that it is.
    for (const type of ["application/octet-stream", "application/json", "text/plain"]) {
      const answer = await there.lab.server.inject({ ...put, headers: { "content-type": type } });
      expect([answer.statusCode, answer.json()]).toEqual([200, { snapshots: ["theirs"] }]);
    }
    await there.control.post("/restore", { name: "theirs" });
    expect((await there.control.get("/state")).body).toEqual(state);
  });

  test("is refused when it is none, and the older one of that name stays", async () => {
    const { lab, control } = await open();
    await using _ = lab;
    await control.post("/save", { name: "own" });
    const good = lab.snapshots.export("own");
    const foreign = new Sqlite(":memory:");
    foreign.exec("CREATE TABLE lab_state (schema INTEGER, state TEXT); INSERT INTO lab_state VALUES (0, '{}')");
    const bodies: Readonly<Record<string, Buffer>> = {
      nothing: Buffer.alloc(0),
      text: Buffer.from("no snapshot"),
      half: good.subarray(0, good.length / 2),
      "its head": good.subarray(0, 100),
      "of another version": foreign.serialize(),
      "another database": new Sqlite(":memory:").serialize(),
    };
    for (const [what, payload] of Object.entries(bodies)) {
      const answer = await lab.server.inject({ method: "PUT", url: "/_lab/snapshots/own", payload });
      expect({ status: answer.statusCode, body: answer.json() }, what).toMatchObject(failure(400, "snapshot-invalid"));
    }
    expect((await control.post("/restore", { name: "own" })).status).toBe(200);
  });
});

describe("names", () => {
  const NONE = ["", " x", " the seed", "a/b", "../x", "x".repeat(65), "é", "a\nb", '"; DROP TABLE devices; --'];

  test("that are none are refused", async () => {
    const { lab, control } = await open();
    await using _ = lab;
    for (const name of NONE) {
      // What is too long for any name does not even reach the lab.
      const code = name.length > 64 ? "request-invalid" : "snapshot-name";
      expect(await control.post("/save", { name }), name).toMatchObject(failure(400, code));
      expect(await control.post("/restore", { name }), name).toMatchObject(failure(400, code));
      if (name === "") continue;
      const url = `/snapshots/${encodeURIComponent(name)}`;
      expect(await control.get(url), name).toMatchObject(failure(400, code));
      expect(await control.put(url, "x"), name).toMatchObject(failure(400, code));
    }
    expect(lab.snapshots.names).toEqual([]);
  });

  test("that nothing was saved under are not found", async () => {
    const { lab, control } = await open();
    await using _ = lab;
    expect(await control.post("/restore", { name: "x" })).toMatchObject(
      failure(404, "snapshot-unknown", { hint: "nothing was saved yet" }),
    );
    await control.post("/save", { name: "y" });
    expect(await control.get("/snapshots/x")).toMatchObject(failure(404, "snapshot-unknown", { hint: "saved: y" }));
  });
});
