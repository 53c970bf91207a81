import type { Millis } from "../../core/duration.js";
import type { RollupScale } from "../devices/products.js";
import type { Piece, PieceNeeds, PieceQuery } from "./piece.js";
import { addRollup, type Rollup } from "./rollup.js";

/** Puts rollups of one scale together as they come, into as few pieces as the answer allows: one a bucket. */
export class PieceRun {
  readonly scale: RollupScale;
  readonly #query: PieceQuery;
  readonly #pieces: Piece[];
  readonly #until: Millis;
  readonly #isJoined: boolean;
  #open: Rollup | undefined;
  #openEnd: Millis = Number.NEGATIVE_INFINITY;

  /** @param isMixed readings by another scale may lie between those of this one */
  constructor(
    { query, needs, found }: { query: PieceQuery; needs: PieceNeeds; found: { readonly pieces: Piece[] } },
    scale: RollupScale,
    isMixed: boolean,
  ) {
    this.scale = scale;
    this.#query = query;
    this.#pieces = found.pieces;
    this.#until = needs.holding?.until ?? Number.POSITIVE_INFINITY;
    const hasGaps = needs.holding !== undefined && needs.holding.maxGapMs !== Number.POSITIVE_INFINITY;
    this.#isJoined = !hasGaps && !(isMixed && needs.order);
  }

  /** Takes over a rollup of the stretch that begins `at`, all of one bucket. */
  add(rollup: Readonly<Rollup>, at: Millis): void {
    const isLast = rollup.lastT > this.#until;
    if (this.#open !== undefined && at < this.#openEnd && !isLast) return addRollup(this.#open, rollup);
    // A row of a table knows more than a rollup.
    const { count, sum, min, max, firstT, firstV, lastT, lastV, delta, integral } = rollup;
    const own: Rollup = { count, sum, min, max, firstT, firstV, lastT, lastV, delta, integral };
    const bucket = this.#query.buckets.at(at);
    this.#pieces.push({ scale: this.scale, rollup: own, bucket });
    this.#open = this.#isJoined && !isLast ? own : undefined;
    this.#openEnd = bucket.end;
  }

  /** What comes next does not follow what came: readings lie in between. */
  end(): void {
    this.#open = undefined;
  }
}
