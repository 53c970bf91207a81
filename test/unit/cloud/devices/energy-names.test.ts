import { describe, expect, it } from "vitest";
import type { Measurements } from "../../../../src/cloud/devices/energy-metrics.js";
import { measure } from "../../../../src/cloud/devices/energy-metrics.js";
import { matchEnergy } from "../../../../src/cloud/devices/energy-names.js";
import { loadProfile } from "../../../../src/lab/profiles.js";
import type { Datapoint, Profile } from "../../../../src/profile/profile.js";

/** A profile with these datapoints; only their names and types matter here. */
function profileOf(names: readonly string[], dataType = "uint32"): Profile {
  return { datapoints: names.map((name, index) => ({ name, index, dataType }) as Datapoint) } as unknown as Profile;
}

describe("energy is found by name", () => {
  it("in the smart meter that is shipped, all of it", () => {
    expect(matchEnergy(loadProfile("smart-meter").profile)).toEqual({
      positiveActiveEnergy: {
        total: "positive_energy_total",
        t1: "positive_energy_t1",
        t2: "positive_energy_t2",
        t3: "positive_energy_t3",
        t4: "positive_energy_t4",
        unit: "kWh",
        scale: 1,
      },
      negativeActiveEnergy: { total: "negative_energy_total", unit: "kWh", scale: 1 },
      positiveGasVolume: { value: "gas_volume", unit: "m3", scale: 1 },
      positiveActiveInstantaneousPower: { total: "power", unit: "W", scale: 1 },
      instantaneousVoltage: { total: "voltage", unit: "V", scale: 1 },
    });
  });

  it.each([
    ["energy", "positiveActiveEnergy", "total", 1],
    ["Energy_kWh", "positiveActiveEnergy", "total", 1],
    ["importEnergykWhT1", "positiveActiveEnergy", "t1", 1],
    ["voltage_mV", "instantaneousVoltage", "total", 0.001],
    ["energyWh", "positiveActiveEnergy", "total", 0.001],
    ["energy_wh", "positiveActiveEnergy", "total", 0.001],
    ["positiveActiveEnergy", "positiveActiveEnergy", "total", 1],
    ["PositiveActiveEnergyT3", "positiveActiveEnergy", "t3", 1],
    ["forward_active_energy_tariff2", "positiveActiveEnergy", "t2", 1],
    ["import_energy", "positiveActiveEnergy", "total", 1],
    ["exportedEnergy", "negativeActiveEnergy", "total", 1],
    ["reverse_energy_rate4", "negativeActiveEnergy", "t4", 1],
    ["ep_1_8_0", "positiveActiveEnergy", "total", 1],
    ["obis_2_8_1", "negativeActiveEnergy", "t1", 1],
    ["gas", "positiveGasVolume", "value", 1],
    ["Gas_m3", "positiveGasVolume", "value", 1],
    ["gas_litres", "positiveGasVolume", "value", 0.001],
    ["returned_gas_volume", "negativeGasVolume", "value", 1],
    ["active_power", "positiveActiveInstantaneousPower", "total", 1],
    ["power_kw", "positiveActiveInstantaneousPower", "total", 1000],
    ["power_l2", "positiveActiveInstantaneousPower", "l2", 1],
    ["exportPower", "negativeActiveInstantaneousPower", "total", 1],
    ["voltage_l1", "instantaneousVoltage", "l1", 1],
    ["Current", "instantaneousCurrent", "total", 1],
    ["current_ma", "instantaneousCurrent", "total", 0.001],
  ] as const)("%s is %s, %s", (name, metric, part, scale) => {
    expect(matchEnergy(profileOf([name]))).toEqual({ [metric]: expect.objectContaining({ [part]: name, scale }) });
  });

  it.each([
    ..."energy_saving target_power power_limit reactive_energy gasket current_mode overvoltage temperature".split(" "),
    ..."t1 total positive negative_voltage gas_t1 energy_l1 energy_t5 1_8_5 3_8_0 empower energyx".split(" "),
  ])("%s is none", (name) => {
    expect(matchEnergy(profileOf([name]))).toEqual({});
  });

  it("only in numbers, and the first of two", () => {
    for (const dataType of ["bool", "enum", "binary"]) expect(matchEnergy(profileOf(["energy"], dataType))).toEqual({});
    expect(matchEnergy(profileOf(["total_energy", "energy"])).positiveActiveEnergy?.total).toBe("total_energy");
    // Another scale would not hold for the whole metric.
    expect(matchEnergy(profileOf(["energy_kwh", "energy_wh_t1"])).positiveActiveEnergy).toEqual({
      total: "energy_kwh",
      unit: "kWh",
      scale: 1,
    });
  });
});

describe("measurements", () => {
  const tiers = { positiveActiveEnergy: { t1: "a", t2: "b", unit: "kWh", scale: 1 } };
  const read = (values: Record<string, unknown>, isGrowth?: boolean): Measurements =>
    measure(tiers, ["positiveActiveEnergy"], values, isGrowth === undefined ? {} : { isGrowth });

  it("without a total of their own have the sum of all tiers, or none", () => {
    expect(read({ a: 0.1, b: 0.2 })).toEqual({ positiveActiveEnergy: { t1: 0.1, t2: 0.2, total: 0.3, unit: "kWh" } });
    expect(read({ a: 1 })).toEqual({});
    expect(read({})).toEqual({});
    expect(read({ a: 1 }, true)).toEqual({ positiveActiveEnergy: { t1: 1, total: 1, unit: "kWh" } });
    expect(read({}, true)).toEqual({});
  });

  it("take numbers alone, and nothing that every object has", () => {
    expect(read({ a: "1", b: 2 })).toEqual({});
    const odd = { positiveActiveEnergy: { total: "constructor", unit: "kWh", scale: 1 } };
    expect(measure(odd, ["positiveActiveEnergy"], {})).toEqual({});
  });

  it("of phases need no total", () => {
    const mapping = { instantaneousVoltage: { l1: "a", l2: "b", unit: "V", scale: 0.1 } };
    expect(measure(mapping, ["instantaneousVoltage"], { a: 2301 })).toEqual({
      instantaneousVoltage: { l1: 230.1, unit: "V" },
    });
  });
});
