import type { Profile } from "../profile/profile.js";

/** Groups of the dissector's own fields, `gizwits.uart.len` and the like, which no product may take. */
const OWN_GROUPS = ["uart", "m2m", "p0"];

/** Words for products and datapoints that Wireshark takes as parts of a filter name: letters, digits, `_`. */
export interface FilterNames {
  readonly product: string;
  /** By index of the datapoint. */
  readonly points: readonly string[];
}

/** Filter names of each profile, no two alike: `pet-house` is `pet_house`, a second one `pet_house_2`. */
export function nameFilters(profiles: readonly Profile[]): FilterNames[] {
  const products = new Set(OWN_GROUPS);
  return profiles.map((profile) => {
    const word = toWord(profile.name).replace(/_+/g, "_").replace(/^_|_$/g, "").toLowerCase();
    const points = new Set<string>();
    return {
      product: takeName(products, word === "" ? `product_${toWord(profile.productKey).slice(0, 8)}` : word),
      points: profile.datapoints.map(({ name }) => takeName(points, toWord(name) || "_")),
    };
  });
}

function toWord(text: string): string {
  return text.replace(/[^A-Za-z0-9_]/g, "_");
}

function takeName(taken: Set<string>, wanted: string): string {
  let name = wanted;
  for (let count = 2; taken.has(name); count += 1) name = `${wanted}_${count}`;
  taken.add(name);
  return name;
}
