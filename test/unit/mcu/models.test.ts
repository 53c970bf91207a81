import { describe, expect, it } from "vitest";
import { createSeededRandom } from "../../../src/core/random.js";
import type { Attrs } from "../../../src/mcu/model.js";
import { createAiToy } from "../../../src/mcu/models/ai-toy.js";
import { createAirConditioner } from "../../../src/mcu/models/air-conditioner.js";
import { createDoser } from "../../../src/mcu/models/doser.js";
import { createGenericModel, type ModelDatapoint } from "../../../src/mcu/models/generic.js";
import { createPetHouse } from "../../../src/mcu/models/pet-house.js";
import { createPhMeter } from "../../../src/mcu/models/ph-meter.js";
import { findModel } from "../../../src/mcu/models/registry.js";
import { createSmartLight } from "../../../src/mcu/models/smart-light.js";
import { createSmartMeter } from "../../../src/mcu/models/smart-meter.js";
import { createWaveMaker } from "../../../src/mcu/models/wave-maker.js";
import { createWorld } from "../../../src/mcu/models/world/world.js";
import { Bench, controlsOf, MODELS, readAttrs, START, type VendorAttr } from "./models/model-bench.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const averageOf = (history: readonly Attrs[], name: string): number =>
  history.reduce((sum, attrs) => sum + Number(attrs[name]), 0) / history.length;

/** What is wrong with a value, or nothing. */
function explainMisfit(attr: VendorAttr, value: Attrs[string] | undefined): string | undefined {
  const misfit = `${attr.name} = ${String(value)}`;
  if (attr.data_type === "bool") return typeof value === "boolean" ? undefined : misfit;
  if (attr.data_type === "enum") return attr.enum?.includes(String(value)) ? undefined : misfit;
  if (attr.data_type === "binary") {
    return /^([0-9a-f]{2})*$/.test(String(value)) && String(value).length === attr.position.len * 2
      ? undefined
      : misfit;
  }
  const spec = attr.uint_spec;
  if (spec === undefined || typeof value !== "number") return misfit;
  const x = (value - spec.addition) / spec.ratio;
  const isOnGrid = Math.abs(x - Math.round(x)) < 1e-6 * Math.max(1, x) && String(value).length < 14;
  return isOnGrid && x > spec.min - 1e-6 && x < spec.max + 1e-6 ? undefined : misfit;
}

describe.each(MODELS)("the model of $title", ({ name, create }) => {
  const vendor = readAttrs(name);

  it("gives equal numbers for equal seeds and others for another seed", () => {
    const run = (seed: number): string => JSON.stringify(new Bench(create, seed).run(2 * DAY, 10 * MINUTE));
    expect(run(7)).toBe(run(7));
    expect(run(7)).not.toBe(run(8));
  });

  it("names only datapoints of its profile and keeps every value within range and on the ratio's grid", () => {
    for (const [stepMs, steps] of [
      [100, 200],
      [10 * SECOND, 200],
      [HOUR, 200],
      [20 * DAY, 3],
    ] as const) {
      const bench = new Bench(create, stepMs);
      for (let round = 0; round < 8; round += 1) {
        const held = new Set(Object.keys(bench.attrs));
        expect(vendor.map((attr) => attr.name)).toEqual(expect.arrayContaining([...held]));
        const misfits = bench
          .run((stepMs * steps) / 4, stepMs)
          .flatMap((attrs) =>
            vendor.filter((attr) => attr.name in attrs).map((attr) => explainMisfit(attr, attrs[attr.name])),
          )
          .filter((misfit) => misfit !== undefined);
        expect(misfits).toEqual([]);
        bench.set(controlsOf(vendor, `${stepMs}/${round}`));
      }
    }
  });

  it("starts with values that a frame can carry", () => {
    const { initial } = create(createWorld(createSeededRandom(1)));
    const zero = (attr: VendorAttr): Attrs[string] =>
      attr.data_type === "bool"
        ? false
        : (attr.enum?.[0] ?? (attr.data_type === "binary" ? "00".repeat(attr.position.len) : 0));
    const misfits = vendor.map((attr) => explainMisfit(attr, initial[attr.name] ?? zero(attr)));
    expect(misfits.filter((misfit) => misfit !== undefined)).toEqual([]);
  });

  it("hardly moves in a tenth of a second", () => {
    const bench = new Bench(create, 3);
    const before = bench.run(MINUTE, 100).at(-1) ?? {};
    const after = bench.run(100, 100).at(-1) ?? {};
    const readings = vendor.filter((attr) => attr.uint_spec !== undefined && attr.type === "status_readonly");
    for (const { name: point, uint_spec: spec } of readings) {
      const span = ((spec?.max ?? 0) - (spec?.min ?? 0)) * (spec?.ratio ?? 1);
      expect(Math.abs(Number(after[point]) - Number(before[point]))).toBeLessThanOrEqual(span * 0.05);
    }
  });
});

describe("registry", () => {
  it("knows no model for a profile of the user's own", () => {
    expect(findModel("toaster")).toBeUndefined();
    expect(findModel("constructor")).toBeUndefined();
  });
});

describe("pet house", () => {
  it("is warmer by day than by night over a month", () => {
    const history = new Bench(createPetHouse, 1).run(30 * DAY, HOUR);
    const at = (hour: number): Attrs[] => history.filter((_, index) => (index + 1) % 24 === hour);
    expect(averageOf(at(16), "Temperature")).toBeGreaterThan(averageOf(at(5), "Temperature") + 2);
  });

  it("comes down from a heat wave made by hand, and faster with the fan on", () => {
    const cool = (speed: number): number => {
      const bench = new Bench(createPetHouse, 5, { Motor_Speed: speed });
      bench.run(MINUTE, MINUTE);
      bench.set({ Temperature: 60 }).run(20 * MINUTE, 10 * SECOND);
      return bench.number("Temperature");
    };
    expect(cool(0)).toBeLessThan(60);
    expect(cool(5)).toBeLessThan(cool(0) - 10);
  });

  it("raises the temperature alert while it is too hot and ends it afterwards", () => {
    const bench = new Bench(createPetHouse, 5);
    bench.set({ Temperature: 60 }).run(MINUTE, MINUTE);
    expect(bench.attrs.Alert_1).toBe(true);
    bench.run(12 * HOUR, 10 * MINUTE);
    expect(bench.attrs.Alert_1).toBe(false);
  });

  it("freezes temperature and humidity while their sensor is broken and shows the true world afterwards", () => {
    const bench = new Bench(createPetHouse, 5, { Motor_Speed: 5 });
    bench.run(HOUR, MINUTE);
    bench.set({ Temperature: 60 }).run(SECOND, SECOND);
    const broken = bench.set({ Fault_TemHum: true }).run(3 * HOUR, 10 * SECOND);
    const frozen = broken.filter((attrs) => attrs.Fault_TemHum === true);
    expect(new Set(frozen.map((attrs) => attrs.Temperature)).size).toBe(1);
    const mended = broken[frozen.length];
    expect(mended?.Fault_TemHum).toBe(false);
    expect(frozen.length).toBeGreaterThan(60);
    expect(Number(mended?.Temperature)).toBeLessThan(45);
  });

  it("sees the pet inside more often at night", () => {
    const history = new Bench(createPetHouse, 2).run(30 * DAY, 10 * MINUTE);
    const share = (from: number, to: number): number => {
      const part = history.filter(
        (_, index) => Math.floor((index + 1) / 6) % 24 >= from && Math.floor((index + 1) / 6) % 24 < to,
      );
      return part.filter((attrs) => attrs.Infrared === true).length / part.length;
    };
    expect(share(0, 6)).toBeGreaterThan(share(10, 18) + 0.3);
  });
});

describe("smart light", () => {
  it("draws power by brightness and warms up with it", () => {
    const bench = new Bench(createSmartLight, 4);
    bench.run(HOUR, MINUTE);
    const cold = bench.number("led_temp");
    expect(bench.number("active_power")).toBeLessThan(1);
    bench.set({ power: true, mode: "White", brightness: 100 }).run(30 * MINUTE, MINUTE);
    expect(bench.number("active_power")).toBe(9);
    expect(bench.number("led_temp")).toBeGreaterThan(cold + 25);
    bench.set({ brightness: 10 }).run(HOUR, MINUTE);
    expect(bench.number("active_power")).toBeLessThan(2);
    expect(bench.number("led_temp")).toBeLessThan(cold + 10);
  });
});

describe("air conditioner", () => {
  const runTo = (set: Attrs, stepMs: number): Bench => {
    const bench = new Bench(createAirConditioner, 9, { power: true, fan_speed: "High", ...set });
    bench.run(3 * HOUR, stepMs);
    return bench;
  };

  it.each([100 * 60, 10 * SECOND, MINUTE, HOUR, 3 * HOUR])("heats the room to set_temp in steps of %i ms", (stepMs) => {
    expect(Math.abs(runTo({ mode: "Heat", set_temp: 28 }, stepMs).number("room_temp") - 28)).toBeLessThan(1);
  });

  it.each([10 * SECOND, HOUR])("cools the room to set_temp in steps of %i ms", (stepMs) => {
    expect(Math.abs(runTo({ mode: "Cool", set_temp: 17 }, stepMs).number("room_temp") - 17)).toBeLessThan(1);
  });

  it("never cools in Heat and never heats in Cool", () => {
    const warm = runTo({ mode: "Heat", set_temp: 16 }, MINUTE);
    expect(warm.attrs.compressor).toBe(false);
    expect(warm.number("room_temp")).toBeGreaterThan(17);
    expect(runTo({ mode: "Cool", set_temp: 30 }, MINUTE).attrs.compressor).toBe(false);
  });

  it("draws much power far from set_temp, less close to it, and next to none when off", () => {
    const bench = new Bench(createAirConditioner, 9, { power: true, mode: "Heat", fan_speed: "High", set_temp: 30 });
    bench.run(10 * SECOND, 10 * SECOND);
    const far = bench.number("power_consumption");
    bench.run(3 * HOUR, MINUTE);
    const close = bench.number("power_consumption");
    bench.set({ power: false }).run(MINUTE, MINUTE);
    expect(far).toBeGreaterThan(1000);
    expect(close).toBeLessThan(far / 1.5);
    expect(bench.number("power_consumption")).toBeLessThan(5);
  });

  it("takes the room over from a value set by hand", () => {
    const bench = new Bench(createAirConditioner, 9);
    bench.run(HOUR, MINUTE);
    bench.set({ room_temp: 35 }).run(SECOND, SECOND);
    expect(bench.number("room_temp")).toBeCloseTo(35, 0);
  });

  it("asks for a clean filter after its running hours", () => {
    const history = new Bench(createAirConditioner, 9, { power: true, mode: "Fan" }).run(40 * DAY, HOUR);
    expect(history.some((attrs) => attrs.filter_alert === true)).toBe(true);
    expect(history.some((attrs) => attrs.filter_alert === false)).toBe(true);
  });
});

describe("smart meter", () => {
  const REGISTERS = ["positive_energy_total", "negative_energy_total", "gas_volume"];
  const TARIFFS = [1, 2, 3, 4].map((n) => `positive_energy_t${n}`);
  const hundredths = (value: unknown): number => Math.round(Number(value) * 100);

  it.each([100, 10 * SECOND, 7 * MINUTE, HOUR, 5 * DAY])(
    "only counts up, and t1 to t4 sum to the total, in steps of %i ms",
    (stepMs) => {
      const history = new Bench(createSmartMeter, 11, {}, START + 18.99 * HOUR).run(stepMs * 300, stepMs);
      for (const [index, attrs] of history.entries()) {
        expect(TARIFFS.reduce((sum, name) => sum + hundredths(attrs[name]), 0)).toBe(
          hundredths(attrs.positive_energy_total),
        );
        const before = history[index - 1] ?? attrs;
        for (const name of [...REGISTERS, ...TARIFFS])
          expect(Number(attrs[name])).toBeGreaterThanOrEqual(Number(before[name]));
      }
    },
  );

  it("counts a household's day, whatever the step", () => {
    for (const stepMs of [MINUTE, 10 * MINUTE, 6 * HOUR, 30 * DAY]) {
      const bench = new Bench(createSmartMeter, 12);
      const before = bench.attrs;
      bench.run(30 * DAY, stepMs);
      const perDay = (name: string): number => (bench.number(name) - Number(before[name])) / 30;
      expect(perDay("positive_energy_total")).toBeGreaterThan(4);
      expect(perDay("positive_energy_total")).toBeLessThan(25);
      expect(perDay("negative_energy_total")).toBeGreaterThan(1);
      expect(perDay("gas_volume")).toBeGreaterThan(1);
      for (const name of TARIFFS) expect(perDay(name)).toBeGreaterThan(0.2);
    }
  });

  it("counts the integral of the power it shows", () => {
    const bench = new Bench(createSmartMeter, 13);
    const before = bench.number("positive_energy_total");
    const history = bench.run(2 * DAY, MINUTE);
    const integral = history.reduce((sum, attrs) => sum + Number(attrs.power) / 60_000, 0);
    expect(Math.abs(bench.number("positive_energy_total") - before - integral)).toBeLessThan(0.1 + integral * 0.01);
  });

  it("books each hour on its tariff", () => {
    const tariffByHour = [4, 4, 4, 4, 4, 4, 4, 3, 2, 2, 2, 3, 3, 3, 3, 3, 3, 2, 2, 1, 1, 3, 3, 4];
    const bench = new Bench(createSmartMeter, 14);
    for (const tariff of tariffByHour) {
      const before = bench.attrs;
      bench.run(HOUR, 15 * MINUTE);
      const moved = TARIFFS.filter((name) => bench.attrs[name] !== before[name]);
      expect([[], [`positive_energy_t${tariff}`]]).toContainEqual(moved);
    }
  });

  it("shows no power and counts no energy with the relay open, while gas goes on", () => {
    const bench = new Bench(createSmartMeter, 15, { relay: false });
    const before = bench.attrs;
    bench.run(DAY, 10 * MINUTE);
    expect(bench.attrs.power).toBe(0);
    for (const name of [...TARIFFS, "negative_energy_total"]) expect(bench.attrs[name]).toBe(before[name]);
    expect(bench.number("gas_volume")).toBeGreaterThan(Number(before.gas_volume));
  });

  it("goes on from registers that a hand or a snapshot has put there", () => {
    const bench = new Bench(createSmartMeter, 16);
    bench.run(HOUR, MINUTE);
    bench.set({ gas_volume: 5000.5 }).run(DAY, HOUR);
    expect(bench.number("gas_volume")).toBeGreaterThan(5000.5);
    expect(bench.number("gas_volume")).toBeLessThan(5030);
  });

  it("raises overload exactly with the power", () => {
    const history = new Bench(createSmartMeter, 17).run(120 * DAY, 10 * MINUTE);
    expect(history.some((attrs) => attrs.overload === true)).toBe(true);
    for (const attrs of history.filter(({ fault_metering }) => fault_metering !== true)) {
      if (Number(attrs.power) > 7000) expect(attrs.overload).toBe(true);
      if (Number(attrs.power) < 6500) expect(attrs.overload).toBe(false);
    }
  });
});

describe("pH meter", () => {
  it("swings with the day, and redox goes against it", () => {
    const history = new Bench(createPhMeter, 21).run(20 * DAY, HOUR);
    const at = (hour: number): Attrs[] => history.filter((_, index) => (index + 1) % 24 === hour);
    expect(averageOf(at(19), "pH")).toBeGreaterThan(averageOf(at(7), "pH") + 0.1);
    expect(averageOf(at(19), "mV")).toBeLessThan(averageOf(at(7), "mV"));
  });

  it("moves slowly: no step of ten seconds changes pH by more than 0.02", () => {
    const history = new Bench(createPhMeter, 22).run(DAY, 10 * SECOND);
    const jumps = history.map((attrs, index) => Math.abs(Number(attrs.pH) - Number((history[index - 1] ?? attrs).pH)));
    expect(Math.max(...jumps)).toBeLessThanOrEqual(0.0201);
    expect(new Set(history.map((attrs) => attrs.pH)).size).toBeGreaterThan(5);
  });

  it("switches its output when acid is poured in and goes back to balance within a day", () => {
    const bench = new Bench(createPhMeter, 23);
    bench.run(HOUR, MINUTE);
    bench.set({ pH: 6 }).run(MINUTE, MINUTE);
    expect(bench.attrs.pH_OUT).toBe(true);
    bench.run(DAY, 10 * MINUTE);
    expect(bench.number("pH")).toBeGreaterThan(7.5);
  });

  it("concentrates salts until somebody tops the tank up", () => {
    const history = new Bench(createPhMeter, 24).run(60 * DAY, HOUR);
    const drops = history.filter((attrs, index) => Number(attrs.EC) < Number((history[index - 1] ?? attrs).EC));
    expect(drops.length).toBeGreaterThan(2);
    expect(drops.length).toBeLessThan(20);
  });
});

describe("wave maker", () => {
  it.each([100, SECOND, 30 * SECOND])("ends the feeding pause by itself in steps of %i ms", (stepMs) => {
    const bench = new Bench(createWaveMaker, 31, { FeedSwitch: true, feedTime: 2 });
    bench.run(2 * MINUTE - stepMs, stepMs);
    expect(bench.attrs.FeedSwitch).toBe(true);
    bench.run(stepMs, stepMs);
    expect(bench.attrs.FeedSwitch).toBe(false);
  });

  it("blocks only while it turns, draws overcurrent then, and recovers", () => {
    const history = new Bench(createWaveMaker, 32).run(2000 * DAY, 10 * MINUTE);
    const blocked = history.filter((attrs) => attrs.Lockedrotor === true);
    expect(blocked.length).toBeGreaterThan(0);
    expect(blocked.length).toBeLessThan(history.length / 100);
    expect(blocked.every((attrs) => attrs.Overcurrent === true)).toBe(true);
    expect(blocked.some((attrs) => attrs.OverTemp === true)).toBe(true);
    const resting = new Bench(createWaveMaker, 32, { switch: false }).run(2000 * DAY, HOUR);
    expect(resting.some((attrs) => attrs.Lockedrotor || attrs.Overcurrent || attrs.no_liveload)).toBe(false);
  });
});

describe("doser", () => {
  const noSchedule = Object.fromEntries([1, 2, 3, 4].map((n) => [`ch${n}_schedule`, "00".repeat(96)]));
  /** 12.5 ml at 08:30. */
  const oneDose = `081e007d${"00".repeat(92)}`;

  it.each([100, SECOND, MINUTE])("takes from the bottle what a pump gives by hand, in steps of %i ms", (stepMs) => {
    const bench = new Bench(createDoser, 41, { ...noSchedule, ch2_switch: true, ch2_calibration: 30 });
    const before = bench.attrs;
    bench.run(3 * MINUTE, stepMs);
    expect(bench.number("ch2_level")).toBeCloseTo(Number(before.ch2_level) - 90, 1);
    expect(bench.attrs.ch1_level).toBe(before.ch1_level);
    expect(bench.attrs.dosing).toBe(true);
    expect(bench.number("dosed_today")).toBeCloseTo(90, 1);
  });

  it.each([MINUTE, HOUR, 12 * HOUR])("gives a scheduled dose once a day in steps of %i ms", (stepMs) => {
    const bench = new Bench(createDoser, 42, { ...noSchedule, ch1_schedule: oneDose });
    const before = bench.number("ch1_level");
    bench.run(2.5 * DAY, stepMs);
    expect(bench.number("ch1_level")).toBeCloseTo(before - 37.5, 1);
    expect(bench.number("dosed_today")).toBeCloseTo(12.5, 1);
  });

  it("gives nothing by schedule when timers or power are off", () => {
    for (const off of [{ timer_on: false }, { power: false }]) {
      const bench = new Bench(createDoser, 42, { ...off, ch1_schedule: oneDose });
      const before = bench.number("ch1_level");
      bench.run(DAY, HOUR);
      expect(bench.number("ch1_level")).toBe(before);
    }
  });

  it("ends a calibration run after a minute and has pumped a minute's worth", () => {
    const bench = new Bench(createDoser, 43, { ...noSchedule, calibrate: "Ch3", ch3_calibration: 50 });
    const before = bench.number("ch3_level");
    bench.run(50 * SECOND, SECOND);
    expect(bench.attrs.calibrate).toBe("Ch3");
    bench.run(HOUR, SECOND);
    expect(bench.attrs.calibrate).toBe("None");
    expect(bench.number("ch3_level")).toBeCloseTo(before - 50, 1);
  });

  it("gives no more than the bottle holds", () => {
    const bench = new Bench(createDoser, 41, { ...noSchedule, ch1_level: 20, ch1_switch: true, ch1_calibration: 60 });
    bench.run(2 * MINUTE, SECOND);
    expect(bench.attrs).toMatchObject({ ch1_level: 0, dosed_today: 20, dosing: false, low_ch1: true });
  });

  it("warns of a low bottle, which somebody fills up later", () => {
    const bench = new Bench(createDoser, 44, { ...noSchedule, ch4_level: 120 });
    bench.set({ ch4_switch: true }).run(MINUTE, SECOND);
    bench.set({ ch4_switch: false });
    expect(bench.attrs.low_ch4).toBe(true);
    bench.run(10 * DAY, HOUR);
    expect(bench.attrs.low_ch4).toBe(false);
    expect(bench.attrs.ch4_level).toBe(1000);
  });
});

describe("AI toy", () => {
  it("plays a message that waits and clears its flag", () => {
    const bench = new Bench(createAiToy, 51, { msg_flag: true });
    const seen = bench.run(10 * MINUTE, 100).map((attrs) => String(attrs.msg_status));
    expect(seen.filter((status, index) => status !== seen[index - 1])).toEqual(["Received", "Playing", "Played"]);
    expect(bench.attrs.msg_flag).toBe(false);
  });

  it("adds volume_delta to volume once", () => {
    const bench = new Bench(createAiToy, 52, { volume: 95, volume_delta: 30 });
    bench.run(SECOND, SECOND);
    expect(bench.attrs).toMatchObject({ volume: 100, volume_delta: 0 });
    bench.set({ volume_delta: -40 }).run(10 * SECOND, SECOND);
    expect(bench.attrs).toMatchObject({ volume: 60, volume_delta: 0 });
  });

  it("talks by day, sleeps at night, and is as talkative in long steps as in short ones", () => {
    const share = (stepMs: number): number => {
      const history = new Bench(createAiToy, 53, {}, START + 8 * HOUR).run(10 * HOUR, stepMs);
      return history.filter((attrs) => attrs.state !== "Idle").length / history.length;
    };
    const many = (stepMs: number): number => {
      const runs = Array.from({ length: 150 }, (_, seed) =>
        new Bench(createAiToy, seed, {}, START + 9 * HOUR).run(9 * HOUR, stepMs),
      );
      return runs.flat().filter((attrs) => attrs.state !== "Idle").length / runs.flat().length;
    };
    expect(share(SECOND)).toBeGreaterThan(0);
    expect(Math.abs(many(HOUR) - many(10 * MINUTE))).toBeLessThan(0.02);
    const night = new Bench(createAiToy, 53, {}, START + 22 * HOUR).run(8 * HOUR, MINUTE);
    expect(night.every((attrs) => attrs.state === "Idle")).toBe(true);
  });

  it("loses charge unplugged and gains it plugged in", () => {
    const bench = new Bench(createAiToy, 54, { battery: 80 }, START + 9 * HOUR);
    bench.run(5 * HOUR, MINUTE);
    expect(bench.number("battery")).toBeLessThan(75);
    bench.set({ battery: 5 }).run(HOUR, MINUTE);
    expect(bench.attrs.charge_status).toBe("Charging");
    expect(bench.number("battery")).toBeGreaterThan(35);
  });
});

describe("a profile without a model", () => {
  const point = (name: string, patch: Partial<ModelDatapoint>): ModelDatapoint => ({
    name,
    access: "readonly",
    dataType: "uint16",
    labels: [],
    minValue: 0,
    maxValue: 100,
    ratio: 0.5,
    ...patch,
  });
  const create = createGenericModel([
    point("target", { access: "writable", minValue: 10 }),
    point("level", { minValue: -20, maxValue: 80 }),
    point("door", { dataType: "bool" }),
    point("phase", { dataType: "enum", labels: ["a", "b", "c"] }),
    point("blob", { dataType: "binary" }),
    point("hot", { access: "alert", dataType: "bool" }),
    point("broken", { access: "fault", dataType: "bool" }),
  ]);
  const history = new Bench(create, 61).run(120 * DAY, 10 * MINUTE);

  it("leaves writable and binary datapoints alone", () => {
    expect(history.at(-1)).toMatchObject({ target: 10 });
    expect(history.at(-1)).not.toHaveProperty("blob");
  });

  it("lets numbers wander slowly around the middle", () => {
    const levels = history.map((attrs) => Number(attrs.level));
    expect(new Set(levels).size).toBeGreaterThan(10);
    expect(averageOf(history, "level")).toBeGreaterThan(0);
    expect(averageOf(history, "level")).toBeLessThan(60);
    const short = new Bench(create, 62).run(HOUR, SECOND).map((attrs) => Number(attrs.level));
    const jumps = short.map((level, index) => Math.abs(level - (short[index - 1] ?? level)));
    expect(Math.max(...jumps)).toBeLessThanOrEqual(1);
  });

  it("changes bools and enums now and then, and has rare alerts and rarer faults that recover", () => {
    const share = (name: string): number => history.filter((attrs) => attrs[name] === true).length / history.length;
    expect(share("door")).toBeGreaterThan(0.2);
    expect(share("door")).toBeLessThan(0.5);
    expect(new Set(history.map((attrs) => attrs.phase ?? "a")).size).toBe(3);
    expect(share("hot")).toBeGreaterThan(0);
    expect(share("hot")).toBeLessThan(0.05);
    expect(share("broken")).toBeLessThan(0.02);
  });
});
