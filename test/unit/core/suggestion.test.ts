import { describe, expect, it } from "vitest";
import { suggestNearest } from "../../../src/core/suggestion.js";

const NAMES = ["LED_OnOff", "LED_Color", "Temperature", "Humidity", "on", "pH"];

describe("suggestNearest", () => {
  it.each([
    ["LED_OnOf", "LED_OnOff"],
    ["led_onoff", "LED_OnOff"],
    ["LED_Colour", "LED_Color"],
    ["Temprature", "Temperature"],
    ["Temeprature", "Temperature"],
    ["Humidty", "Humidity"],
    ["Humidity", "Humidity"],
    ["om", "on"],
    ["o", "on"],
    ["PH", "pH"],
  ])("takes %s for %s", (typed, meant) => {
    expect(suggestNearest(typed, NAMES)).toBe(meant);
  });

  it.each(["Pressure", "xy", "z", "LED", ""])("does not guess at %j", (typed) => {
    expect(suggestNearest(typed, NAMES)).toBeUndefined();
  });

  it("prefers the nearest, and of equals the first", () => {
    expect(suggestNearest("cat", ["cart", "cat", "bat"])).toBe("cat");
    expect(suggestNearest("hat", ["bat", "cat"])).toBe("bat");
  });

  it("has nothing to offer without candidates", () => {
    expect(suggestNearest("anything", [])).toBeUndefined();
  });
});
