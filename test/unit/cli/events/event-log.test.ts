import { describe, expect, it } from "vitest";
import { EventLog, type EventLogOptions } from "../../../../src/cli/events/event-log.js";
import type { Output } from "../../../../src/cli/output.js";
import { VirtualClock } from "../../../../src/core/clock.js";
import type { TraceDetail } from "../../../../src/core/trace.js";

function createLog(options: EventLogOptions = {}) {
  const lines: string[] = [];
  const events: unknown[] = [];
  const output: Output = {
    isJson: false,
    line: (text) => lines.push(text),
    json: (value) => events.push(value),
    note: () => {},
  };
  const log = new EventLog(output, options);
  const show = (hop: string, detail: TraceDetail, at = 0) => log.show({ at, id: "t1", hop, detail });
  const marks = () => lines.filter((line) => line.includes("  !  ")).map((line) => line.slice(24));
  return { log, lines, events, show, marks };
}

const bad = (found: string, hint = "a byte was changed on the line: check baud rate"): TraceDetail => ({
  ...{
    way: "up",
    offset: 20,
    at: 19,
    reason: "checksum",
    clause: "uart.md 1",
    expected: "0x6E",
    found,
    hint,
    hex: "ffff",
  },
});

describe("the log of a wire", () => {
  it("explains a kind of mistake once, with everything, and counts the rest in words, not in JSON", () => {
    const { log, lines, events, show } = createLog();
    for (let count = 0; count < 13; count += 1) show("uart.bad", bad(`0x0${count % 10}`), count * 100);
    log.finish(5000);
    expect(lines).toEqual([
      "00:00:00.000  MCU ->    bad frame  ffff",
      "00:00:00.000  !         checksum at byte 19 of the frame, offset 20: expected 0x6E, found 0x00; a byte was changed on the line: check baud rate (uart.md 1)",
      "00:00:05.000  !         12 more like this: a byte was changed on the line",
    ]);
    expect(events).toHaveLength(13);
  });

  it("tells the count while it goes on, every ten seconds, and nothing at the end when nothing is left", () => {
    const { log, show, marks } = createLog();
    for (let second = 0; second <= 25; second += 1) show("uart.bad", bad("0x01"), second * 1000);
    log.finish(25_000);
    log.finish(25_000);
    expect(marks().slice(1)).toEqual([
      "10 more like this: a byte was changed on the line",
      "10 more like this: a byte was changed on the line",
      "5 more like this: a byte was changed on the line",
    ]);
  });

  it("tells the count within ten seconds when nothing more happens, and has no timer left", async () => {
    const clock = new VirtualClock(0);
    const { log, show, lines, marks } = createLog({ clock });
    show("uart.bad", bad("0x01"), clock.now());
    expect(clock.pending()).toEqual([]);
    await clock.advance(3000);
    for (let count = 0; count < 12; count += 1) show("uart.bad", bad("0x01"), clock.now());
    expect(marks()).toHaveLength(1);
    await clock.advance(7000);
    expect(lines.at(-1)).toBe("00:00:10.000  !         12 more like this: a byte was changed on the line");
    await clock.advance(60_000);
    show("uart.bad", bad("0x01"), clock.now());
    expect(marks()).toHaveLength(3);
    show("uart.bad", bad("0x01"), clock.now());
    log.finish(clock.now());
    expect([marks().length, clock.pending()]).toEqual([4, []]);
  });

  it("keeps the kinds apart: another mistake, a pattern, an answer, noise, a forgiven frame, a value, a dropped frame", () => {
    const { show, marks } = createLog();
    const report = { name: "report", sn: 1, cmd: "0x05", attrs: { Temperature: 250 } };
    const range = { Temperature: { value: 250, min: -13, max: 187 } };
    const hops: [string, TraceDetail][] = [
      ["uart.bad", bad("0x01")],
      [
        "uart.bad",
        bad("0x6F", "the checksum is always 1 too large, in 3 different frames: this is the code (uart.md 1)"),
      ],
      ["uart.unanswered", { name: "wifi-status", sn: 5, clause: "uart.md 2.1", hint: "it was sent 3 times" }],
      ["uart.unanswered", { name: "wifi-status", sn: 6, found_sn: 0, clause: "uart.md 1", hint: "echo the sn" }],
      [
        "uart.unanswered",
        { name: "heartbeat", sn: 7, found_sn: 0, constant_sn: true, clause: "uart.md 1", hint: "copy" },
      ],
      ["uart.late", { name: "wifi-status", sn: 7, hint: "answered after 350 ms" }],
      ["uart.noise", { bytes: 512, over_ms: 1000, bad_frames: 9, hex: "7e7e" }],
      [
        "uart.tolerated",
        { way: "up", name: "report", sn: 2, mistake: "unstuffed", hint: "FF not stuffed", hex: "ffff" },
      ],
      ["uart.up", { ...report, out_of_range: range }],
      ["uart.up", { ...report, problem: "too short (expected 10, found 0)" }],
      ["uart.refused", { code: "report-offline", name: "report", sn: 1, reason: "lost", hint: "wait", count: 1 }],
    ];
    for (const [hop, detail] of [...hops, ...hops]) show(hop, detail);
    expect(marks().map((text) => text.slice(0, 42))).toEqual([
      "checksum at byte 19 of the frame, offset 2",
      "checksum at byte 19 of the frame, offset 2",
      "no answer to wifi-status sn 5: it was sent",
      "no answer to wifi-status sn 6: echo the sn",
      "copy (uart.md 1)",
      "late answer to wifi-status sn 7: answered ",
      "512 bytes without a frame in the last seco",
      "report sn 2: FF not stuffed",
      "Temperature is 250, outside -13 to 187",
      "report: too short (expected 10, found 0)",
      "report sn 1: lost [report-offline]; wait",
    ]);
  });

  it("shows the notice of a frame that is not taken once, and counts it", () => {
    const { log, lines, show } = createLog();
    const notice = (sn: number): TraceDetail => ({ name: "illegal-message-from-module", sn, fields: { error: 1 } });
    for (let sn = 0; sn < 5; sn += 1) show("uart.down", notice(sn));
    log.finish(0);
    expect(lines).toEqual([
      "00:00:00.000  -> MCU    illegal-message-from-module sn 0  error=1 wrong checksum",
      "00:00:00.000  !         the module says that it does not take a frame (uart.md 2.9)",
      "00:00:00.000  !         4 more like this: the module says that it does not take a frame",
    ]);
  });

  it("shows each sound frame in one line, and one that the module sends again as such", () => {
    const { lines, show } = createLog();
    const status = { name: "wifi-status", cmd: "0x0D", sn: 3, hex: "ffff", fields: { status: 0x073a } };
    show("uart.down", status, 1);
    show("uart.down", status, 201);
    show("uart.up", { name: "wifi-status-ack", sn: 3, payload: "" }, 300);
    for (const at of [301, 302])
      show("uart.down", { name: "report-ack", cmd: "0x06", sn: 0, hex: "ffff", payload: "" }, at);
    expect(lines).toEqual([
      "00:00:00.001  -> MCU    wifi-status sn 3  0x073A station binding router cloud rssi=7",
      "00:00:00.201  -> MCU    wifi-status sn 3 (again)  0x073A station binding router cloud rssi=7",
      "00:00:00.300  MCU ->    wifi-status-ack sn 3",
      "00:00:00.301  -> MCU    report-ack sn 0",
      "00:00:00.302  -> MCU    report-ack sn 0",
    ]);
  });

  it.each([40, 60, 80])("never has a line longer than %i columns of a terminal; explanations go on below", (width) => {
    const { log, lines, show } = createLog({ width: () => width });
    show("uart.up", { name: "report", sn: 1, attrs: { text: "机智云".repeat(60), A: 1 } });
    show("uart.bad", { ...bad("0x01"), hex: "ff".repeat(80) });
    log.finish(0);
    for (const line of lines) {
      const columns = [...line].reduce((sum, character) => sum + (character > "\u2e80" ? 2 : 1), 0);
      expect(columns, line).toBeLessThanOrEqual(width);
    }
    expect(lines[0]?.endsWith("…")).toBe(true);
    expect(lines.slice(2).join("").replaceAll(/\s+/g, " ")).toContain("a byte was changed on the line");
  });

  it("has colours for a terminal only", () => {
    const detail = { name: "report", sn: 1, payload: "04" };
    for (const hasColour of [false, true]) {
      const { lines, show } = createLog({ hasColour });
      show("uart.up", detail);
      expect(lines[0]?.length).toBeGreaterThan(20);
      expect(lines[0] === "00:00:00.000  MCU ->    report sn 1  04").toBe(!hasColour);
    }
  });

  it("does not grow with the kinds of a line that is only noise", () => {
    const { log, show, marks } = createLog();
    for (let kind = 0; kind < 1000; kind += 1)
      show("uart.bad", bad("0x01", `mistake ${"abcdefghij"[kind % 10]}${"x".repeat(kind)}`));
    expect(marks()).toHaveLength(201);
    expect(marks().at(-1)).toMatch(/^more than 200 kinds of mistakes/);
    log.finish(0);
    expect(marks().slice(201)).toEqual(["799 more like this: mistakes of other kinds"]);
  });
});
