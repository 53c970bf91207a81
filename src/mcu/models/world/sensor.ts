import type { Attrs } from "../../model.js";
import type { Cell, World } from "./world.js";

/** What a datapoint can show, in engineering units (uart.md 4.5). */
export interface Scale {
  readonly min: number;
  readonly max: number;
  /** The step between two neighbouring values: the datapoint's ratio. */
  readonly ratio: number;
}

/** The nearest value that a datapoint of this scale can hold, without binary dust (21.3, never 21.299999). */
export function quantise(value: number, scale: Scale): number {
  const clamped = Math.min(scale.max, Math.max(scale.min, value));
  const last = Math.floor((scale.max - scale.min) / scale.ratio + 1e-6);
  const steps = Math.min(last, Math.round((clamped - scale.min) / scale.ratio));
  const factor = Math.max(decimalFactor(scale.ratio), decimalFactor(scale.min));
  return Math.round((scale.min + steps * scale.ratio) * factor) / factor;
}

/** The power of ten that makes `value` whole. */
function decimalFactor(value: number): number {
  let factor = 1;
  while (factor < 1e9 && Math.round(value * factor) / factor !== value) factor *= 10;
  return factor;
}

/**
 * A quantity that has a past, and the datapoint that shows it. The exact value is kept between steps, so that
 * slow changes add up over short steps, unless somebody else has put another value on the datapoint.
 */
export class Sensor {
  readonly #name: string;
  readonly #scale: Scale;
  readonly #exact: Cell<number>;
  /** The last reading and the value it was rounded from: rounding is too slow to do again for each look. */
  #reading = 0;
  #roundedFrom = Number.NaN;

  /** Takes the datapoint's name in `world` for its cell. */
  constructor(world: World, name: string, scale: Scale, start: number) {
    this.#name = name;
    this.#scale = scale;
    this.#exact = world.cell(name, start);
  }

  /** What the datapoint shows. */
  get reading(): number {
    const exact = this.#exact.value;
    if (exact !== this.#roundedFrom) {
      this.#roundedFrom = exact;
      this.#reading = quantise(exact, this.#scale);
    }
    return this.#reading;
  }

  /** The value before the converter rounds it. */
  get exact(): number {
    return this.#exact.value;
  }

  /** The exact value, after taking over what a hand or a restored snapshot has put on the datapoint. */
  read(attrs: Attrs): number {
    const held = attrs[this.#name];
    if (typeof held === "number" && Math.abs(held - this.reading) > this.#scale.ratio / 2) this.move(held);
    return this.#exact.value;
  }

  /** Sets the exact value and returns the reading. */
  move(exact: number): number {
    this.#exact.value = Math.min(this.#scale.max, Math.max(this.#scale.min, exact));
    return this.reading;
  }
}
