import { describe, expect, it } from "vitest";
import type { FaultSpec } from "../../../../src/testing.js";
import { openTestLab, Story } from "../../../support/lab-bench.js";

/**
 * A pet house at 9600 baud: its report takes 21 ms on the line, a control 17, an answer without payload 10. Whoever
 * waits for an answer sends again 200 ms after its last byte has left, three times in all (uart.md 3).
 */
const HOPS = ["uart.up", "uart.down", "fault", "mcu.control", "cloud.stored"];

async function openPetHouse() {
  const lab = await openTestLab();
  const device = await lab.device("pet-house", { isAlive: false });
  // The least gap between reports of the device's own is over.
  await lab.clock.advance("7s");
  return { lab, device, story: new Story(lab) };
}

/** What becomes of one report, with a fault that strikes once. */
async function report(fault: FaultSpec): Promise<string[]> {
  const { lab, device, story } = await openPetHouse();
  lab.faults.add({ count: 1, ...fault });
  story.begin();
  await device.set({ LED_R: 200 });
  await device.expectReport({ LED_R: 200 });
  await lab.clock.advance("1s");
  return story.lines(...HOPS);
}

/** What becomes of one control, with a fault that strikes once. */
async function control(fault: FaultSpec): Promise<string[]> {
  const { lab, device, story } = await openPetHouse();
  lab.faults.add({ count: 1, ...fault });
  story.begin();
  await device.control({ LED_R: 200 });
  await device.expectControl({ LED_R: 200 });
  await device.expectReport({ LED_R: 200 });
  await lab.clock.advance("1s");
  return story.lines(...HOPS);
}

describe("a report", () => {
  it.each<[string, FaultSpec, string[]]>([
    [
      "that is lost is sent again with the same sn",
      { kind: "uart.drop", direction: "up" },
      [
        "0 uart.up report 1",
        "0 fault uart.drop",
        "221 uart.up report 1",
        "242 uart.down report-ack 1",
        "242 cloud.stored",
      ],
    ],
    [
      "with a wrong checksum is answered with a notice of its sn, and sent again",
      { kind: "uart.bad-checksum", direction: "up" },
      [
        "0 uart.up report 1",
        "0 fault uart.bad-checksum",
        "21 uart.down illegal-message-from-module 1",
        "221 uart.up report 1",
        "242 uart.down report-ack 1",
        "242 cloud.stored",
      ],
    ],
    [
      "that arrives twice is answered and stored twice",
      { kind: "uart.duplicate", direction: "up" },
      [
        "0 uart.up report 1",
        "0 fault uart.duplicate",
        "21 uart.down report-ack 1",
        "21 cloud.stored",
        "42 uart.down report-ack 1",
        "42 cloud.stored",
      ],
    ],
    [
      "in two pieces arrives with the second one, in time",
      { kind: "uart.split", direction: "up", delay: "100ms" },
      ["0 uart.up report 1", "0 fault uart.split", "117 uart.down report-ack 1", "117 cloud.stored"],
    ],
    [
      "in two pieces far apart is sent again meanwhile, and both are understood",
      { kind: "uart.split", direction: "up", delay: "300ms" },
      [
        "0 uart.up report 1",
        "0 fault uart.split",
        "221 uart.up report 1",
        "317 uart.down report-ack 1",
        "317 cloud.stored",
        "338 uart.down report-ack 1",
        "338 cloud.stored",
      ],
    ],
    [
      "that waits for the next frame comes in one go with it, and both are understood",
      { kind: "uart.join", direction: "up" },
      [
        "0 uart.up report 1",
        "0 fault uart.join",
        "221 uart.up report 1",
        "263 uart.down report-ack 1",
        "263 uart.down report-ack 1",
        "263 cloud.stored",
        "263 cloud.stored",
      ],
    ],
    [
      "on a line that stands still is sent three times, and all come at last",
      { kind: "uart.stall", direction: "up", for: "500ms" },
      [
        "0 uart.up report 1",
        "0 fault uart.stall",
        "221 uart.up report 1",
        "442 uart.up report 1",
        "521 uart.down report-ack 1",
        "521 cloud.stored",
        "542 uart.down report-ack 1",
        "542 cloud.stored",
        "563 uart.down report-ack 1",
        "563 cloud.stored",
      ],
    ],
    [
      "behind noise is found in it",
      { kind: "uart.noise", direction: "up" },
      ["0 uart.up report 1", "0 fault uart.noise", "24 uart.down report-ack 1", "24 cloud.stored"],
    ],
    [
      "with another sn is answered with that one, at which the MCU does not look",
      { kind: "uart.bad-sn", direction: "up" },
      ["0 uart.up report 1", "0 fault uart.bad-sn", "21 uart.down report-ack 2", "21 cloud.stored"],
    ],
    [
      "that promises more bytes than it has is waited for until the next header",
      { kind: "uart.bad-length", direction: "up" },
      [
        "0 uart.up report 1",
        "0 fault uart.bad-length",
        "221 uart.up report 1",
        "242 uart.down report-ack 1",
        "242 cloud.stored",
      ],
    ],
    [
      "whose answer is lost is sent again, and stored again",
      { kind: "uart.no-ack", direction: "down" },
      [
        "0 uart.up report 1",
        "21 uart.down report-ack 1",
        "21 fault uart.no-ack",
        "21 cloud.stored",
        "221 uart.up report 1",
        "242 uart.down report-ack 1",
        "242 cloud.stored",
      ],
    ],
    [
      "whose answer comes late is sent again, once",
      { kind: "uart.late-ack", direction: "down", delay: "250ms" },
      [
        "0 uart.up report 1",
        "21 uart.down report-ack 1",
        "21 fault uart.late-ack",
        "21 cloud.stored",
        "221 uart.up report 1",
        "242 uart.down report-ack 1",
        "242 cloud.stored",
      ],
    ],
    [
      "whose answer comes late but in time is not sent again",
      { kind: "uart.late-ack", direction: "down", delay: "180ms" },
      ["0 uart.up report 1", "21 uart.down report-ack 1", "21 fault uart.late-ack", "21 cloud.stored"],
    ],
  ])("%s", async (_what, fault, lines) => {
    expect(await report(fault)).toEqual(lines);
  });

  it("with a flipped bit is not taken, and sent again 200 ms and a line time later", async () => {
    const lines = await report({ kind: "uart.flip-bit", direction: "up" });
    expect(lines.slice(0, 2)).toEqual(["0 uart.up report 1", "0 fault uart.flip-bit"]);
    expect(lines.slice(-3)).toEqual(["221 uart.up report 1", "242 uart.down report-ack 1", "242 cloud.stored"]);
  });

  it("that is lost three times is given up, and the next one makes up for it", async () => {
    const { lab, device, story } = await openPetHouse();
    lab.faults.add({ kind: "uart.drop", cmd: "report", count: 3 });
    story.begin();
    await device.set({ LED_R: 200 });
    await expect(device.expectReport({}, { within: "5s" })).rejects.toThrow(
      /last frames:\n(.*\n)*.*fault +kind "uart.drop"/,
    );
    expect(story.lines("uart.up")).toEqual(["0 uart.up report 1", "221 uart.up report 1", "442 uart.up report 1"]);
    await device.set({ LED_G: 3 });
    await device.expectReport({ LED_R: 200, LED_G: 3 });
  });
});

describe("a control", () => {
  const CARRIED_OUT = [
    "234 uart.up control-ack 3",
    "234 mcu.control",
    "234 uart.up report 1",
    "265 uart.down report-ack 1",
    "265 cloud.stored",
  ];
  const AGAIN = [
    "234 uart.up control-ack 3",
    "234 mcu.control",
    "234 uart.up report 2",
    "265 uart.down report-ack 2",
    "265 cloud.stored",
  ];

  it.each<[string, FaultSpec, string[]]>([
    [
      "that is lost is sent again with the same sn, and carried out once",
      { kind: "uart.drop", direction: "down" },
      ["0 uart.down control 3", "0 fault uart.drop", "217 uart.down control 3", ...CARRIED_OUT],
    ],
    [
      "with a wrong checksum is answered with a notice of its sn, and sent again",
      { kind: "uart.bad-checksum", direction: "down" },
      [
        "0 uart.down control 3",
        "0 fault uart.bad-checksum",
        "17 uart.up illegal-message-from-mcu 3",
        "217 uart.down control 3",
        ...CARRIED_OUT,
      ],
    ],
    [
      "that promises more bytes than it has is waited for until the next header",
      { kind: "uart.bad-length", direction: "down" },
      ["0 uart.down control 3", "0 fault uart.bad-length", "217 uart.down control 3", ...CARRIED_OUT],
    ],
    [
      "with another sn is answered with that one, which is no answer to the module: it is carried out twice",
      { kind: "uart.bad-sn", direction: "down" },
      [
        "0 uart.down control 3",
        "0 fault uart.bad-sn",
        "17 uart.up control-ack 4",
        "17 mcu.control",
        "17 uart.up report 1",
        "48 uart.down report-ack 1",
        "48 cloud.stored",
        "217 uart.down control 3",
        ...AGAIN,
      ],
    ],
    [
      "whose answer is lost is sent again, and carried out twice",
      { kind: "uart.no-ack", direction: "up" },
      [
        "0 uart.down control 3",
        "17 uart.up control-ack 3",
        "17 fault uart.no-ack",
        "17 mcu.control",
        "17 uart.up report 1",
        "38 uart.down report-ack 1",
        "38 cloud.stored",
        "217 uart.down control 3",
        ...AGAIN,
      ],
    ],
    [
      "whose answer has another sn is sent again",
      { kind: "uart.bad-sn", direction: "up", cmd: "control-ack" },
      [
        "0 uart.down control 3",
        "17 uart.up control-ack 3",
        "17 fault uart.bad-sn",
        "17 mcu.control",
        "17 uart.up report 1",
        "48 uart.down report-ack 1",
        "48 cloud.stored",
        "217 uart.down control 3",
        ...AGAIN,
      ],
    ],
    [
      "whose answer comes late is carried out twice, and nothing overtakes the answer on its line",
      { kind: "uart.late-ack", direction: "up", delay: "300ms" },
      [
        "0 uart.down control 3",
        "17 uart.up control-ack 3",
        "17 fault uart.late-ack",
        "17 mcu.control",
        "17 uart.up report 1",
        "217 uart.down control 3",
        "234 uart.up control-ack 3",
        "234 mcu.control",
        "234 uart.up report 2",
        "348 uart.down report-ack 1",
        "348 cloud.stored",
        "378 uart.down report-ack 2",
        "378 cloud.stored",
      ],
    ],
    [
      "behind noise is found in it",
      { kind: "uart.noise", direction: "down" },
      [
        "0 uart.down control 3",
        "0 fault uart.noise",
        "20 uart.up control-ack 3",
        "20 mcu.control",
        "20 uart.up report 1",
        "51 uart.down report-ack 1",
        "51 cloud.stored",
      ],
    ],
  ])("%s", async (_what, fault, lines) => {
    expect(await control(fault)).toEqual(lines);
  });

  it.each(["uart.duplicate", "uart.join", "uart.stall", "uart.split", "uart.flip-bit"] as const)(
    "that meets %s reaches the device all the same",
    async (kind) => {
      const lines = await control({ kind, direction: "down" });
      expect(lines[1]).toBe(`0 fault ${kind}`);
      expect(lines.filter((line) => line.endsWith("mcu.control")).length).toBeGreaterThanOrEqual(1);
    },
  );
});
