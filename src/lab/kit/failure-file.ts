import { createHash } from "node:crypto";
import { join } from "node:path";

/** A test as its runner describes it; vitest 3.2 and later do. */
export interface NamedTest {
  readonly id: string;
  readonly name: string;
  readonly suite?: NamedSuite | undefined;
  readonly file: { readonly name: string };
}

interface NamedSuite {
  readonly name: string;
  readonly suite?: NamedSuite | undefined;
}

/** Below the folder in which the runner runs: bundles of the tests that failed. */
const FAILURES = join(".gizlab", "failures");
const NAME_LIMIT = 80;
const DIGEST_DIGITS = 8;

/** Where a failing test leaves its bundle: a readable name, and of this test alone, since another file may have one of its name. */
export function nameFailureFile({ id, name, suite, file }: NamedTest): string {
  const names = [name];
  for (let outer = suite; outer !== undefined; outer = outer.suite) names.unshift(outer.name);
  const readable = names
    .join(" ")
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .slice(0, NAME_LIMIT);
  const digest = createHash("sha256").update(`${file.name} ${id}`).digest("hex").slice(0, DIGEST_DIGITS);
  return join(FAILURES, `${readable}-${digest}.jsonl`);
}
