import { describe, expect, it } from "vitest";
import { Marks, translateDevoError } from "../../../../src/api/devo/devo-error.js";
import { LinqAccumulator } from "../../../../src/cloud/linq/evaluate.js";
import type { SavedGroup } from "../../../../src/cloud/linq/group-table.js";
import { LinqError } from "../../../../src/cloud/linq/linq-error.js";
import { MAX_LINQ_LENGTH, parseLinq } from "../../../../src/cloud/linq/parser.js";
import { planLinq } from "../../../../src/cloud/linq/plan.js";
import { printLinq } from "../../../../src/cloud/linq/printer.js";
import { parseGrain } from "../../../../src/cloud/linq/tasks/compiled-linq.js";
import { parseTimeZone } from "../../../../src/cloud/linq/time.js";
import type { LinqRow } from "../../../../src/cloud/linq/value.js";
import type { Clock } from "../../../../src/core/clock.js";
import { createSeededRandom, type Random } from "../../../../src/core/random.js";
import { longestHold, timeTurn } from "../../../support/event-loop.js";
import { evaluateMeter, METER_CATALOG, METER_ROWS, MONDAY, NOW, planMeter } from "../../../support/linq-meter.js";
import { roundsOf } from "../../../support/long-run.js";

const SEEDS = [
  'from demo.ecommerce.data where eq(client, "self") group every 1800000 by client',
  "from gizlab.meter.data where today() - 5d <= eventdate < now(), on or not power > 3 select power * -2.5e1 as p",
  'from gizlab.`smart-meter`.data where mode in {"a", \'b\'} and mode ~ re("^x\\\\d+") group every 30m by did, str(on) as o every 1h select count() as n, percentile(power, 9) where n > 1 limit 5 offset 1 pragma a.b: true;',
  "from gizlab.meter.data // note\n select ifthenelse(isnull(temp), 0, temp ?: 1) \\ 3 %% 2 as x\ngroup every - by x select avg(x) \n pragma k: 'v'",
];
const PIECES =
  'from where select group every by as limit offset order then pragma and or not in true false null eq( count( sum( power temp mode did client eventdate ( ) { } , ; : . = /= != <= < >= > -> ->> <- ~ + - * / \\ % %% ?: " \' ` // 5 0 1.5 1e9 30m 1h 1d - \n re( \u0000 é 😀 \\" 9007199254740993'.split(
    " ",
  );

/** One to four mutations: pieces put in, runs cut out, doubled or swapped, characters changed. */
function mutate(random: Random, text: string): string {
  let mutated = text;
  for (let left = random.integer(1, 4); left > 0; left -= 1) {
    const at = random.integer(0, mutated.length);
    const end = at + random.integer(0, 8);
    const [head, run, tail] = [mutated.slice(0, at), mutated.slice(at, end), mutated.slice(end)];
    const kind = random.integer(0, 5);
    if (kind === 0) mutated = `${head}${random.pick(PIECES)}${run}${tail}`;
    else if (kind === 1) mutated = head + tail;
    else if (kind === 2) mutated = head + run + run + tail;
    else if (kind === 3) mutated = `${head} ${random.pick(PIECES)} ${tail}`;
    else if (kind === 4) mutated = head + String.fromCharCode(random.integer(0, 255)) + mutated.slice(at + 1);
    else mutated = head;
  }
  return mutated;
}

/** Whether the text is a query; anything but a LinqError with a place in the text goes on as it is. */
function tryQuery(text: string): "refused" | "parsed" | "planned" {
  let state: "refused" | "parsed" = "refused";
  try {
    const query = parseLinq(text);
    state = "parsed";
    const printed = printLinq(query);
    if (printLinq(parseLinq(printed)) !== printed) throw new Error(`printing ${text} is no fixpoint`);
    planLinq(query, METER_CATALOG);
    return "planned";
  } catch (error) {
    if (!(error instanceof LinqError)) throw new Error(`${JSON.stringify(text)}: ${String(error)}`, { cause: error });
    const { offset, line, column } = error.position ?? { offset: -1, line: 0, column: 0 };
    const lineText = text.split("\n")[line - 1];
    const isInText =
      offset >= 0 && offset <= text.length && lineText !== undefined && column >= 1 && column <= lineText.length + 1;
    if (!isInText) throw new Error(`${JSON.stringify(text)}: ${error.code} has no place in it`);
    return state;
  }
}

describe("1,000,000 mutated queries", () => {
  it("are read, or refused with a code and a place", () => {
    const random = createSeededRandom("linq");
    const counts = { refused: 0, parsed: 0, planned: 0 };
    const rounds = roundsOf(1_000_000);
    for (let round = 0; round < rounds; round += 1) {
      counts[tryQuery(mutate(random, random.pick(SEEDS)))] += 1;
    }
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(rounds / 100);
  }, 240_000);
});

describe("a hostile text", () => {
  const filled = (unit: string, head = "from gizlab.meter.data where ", length = 1_000_000): string =>
    head + unit.repeat(Math.ceil((length - head.length) / unit.length)).slice(0, length - head.length);
  const UNITS = [
    "(",
    "a=b,",
    "a<",
    "not ",
    "-",
    "1+",
    "f(",
    "{",
    '"',
    "'\\",
    "`",
    "//",
    "\n",
    " ",
    "a.",
    "9",
    "1e",
    "a and ",
    "a b ",
    "\u0000",
    're("(a+)+$") or ',
    "a ?: ",
    "power < ",
    "concat(mode, mode) = mode or ",
    "5m,",
    "x",
  ];

  it.each(UNITS)("of %j is refused or planned within 50 ms, at 1 MB and at the longest that is read", (unit) => {
    for (const length of [1_000_000, MAX_LINQ_LENGTH, MAX_LINQ_LENGTH >> 1]) {
      for (const head of ["", "from gizlab.meter.data where ", "from gizlab.meter.data select ", "from "]) {
        const text = filled(unit, head, length);
        const times = [0, 1, 2].map(() =>
          timeTurn(() => {
            try {
              planLinq(parseLinq(text), METER_CATALOG);
            } catch (error) {
              expect(error).toBeInstanceOf(LinqError);
            }
          }),
        );
        // The best of three: what the collector does meanwhile is no fault of the text.
        expect(Math.min(...times)).toBeLessThan(50);
      }
    }
  });
});

describe("a query of many patterns", () => {
  const conditions = (count: number, pattern: string): string =>
    Array.from({ length: count }, () => `mode ~ re("${pattern}")`).join(" or ");

  it.each([
    [400, "(.*a){20}x"],
    [600, "a"],
    [300, ".*a.*b.*c.*d.*e"],
    [250, "(?i)[^\\\\pL]"],
    [5, "(?i).{1000}"],
  ])("is planned or refused quickly: %i of %s", (count, pattern) => {
    const times = Array.from({ length: 5 }, () => {
      const start = performance.now();
      try {
        planMeter(`where ${conditions(count, pattern)}`);
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/^linq-(limit|arguments)$/) });
      }
      return performance.now() - start;
    });
    expect(Math.min(...times)).toBeLessThan(40);
  });

  it("is refused with the place of the pattern that is too much, wherever they stand", () => {
    const pattern = "(.*a){20}x";
    expect(() => planMeter(`where ${conditions(20, pattern)}`)).not.toThrow();
    for (const text of [
      `where ${conditions(21, pattern)}`,
      `where ${conditions(11, pattern)} where ${conditions(10, pattern)}`,
      `select ${conditions(21, pattern)} as x`,
      `group by ${conditions(21, pattern)} as x`,
      `group select count(${conditions(11, pattern)}), max(${conditions(10, pattern)})`,
      `where ${conditions(33, "[\\\\pL\\\\pN]")}`,
    ]) {
      expect(() => planMeter(text)).toThrow(
        expect.objectContaining({ code: "linq-limit", position: expect.objectContaining({ line: 1 }) }),
      );
    }
  });
});

describe("a hostile query", () => {
  const LONG = "a".repeat(4000);
  const rows: LinqRow[] = Array.from({ length: 49_000 }, (_, index) => [
    MONDAY + index * 1000,
    "self",
    `d${index}`,
    LONG.slice(0, 500),
    index,
    index / 7,
    true,
    LONG,
  ]);

  it.each([
    ["a greedy pattern", 'where mode ~ re("(a+)+$") limit 200'],
    ["a pattern that ends in vain", 'where mode ~ re("(?:a|aa|aaa|aaaa)*[^a]")'],
    ["a counted pattern", 'where mac ~ re("(?:x?a?){12}[^a]")'],
    ["a large pattern", `where mac ~ re("(?i)${".*a".repeat(40)}b")`],
    ["many functions", `where ${Array.from({ length: 40 }, (_, index) => `weakhas(mode, "b${index}")`).join(" or ")}`],
    [
      "texts that grow",
      "select concat(mode, mac) as a select concat(a, a, a, a) as b select concat(b, b) as c select length(c)",
    ],
    ["many groups", "group by did select count() as n, percentile(power, 5), avg(temp)"],
    ["many groups of many keys", "group by did, mac, on, power, temp"],
    [
      "many percentiles",
      `group select ${Array.from({ length: 20 }, (_, index) => `percentile(temp, ${index})`).join(", ")}`,
    ],
    ["sorting", "group select median(temp) as m, collectdistinct(power) as c where false"],
    ["many buckets", "group every 1s by did select sum(power)"],
  ])("of %s lets the event loop go", async (_what, text) => {
    const held: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const work = (): Promise<unknown> =>
        evaluateMeter(
          text,
          text.includes("re(")
            ? rows.slice(0, 100)
            : text.includes("has") || text.includes("concat")
              ? rows.slice(0, 5000)
              : rows,
        ).catch((error: unknown) => expect(error).toBeInstanceOf(LinqError));
      held.push(await longestHold(work));
    }
    expect(Math.min(...held)).toBeLessThan(50);
  });

  it("is stopped when it works too much on one row", async () => {
    const conditions = Array.from({ length: 6 }, (_, index) => `mode ~ re("(?:a|aa|aaa|aaaa)*b${index}")`);
    await expect(evaluateMeter(`where ${conditions.join(" or ")}`, rows)).rejects.toMatchObject({ code: "linq-limit" });
  });

  it("is stopped at too many groups and too many collected values", async () => {
    const limited = evaluateMeter("group by did", rows, "UTC", { maxGroups: 100 });
    await expect(limited).rejects.toMatchObject({ code: "linq-limit" });
    await expect(evaluateMeter("group select collect(power)", rows)).rejects.toMatchObject({ code: "linq-limit" });
    expect(await evaluateMeter("group by did", METER_ROWS, "UTC", { maxGroups: 2 })).toHaveLength(2);
  });

  const many = (count: number, item: (index: number) => string): string =>
    Array.from({ length: count }, (_, index) => item(index)).join(", ");
  it.each([
    ["collected values", `group every 1h select ${many(300, (index) => `collect(power + ${index})`)} limit 1`],
    ["percentiles", `group every 10s select ${many(300, (index) => `percentile(power + ${index}, 5)`)}`],
    ["sketches", `group every 10s select ${many(300, (index) => `hllpp(power + ${index})`)}`],
    ["sums", `group by did select ${many(300, (index) => `stddev(power + ${index})`)}`],
    ["long texts", `group by did select ${many(20, (index) => `max(concat(mode, "${index}"))`)}`],
    ["keys", `group by ${many(300, (index) => `power + ${index}`)}`],
  ])(
    "is stopped when its groups hold too much: %s",
    async (_what, text) => {
      const refusal = { code: "linq-limit", message: "the query keeps more than 128 MB in its groups" };
      await expect(evaluateMeter(text, rows.slice(0, 25_000))).rejects.toMatchObject(refusal);
    },
    60_000,
  );

  it("is stopped when the groups that a task kept hold too much", async () => {
    const text = `group by did select ${many(300, (index) => `collect(power + ${index})`)}`;
    const values = Array.from({ length: 100 }, (_, index) => [index, index, 1]);
    const group = (index: number): SavedGroup => ({
      bucket: null,
      keys: [`d${index}`],
      states: new Array(300).fill(values),
    });
    const groups = Array.from({ length: 40 }, (_, index) => group(index));
    expect(await evaluateMeter(text, [], "UTC", { groups: groups.slice(0, 2) })).toHaveLength(2);
    await expect(evaluateMeter(text, [], "UTC", { groups })).rejects.toMatchObject({ code: "linq-limit" });
  });

  it("may hold much again once it has cleared groups", async () => {
    const plan = planMeter(`group every 1h select ${many(100, (index) => `collect(power + ${index})`)}`);
    const accumulator = new LinqAccumulator(plan, { now: NOW, zone: parseTimeZone("UTC") });
    const base = accumulator.held;
    for (let round = 0; round < 3; round += 1) {
      await accumulator.add(rows.slice(0, 5000));
      expect(accumulator.held).toBeGreaterThan(5000 * 100 * 50);
      for (const { bucket } of [...accumulator.save()]) accumulator.clear(bucket);
      expect(accumulator.held).toBe(base);
    }
  });
});

describe("a refusal", () => {
  it("of an empty set says what a set needs", () => {
    expect(() => planMeter("where power in {}")).toThrow("a set needs at least one item");
    expect(() => planMeter("where power in { , 1}")).toThrow(", cannot stand here");
  });

  it("names no place where the text is not at fault", async () => {
    const limited = evaluateMeter("group by did", METER_ROWS, "UTC", { maxGroups: 1 });
    await expect(limited).rejects.toMatchObject({ code: "linq-limit", position: undefined, at: undefined });
    expect(() => parseTimeZone("Atlantis")).toThrow(expect.objectContaining({ position: undefined, at: undefined }));
    expect(() => parseGrain("often")).toThrow(expect.objectContaining({ position: undefined, at: undefined }));
    const marks = new Marks({ now: () => 0 } as Clock);
    const refusal = new LinqError("linq-limit", "it is too much", undefined, { hint: "ask for less" });
    const { object } = translateDevoError(refusal, marks, true).body;
    expect(object).toContain("it is too much; ask for less");
  });
});
