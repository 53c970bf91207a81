import { describe, expect, it } from "vitest";
import { GizlabError } from "../../../src/core/errors.js";
import type { Lab } from "../../../src/lab/lab.js";
import { runScenario, type ScenarioOptions, type ScenarioResult, type StepResult } from "../../../src/scenario/run.js";

const HEAD = `start: 2026-03-01T00:00:00Z
devices:
  house: { product: pet-house, alive: false }
  shed: { product: pet-house, alive: false }
steps:
`;
/** The line of the first step. */
const FIRST = 6;
const START = Date.UTC(2026, 2, 1);

/** Runs steps, one a line, and looks at the lab just before it closes. */
function run(steps: readonly string[], options: ScenarioOptions & { readonly look?: (lab: Lab) => void } = {}) {
  const { look, ...rest } = options;
  const text = `${HEAD}${steps.map((step) => `  - ${step}\n`).join("")}`;
  return runScenario(text, { ...rest, ...(look === undefined ? {} : { onLab: (lab) => () => look(lab) }) });
}

function expectAllPassed({ ok, steps }: ScenarioResult): void {
  expect(steps.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
  expect(ok).toBe(true);
}

/** All steps passed but the last, which failed so. */
function expectLastFailed({ ok, steps }: ScenarioResult, code: string, message: RegExp): void {
  expect(steps.map(({ outcome }) => outcome)).toEqual([...steps.slice(1).map(() => "passed"), "failed"]);
  expect(steps.at(-1)).toMatchObject({ line: FIRST + steps.length - 1, error: { code } });
  expect(steps.at(-1)?.error?.message).toMatch(message);
  expect(ok).toBe(false);
}

const settled = "advance: 20s";
const warm = "set: { house: { Temperature: 30 } }";

describe("each kind of step", () => {
  it("set changes the device's own side, and expect waits for the report", async () => {
    expectAllPassed(await run([settled, warm, "expect: { house: { report: { Temperature: 30 } } }"]));
    const other = await run([settled, warm, "expect: { house: { report: { Temperature: 31 } }, within: 5s }"]);
    expectLastFailed(
      other,
      "expectation-failed",
      /no report Temperature=31 of pet-house .*within 5s\n[\s\S]*Temperature is 30, wanted 31/,
    );
  });

  it("control comes from the cloud, down to the frame", async () => {
    const light = "control: { house: { LED_OnOff: 1, LED_Color: 3 } }";
    expectAllPassed(
      await run([
        settled,
        light,
        "expect: { house: { control: { LED_OnOff: 1, LED_Color: Pink }, report: { LED_Color: 3 } } }",
        light,
        "expect: { house: { frame: { cmd: control, way: down, attrs: { LED_OnOff: true } } } }",
        "expect: { house: { frame: { cmd: control-ack, way: up } } }",
      ]),
    );
    const other = await run([settled, light, "expect: { house: { control: { LED_OnOff: 0 } }, within: 1s }"]);
    expectLastFailed(other, "expectation-failed", /LED_OnOff is true, wanted false/);
    const up = await run([settled, light, "expect: { house: { frame: { cmd: control, way: up } }, within: 1s }"]);
    expectLastFailed(up, "expectation-failed", /no frame control up/);
    const off = await run(["power: { house: off }", "expect: { house: offline }", light]);
    expectLastFailed(off, "device-offline", /offline/);
  });

  it("expect_no waits its whole span, and fails when it comes", async () => {
    const at: number[] = [];
    const look = (lab: Lab) => at.push(lab.clock.now());
    expectAllPassed(await run([settled, "expect_no: { house: { report: {}, control: {} }, within: 5s }"], { look }));
    expect(at[0]).toBeGreaterThanOrEqual(START + 25_000);
    expectLastFailed(
      await run([
        settled,
        "set: { house: { LED_R: 3 }, shed: { LED_R: 4 } }",
        "expect_no: { shed: { report: { LED_R: 4 } } }",
      ]),
      "expectation-failed",
      /a report LED_R=4 of pet-house .* came, which should not/,
    );
  });

  it("expect_no looks at the wire too", async () => {
    const light = "control: { house: { LED_OnOff: true } }";
    expectAllPassed(await run([settled, light, "expect_no: { house: { frame: { cmd: reboot-mcu } } }"]));
    const other = await run([settled, light, "expect_no: { house: { frame: { cmd: control-ack, way: up } } }"]);
    expectLastFailed(other, "expectation-failed", /a frame control-ack up of pet-house .* came, which should not/);
  });

  it("advance and wait move a virtual clock, and what falls due in it", async () => {
    const spans: number[] = [];
    const look = (lab: Lab) => spans.push(lab.clock.now());
    for (const steps of [["advance: 1s"], ["advance: 1s", "advance: 1h"], ["advance: 1s", "wait: 30m"]]) {
      expectAllPassed(await run(steps, { look }));
    }
    const [base = 0, hour, half] = spans;
    expect([hour, half]).toEqual([base + 3_600_000, base + 1_800_000]);
    expectAllPassed(await run(["advance: 11m", "expect: { house: { report: {} }, within: 0s }"]));
  });

  it("wait takes its time on a wall clock", async () => {
    const text = "clock: wall\ndevices: { house: { product: pet-house, baud: 0 } }\nsteps: [{ wait: 30ms }]";
    const { ok, steps } = await runScenario(text);
    expect(ok).toBe(true);
    expect(steps[0]?.wallMs).toBeGreaterThanOrEqual(29);
  });

  it("fault strikes the device it names and no other, until it is removed", async () => {
    const both = (value: number) => `set: { house: { LED_R: ${value} }, shed: { LED_R: ${value} } }`;
    const lost = "fault: { kind: uart.drop, device: house, direction: up, cmd: report, as: lost }";
    expectAllPassed(
      await run([
        settled,
        lost,
        both(1),
        "expect: { shed: { report: { LED_R: 1 } } }",
        "expect_no: { house: { report: { LED_R: 1 } } }",
        "remove_fault: lost",
        settled,
        both(2),
        "expect: { house: { report: { LED_R: 2 } }, shed: { report: { LED_R: 2 } } }",
      ]),
    );
  });

  it("remove_fault says so when the fault has run out by itself", async () => {
    const once = "fault: { kind: uart.duplicate, count: 1, as: twice }";
    const result = await run([settled, once, warm, "expect: { house: { report: {} } }", "remove_fault: twice"]);
    expectLastFailed(result, "fault-unknown", /the fault twice is over/);
  });

  it("restore puts back what save has kept: values, time, and the names of faults", async () => {
    const seen: unknown[] = [];
    const look = (lab: Lab) => seen.push([lab.devices[0]?.mcu.attrs.Temperature, lab.faults.list().length]);
    const steps = [
      settled,
      warm,
      "fault: { kind: uart.noise, as: a }",
      "save: warm",
      "remove_fault: a",
      "fault: { kind: uart.join, as: b }",
      "set: { house: { Temperature: 10 } }",
      "advance: 1h",
      "restore: warm",
    ];
    expectAllPassed(await run(steps, { look }));
    expectAllPassed(await run([...steps, "remove_fault: a", "expect: { house: online, shed: online }"], { look }));
    expect(seen).toEqual([
      [30, 1],
      [30, 0],
    ]);
  });

  it("power takes a device away and brings it back", async () => {
    const away = ["power: { house: off }", "expect: { house: offline, shed: online }"];
    expectAllPassed(await run([...away, "power: { house: on }", "expect: { house: online }"]));
    expectLastFailed(
      await run([...away, "expect: { house: online, within: 1m }"]),
      "expectation-failed",
      /no online state/,
    );
  });
});

describe("an expectation of several devices", () => {
  it("waits for all of them together, and no longer than they need", async () => {
    const at: number[] = [];
    const steps = [settled, "set: { house: { LED_R: 3 }, shed: { LED_R: 4 } }"];
    const look = (lab: Lab) => at.push(lab.clock.now());
    await run(steps, { look });
    expectAllPassed(
      await run([...steps, "expect: { house: { report: { LED_R: 3 } }, shed: { report: { LED_R: 4 } } }"], { look }),
    );
    const [before = 0, after = 0] = at;
    expect(after - before).toBeLessThan(1000);
  });

  it("has one span for all, and tells all that did not come", async () => {
    const expectation = "expect: { house: { report: { LED_R: 3 } }, shed: { report: { LED_R: 4 } }, within: 4s }";
    const result = await run([settled, expectation], {
      look: (lab) => expect(lab.clock.now()).toBeLessThan(START + 25_000),
    });
    expectLastFailed(result, "expectation-failed", /no report LED_R=3 [\s\S]*no report LED_R=4 /);
  });
});

describe("a run", () => {
  it("stops at the first step that fails, and says each as it comes", async () => {
    const told: StepResult[] = [];
    const steps = ["advance: 1s", "expect: { house: offline, within: 1s }", "advance: 1h", "save: never"];
    const result = await run(steps, { onStep: (step) => told.push(step) });
    expect(told).toEqual(result.steps);
    expect(told.map(({ line, outcome }) => `${line} ${outcome}`)).toEqual([
      "6 passed",
      "7 failed",
      "8 skipped",
      "9 skipped",
    ]);
    expect(result).toMatchObject({ name: "scenario", file: "scenario.yaml", seed: 1, ok: false, isInterrupted: false });
  });

  it("tells a device that cannot be brought up at its line, and runs no step", async () => {
    const result = await run(["advance: 1s"], {
      onLab: (lab) => {
        lab.device = () => Promise.reject(new GizlabError("mqtt-refused", "not you", { hint: "ask again" }));
        return () => {};
      },
    });
    expect(result.ok).toBe(false);
    expect(result.steps).toMatchObject([
      { kind: "devices", line: 3, outcome: "failed", error: { code: "mqtt-refused", message: "not you\nask again" } },
      { outcome: "skipped" },
    ]);
  });

  it("is alike to the last frame for equal seeds, the file's or one given instead", async () => {
    const runs: { seed: unknown; trace: string }[] = [];
    const steps = ["fault: { kind: uart.flip-bit, probability: 0.5, count: 3 }", "advance: 1h", warm, settled];
    for (const options of [{}, {}, { seed: 1 }, { seed: 2 }]) {
      const look = (lab: Lab) => runs.push({ seed: lab.seed, trace: JSON.stringify([...lab.trace]) });
      await run(steps, { ...options, look });
    }
    const [first, second, third, other] = runs;
    expect([second, third]).toEqual([first, first]);
    expect(other?.seed).toBe(2);
    expect(other?.trace).not.toBe(first?.trace);
  });

  it("counts what it touches when asked", async () => {
    const steps = [settled, "control: { house: { LED_R: 7 } }", "expect: { house: { control: {} } }"];
    expect((await run(steps)).coverage).toBeUndefined();
    const { coverage } = await run(steps, { coverage: true });
    expect(Object.keys(coverage?.datapoints ?? {})).toEqual(["pet-house"]);
    expect(coverage?.datapoints["pet-house"]?.controlled.touched).toEqual(["LED_R"]);
    expect(coverage?.commands.touched).toContain("wifi-status");
  });

  it("ends where it stands when it is interrupted", async () => {
    const text =
      "clock: wall\ndevices: { house: { product: pet-house, baud: 0 } }\nsteps:\n  - wait: 1ms\n  - expect_no: { house: { control: {} }, within: 1h }\n  - wait: 1ms\n";
    let interrupt = (): void => {};
    const interrupted = new Promise<void>((resolve) => {
      interrupt = resolve;
    });
    const result = await runScenario(text, { interrupted, onStep: () => interrupt() });
    expect(result).toMatchObject({ ok: false, isInterrupted: true });
    expect(result.steps.map(({ outcome }) => outcome)).toEqual(["passed", "skipped", "skipped"]);
  });

  it("hands the lab out before its first device, and back before it closes", async () => {
    const seen: string[] = [];
    await runScenario(`${HEAD}  - advance: 1s\n`, {
      onLab: (lab) => {
        seen.push(`${lab.devices.length} devices`);
        return () => {
          seen.push(`${lab.devices.length} devices`);
        };
      },
    });
    expect(seen).toEqual(["0 devices", "2 devices"]);
  });
});
