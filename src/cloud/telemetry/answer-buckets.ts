import { MAX_BUCKETS, type TimeBucket, tooManyBuckets } from "./calendar.js";

/** One whole bucket, whatever of it the query covers; datapoints without an answer in it are absent. */
export interface AggregateBucket extends TimeBucket {
  /** In engineering units, by datapoint name. */
  readonly values: Readonly<Record<string, number>>;
}

interface OpenBucket extends TimeBucket {
  readonly values: Record<string, number>;
}

/** Puts the answers of several datapoints together, each of which comes bucket by bucket in time order. */
export class AnswerBuckets {
  #buckets: OpenBucket[] = [];
  /** What is known of the datapoints before, up to where the present one has come. */
  #merged: OpenBucket[] = [];
  #at = 0;
  #name = "";

  /** The next datapoint. */
  begin(name: string): void {
    this.#name = name;
    this.#buckets = this.inOrder();
    this.#merged = [];
    this.#at = 0;
  }

  /** The value of the present datapoint in a bucket behind the one before. Throws `too-many-buckets`. */
  tell({ start, end }: TimeBucket, value: number): void {
    this.#passOver(start);
    const known = this.#buckets[this.#at];
    if (known?.start === start) {
      known.values[this.#name] = value;
      return;
    }
    if (this.#merged.length + this.#buckets.length - this.#at >= MAX_BUCKETS) throw tooManyBuckets();
    this.#merged.push({ start, end, values: { [this.#name]: value } });
  }

  /** All buckets that have an answer. */
  inOrder(): OpenBucket[] {
    this.#passOver(Number.POSITIVE_INFINITY);
    return this.#merged;
  }

  #passOver(start: number): void {
    for (; this.#at < this.#buckets.length; this.#at += 1) {
      const next = this.#buckets[this.#at] as OpenBucket;
      if (next.start >= start) return;
      this.#merged.push(next);
    }
  }
}
