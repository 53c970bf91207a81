import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatJUnit, type JUnitCase } from "../../../src/cli/junit.js";
import { findElements, parseXml, type XmlElement } from "../../support/xml.js";

const HOSTILE = [
  `<a href="x">&amp; 'b' ]]> <![CDATA[c]]>`,
  "\u0000\u001b[31mred\u001b[0m\u0007\u000b",
  "line 1\r\nline 2\rline 3\n\tline 4",
  "\ud800 alone, \udc00 too, 🐶 not, \ufffe \uffff",
  "&#0; &lt; %s $x --> ?>",
  "",
];

/** The report of one failed case, read back. */
function roundTrip(text: string): { test: XmlElement; failure: XmlElement; suite: XmlElement } {
  const item: JUnitCase = {
    name: text,
    line: 3,
    wallMs: 12,
    outcome: "failed",
    failure: { code: "x-y", message: text },
  };
  const root = parseXml(formatJUnit(text, [{ name: text, file: text, properties: { seed: text }, cases: [item] }]));
  const [suite, test, failure] = ["testsuite", "testcase", "failure"].map((name) => findElements(root, name)[0]);
  return { suite: suite as XmlElement, test: test as XmlElement, failure: failure as XmlElement };
}

/** What XML cannot hold shows as its number. */
function shown(text: string): string {
  return text.replace(
    /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

describe("JUnit", () => {
  it("has a suite a file and a case a step, with places, times and counts", () => {
    const failure = { code: "expectation-failed", message: "no report\n  nearest: <none>" };
    const cases: JUnitCase[] = [
      { name: "line 3: set", line: 3, wallMs: 1.4, outcome: "passed" },
      { name: "line 4: expect", line: 4, wallMs: 1500, outcome: "failed", failure },
      { name: "line 5: save", line: 5, wallMs: 0, outcome: "skipped" },
    ];
    const root = parseXml(formatJUnit("gizlab", [{ name: "A", file: "a.yaml", properties: { seed: "7" }, cases }]));
    const counts = { tests: "3", failures: "1", errors: "0", skipped: "1", time: "1.501" };
    expect([root.name, root.attributes]).toEqual(["testsuites", { name: "gizlab", ...counts }]);
    const [suite] = root.children;
    expect(suite?.attributes).toEqual({ name: "A", file: "a.yaml", ...counts });
    expect(suite?.children[0]?.children.map(({ attributes }) => attributes)).toEqual([
      { name: "file", value: "a.yaml" },
      { name: "seed", value: "7" },
    ]);
    const tests = findElements(root, "testcase");
    expect(tests.map(({ attributes }) => attributes)).toEqual([
      { name: "line 3: set", classname: "A", file: "a.yaml", line: "3", time: "0.001" },
      { name: "line 4: expect", classname: "A", file: "a.yaml", line: "4", time: "1.500" },
      { name: "line 5: save", classname: "A", file: "a.yaml", line: "5", time: "0.000" },
    ]);
    expect(tests.map(({ children }) => children.map(({ name }) => name))).toEqual([
      ["properties"],
      ["properties", "failure"],
      ["properties", "skipped"],
    ]);
    const [told] = findElements(root, "failure");
    expect(told).toMatchObject({
      text: failure.message,
      attributes: { type: "expectation-failed", message: "no report" },
    });
  });

  it.each(HOSTILE.filter((text) => text !== ""))(
    "says why a case was skipped, and what a passed one says: %j",
    (text) => {
      const cases: JUnitCase[] = [
        { name: "a", wallMs: 0, outcome: "skipped", why: text },
        { name: "b", wallMs: 0, outcome: "passed", output: text },
      ];
      const root = parseXml(formatJUnit("gizlab", [{ name: "A", file: "a", cases }]));
      expect(findElements(root, "skipped")[0]?.attributes.message).toBe(shown(text));
      expect(findElements(root, "system-out")[0]?.text).toBe(shown(text));
      expect(root.attributes).toMatchObject({ tests: "2", failures: "0", skipped: "1" });
    },
  );

  it.each(HOSTILE)("keeps every text whole, or shows what XML cannot hold: %j", (text) => {
    const { suite, test, failure } = roundTrip(text);
    expect(test.attributes.name).toBe(shown(text));
    expect(suite.attributes.file).toBe(shown(text));
    expect(failure.text).toBe(shown(text));
    expect(failure.attributes.message).toBe(shown(text.split("\n")[0] ?? ""));
  });

  it("is well-formed whatever the texts", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const { test, failure } = roundTrip(text);
        expect([test.attributes.name, failure.text]).toEqual([shown(text), shown(text)]);
      }),
    );
  });

  it("is well-formed for no suite at all", () => {
    expect(parseXml(formatJUnit("x", [])).attributes.tests).toBe("0");
  });
});
