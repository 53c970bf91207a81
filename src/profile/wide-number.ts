import { type Decimal, decimalOf, digitsAt, divideNearest, showDecimal } from "../core/numbers/decimal.js";
import { toWhole, type Whole } from "../core/numbers/whole.js";
import type { Datapoint } from "./profile.js";

/**
 * y = ratio * x + addition of 8 bytes (uart.md 4.5), with every digit: a number where a number holds it exactly, else
 * the text of its digits.
 */
export function scaleUpWide({ ratio, addition }: Datapoint, x: Whole): number | string {
  if (ratio === 1 && addition === 0) return showDecimal({ digits: BigInt(x), places: 0 });
  const [factor, offset] = [decimalOf(ratio), decimalOf(addition)];
  const places = Math.max(factor.places, offset.places);
  return showDecimal({ digits: digitsAt(factor, places) * BigInt(x) + digitsAt(offset, places), places });
}

/** x = (y - addition) / ratio at the nearest integer, computed with every digit. */
export function scaleDownWide({ ratio, addition }: Datapoint, y: Decimal): Whole {
  const [factor, offset] = [decimalOf(ratio), decimalOf(addition)];
  const places = Math.max(factor.places, offset.places, y.places);
  return toWhole(divideNearest(digitsAt(y, places) - digitsAt(offset, places), digitsAt(factor, places)));
}
