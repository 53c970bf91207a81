import { describe, expect, it } from "vitest";
import { parseReportScript } from "../../../../src/cli/mcu/report-script.js";
import { loadProfile } from "../../../../src/lab/profiles.js";

const PET_HOUSE = loadProfile("pet-house").profile;
const parse = (text: string): unknown => parseReportScript(text, "day.csv", PET_HOUSE);

describe("a script of reports", () => {
  it("is CSV with the names of datapoints in its first line; an empty cell changes nothing", () => {
    const text = '# a day\nTemperature, LED_Color,"LED_OnOff"\n-13,Pink,on\n\n21,,0\n,"Yellow"\n';
    expect(parse(text)).toEqual([
      { line: 3, attrs: { Temperature: -13, LED_Color: "Pink", LED_OnOff: true } },
      { line: 5, attrs: { Temperature: 21, LED_OnOff: false } },
      { line: 6, attrs: { LED_Color: "Yellow" } },
    ]);
  });

  it("may be a JSON object a line", () => {
    expect(parse('{"Temperature":21}\n\n{"LED_Color":"Pink","LED_OnOff":true}')).toEqual([
      { line: 1, attrs: { Temperature: 21 } },
      { line: 3, attrs: { LED_Color: "Pink", LED_OnOff: true } },
    ]);
  });

  it.each<[string, string, object]>([
    ["nothing in it", "# only this\n", {}],
    ["no rows", "Temperature\n", {}],
    ["a name nobody knows", "LED_R,Temprature\n1,2", { line: 1, column: 7 }],
    ["a name twice", "LED_R,LED_R\n1,2", { line: 1, column: 7 }],
    ["a value out of range", "LED_R,Temperature\n1,21\n1,900", { line: 3, column: 3 }],
    ["a label nobody knows", 'LED_R,LED_Color\n1,"Pnk"', { line: 2, column: 3 }],
    ["a cell too many", "LED_R\n1,2", { line: 2, column: 3 }],
    ["an open quote", 'LED_R,LED_G\n1,"2', { line: 2, column: 3 }],
    ["a line that is no JSON", '{"LED_R":1}\n{LED_R:2}', { line: 2 }],
    ["a line that is no object", '{"LED_R":1}\n[2]', { line: 2 }],
    ["a JSON value out of range", '{"LED_R":1,"Temperature":900}', { line: 1, column: 12 }],
    ["a JSON name nobody knows", '{"Temprature":900}', { line: 1, column: 2 }],
  ])("with %s is refused, with the place", (_what, text, place) => {
    const at = expect.objectContaining({ file: "day.csv", ...place }) as unknown;
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: "script-invalid", at }));
  });
});
