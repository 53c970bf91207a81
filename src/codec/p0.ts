import { GizlabError } from "../core/errors.js";
import { formatHexNumber } from "../core/hex.js";
import { packControl, packStatus, unpackControl, unpackStatus } from "./datapoints-fixed.js";
import { packVariable, packVariableFlags, unpackVariable, unpackVariableFlags } from "./datapoints-variable.js";
import type { Layout, LayoutPoint, RawValues } from "./layout.js";

/** The first byte of a P0 (uart.md 4). */
export const ACTION = {
  control: 0x01,
  read: 0x02,
  readReply: 0x03,
  report: 0x04,
  passthroughDown: 0x05,
  passthroughUp: 0x06,
  variableControl: 0x11,
  variableRead: 0x12,
  variableReadReply: 0x13,
  variableReport: 0x14,
} as const;

/** The business content of a frame: what travels unchanged between MCU, cloud and app (uart.md 4). */
export type P0 =
  | { readonly kind: "control" | "read-reply" | "report"; readonly values: Readonly<RawValues> }
  /** `wanted` is undefined for a read of everything. */
  | { readonly kind: "read"; readonly wanted?: readonly LayoutPoint[] }
  | { readonly kind: "passthrough-down" | "passthrough-up"; readonly data: Uint8Array }
  | { readonly kind: "other"; readonly action: number; readonly data: Uint8Array };

/** Reads action and data by the product's layout. Throws `p0-empty`, `datapoints-length`. */
export function unpackP0(layout: Layout, bytes: Uint8Array): P0 {
  const action = bytes[0];
  if (action === undefined) {
    throw new GizlabError("p0-empty", "the P0 has no action byte", { expected: "at least 1 byte", found: "0" });
  }
  // Fixed-length reports are the bulk of all traffic; they are read in place.
  if (action === ACTION.report) return { kind: "report", values: unpackStatus(layout, bytes, 1) };
  const data = bytes.subarray(1);
  switch (action) {
    case ACTION.control:
      return { kind: "control", values: unpackControl(layout, data) };
    case ACTION.variableControl:
      return { kind: "control", values: unpackVariable(layout, data) };
    case ACTION.read:
      return { kind: "read" };
    case ACTION.variableRead:
      return { kind: "read", wanted: unpackVariableFlags(layout, data) };
    case ACTION.readReply:
      return { kind: "read-reply", values: unpackStatus(layout, data) };
    case ACTION.variableReadReply:
      return { kind: "read-reply", values: unpackVariable(layout, data) };
    case ACTION.variableReport:
      return { kind: "report", values: unpackVariable(layout, data) };
    case ACTION.passthroughDown:
      return { kind: "passthrough-down", data };
    case ACTION.passthroughUp:
      return { kind: "passthrough-up", data };
    default:
      return { kind: "other", action, data };
  }
}

/** Writes action and data in the product's own protocol, fixed or variable length. */
export function packP0(layout: Layout, p0: P0): Uint8Array {
  const isVariable = layout.protocol === "var_len";
  switch (p0.kind) {
    case "control":
      return isVariable
        ? withAction(ACTION.variableControl, packVariable(layout, p0.values))
        : withAction(ACTION.control, packControl(layout, p0.values));
    case "read":
      return isVariable
        ? withAction(ACTION.variableRead, packVariableFlags(layout, p0.wanted ?? layout.points))
        : withAction(ACTION.read, new Uint8Array(0));
    case "read-reply":
      return isVariable
        ? withAction(ACTION.variableReadReply, packVariable(layout, p0.values))
        : withAction(ACTION.readReply, packStatus(layout, p0.values));
    case "report":
      return isVariable
        ? withAction(ACTION.variableReport, packVariable(layout, p0.values))
        : withAction(ACTION.report, packStatus(layout, p0.values));
    case "passthrough-down":
      return withAction(ACTION.passthroughDown, p0.data);
    case "passthrough-up":
      return withAction(ACTION.passthroughUp, p0.data);
    case "other":
      return withAction(p0.action, p0.data);
  }
}

/** True for the two actions by which a device reports its datapoints. */
export function isReportAction(action: number | undefined): boolean {
  return action === ACTION.report || action === ACTION.variableReport;
}

/** A word for an action byte, for logs and decoders. */
export function nameAction(action: number): string {
  switch (action) {
    case ACTION.control:
    case ACTION.variableControl:
      return "control";
    case ACTION.read:
    case ACTION.variableRead:
      return "read";
    case ACTION.readReply:
    case ACTION.variableReadReply:
      return "read-reply";
    case ACTION.report:
    case ACTION.variableReport:
      return "report";
    case ACTION.passthroughDown:
      return "passthrough-down";
    case ACTION.passthroughUp:
      return "passthrough-up";
    default:
      return `action-${formatHexNumber(action)}`;
  }
}

function withAction(action: number, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 1);
  bytes[0] = action;
  bytes.set(data, 1);
  return bytes;
}
