import { findFrameName, suggestFrameName } from "../../codec/frame-names.js";
import { GizlabError } from "../../core/errors.js";
import { formatHexNumber } from "../../core/hex.js";
import { compareAttrs, compareFields, type Expected, type WantedAttrs } from "../expectation.js";
import { formatAttrs } from "../trace-text.js";

/** A UART frame that is waited for; what is not named may be anything. */
export interface WantedFrame {
  /** A name of uart.md 2.1 or a code: `report`, `0x05`. */
  readonly cmd?: string;
  readonly way?: "up" | "down";
  readonly sn?: number;
  /** Hex of the un-stuffed payload. */
  readonly payload?: string;
  readonly attrs?: WantedAttrs;
}

/** Which hops such a frame may be, in which words it is missed, and how near one comes to it. Throws `command-unknown`. */
export function describeWantedFrame({
  cmd,
  way,
  sn,
  payload,
  attrs,
}: WantedFrame): Pick<Expected, "hops" | "words" | "compare"> {
  const fields: Record<string, unknown> = {
    ...(cmd === undefined ? {} : readCommand(cmd)),
    ...(sn === undefined ? {} : { sn }),
    ...(payload === undefined ? {} : { payload: payload.toLowerCase() }),
  };
  const said = [cmd, way, sn === undefined ? undefined : `sn ${sn}`, attrs && sayWanted(attrs)].filter(Boolean);
  return {
    hops: way === undefined ? ["uart.up", "uart.down"] : [`uart.${way}`],
    words: `frame ${said.join(" ")}`.trim(),
    compare: (entry) => {
      const own = compareFields(fields, entry.detail ?? {});
      if (attrs === undefined) return own;
      const values = compareAttrs(attrs, entry);
      return {
        differences: [...own.differences, ...values.differences],
        agreements: own.agreements + values.agreements,
      };
    },
  };
}

/** Wanted values in words. */
export function sayWanted(wanted: WantedAttrs): string {
  return typeof wanted === "function" ? "(a question)" : formatAttrs(wanted);
}

function readCommand(text: string): { readonly name: string } | { readonly cmd: string } {
  const found = findFrameName(text);
  if (found !== undefined) return found.name === undefined ? { cmd: formatHexNumber(found.cmd) } : { name: found.name };
  const nearest = suggestFrameName(text);
  throw new GizlabError("command-unknown", `no frame is called ${text}`, {
    ...(nearest === undefined ? {} : { hint: `did you mean ${nearest}?` }),
  });
}
