/** True in `npm run test:long`, where exhaustive tests try all that they can; elsewhere they try a tenth. */
export const IS_LONG_RUN = process.env.GIZLAB_TEST_LONG === "1";

/** How many of `count` random inputs a test tries in this run. */
export function roundsOf(count: number): number {
  return IS_LONG_RUN ? count : Math.ceil(count / 10);
}
