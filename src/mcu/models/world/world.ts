import type { Random, RandomState } from "../../../core/random.js";

/** What a cell can hold: no more than JSON gives back unchanged, so that a save shares nothing with the world. */
export type CellValue = boolean | number | string;

/** One changeable quantity of a world. */
export interface Cell<T extends CellValue> {
  value: T;
}

/** Everything in a world that changes, as plain JSON. */
export interface WorldState {
  /** How far the world's own source of chance has come. */
  readonly random: RandomState;
  readonly cells: Readonly<Record<string, CellValue>>;
  /** The parts and streams by name. */
  readonly parts: Readonly<Record<string, WorldState>>;
}

/**
 * What a model is made with: the only home of what it remembers and the only source of its chance, so that a
 * snapshot holds the whole model. Cells, parts and streams are asked for while the model is made, never in a step:
 * `load` fills those that are there.
 */
export interface World {
  /** The world's own source; what is drawn from a stream that nobody tracks is lost to a snapshot. */
  readonly random: Random;
  /** The source of a part that needs nothing else; throws when the name is taken by a part or stream. */
  stream(name: string): Random;
  /** A quantity that begins at `initial`; throws when the name is taken by another cell. */
  cell<T extends CellValue>(name: string, initial: T): Cell<T>;
  /** A part with cells, parts and a stream of its own; throws when the name is taken by a part or stream. */
  under(name: string): World;
  save(): WorldState;
  /** Takes over what `state` names; cells and parts that it does not name stay as they are. */
  load(state: WorldState): void;
}

/** Makes an empty world that draws from `random`. */
export function createWorld(random: Random): World {
  const cells = new Map<string, Cell<CellValue>>();
  const parts = new Map<string, World>();
  const under = (name: string): World => {
    if (parts.has(name)) throw new Error(`the world has a part or stream ${name} already`);
    const part = createWorld(random.stream(name));
    parts.set(name, part);
    return part;
  };
  return {
    random,
    under,
    stream: (name) => under(name).random,
    cell: (name, initial) => {
      if (cells.has(name)) throw new Error(`the world has a cell ${name} already`);
      const cell = { value: initial };
      cells.set(name, cell);
      return cell;
    },
    save: () => ({
      random: random.save(),
      cells: Object.fromEntries(Array.from(cells, ([name, { value }]) => [name, value])),
      parts: Object.fromEntries(Array.from(parts, ([name, part]) => [name, part.save()])),
    }),
    load: (state) => {
      random.load(state.random);
      for (const [name, value] of Object.entries(state.cells)) {
        const cell = cells.get(name);
        if (cell !== undefined) cell.value = value;
      }
      for (const [name, part] of Object.entries(state.parts)) parts.get(name)?.load(part);
    },
  };
}
