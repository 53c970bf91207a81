import { GizlabError } from "../../core/errors.js";

/** Characters of all answers that are made or sent: as many as two of the largest have. */
const MOST_CHARACTERS = 128 * 1024 * 1024;

/** One answer's share of what is in flight. */
export interface Flight {
  /** Counts characters that are kept until the answer is sent. Throws `linq-busy` when all answers have too many. */
  take(length: number): void;
  /** The answer is sent, or never will be. */
  end(): void;
}

/** Bounds what answers hold in memory until their readers, however slow, have taken them. */
export class AnswersInFlight {
  readonly #most: number;
  #length = 0;

  constructor(most: number = MOST_CHARACTERS) {
    this.#most = most;
  }

  get length(): number {
    return this.#length;
  }

  open(): Flight {
    let own = 0;
    return {
      take: (length) => {
        if (this.#length + length > this.#most) {
          throw new GizlabError("linq-busy", "too many large answers are being sent already", {
            hint: "try again later, or ask for less",
          });
        }
        this.#length += length;
        own += length;
      },
      end: () => {
        this.#length -= own;
        own = 0;
      },
    };
  }
}
