/** One file's worth of test cases. */
export interface JUnitSuite {
  readonly name: string;
  readonly file: string;
  readonly properties?: Readonly<Record<string, string>>;
  readonly cases: readonly JUnitCase[];
}

export interface JUnitCase {
  readonly name: string;
  readonly line?: number;
  readonly wallMs: number;
  readonly outcome: "passed" | "failed" | "skipped";
  readonly failure?: { readonly code: string; readonly message: string };
  /** Why it was skipped. */
  readonly why?: string;
  /** What a test that did not fail has to say. */
  readonly output?: string;
}

/** What XML 1.0 cannot hold, not even escaped: most control characters, lone surrogates, two noncharacters. */
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** JUnit XML, as CI systems read it: a suite a file, and a case with file and line for each step. */
export function formatJUnit(name: string, suites: readonly JUnitSuite[]): string {
  const all = suites.flatMap(({ cases }) => cases);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name, ...count(all) })}>`,
    ...suites.flatMap(formatSuite),
    "</testsuites>",
    "",
  ].join("\n");
}

function formatSuite({ name, file, properties = {}, cases }: JUnitSuite): string[] {
  return [
    `  <testsuite${attributes({ name, file, ...count(cases) })}>`,
    ...formatProperties("    ", { file, ...properties }),
    ...cases.flatMap((item) => formatCase(item, name, file)),
    "  </testsuite>",
  ];
}

function formatCase(
  { name, line, wallMs, outcome, failure, why, output }: JUnitCase,
  suite: string,
  file: string,
): string[] {
  const place = { file, ...(line === undefined ? {} : { line: String(line) }) };
  const inside = [...formatProperties("      ", place)];
  if (outcome === "skipped") inside.push(`      <skipped${why === undefined ? "" : attributes({ message: why })}/>`);
  if (outcome === "failed") {
    const { code = "", message = "" } = failure ?? {};
    const [headline = ""] = message.split("\n");
    inside.push(`      <failure${attributes({ type: code, message: headline })}>${escapeXml(message)}</failure>`);
  }
  if (output !== undefined) inside.push(`      <system-out>${escapeXml(output)}</system-out>`);
  const own = attributes({ name, classname: suite, ...place, time: seconds(wallMs) });
  return [`    <testcase${own}>`, ...inside, "    </testcase>"];
}

function formatProperties(indent: string, properties: Readonly<Record<string, string>>): string[] {
  return [
    `${indent}<properties>`,
    ...Object.entries(properties).map(([name, value]) => `${indent}  <property${attributes({ name, value })}/>`),
    `${indent}</properties>`,
  ];
}

function count(cases: readonly JUnitCase[]): Record<string, string> {
  const of = (outcome: JUnitCase["outcome"]): string => String(cases.filter((item) => item.outcome === outcome).length);
  return {
    tests: String(cases.length),
    failures: of("failed"),
    errors: "0",
    skipped: of("skipped"),
    time: seconds(cases.reduce((sum, { wallMs }) => sum + wallMs, 0)),
  };
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeXml(value).replace(/[\t\n]/g, (blank) => `&#${blank.charCodeAt(0)};`)}"`)
    .join("");
}

/** Text as XML holds it; what it cannot hold is shown by its number, a carriage return is kept from becoming a line feed. */
function escapeXml(text: string): string {
  return text
    .replace(FORBIDDEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character)
    .replaceAll("\r", "&#13;");
}
