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
    ["humidity", "Humidity"],
    ["om", "on"],
    ["o", "on"],
    ["PH", "pH"],
    ["temp", "Temperature"],
    ["LED_C", "LED_Color"],
  ])("takes %s for %s", (typed, meant) => {
    expect(suggestNearest(typed, NAMES)).toBe(meant);
  });

  it.each(["Pressure", "xy", "z", "LED", ""])("does not guess at %j", (typed) => {
    expect(suggestNearest(typed, NAMES)).toBeUndefined();
  });

  it("prefers the nearest, and of equals the first", () => {
    expect(suggestNearest("catz", ["carts", "cat", "bat"])).toBe("cat");
    expect(suggestNearest("hat", ["bat", "cat"])).toBe("bat");
  });

  it("prefers a longer word that is begun to one that is misspelt", () => {
    expect(suggestNearest("http", ["help", "http-port", "host"])).toBe("http-port");
    expect(suggestNearest("hos", ["hosts-and-ports", "host"])).toBe("host");
    expect(suggestNearest("temp", ["Temperature", "Temperature"])).toBe("Temperature");
    expect(suggestNearest("ht", ["http-port"])).toBeUndefined();
  });

  it.each([...NAMES, "re"])("never suggests what was typed, nor another word for one that exists: %s", (typed) => {
    expect(suggestNearest(typed, [...NAMES, "re", "ree", "LED_OnOf", "Temperatur", "om", "ph"])).toBeUndefined();
  });

  it("has nothing to offer without candidates", () => {
    expect(suggestNearest("anything", [])).toBeUndefined();
  });
});
