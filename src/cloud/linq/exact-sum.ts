/**
 * A sum of floating-point numbers without any rounding until it is read (Shewchuk's expansions, as Python's
 * `math.fsum`): the order of the numbers, and of merging sums, cannot change it. Finite numbers below 1e150 only.
 */
export class ExactSum {
  /** Numbers that do not overlap, smallest first; their sum is the sum. */
  #partials: number[] = [];

  get partials(): readonly number[] {
    return this.#partials;
  }

  add(value: number): void {
    let carried = value;
    let kept = 0;
    for (const partial of this.#partials) {
      const [large, small] = Math.abs(carried) < Math.abs(partial) ? [partial, carried] : [carried, partial];
      const sum = large + small;
      const lost = small - (sum - large);
      if (lost !== 0) {
        this.#partials[kept] = lost;
        kept += 1;
      }
      carried = sum;
    }
    this.#partials.length = kept;
    if (carried !== 0) this.#partials.push(carried);
  }

  /** Adds the product of two numbers, exactly (Dekker's two-product). */
  addProduct(a: number, b: number): void {
    const product = a * b;
    const [aHigh, aLow] = split(a);
    const [bHigh, bLow] = split(b);
    this.add(product);
    this.add(aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow));
  }

  /** The number nearest to the exact sum. */
  value(): number {
    const partials = this.#partials;
    let index = partials.length - 1;
    let high = partials[index] ?? 0;
    let low = 0;
    while (index > 0 && low === 0) {
      index -= 1;
      const next = partials[index] as number;
      const sum = high + next;
      low = next - (sum - high);
      high = sum;
    }
    // Halfway cases round by what lies below them.
    const below = partials[index - 1] ?? 0;
    const doubled = low * 2;
    const rounded = high + doubled;
    return ((low < 0 && below < 0) || (low > 0 && below > 0)) && doubled === rounded - high ? rounded : high;
  }
}

/** Veltkamp's split of a number in two halves of its digits. */
function split(value: number): readonly [number, number] {
  const scaled = value * 134_217_729;
  const high = scaled - (scaled - value);
  return [high, value - high];
}
