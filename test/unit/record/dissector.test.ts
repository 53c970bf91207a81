import { describe, expect, it } from "vitest";
import { parseProfile } from "../../../src/profile/load.js";
import { printDissector } from "../../../src/record/dissector.js";
import { BENCH_ATTRS, printProfile } from "../../support/profile-document.js";

const bench = parseProfile(printProfile(), "bench.json");

describe("the dissector", () => {
  it("has a place for each datapoint, from the profile's layout", () => {
    const rows = printDissector([bench]).split("\n");
    const row = (name: string): string => rows.find((line) => line.includes(`{ name = "${name}", about`)) ?? "";
    expect(row("mode")).toContain('kind = "enum", width = 3, at = 0, section = 1, bit = 1, flag = 1, labels = {');
    expect(row("target")).toContain('kind = "number", width = 1, at = 1, flag = 2, ratio = 1, addition = -13, least');
    expect(row("target")).toContain("least = 0, most = 200 }");
    expect(row("serial")).toContain('kind = "binary", width = 4, at = 2, flag = 3 }');
    expect(row("level")).toContain(
      "width = 2, at = 6, ratio = 0.01, addition = 0, parts = 100, least = 0, most = 1400 }",
    );
    expect(row("fault")).toContain("at = 9, section = 1, bit = 0 }");
  });

  it("is ASCII and has the same lines whatever a product is called", () => {
    const hostile = parseProfile(
      printProfile(
        Object.values({
          ...BENCH_ATTRS,
          power: { ...BENCH_ATTRS.power, display_name: '"]]\nos.exit(1) --' },
          mode: { ...BENCH_ATTRS.mode, enum: ['"}', "\\", "\n]]", "°C", "dry"] },
        }),
        { name: 'a"]=nil}\nos.exit(1)--' },
      ),
      "hostile.json",
    );
    const lua = printDissector([hostile]);
    expect(lua).toMatch(/^[\x20-\x7e\n]*$/);
    expect(lua.split("\n")).toHaveLength(printDissector([bench]).split("\n").length);
    expect(lua).not.toContain("\nos.exit");
  });
});
