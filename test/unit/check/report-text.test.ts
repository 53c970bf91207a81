import { describe, expect, it } from "vitest";
import { explainFailure, formatTotal, ResultLines } from "../../../src/check/report-text.js";
import type { CheckResult } from "../../../src/check/run-checks.js";

const head = { clause: "uart.md 4.5", words: "keeps it", tookMs: 0 };
const passed = (id: string, notes?: readonly string[]): CheckResult => ({
  ...head,
  id,
  outcome: "passed",
  ...(notes === undefined ? {} : { notes }),
});
const skipped = (id: string, why: string): CheckResult => ({ ...head, id, outcome: "skipped", why });
const advice = (id: string, hint: string): CheckResult => ({
  ...head,
  id,
  outcome: "advice",
  expected: "0..10",
  found: "11",
  hint,
});

function write(results: readonly CheckResult[]): string[] {
  const written: string[] = [];
  const lines = new ResultLines((line) => written.push(line));
  for (const result of results) lines.add(result);
  lines.end();
  return written;
}

describe("the lines of a run", () => {
  it("say of a passed rule what is worth knowing", () => {
    expect(write([passed("a"), passed("b", ["resent after 2,000 ms", "at the second try"])])).toEqual([
      "  ok       uart.md 4.5   keeps it [a]",
      "  ok       uart.md 4.5   keeps it [b]: resent after 2,000 ms; at the second try",
    ]);
  });

  it("have one for all that was skipped for one reason in a row, and one each for others", () => {
    const results = [skipped("a", "x"), skipped("b", "x"), skipped("c", "y"), passed("d"), skipped("e", "x")];
    expect(write(results)).toEqual([
      "  skipped  2 rules: x",
      "  skipped  uart.md 4.5   keeps it [c]: y",
      "  ok       uart.md 4.5   keeps it [d]",
      "  skipped  uart.md 4.5   keeps it [e]: x",
    ]);
  });

  it("explain an advice once", () => {
    expect(write([advice("a", "check it"), advice("b", "check it"), advice("c", "other")])).toEqual([
      "  advice   uart.md 4.5   keeps it [a]",
      "           found 11, better 0..10",
      "           advice: check it",
      "  advice   uart.md 4.5   keeps it [b]: 11",
      "  advice   uart.md 4.5   keeps it [c]",
      "           found 11, better 0..10",
      "           advice: other",
    ]);
  });

  it("count each outcome, and name those that there are", () => {
    const total = (results: readonly CheckResult[]) => formatTotal({ ok: true, results });
    expect(total([passed("a")])).toBe("1 passed, 0 failed");
    expect(total([passed("a"), advice("b", ""), skipped("c", "")])).toBe("1 passed, 0 failed, 1 advice, 1 skipped");
    expect(total([])).toBe("0 passed, 0 failed");
  });

  it("have one for a frame that was sent again and again", () => {
    const frame = { way: "down", hex: "ffff00050105000b", words: "get-device-info sn 5" } as const;
    const other = { ...frame, way: "up" } as const;
    const result: CheckResult = { ...head, id: "a", outcome: "failed", frames: [frame, frame, frame, other, frame] };
    const shown = explainFailure(result).slice(2);
    expect(shown.map((line) => /sn 5(.*)$/.exec(line)?.[1])).toEqual([", 3 times", "", ""]);
  });
});
