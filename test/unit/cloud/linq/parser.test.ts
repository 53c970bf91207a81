import { describe, expect, it } from "vitest";
import { restrictToDomain } from "../../../../src/cloud/linq/catalog.js";
import { LinqError } from "../../../../src/cloud/linq/linq-error.js";
import { MAX_LINQ_LENGTH, parseLinq } from "../../../../src/cloud/linq/parser.js";
import { printLinq, tableOf, wheresOf } from "../../../../src/cloud/linq/printer.js";

function refusalOf(text: string): LinqError {
  try {
    parseLinq(text);
  } catch (error) {
    if (error instanceof LinqError) return error;
    throw error;
  }
  throw new Error(`${text} is accepted`);
}

/** Texts and their canonical form; `=` for one that is canonical. */
const WHOLE: readonly (readonly [string, string])[] = [
  // The seed and aggregation-apis.md 1.2, 1.6, 1.7, verbatim.
  ['from demo.ecommerce.data where eq(client, "self") group every 1800000 by client', "="],
  [
    "from demo.ecommerce.data where statusCode = 404 group every 10m by method, clientIpAddress every 10m select count() as myCount",
    "from demo.ecommerce.data where eq(statusCode, 404) group every 600000 by method, clientIpAddress every 600000 select count() as myCount",
  ],
  [
    "from demo.ecommerce.data where (le(timestamp(1612958959000), eventdate) and lt(eventdate, timestamp(1612959859000))) where eq(client, 'self')",
    'from demo.ecommerce.data where (le(timestamp(1612958959000), eventdate) and lt(eventdate, timestamp(1612959859000))) where eq(client, "self")',
  ],
  [
    "from a.b group every 30m by username, domain every 1h select count() as count select count * 100 as count100",
    "from a.b group every 1800000 by username, domain every 3600000 select count() as count select mul(count, 100) as count100",
  ],
  [
    "from a.b group every 30m by a pragma preaggr.transparent.allowed: true pragma preaggr.transparent.impure.allowed: true pragma preaggr.transparent.max.uncovered: 1h",
    "from a.b group every 1800000 by a pragma preaggr.transparent.allowed: true pragma preaggr.transparent.impure.allowed: true pragma preaggr.transparent.max.uncovered: 1h",
  ],
  ["from a.b where now() - 1h < eventdate limit 10", "from a.b where lt(sub(now(), 1h), eventdate) limit 10"],
  ["from a.b where lt(eventdate, now())", "="],
  ["from a.b where today() - 5d < eventdate", "from a.b where lt(sub(today(), 5d), eventdate)"],
  [
    'from a.b where eventdate > timestamp("2023-11-06 07:30:00")',
    'from a.b where gt(eventdate, timestamp("2023-11-06 07:30:00"))',
  ],
  ["from a.b group every 30m by a", "from a.b group every 1800000 by a"],
  ["from a.b group every 1h", "from a.b group every 3600000"],
  ["from a.b group by a", "="],
  ["from a.b group every - by a", "from a.b group every 0 by a"],
  ["from a.b group select count() as n", "="],
  ["from a.b group every 30m by a every 0", "from a.b group every 1800000 by a every 0"],
  ["from a.b group every 30m every 1d select count()", "from a.b group every 1800000 every 86400000 select count()"],
  ["from a.b select x group every 5m by x", "from a.b select x group every 300000 by x"],
  ["from a.b group every 30m by str(x)", "from a.b group every 1800000 by str(x)"],
  // Clauses.
  ["from a", "="],
  ["from a;", "from a"],
  ["from `smart-meter`.data", "="],
  ["from `a`.`b`", "from a.b"],
  ["from `from`", "="],
  ["from a // the rest is said\nwhere b // and this\n", "from a where b"],
  ["from a where b, c", "from a where b where c"],
  ["from a where b where c, d", "from a where b where c where d"],
  ["from a select *", "="],
  ["from a select b as c, d", "="],
  ["from a select b as `select`", "="],
  ["from a limit 5 offset 2", "="],
  ["from a group every 15s", "from a group every 15000"],
  ["from a group every 1w", "from a group every 604800000"],
  ["from a group every 90000", "="],
  ["from a group every 0", "="],
  ["from a group", "="],
  ["from a group every 1h by b group by c", "from a group every 3600000 by b group by c"],
  ["from a group by b as c every 5s", "from a group by b as c every 5000"],
  ["from a pragma x: y, z.w: 'a b'", 'from a pragma x: y pragma z.w: "a b"'],
  ["from a pragma limit.by: 12;", "from a pragma limit.by: 12"],
  ["from a pragma `a.b`.c: false", "="],
];

/** Expressions in a `where`. */
const EXPRESSIONS: readonly (readonly [string, string])[] = [
  ["a = 1", "eq(a, 1)"],
  ["a /= 1", "ne(a, 1)"],
  ["a != 1", "ne(a, 1)"],
  ["a > 1", "gt(a, 1)"],
  ["a >= 1", "ge(a, 1)"],
  ["a < 1", "lt(a, 1)"],
  ["a <= 1", "le(a, 1)"],
  ["a <= eventdate < b", "(le(a, eventdate) and lt(eventdate, b))"],
  ["1 < a < b < 9", "(lt(1, a) and lt(a, b) and lt(b, 9))"],
  ['a -> "x"', 'has(a, "x")'],
  ['a ->> "x"', 'weakhas(a, "x")'],
  ['a in {"x", "y"}', '`in`(a, {"x", "y"})'],
  ['a <- {"x"}', '`in`(a, {"x"})'],
  ["`in`(a, 1, 2)", "="],
  ['a ~ re("\\\\d+")', 'matches(a, re("\\\\d+"))'],
  ['a ~ re("\\d")', 'matches(a, re("\\\\d"))'],
  ["a and b", "(a and b)"],
  ["a and b and c", "(a and b and c)"],
  ["a or b and c", "(a or (b and c))"],
  ["(a or b) and c", "((a or b) and c)"],
  ["not a", "="],
  ["not(a)", "not a"],
  ["not not a", "="],
  ["not a = b", "not eq(a, b)"],
  ["not a and b", "(not a and b)"],
  ["not (a and b)", "="],
  ["a + b * c", "add(a, mul(b, c))"],
  ["(a + b) * c", "mul(add(a, b), c)"],
  ["a - b - c", "sub(sub(a, b), c)"],
  ["a - (b - c)", "sub(a, sub(b, c))"],
  ["a / b", "div(a, b)"],
  ["a \\ b", "rdiv(a, b)"],
  ["a % b", "rem(a, b)"],
  ["a %% b", "mod(a, b)"],
  ["a ?: 0", "nvl(a, 0)"],
  ["a ?: b = c", "eq(nvl(a, b), c)"],
  ["-a", "neg(a)"],
  ["- 5", "-5"],
  ["a-5", "sub(a, 5)"],
  ["a - -5", "sub(a, -5)"],
  ["-(5)", "neg(5)"],
  ["-5d", "="],
  ["-0", "0"],
  ["1.50", "1.5"],
  ["2.0", "="],
  ["1e3", "1000.0"],
  ["1e300", "1e+300"],
  ["1e-7", "="],
  ["90s", "="],
  ["60s", "1m"],
  ["48h", "2d"],
  ["0d", "0s"],
  ["true", "="],
  ["false", "="],
  ["null", "="],
  ["'it''", "error"],
  ["'say \"x\"'", '"say \\"x\\""'],
  ["'it\\'s'", '"it\'s"'],
  ['"tab\\there"', "="],
  ['"a\nb"', '"a\\nb"'],
  ['""', "="],
  ["f()", "="],
  ["f(a, g(b), 1)", "="],
  ["`weird name` = 1", "eq(`weird name`, 1)"],
  ["((((a))))", "a"],
  ["{1, 2}", "="],
];

describe("parseLinq and printLinq", () => {
  it.each(WHOLE)("read %s", (text, canonical) => {
    const printed = printLinq(parseLinq(text));
    expect(printed).toBe(canonical === "=" ? text : canonical);
    expect(printLinq(parseLinq(printed))).toBe(printed);
  });

  it.each(EXPRESSIONS.filter(([, canonical]) => canonical !== "error"))("read the condition %s", (text, canonical) => {
    const printed = printLinq(parseLinq(`from t where ${text}`));
    expect(printed).toBe(`from t where ${canonical === "=" ? text : canonical}`);
    expect(printLinq(parseLinq(printed))).toBe(printed);
  });

  it("derive table and wheres as the seed's answer shows them", () => {
    const query = parseLinq('from demo.ecommerce.data where eq(client, "self") group every 1800000 by client');
    expect(tableOf(query)).toBe("demo.ecommerce.data");
    expect(wheresOf(query)).toEqual(['eq(client, "self")']);
  });

  it("derive the wheres before the first group only", () => {
    const query = parseLinq("from `a-b`.c where x = 1, y where z group by x where x > 1");
    expect(tableOf(query)).toBe("a-b.c");
    expect(wheresOf(query)).toEqual(["eq(x, 1)", "y", "z"]);
  });
});

describe("a refusal", () => {
  it.each<[string, string, number, number, string[]]>([
    ["", "linq-syntax", 1, 1, ["from"]],
    ["form a.b", "linq-syntax", 1, 1, ["from"]],
    ["from", "linq-syntax", 1, 5, ["<table>"]],
    ["from a.", "linq-syntax", 1, 8, ["<name>"]],
    ["from a\nwhere", "linq-syntax", 2, 6, ["not", "<name>", "<number>", "<string>", "("]],
    [
      "from a\n  wher b",
      "linq-syntax",
      2,
      3,
      [".", ";", "<EOF>", "group", "limit", "offset", "pragma", "select", "where"],
    ],
    ["from a where b = ", "linq-syntax", 1, 18, ["<name>", "<number>"]],
    ["from a where f(b", "linq-syntax", 1, 17, [")", ","]],
    ["from a where (b", "linq-syntax", 1, 16, [")", "and", "or"]],
    ["from a select b as", "linq-syntax", 1, 19, ["<name>"]],
    ["from a select", "linq-syntax", 1, 14, ["*"]],
    ["from a group every", "linq-syntax", 1, 19, ["-", "<duration>", "<milliseconds>"]],
    ["from a group every b", "linq-syntax", 1, 20, ["<duration>"]],
    ["from a limit x", "linq-syntax", 1, 14, ["<integer>"]],
    ["from a pragma b", "linq-syntax", 1, 16, [":"]],
    ["from a pragma b: ,", "linq-syntax", 1, 18, ["<value>"]],
    ["from a; x", "linq-syntax", 1, 9, ["<EOF>"]],
    ['from a where b = "c', "linq-syntax", 1, 18, ['"']],
    ["from a where `b", "linq-syntax", 1, 14, ["`"]],
    ["from a where ``", "linq-syntax", 1, 14, ["`"]],
    ["from a where 5x", "linq-syntax", 1, 14, []],
    ["from a where 1.5h", "linq-syntax", 1, 14, []],
    ["from a where 99999999999999999999", "linq-syntax", 1, 14, []],
    ["from a where 1e999", "linq-syntax", 1, 14, []],
    ["from a where b ? c", "linq-syntax", 1, 16, []],
    ["from a where 😀", "linq-syntax", 1, 14, []],
    ["from a where 'it''", "linq-syntax", 1, 18, ["'"]],
    ["from (from b)", "linq-unsupported", 1, 6, []],
    ["from a where b in (from c)", "linq-unsupported", 1, 20, []],
    ["from a order by b", "linq-unsupported", 1, 8, []],
    ["from a then b", "linq-unsupported", 1, 8, []],
    ["from a where b in {}", "linq-syntax", 1, 20, []],
  ])("of %j is %s at %i:%i", (text, code, line, column, tokens) => {
    const refusal = refusalOf(text);
    expect([refusal.code, refusal.position?.line, refusal.position?.column]).toEqual([code, line, column]);
    expect(refusal.expectedTokens).toEqual(expect.arrayContaining(tokens));
    expect(refusal.at).toEqual(refusal.position);
  });

  it.each([
    ["parentheses", `from a where ${"(".repeat(5000)}`],
    ["calls", `from a where ${"f(".repeat(5000)}`],
    ["not", `from a where ${"not ".repeat(3000)}b`],
    ["minus", `from a where ${"-".repeat(5000)}b`],
    ["a long sum", `from a where ${"1+".repeat(5000)}1`],
    ["sets", `from a where ${"{".repeat(5000)}`],
    ["doubling chains", `from a where ${"(a<".repeat(40)}b${"<c)".repeat(40)}`],
  ])("stops at too many levels of %s", (_what, text) => {
    expect(refusalOf(text).code).toBe("linq-too-deep");
  });

  it("does not stop at long flat conditions", () => {
    const text = `from a where ${Array.from({ length: 800 }, (_, index) => `b${index}`).join(" and ")}`;
    expect(printLinq(parseLinq(text))).toContain("b799");
  });

  it("names the longest text, and the longest canonical text", () => {
    expect(refusalOf(`from a where "${"x".repeat(MAX_LINQ_LENGTH)}"`).code).toBe("linq-too-long");
    expect(refusalOf(`from a where ${Array.from({ length: 2000 }, () => "a=b").join(",")}`).code).toBe("linq-too-long");
  });
});

describe("restrictToDomain", () => {
  const restrict = (text: string): string => printLinq(restrictToDomain(parseLinq(text), "self"));

  it("puts the domain first, once", () => {
    expect(restrict("from a where b")).toBe('from a where eq(client, "self") where b');
    expect(restrict('from a where b where client = "self"')).toBe('from a where b where eq(client, "self")');
    expect(restrict('from a group by client where eq(client, "self")')).toBe(
      'from a where eq(client, "self") group by client where eq(client, "self")',
    );
  });

  it.each([
    'client = "other"',
    '"other" = client',
    'b or client = "other"',
    'client in {"self", "other"}',
    'eqic(client, "Other")',
    'not client = "other"',
  ])("refuses another domain: %s", (condition) => {
    expect(() => restrict(`from a where ${condition}`)).toThrow(
      expect.objectContaining({ code: "linq-forbidden", position: expect.objectContaining({ line: 1 }) }),
    );
  });
});
