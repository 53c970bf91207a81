import { describe, expect, it } from "vitest";
import { EventLog } from "../../../../src/cli/events/event-log.js";
import { escapeControls, formatJsonLine, keepEscapes, makeSafe } from "../../../../src/cli/terminal/safe-text.js";
import { formatHop } from "../../../../src/lab/trace-text.js";

const ESC = "\u001b";

describe("text for a terminal", () => {
  it.each([
    [`${ESC}[2J`, "\\x1b[2J"],
    [`${ESC}]0;title\u0007`, "\\x1b]0;title\\x07"],
    ["\u009b31m", "\\x9b31m"],
    ["\u0090q\u009c", "\\x90q\\x9c"],
    ["a\rb\b\u007f\0", "a\\x0db\\x08\\x7f\\x00"],
    ["two\nlines\tand a tab", "two\nlines\tand a tab"],
    ["\u673a\u667a\u4e91 \u00b0C \u{1f980}", "\u673a\u667a\u4e91 \u00b0C \u{1f980}"],
  ])("%j is written as %j", (text, written) => {
    expect(makeSafe(text)).toBe(written);
  });

  it("keeps the colours that gizlab made, and spells out those of a name inside them", () => {
    const line = `${keepEscapes(`${ESC}[31m`)}name ${ESC}[5m${keepEscapes(`${ESC}[39m`)}`;
    expect(makeSafe(line)).toBe(`${ESC}[31mname \\x1b[5m${ESC}[39m`);
    // Marking twice, and what is marked in another process, changes nothing.
    expect(makeSafe(makeSafe("\u{fdd0}x"))).toBe("\u{fdd0}x");
  });

  it("stays in its line where it has to", () => {
    expect(escapeControls(`a\nb\tc${ESC}`, { inLine: true })).toBe("a\\nb\\tc\\x1b");
  });

  it("is JSON that means the same", () => {
    const value = { name: `\u009b2J${ESC}[m\u007f` };
    const line = formatJsonLine(value);
    expect(line).toBe('{"name":"\\u009b2J\\u001b[m\\u007f"}');
    expect(JSON.parse(line)).toEqual(value);
  });
});

describe("hops of a wire", () => {
  const detail = { name: "report", sn: 1, cmd: "0x05", attrs: { Name: `x${ESC}[2J\n12:00 forged` } };
  it("cannot make a line of their own, or move the cursor", () => {
    const hop = { at: 0, id: "t1", hop: "uart.up", detail };
    const lines = [formatHop(hop)];
    const output = { isJson: false, line: (text: string) => lines.push(text), json: () => {}, note: () => {} };
    for (const hasColour of [false, true]) new EventLog(output, { hasColour }).show(hop);
    expect(lines).toHaveLength(3);
    for (const line of lines) {
      const shown = makeSafe(line);
      expect(shown).not.toContain(`${ESC}[2J`);
      expect(shown).not.toContain("\n");
      expect(shown).toContain("forged");
    }
  });
});
