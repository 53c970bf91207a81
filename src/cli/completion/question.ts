/** What is asked: the words before the one that is typed, without options, and that one so far. */
export interface Question {
  readonly words: readonly string[];
  readonly current: string;
  readonly cloud: string | undefined;
}
