import { describe, expect, it } from "vitest";
import { parseProfile } from "../../../src/profile/load.js";
import type { Profile } from "../../../src/profile/profile.js";
import { nameFilters } from "../../../src/record/filter-names.js";
import { printProfile } from "../../support/profile-document.js";

const bench = parseProfile(printProfile(), "bench.json");

describe("a filter name", () => {
  const productsOf = (...names: readonly string[]) =>
    nameFilters(names.map((name) => ({ ...bench, name }))).map(({ product }) => product);

  it.each([
    ["pet-house", "pet_house"],
    ["Pet House (v2)", "pet_house_v2"],
    ['x"; os.exit() --\n', "x_os_exit"],
    ["水泵 pump", "pump"],
    ["水泵", "product_a1b2c3d4"],
  ])("of %j is %s", (name, word) => expect(productsOf(name)).toEqual([word]));

  it("is not given twice, nor one of the dissector's own groups", () => {
    expect(productsOf("uart", "p0", "M2M", "pump", "Pump!", "pump")).toEqual([
      "uart_2",
      "p0_2",
      "m2m_2",
      "pump",
      "pump_2",
      "pump_3",
    ]);
  });

  it("keeps a datapoint's name, and tells two apart that a filter would not", () => {
    const datapoints = ["LED_R", "a-b", "a_b", "°"].map((name, index) => ({ ...bench.datapoints[0], index, name }));
    expect(nameFilters([{ ...bench, datapoints } as Profile])[0]?.points).toEqual(["LED_R", "a_b", "a_b_2", "_"]);
  });
});
