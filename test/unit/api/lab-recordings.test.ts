import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { describe, expect, test, vi } from "vitest";
import type { TraceEntry } from "../../../src/core/trace.js";
import { startLab } from "../../../src/lab/start-lab.js";
import { parseRecording } from "../../../src/record/recording.js";
import { controlOf, failure } from "../../support/lab-calls.js";
import { pollUntil } from "../../support/poll.js";

interface Hops {
  readonly entries: readonly TraceEntry[];
}
interface RecordingAnswer {
  readonly id: string;
  readonly entries: number;
  readonly isRunning: boolean;
}

async function open(options: { http?: boolean } = {}) {
  const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: "recordings", ...options });
  const device = await lab.device("pet-house", { isAlive: false, baud: 0 });
  return { lab, device, did: device.did ?? "", control: controlOf(lab) };
}

describe("the trace", () => {
  test("holds all hops of a control under one id", async () => {
    const { lab, did, control } = await open();
    await using _ = lab;
    await control.post(`/devices/${did}/control`, { attrs: { LED_R: 56 } });
    await lab.advance("5s");
    const { entries } = (await control.get<Hops>(`/trace?did=${did}`)).body;
    expect(new Set(entries.map((entry) => entry.did))).toEqual(new Set([did]));
    const id = entries.find(({ hop }) => hop === "mcu.control")?.id;
    const road = (await control.get<Hops>(`/trace?id=${id}`)).body.entries;
    expect(road.map(({ hop }) => hop)).toEqual([
      ...["cloud.control", "mqtt.down", "uart.down", "uart.up", "mcu.control"],
      ...["uart.up", "uart.down", "mqtt.up", "cloud.stored"],
    ]);
    expect((await control.get<Hops>(`/trace?id=${id}&did=${did}&limit=3`)).body.entries).toEqual(road.slice(-3));
    expect((await control.get<Hops>("/trace?follow=false")).body.entries).toEqual(
      JSON.parse(JSON.stringify([...lab.trace])),
    );
  });

  test("refuses devices nobody has, and what is no id and no limit", async () => {
    const { lab, control } = await open();
    await using _ = lab;
    expect((await control.get("/trace?id=t999999")).body).toEqual({ entries: [] });
    for (const follow of ["", "&follow=true"]) {
      expect(await control.get(`/trace?did=nobody${follow}`)).toMatchObject(failure(404, "device-unknown"));
      for (const query of ["id=12", "id=", "id=t1;", "limit=0", "limit=-1", "limit=1e3", "limit=", "limit=9999999"]) {
        expect(await control.get(`/trace?${query}${follow}`), query).toMatchObject(failure(400, "request-invalid"));
      }
    }
    for (const follow of ["", "1", "yes"]) {
      expect(await control.get(`/trace?follow=${follow}`), follow).toMatchObject(failure(400, "request-invalid"));
    }
  });
});

describe("following the trace", () => {
  /** Counts who listens to the trace. */
  function countListeners(lab: Awaited<ReturnType<typeof open>>["lab"]): () => number {
    let listeners = 0;
    const listen = lab.trace.listen.bind(lab.trace);
    vi.spyOn(lab.trace, "listen").mockImplementation((listener) => {
      listeners += 1;
      const stop = listen(listener);
      return () => {
        listeners -= 1;
        stop();
      };
    });
    return () => listeners;
  }

  async function follow(url: string, signal: AbortSignal) {
    const response = await fetch(url, { signal });
    const lines = createInterface({ input: Readable.fromWeb(response.body as never) });
    lines.on("error", () => {});
    return { response, lines: lines[Symbol.asyncIterator]() };
  }

  test("streams a JSON object a line, of the wanted device only, and ends with its reader", async () => {
    const { lab, did, device, control } = await open({ http: true });
    await using _ = lab;
    const listeners = countListeners(lab);
    const reader = new AbortController();
    const { response, lines } = await follow(`${lab.httpUrl}/_lab/trace?follow=true&did=${did}`, reader.signal);
    expect(response.headers.get("content-type")).toBe("application/x-ndjson");
    expect(await lines.next()).toEqual({ done: false, value: "" });
    expect(listeners()).toBe(1);
    await control.post("/clock", { advance: "1s" });
    lab.control(did, { LED_R: 5 });
    await lab.advance("5s");
    const heard: TraceEntry[] = [];
    while (heard.at(-1)?.hop !== "cloud.stored") heard.push(JSON.parse((await lines.next()).value) as TraceEntry);
    expect(new Set(heard.map((entry) => entry.did))).toEqual(new Set([did]));
    expect(heard.map(({ hop }) => hop)).toContain("mcu.control");
    reader.abort();
    await pollUntil(
      "end of listening",
      async () => listeners(),
      (count) => count === 0,
    );
    lab.set(device, { LED_R: 6 });
    await lab.advance("5s");
  });

  test("does not keep a lab from ending", async () => {
    const { lab } = await open({ http: true });
    const listeners = countListeners(lab);
    const reader = new AbortController();
    const { lines } = await follow(`${lab.httpUrl}/_lab/trace?follow=true`, reader.signal);
    await lines.next();
    await lab.close();
    // The last hops may come yet, and then the end, which is no clean one.
    await expect(
      (async () => {
        while ((await lines.next()).done !== true);
        throw new Error("the end");
      })(),
    ).rejects.toThrow(/terminated|the end/);
    expect(listeners()).toBe(0);
  });

  test("costs a reader who is too slow his hops, not the lab its memory", async () => {
    const { lab, did } = await open({ http: true });
    await using _ = lab;
    const reader = new AbortController();
    const { lines } = await follow(`${lab.httpUrl}/_lab/trace?follow=true`, reader.signal);
    await lines.next();
    const burst = 400;
    for (let n = 0; n < burst; n += 1) lab.trace.record(n, "made.up", { did }, { text: "x".repeat(100_000) });
    // What is under way arrives; then there is room again.
    const heard: string[] = [];
    const isLast = (): boolean => heard.at(-1) === "made.last";
    while (!isLast()) {
      heard.push((JSON.parse((await lines.next()).value) as TraceEntry).hop);
      if (heard.length === 10) lab.trace.record(burst, "made.last", { did });
    }
    expect(heard.length).toBeGreaterThan(10);
    expect(heard.length).toBeLessThan(burst / 4);
    reader.abort();
  });
});

describe("recordings", () => {
  test("hold what happens between their beginning and their end", async () => {
    const { lab, did, control } = await open();
    await using _ = lab;
    const begun = await control.post<RecordingAnswer>("/recordings", {});
    expect(begun).toMatchObject({ status: 201, body: { entries: 0, isRunning: true } });
    const path = `/recordings/${begun.body.id}`;
    lab.control(did, { LED_R: 56 });
    await lab.advance("5s");
    const stopped = (await control.post<RecordingAnswer>(`${path}/stop`)).body;
    expect(stopped).toMatchObject({ id: begun.body.id, isRunning: false });
    lab.control(did, { LED_R: 57 });
    await lab.advance("5s");
    expect((await control.post(`${path}/stop`)).body).toEqual(stopped);
    expect((await control.get("/recordings")).body).toEqual({ recordings: [stopped] });
    const file = await lab.server.inject({ method: "GET", url: `/_lab${path}` });
    expect(file.headers["content-type"]).toMatch(/^application\/x-ndjson/);
    const { header, entries } = parseRecording(file.body);
    expect(header).toMatchObject({ seed: "recordings", clock: "virtual", redacted: true });
    expect(entries).toHaveLength(stopped.entries);
    expect(entries[0]).toMatchObject({ hop: "cloud.control", detail: { attrs: { LED_R: 56 } } });
    expect(JSON.stringify(entries)).not.toContain('"LED_R":57');
    expect(await control.remove(path)).toMatchObject({ status: 200, body: {} });
    expect((await control.get("/recordings")).body).toEqual({ recordings: [] });
  });

  test("hold secrets only when asked to", async () => {
    const { lab, control } = await open();
    await using _ = lab;
    const ids: string[] = [];
    for (const secrets of [false, true])
      ids.push((await control.post<RecordingAnswer>("/recordings", { secrets })).body.id);
    await lab.device("pet-house");
    const headers: boolean[] = [];
    for (const id of ids) headers.push(parseRecording((await control.get(`/recordings/${id}`)).text).header.redacted);
    expect(headers).toEqual([true, false]);
  });

  test("are limited in number, not in how often they are made", async () => {
    const { lab, control } = await open();
    await using _ = lab;
    const ids: string[] = [];
    for (;;) {
      const { status, body } = await control.post<RecordingAnswer>("/recordings", {});
      if (status !== 201) break;
      ids.push(body.id);
      expect(ids.length).toBeLessThan(100);
    }
    expect(await control.post("/recordings", {})).toMatchObject(failure(409, "recording-limit"));
    for (const id of ids) await control.remove(`/recordings/${id}`);
    const { status, body } = await control.post<RecordingAnswer>("/recordings", {});
    expect(status).toBe(201);
    expect(ids).not.toContain(body.id);
  });

  test("that were never begun are not found", async () => {
    const { lab, control } = await open();
    await using _ = lab;
    for (const id of ["r1", "__proto__", encodeURIComponent("../x")]) {
      expect(await control.get(`/recordings/${id}`), id).toMatchObject(failure(404, "recording-unknown"));
      expect(await control.post(`/recordings/${id}/stop`), id).toMatchObject(failure(404, "recording-unknown"));
      expect(await control.remove(`/recordings/${id}`), id).toMatchObject(failure(404, "recording-unknown"));
    }
    expect(await control.post("/recordings", { secrets: "yes" })).toMatchObject(failure(400, "request-invalid"));
  });
});

test("coverage counts datapoints, commands, errors and faults", async () => {
  const { lab, did, control } = await open();
  await using _ = lab;
  await control.get("/coverage");
  await control.post("/faults", { kind: "uart.noise", count: 1 });
  lab.control(did, { LED_R: 56 });
  await lab.advance("5s");
  await control.post("/clock", { advance: "soon" });
  expect((await control.get("/coverage")).body).toMatchObject({
    datapoints: { "pet-house": { controlled: { touched: ["LED_R"] }, reported: { untouched: [] } } },
    commands: { touched: expect.arrayContaining(["p0-down", "p0-down-ack"]) as string[] },
    error_codes: ["duration-invalid"],
    faults: { touched: ["uart.noise"] },
  });
});
