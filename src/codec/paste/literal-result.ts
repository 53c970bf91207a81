/** Bytes that stand in a text the way a programming language writes them. */
export interface Literal {
  readonly bytes: Uint8Array;
  /** Where it ends. */
  readonly end: number;
  /** A part that the program that printed it has left out, in its own words. */
  readonly omitted?: string;
}
