import { describe, expect, it } from "vitest";
import { completeVerbs } from "../../../../src/cli/mcu/completion.js";
import { listChoices } from "../../../../src/cli/mcu/prompt.js";
import { listVerbs } from "../../../../src/cli/mcu/verbs.js";
import { loadProfile } from "../../../../src/lab/profiles.js";

const { profile } = loadProfile("pet-house");

describe("Tab at the prompt of gizlab mcu", () => {
  it.each([
    ["", "", ["set", "get", "report"]],
    ["re", "re", ["report", "reset", "restart"]],
    ["get LED_R; au", "au", ["auto"]],
    ["auto ", "", ["on", "off"]],
    ["wait c", "c", ["cloud"]],
    ["every ", "", ["off"]],
    ["set LED_O", "LED_O", ["LED_OnOff="]],
    ["set led_o", "led_o", ["LED_OnOff="]],
    ["get LED_R LED_O", "LED_O", ["LED_OnOff"]],
    ["set LED_OnOff=", "LED_OnOff=", ["LED_OnOff=true", "LED_OnOff=false"]],
    ["set LED_R=1 LED_OnOff=f", "LED_OnOff=f", ["LED_OnOff=false"]],
    ["set LED_Color=P", "LED_Color=P", ["LED_Color=Purple", "LED_Color=Pink"]],
    ["set LED_Color=pi", "LED_Color=pi", ["LED_Color=Pink"]],
    ["set Temperature=", "Temperature=", ["Temperature=-13", "Temperature=187"]],
    ["set Nothing=", "Nothing=", []],
    ["time ", "", []],
  ])("completes %j", (line, typed, choices) => {
    const found = completeVerbs(line, profile);
    expect(found.typed).toBe(typed);
    expect(found.choices.slice(0, 3)).toEqual(choices);
  });

  it("says what a number may be, at every digit", () => {
    expect(completeVerbs("set Temperature=2", profile)).toMatchObject({
      choices: [],
      hint: "Temperature: -13 to 187",
    });
  });

  it("puts labels that hold blanks or quotes into quotes, and goes on inside open ones", () => {
    const labels = ["Deep sleep", "Day; night", 'say "hi"', "Off"];
    const point = { ...profile.datapoints.find(({ name }) => name === "LED_Color"), name: "Mode", labels };
    const other = { ...profile, datapoints: [point] } as unknown as typeof profile;
    expect(completeVerbs("set Mode=", other).choices).toEqual([
      'Mode="Deep sleep"',
      'Mode="Day; night"',
      `Mode='say "hi"'`,
      "Mode=Off",
    ]);
    expect(completeVerbs('set Mode="Deep s', other)).toEqual({ typed: 'Mode="Deep s', choices: ['Mode="Deep sleep"'] });
  });

  it("does not offer a datapoint twice", () => {
    expect(completeVerbs("set LED_R=1 LED_R", profile).choices).not.toContain("LED_R=");
  });
});

describe("what Tab shows", () => {
  it("is the values alone, in lines that fit", () => {
    const choices = ["Mode=One", "Mode=Two", "Mode=Three"];
    expect(listChoices({ typed: "Mode=", choices }, 12)).toEqual(["One  Two", "Three"]);
  });

  it("is nothing while the choices agree further than the line", () => {
    expect(listChoices({ typed: "re", choices: ["reset", "reset-all"] }, 80)).toEqual([]);
    expect(listChoices({ typed: "re", choices: ["reset"] }, 80)).toEqual([]);
  });
});

describe("the list of verbs", () => {
  it.each([78, 60])("fits %i columns", (columns) => {
    const lines = listVerbs(columns);
    expect(lines.filter((line) => line.length > columns)).toEqual([]);
    expect(lines.join(" ").replace(/\s+/g, " ")).toContain("until the module speaks or is at its cloud");
  });
});
