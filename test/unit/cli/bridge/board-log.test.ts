import { describe, expect, it } from "vitest";
import { BoardLog } from "../../../../src/cli/bridge/board-log.js";
import type { Output } from "../../../../src/cli/output.js";
import type { TraceDetail } from "../../../../src/core/trace.js";

function createLog() {
  const lines: string[] = [];
  const events: unknown[] = [];
  const notes: string[] = [];
  const output: Output = {
    isJson: false,
    line: (text) => lines.push(text.slice(14)),
    json: (value) => events.push(value),
    note: (text) => notes.push(text),
  };
  const log = new BoardLog(output);
  const show = (hop: string, detail: TraceDetail) => log.show({ at: 0, id: "t1", hop, detail });
  return { log, lines, events, notes, show };
}

const QUESTION = { name: "get-device-info", sn: 0, payload: "" };
const TROUBLE = { code: "cloud-unreachable", message: "no cloud answers" };

describe("the live log", () => {
  it("leaves the repeated question out until the board speaks, and JSON has all of it", () => {
    const { lines, events, notes, show } = createLog();
    for (let count = 0; count < 20; count += 1) show("uart.down", QUESTION);
    expect([lines.length, events.length, notes.length]).toEqual([3, 20, 1]);
    show("uart.up", { name: "report", sn: 1, payload: "" });
    show("uart.down", QUESTION);
    expect(lines.length).toBe(5);
    expect(events[0]).toEqual({ event: "uart.down", at: 0, id: "t1", hop: "uart.down", detail: QUESTION });
  });

  it("keeps the board's product_secret to itself, in words and as JSON", () => {
    const { lines, events, show } = createLog();
    const fields = { product_key: "k".repeat(32), product_secret: "5ec2e7".repeat(5) };
    show("uart.up", { hex: "ffff", cmd: "0x02", name: "device-info", sn: 0, payload: "5ec2e7", fields });
    expect(lines.join() + JSON.stringify(events)).not.toContain("5ec2e7");
    expect(lines[0]).toContain("k".repeat(32));
  });

  it("shows of a report what has changed, all of it after the board has told who it is, and in JSON always", () => {
    const { lines, events, show } = createLog();
    const report = (sn: number, attrs: TraceDetail): void =>
      show("uart.up", { name: "report", sn, payload: "", attrs });
    report(0, { LED_OnOff: false, Temperature: 20 });
    report(1, { LED_OnOff: false, Temperature: 21 });
    report(2, { LED_OnOff: false, Temperature: 21 });
    show("uart.up", { name: "device-info", sn: 0, payload: "", fields: { product_key: "k" } });
    report(0, { LED_OnOff: false, Temperature: 21 });
    expect(lines).toEqual([
      "MCU ->    report sn 0  LED_OnOff=false Temperature=20",
      "MCU ->    report sn 1  Temperature=21  (1 as before)",
      "MCU ->    report sn 2  (2 as before)",
      "MCU ->    device-info sn 0  product_key=k",
      "MCU ->    report sn 0  LED_OnOff=false Temperature=21",
    ]);
    expect(events[2]).toMatchObject({ detail: { attrs: { LED_OnOff: false, Temperature: 21 } } });
    expect(JSON.stringify(events)).not.toContain("before");
  });

  it("says that the cloud is away once, whatever is tried, and again after it was there", () => {
    const { lines, show } = createLog();
    for (let count = 0; count < 3; count += 1) {
      show("module.state", { state: "registering" });
      show("module.trouble", TROUBLE);
      show("module.state", { state: "waiting" });
    }
    expect(lines).toEqual(["module    registering at the cloud", "trouble   no cloud answers [cloud-unreachable]"]);
    show("module.state", { state: "online" });
    show("module.trouble", TROUBLE);
    expect(lines.slice(2)).toEqual(["module    online", "trouble   no cloud answers [cloud-unreachable]"]);
  });
});
