import { describe, expect, it } from "vitest";
import { MODES_OFF, type Modes, type ModesInput, stepModes } from "../../../src/gagent/modes.js";
import { ModuleBench, printDeviceInfo } from "../../support/module-bench.js";
import { BENCH_KEY } from "../../support/profile-document.js";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

const RUNNING: Modes = { ...MODES_OFF, isBindable: true, bindTimeoutS: 60 };
const SOFT_AP: Modes = { ...RUNNING, configuration: "soft-ap", isBindable: false };
const AIR_LINK: Modes = { ...RUNNING, configuration: "air-link", isBindable: false };

/** `configuration bindable testing: effects`. */
function spell(state: Modes, input: ModesInput): string {
  const { state: next, effects } = stepModes(state, input);
  const on = [next.configuration, next.isBindable ? "bindable" : "", next.isTesting ? "testing" : ""].filter(Boolean);
  const done = effects.map((one) => (one.kind === "arm" ? `${one.timer} ${one.ms / SECOND_MS}s` : `no ${one.timer}`));
  return `${on.join(" ")}: ${done.join(", ")}`;
}

const OPEN = "bind window 60s";
const TABLE: readonly (readonly [string, Modes, ModesInput, string])[] = [
  ["the device info", MODES_OFF, { kind: "mcu-known", bindTimeoutS: 60 }, `none bindable: ${OPEN}`],
  ["no limit to binding", MODES_OFF, { kind: "mcu-known", bindTimeoutS: 0 }, "none bindable: no bind window"],
  ["the device info late", SOFT_AP, { kind: "mcu-known", bindTimeoutS: 9 }, "soft-ap: "],
  ["09 01", RUNNING, { kind: "config-asked", mode: 1 }, "soft-ap: configuration 300s, no air-link, no bind window"],
  ["09 02", RUNNING, { kind: "config-asked", mode: 2 }, "air-link: configuration 300s, air-link 60s, no bind window"],
  ["09 07", SOFT_AP, { kind: "config-asked", mode: 7 }, "air-link: configuration 300s, air-link 60s, no bind window"],
  ["09 04", AIR_LINK, { kind: "config-asked", mode: 4 }, `none bindable: no configuration, no air-link, ${OPEN}`],
  ["09 04 in a network", RUNNING, { kind: "config-asked", mode: 4 }, "none bindable: "],
  ["a network", SOFT_AP, { kind: "configured" }, `none bindable: no configuration, no air-link, ${OPEN}`],
  ["60 s of AirLink", AIR_LINK, { kind: "expired", timer: "air-link" }, "soft-ap: "],
  [
    "5 min of configuration",
    SOFT_AP,
    { kind: "expired", timer: "configuration" },
    `none bindable: no configuration, no air-link, ${OPEN}`,
  ],
  ["15", { ...RUNNING, isBindable: false }, { kind: "bind-asked" }, `none bindable: ${OPEN}`],
  ["15 while configuring", SOFT_AP, { kind: "bind-asked" }, `soft-ap bindable: ${OPEN}`],
  ["the end of binding", RUNNING, { kind: "expired", timer: "bind window" }, "none: "],
  ["13", RUNNING, { kind: "test-asked" }, "none bindable testing: production test 180s"],
  ["18 scans", { ...RUNNING, isTesting: true }, { kind: "expired", timer: "production test" }, "none bindable: "],
];

describe("stepModes", () => {
  it.each(TABLE)("takes %s", (_what, state, input, expected) => expect(spell(state, input)).toBe(expected));
});

describe("a module that is told to change its mode", () => {
  it("shows SoftAP as 0005, leaves the cloud, and is back after 5 min (uart.md 2.3, 2.4, 3)", async () => {
    const bench = await ModuleBench.create();
    await bench.goOnline();
    expect(await bench.say(0x09, 1, "01")).toEqual(["0A"]);
    expect([bench.module.state.kind, bench.cloud.connected]).toEqual(["configuring", 0]);
    await bench.advance(SECOND_MS);
    expect(bench.heard()).toEqual(["0D 00 05"]);
    await bench.advance(5 * MINUTE_MS - SECOND_MS - 1);
    expect(bench.heard().filter((said) => said !== "07")).toEqual([]);
    await bench.advance(1);
    expect(bench.heard()).toEqual(["0D 07 1A", "0D 07 3A"]);
    expect(bench.cloud.calls.filter((call) => call.startsWith("POST")).length).toBe(1);
  });

  it("shows AirLink as 0004, and SoftAP after 60 s of it", async () => {
    const bench = await ModuleBench.create();
    await bench.goOnline();
    await bench.say(0x09, 1, "02");
    await bench.advance(62 * SECOND_MS);
    expect(bench.heard().filter((said) => said !== "07")).toEqual(["0D 00 04", "0D 00 05"]);
    await bench.advance(4 * MINUTE_MS);
    expect(bench.module.state.kind).toBe("online");
  });

  it("waits with configuration for the device info", async () => {
    const bench = await ModuleBench.create();
    bench.unanswered.add(0x01);
    bench.module.start();
    await bench.settle();
    await bench.say(0x09, 1, "01");
    bench.unanswered.clear();
    await bench.advance(2 * SECOND_MS);
    expect([bench.module.state.kind, bench.cloud.calls]).toEqual(["configuring", []]);
    await bench.advance(5 * MINUTE_MS);
    expect(bench.module.state.kind).toBe("online");
  });

  it("ends configuration by a restart (29), which loses every mode", async () => {
    const bench = await ModuleBench.create();
    await bench.goOnline();
    await bench.say(0x13, 1);
    await bench.say(0x09, 2, "01");
    await bench.say(0x29, 3);
    await bench.advance(SECOND_MS);
    expect(bench.heard()).toEqual(["01", "0D 07 1A", "0D 07 3A"]);
  });

  it("closes binding after bindTimeout, and opens it again for as long at 15 (uart.md 2.5)", async () => {
    const bench = await ModuleBench.create();
    bench.deviceInfo = printDeviceInfo(BENCH_KEY);
    bench.deviceInfo.set([0, 30], bench.deviceInfo.length - 2);
    await bench.goOnline();
    expect(bench.heard()).toEqual(["01", "0D 07 1A", "0D 07 3A"]);
    await bench.advance(31 * SECOND_MS);
    expect(bench.heard()).toEqual(["0D 07 32"]);
    await bench.say(0x15, 1);
    await bench.advance(20 * SECOND_MS);
    expect(bench.heard()).toEqual(["0D 07 3A"]);
    await bench.say(0x15, 2);
    await bench.advance(20 * SECOND_MS);
    expect(bench.heard().filter((said) => said !== "07")).toEqual([]);
    await bench.advance(11 * SECOND_MS);
    expect(bench.heard().filter((said) => said !== "07")).toEqual(["0D 07 32"]);
  });

  it("shows a production test in bit 12 for its 180 s of scans (uart.md 2.5)", async () => {
    const bench = await ModuleBench.create();
    await bench.goOnline();
    await bench.say(0x13, 1);
    await bench.advance(SECOND_MS);
    expect(bench.heard()).toEqual(["0D 17 3A"]);
    await bench.advance(180 * SECOND_MS);
    expect(bench.heard().filter((said) => said !== "07")).toEqual(["0D 07 3A"]);
  });

  it("goes on with its modes where it was saved", async () => {
    const bench = await ModuleBench.create();
    await bench.goOnline();
    await bench.say(0x09, 1, "02");
    await bench.advance(10 * SECOND_MS);
    const saved = JSON.parse(JSON.stringify(bench.module.save())) as ReturnType<typeof bench.module.save>;
    await bench.advance(20 * MINUTE_MS);
    bench.heard();
    await bench.module.load(saved);
    bench.module.resume();
    await bench.advance(51 * SECOND_MS);
    expect(bench.heard().filter((said) => said !== "07")).toEqual(["0D 00 05"]);
    await bench.advance(5 * MINUTE_MS);
    expect(bench.module.state.kind).toBe("online");
  });

  it("leaves the cloud alone when it waits to try again, and tries at most every longestPauseMs", async () => {
    const bench = await ModuleBench.create({ longestPauseMs: 5000 });
    bench.cloud.trouble = "http-down";
    await bench.goOnline();
    await bench.advance(60 * SECOND_MS);
    expect(bench.cloud.calls.length).toBe(13);
  });
});
