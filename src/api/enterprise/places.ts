import type { Location } from "../../cloud/devices/locations.js";

/** What lies in a country, region or city, and in the places inside it. */
interface Place<T> {
  readonly items: T[];
  readonly inside: Map<string, Place<T>>;
}

/** How deep a place lies: reports show some levels otherwise. */
export type PlaceLevel = "country" | "region" | "city";

const LEVELS: readonly PlaceLevel[] = ["country", "region", "city"];

/**
 * Items by country, region and city, each place with what `view` makes of everything in it: `{"China":{"count":3,
 * "Guangdong":{"count":3,"Guangzhou":3}}}` (rest.md 2.2). What nobody has said a country of is in no place.
 */
export function viewPlaces<T>(
  items: readonly T[],
  locate: (item: T) => Location | undefined,
  view: (items: readonly T[], level: PlaceLevel) => object | number,
): Record<string, unknown> {
  const root: Place<T> = { items: [], inside: new Map() };
  for (const item of items) {
    const location = locate(item);
    let place = root;
    for (const level of LEVELS) {
      const name = location?.[level] ?? "";
      if (name === "") break;
      place = enter(place, name);
      place.items.push(item);
    }
  }
  return viewInside(root, view, 0);
}

function enter<T>(place: Place<T>, name: string): Place<T> {
  const known = place.inside.get(name);
  if (known !== undefined) return known;
  const made: Place<T> = { items: [], inside: new Map() };
  place.inside.set(name, made);
  return made;
}

function viewInside<T>(
  { inside }: Place<T>,
  view: (items: readonly T[], level: PlaceLevel) => object | number,
  depth: number,
): Record<string, unknown> {
  const entries = [...inside].map(([name, place]): [string, unknown] => {
    const own = view(place.items, LEVELS[depth] ?? "city");
    // Names come from outside: a place called like what `view` says of it does not hide that.
    return [name, typeof own === "number" ? own : { ...own, ...viewInside(place, view, depth + 1), ...own }];
  });
  return Object.fromEntries(entries);
}
