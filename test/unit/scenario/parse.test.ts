import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findProfileFile } from "../../../src/lab/profiles.js";
import { checkScenario, parseScenario } from "../../../src/scenario/parse.js";
import { splitMark } from "../../support/marked-yaml.js";
import { makeTempFolder } from "../../support/temp-folder.js";

const HEAD = "devices:\n  house: pet-house\n  toy: { product: ai-toy, alive: false }\nsteps:\n";

/** The one problem of a text, which must stand where the mark is. */
function expectProblem(marked: string, code: string, words: RegExp): void {
  const { text, line, column } = splitMark(marked);
  const { scenario, problems } = checkScenario(text, { file: "s.yaml" });
  expect(scenario).toBeUndefined();
  expect(problems.map(({ code, at, message, hint }) => ({ code, at, message, hint }))).toHaveLength(1);
  const [problem] = problems;
  expect(problem?.at).toMatchObject({ file: "s.yaml", line, column });
  expect(problem?.code).toBe(code);
  const { message, expected, found, hint } = problem ?? {};
  expect([message, expected, found, hint].filter(Boolean).join(" | ")).toMatch(words);
}

describe("a scenario", () => {
  it("has defaults that make a run repeatable", () => {
    const scenario = parseScenario(`${HEAD}  - advance: 1h\n`, { file: "tests/warm house.yaml" });
    expect(scenario).toMatchObject({ name: "warm house", seed: 1, clock: "virtual", startAt: undefined });
    expect(scenario.products.map(({ name }) => name)).toEqual(["pet-house", "ai-toy"]);
    expect(scenario.devices).toEqual([
      { alias: "house", product: "pet-house", options: {}, line: 2 },
      { alias: "toy", product: "ai-toy", options: { isAlive: false }, line: 3 },
    ]);
  });

  it("says all of its head", () => {
    const device = "{ product: pet-house, report_every: 10s, alive: on, baud: 0 }";
    const head =
      "name: All\nseed: x\nclock: virtual\nstart: 2026-03-01T01:00:00+01:00\nprofiles: [ai-toy, pet-house]\n";
    const scenario = parseScenario(`${head}devices: { 狗屋: ${device} }\nsteps: [{ power: { 狗屋: off } }]`);
    expect(scenario).toMatchObject({ name: "All", seed: "x", startAt: Date.UTC(2026, 2, 1) });
    expect(scenario.products.map(({ name }) => name)).toEqual(["ai-toy", "pet-house"]);
    expect(scenario.devices[0]?.options).toEqual({ reportEveryMs: 10_000, isAlive: true, baud: 0 });
  });

  it("keeps each step's place and words", () => {
    const text = `${HEAD}  - wait: 500ms\n  - set:\n      house: { Temperature: 30, LED_Color: Pink }\n`;
    expect(parseScenario(text).steps.map(({ act: _, ...step }) => step)).toEqual([
      { kind: "wait", line: 5, column: 5, words: "wait 500ms" },
      { kind: "set", line: 6, column: 5, words: "set house: {Temperature: 30, LED_Color: Pink}" },
    ]);
  });

  it("shortens the words of a step that is long", () => {
    const [step] = parseScenario(`${HEAD}  - fault: { kind: http.error, route: "/${"x".repeat(190)}" }`).steps;
    expect(step?.words).toMatch(/^fault kind: http.error, route: "?\/x+…$/);
    expect(step?.words.length).toBe(160);
  });

  it("finds a profile beside itself, wherever it is run from", () => {
    const folder = makeTempFolder();
    mkdirSync(join(folder, "profiles"));
    cpSync(findProfileFile("pet-house"), join(folder, "profiles", "kennel.json"));
    const text =
      "profiles: [profiles/kennel.json]\ndevices: { a: kennel }\nsteps: [{ set: { a: { Temperature: 3 } } }]";
    expect(parseScenario(text, { file: join(folder, "s.yaml") }).products[0]?.name).toBe("kennel");
    expectProblem(text.replace("[profiles", "[¦profiles"), "scenario-invalid", /no profile/);
  });

  it("reports the mistakes of a profile beside itself as that file's", () => {
    const folder = makeTempFolder();
    writeFileSync(join(folder, "bad.json"), "{}");
    const text = "profiles: [bad.json]\ndevices: { a: pet-house }\nsteps: [{ advance: 1s }]";
    const { problems } = checkScenario(text, { file: join(folder, "s.yaml") });
    expect(problems[0]).toMatchObject({ code: "profile-invalid", at: { line: 1, column: 12 } });
  });

  it("takes values from anchors", () => {
    const text = `${HEAD}  - set: { house: &warm { Temperature: 30 } }\n  - expect: { house: { report: *warm } }\n`;
    expect(parseScenario(text).steps[1]?.words).toBe("expect house: {report: {Temperature: 30}}");
  });

  it("takes an alias for the last anchor of its name, whatever other aliases stand for", () => {
    const values = ["&outer { LED_R: &r 1 }", "{ LED_R: &r 2 }", "*outer", "{ LED_R: *r }"];
    const text = `${HEAD}${values.map((value) => `  - set: { house: ${value} }\n`).join("")}`;
    expect(parseScenario(text).steps.map(({ words }) => words)).toEqual(
      [1, 2, 1, 2].map((red) => `set house: {LED_R: ${red}}`),
    );
  });

  it("reports every problem, in the order of the text, and throws with the first", () => {
    const text = `clock: wal\n${HEAD}  - set: { hose: {} }\n  - set: { house: { LED_R: 300, LED_X: 1 } }\n  - jump: 1\n`;
    const { problems } = checkScenario(text);
    expect(problems.map(({ code, at }) => `${at?.line}:${at?.column} ${code} ${at?.path}`)).toEqual([
      "1:8 scenario-invalid clock",
      "6:12 scenario-invalid steps[0].set.hose",
      "7:28 attr-range steps[1].set.house.LED_R",
      "7:33 attr-unknown steps[1].set.house.LED_X",
      "8:5 scenario-invalid steps[2].jump",
    ]);
    expect(() => parseScenario(text)).toThrowError(
      expect.objectContaining({
        code: "scenario-invalid",
        hint: expect.stringMatching(/did you mean wall\?; and 4 more/),
      }),
    );
  });
});

describe("a text that is no scenario", () => {
  const LIST = "x: [1, 2]\n";
  it.each<[string, RegExp]>([
    ["¦", /empty/],
    ["¦# only a remark\n", /empty/],
    ["¦- a\n", /a scenario is a mapping/],
    [`${LIST}¦x: 3\n${HEAD}  - advance: 1s`, /x is given twice.*line 1/],
    ["devices: [1\n¦", /not YAML/],
    ["a: ¦!!pet 1\n", /not YAML: Unresolved tag/],
    ["a: 1\n¦---\nb: 2\n", /a file is one document/],
    ["a: ¦*b\n", /no anchor &b stands before/],
    ["? ¦[a]\n: 1\n", /a key is a plain word/],
    [`a: ¦${"[".repeat(60)}${"]".repeat(60)}\n`.replace(/¦(\[{40})/, "$1¦"), /nested more than 40/],
  ])("is refused: %j", (marked, words) => {
    const { text, line, column } = splitMark(marked);
    const found = checkScenario(text).problems.find(({ message, hint }) => words.test(`${message} ${hint}`));
    expect(found?.at).toMatchObject({ line, column });
  });

  it("is refused when it is big, deep, or small and expands to a lot", () => {
    const bomb = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let n = 1; n < 12; n += 1)
      bomb.push(
        `a${n}: &a${n} [${Array(10)
          .fill(`*a${n - 1}`)
          .join(", ")}]`,
      );
    for (const [text, words] of [
      ["x".repeat(1024 * 1024 + 1), /too big.*/],
      [bomb.join("\n"), /more than 100000 values/],
      ["&a [*a]", /nested more than 40/],
      ["[".repeat(100_000), /not YAML/],
      [Array.from({ length: 60_000 }, (_, n) => `k${n}: 1`).join("\n"), /more than|has no/],
    ] as const) {
      const { problems } = checkScenario(text);
      expect(problems[0]?.message).toMatch(words);
    }
  });
});

describe("the head of a scenario", () => {
  it.each<[string, RegExp, string?]>([
    [`¦devises: 1\n${HEAD}  - advance: 1s`, /a scenario has no devises.*did you mean devices/],
    ["¦devices: { a: pet-house }\n", /needs steps/],
    ["¦steps: [{ advance: 1s }]\n", /needs devices/],
    ["devices: ¦{}\nsteps: [{ advance: 1s }]", /devices is a mapping/],
    [`${HEAD.replace("steps:\n", "steps: ¦[]")}`, /at least one step/],
    [`name: ¦7\n${HEAD}  - advance: 1s`, /name is a text, not 7/],
    [`seed: ¦1.5\n${HEAD}  - advance: 1s`, /a seed is a whole number or a text, not 1.5/],
    [`start: ¦2026-03-01\n${HEAD}  - advance: 1s`, /a date, a time and a zone/],
    [`start: ¦2026-02-31T00:00:00Z\n${HEAD}  - advance: 1s`, /a date, a time and a zone/],
    [`start: ¦2026-02-01T25:00:00Z\n${HEAD}  - advance: 1s`, /a date, a time and a zone/],
    [`clock: wall\nstart: ¦2026-02-01T00:00:00Z\n${HEAD}  - wait: 1s`, /start is for a virtual clock/],
    [`profiles: ¦pet-house\n${HEAD}  - advance: 1s`, /profiles is a list/],
    [
      "profiles: [¦pet-hous]\ndevices: { a: pet-house }\nsteps: [{ advance: 1s }]",
      /no profile pet-hous.*did you mean pet-house/,
    ],
    ["profiles: [pet-house, ¦pet-house]\ndevices: { a: pet-house }\nsteps: [{ advance: 1s }]", /already the name/],
    [
      "profiles: [pet-house]\ndevices: { a: ¦ai-toy }\nsteps: [{ advance: 1s }]",
      /no product is called ai-toy.*known: pet-house/,
    ],
    ["devices: { a: ¦pethouse }\nsteps: [{ advance: 1s }]", /no product is called pethouse.*did you mean pet-house/],
    ["devices: { a: ¦}\nsteps: [{ advance: 1s }]", /a product is a text, not null/],
    ["devices: { a: ¦{ alive: true } }\nsteps: [{ advance: 1s }]", /device a needs product/],
    ["devices: { a: { product: ¦pet-hose } }\nsteps: [{ advance: 1s }]", /did you mean pet-house/],
    ["devices: { a: { product: pet-house, ¦alife: no } }\nsteps: [{ advance: 1s }]", /did you mean alive/],
    [
      "devices: { a: { product: pet-house, alive: ¦no } }\nsteps: [{ advance: 1s }]",
      /alive is true or false, not "no"/,
    ],
    [
      "devices: { a: { product: pet-house, report_every: ¦10 } }\nsteps: [{ advance: 1s }]",
      /"10" is not a duration.*unit/,
      "duration-invalid",
    ],
    ["devices: { a: { product: pet-house, report_every: ¦0s } }\nsteps: [{ advance: 1s }]", /out of range.*100ms to/],
    ["devices: { a: { product: pet-house, baud: ¦1 } }\nsteps: [{ advance: 1s }]", /baud, unless 0/],
    ["devices: { ¦within: pet-house }\nsteps: [{ advance: 1s }]", /no name for a device/],
    ['devices: { ¦"a b": pet-house }\nsteps: [{ advance: 1s }]', /no name for a device/],
  ])("is refused where it is wrong: %j", (marked, words, code = "scenario-invalid") => {
    expectProblem(marked, code, words);
  });
});

describe("a step", () => {
  it.each<[string, RegExp, string?]>([
    ["¦advance", /a step is a mapping with one key/],
    ["¦{}", /a step is a mapping with one key.*set, control/],
    ["¦expekt: { house: online }", /no step is called expekt.*did you mean expect\?/],
    ["¦toString: 1", /no step is called toString/],
    ["advance: 1h\n    ¦expect: { house: online }", /one key.*begin another step: - expect/],
    ["expect: { house: online }\n    ¦within: 10s", /one key.*indent within if it belongs to expect/],

    ["set: { ¦hose: { Temperature: 1 } }", /no device is called hose.*did you mean house/],
    ["set: ¦{}", /no device is named.*house, toy/],
    ["set: ¦house", /named in a mapping, not "house"/],
    ["set: { house: ¦30 }", /datapoints are a mapping, not 30/],
    ["set: { house: ¦{} }", /no datapoint is named/],
    ["set: { house: { ¦Temprature: 30 } }", /no datapoint Temprature.*did you mean Temperature/, "attr-unknown"],
    ["set: { house: { ¦__proto__: 30 } }", /no datapoint __proto__/, "attr-unknown"],
    ["set: { house: { Temperature: ¦warm } }", /a number.*"warm"/, "attr-type"],
    ["set: { house: { Temperature: ¦.nan } }", /a number/, "attr-type"],
    ["set: { house: { Temperature: ¦[30] } }", /Temperature is a value, not a list/],
    ["set: { house: { Temperature: ¦999 } }", /-13..187.*999/, "attr-range"],
    ["set: { house: { LED_Color: ¦Pnk } }", /did you mean "Pink"/, "attr-range"],
    ["control: { house: { ¦Temperature: 30 } }", /Temperature is read-only/, "attr-readonly"],
    ["control: { house: { LED_R: ¦red } }", /a number/, "attr-type"],

    ["expect: { house: ¦onlin }", /online, offline, or a mapping, not "onlin"/],
    ["expect: { house: { ¦raport: {} } }", /did you mean report/],
    ["expect: { house: ¦{} }", /nothing is named/],
    ["expect: { house: { report: ¦} }", /a mapping, not null.*\{\} is any/],
    ["expect: { house: { report: { ¦Humidty: 3 } } }", /did you mean Humidity/, "attr-unknown"],
    ["expect: { house: { report: { Temperature: ¦30.5 } } }", /never exactly that.*nearest it can be is 31/],
    ["expect: { house: { control: { ¦Temperature: 30 } } }", /read-only/, "attr-readonly"],
    ["expect: { house: { frame: { ¦command: report } } }", /frame has no command/],
    ["expect: { house: { frame: { cmd: ¦reprot } } }", /did you mean report/, "command-unknown"],
    ["expect: { house: { frame: { way: ¦upp } } }", /"upp" is no way.*did you mean up/],
    ["expect: { house: { frame: { sn: ¦256 } } }", /sn is a whole number from 0 to 255/],
    ["expect: { house: { frame: { payload: ¦04 } } }", /payload, in quotes, is a text, not 4/],
    ["expect: { house: { frame: { payload: ¦0g } } }", /not a hex digit/, "hex-invalid"],
    ["expect: { house: { frame: { attrs: { ¦LED: 1 } } } }", /no datapoint LED/, "attr-unknown"],
    ["expect: { house: online, within: ¦10 }", /"10" is not a duration/, "duration-invalid"],
    ["expect: ¦{ within: 10s }", /no device is named/],
    ["expect_no: { house: ¦online }", /what shall not come is a mapping/],
    ["expect_no: { house: { report: {} }, within: ¦2 s }", /"2 s" is not a duration/, "duration-invalid"],

    ["advance: ¦60", /"60" is not a duration/, "duration-invalid"],
    ["advance: ¦-1h", /not a duration/, "duration-invalid"],
    ["advance: ¦11y", /out of range.*10y/],
    ["wait: ¦{ for: 1s }", /not a duration/, "duration-invalid"],
    ["power: { house: ¦maybe }", /power is true or false, not "maybe"/],
    ["power: { toy: true, ¦hause: on }", /did you mean house/],

    ["fault: ¦uart.drop", /a fault is a mapping with its kind/],
    ["fault: { kind: ¦uart.dorp }", /"uart.dorp" is no fault.*did you mean uart.drop/],
    ["fault: { kind: uart.drop, ¦cuont: 1 }", /uart.drop has no cuont.*did you mean count/],
    ["fault: { kind: net.disconnect, ¦count: 1 }", /net.disconnect has no count/],
    ["fault: { kind: uart.drop, ¦did: abc }", /uart.drop has no did/],
    ["fault: { kind: uart.drop, device: ¦hose }", /"hose" is no device.*did you mean house/],
    ["fault: { kind: uart.drop, count: ¦0 }", /count is not right.*from 1/, "fault-invalid"],
    ["fault: { kind: uart.drop, probability: ¦2 }", /probability.*0 to 1/, "fault-invalid"],
    ["fault: { kind: uart.drop, cmd: ¦raport }", /did you mean report/, "fault-invalid"],
    ["fault: { kind: net.latency, delay: ¦500 }", /a span with its unit/, "fault-invalid"],
    ["fault: { kind: net.latency, delay: ¦500mss }", /200ms/, "fault-invalid"],
    ["fault: { kind: persona.stuck-sensor, datapoints: [Temperature, ¦Humidty] }", /did you mean Humidity/],
    ["fault: { kind: persona.stuck-sensor, device: toy, datapoints: [¦Temperature] }", /no device has a datapoint/],
    ["fault: { kind: uart.drop, as: ¦3 }", /as is a text, not 3/],
    ["fault: { kind: uart.drop, as: a }\n  - fault: { kind: uart.drop, as: ¦a }", /already called a/],
    ["remove_fault: ¦lost", /no fault in force is called lost.*known: none/],
    ["fault: { kind: uart.drop, as: lost }\n  - remove_fault: ¦lsot", /did you mean lost/],
    ["fault: { kind: uart.drop, as: a }\n  - remove_fault: a\n  - remove_fault: ¦a", /no fault in force/],
    ["save: b\n  - fault: { kind: uart.drop, as: a }\n  - restore: b\n  - remove_fault: ¦a", /no fault in force/],
    ["save: ¦7", /a snapshot's name is a text/],
    ['save: ¦" the seed"', /no name for a snapshot/, "snapshot-name"],
    ["save: ¦a/b", /no name for a snapshot/, "snapshot-name"],
    ["restore: ¦bound", /no step before this one saves bound/],
    ["save: bound\n  - restore: ¦bonud", /did you mean bound/],
  ])("is refused where it is wrong: %s", (step, words, code = "scenario-invalid") => {
    expectProblem(`${HEAD}  - ${step}\n`, code, words);
  });

  it("may not move a clock that moves by itself", () => {
    expectProblem(`clock: wall\n${HEAD}  - advance: ¦1h`, "scenario-invalid", /wall time moves by itself.*wait/);
  });

  it("says of hex that YAML takes for a number to put it in quotes", () => {
    const head = "devices: { pump: doser }\nsteps:\n";
    expectProblem(
      `${head}  - set: { pump: { ch1_schedule: ¦0012 } }`,
      "attr-type",
      /binary.*put the hex digits in quotes/,
    );
  });

  it("may use a fault's name again once it is free", () => {
    const fault = "  - fault: { kind: uart.drop, as: a }\n";
    const remove = "  - remove_fault: a\n";
    const text = `${HEAD}${fault}  - save: s\n${remove}${fault}${remove}  - restore: s\n${remove}${fault}`;
    expect(checkScenario(text).problems).toEqual([]);
  });
});
