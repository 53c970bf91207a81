import { COMMANDS } from "../../codec/commands.js";
import { findFrameName, suggestFrameName } from "../../codec/frame-names.js";
import { GizlabError } from "../../core/errors.js";
import { formatHex, parseHex } from "../../core/hex.js";
import type { WantedFrame } from "../../lab/kit/wanted-frame.js";
import type { Profile } from "../../profile/profile.js";
import { ATTRS_SCHEMA, readAttrs } from "../attrs.js";
import { describeFields, type FieldTable, type JsonSchema, pickName, readFields } from "../fields.js";
import { type Located, toPlain } from "../located-yaml.js";
import type { Problems } from "../problems.js";
import { readInteger, readText } from "../scalars.js";

const FRAME_FIELDS: FieldTable = {
  cmd: {
    about: "a command of uart.md 2.1 by name or code; report, control and read go by the action in the P0",
    schema: { type: "string", examples: ["report", "control", "0x05", ...COMMANDS.map(({ name }) => name)] },
  },
  way: { about: "up is from the MCU to the module", schema: { enum: ["up", "down"] } },
  sn: { about: "the frame's number", schema: { type: "integer", minimum: 0, maximum: 255 } },
  payload: { about: "the un-stuffed payload as hex, in quotes", schema: { type: "string" } },
  attrs: { about: "the datapoints it carries", schema: ATTRS_SCHEMA },
};

export const FRAME_SCHEMA: JsonSchema = describeFields(FRAME_FIELDS);

/** A frame that is waited for; `{}` is any. */
export function readFrame(problems: Problems, node: Located, profile: Profile | undefined): WantedFrame {
  const fields = readFields(problems, node, FRAME_FIELDS, "frame");
  const read = <T>(name: string, readValue: (at: Located) => T | undefined): Record<string, T> => {
    const entry = fields.get(name);
    const value = entry === undefined ? undefined : readValue(entry.value);
    return value === undefined ? {} : { [name]: value };
  };
  return {
    ...read("cmd", (at) => readCommand(problems, at)),
    ...read("way", (at) => pickName(problems, at.spot, toPlain(at), ["up", "down"], "way")),
    ...read("sn", (at) => readInteger(problems, at, "sn", 0, 255)),
    ...read("payload", (at) => readPayload(problems, at)),
    ...read("attrs", (at) => readAttrs(problems, at, profile, { isWanted: true })),
  };
}

function readCommand(problems: Problems, node: Located): string | undefined {
  const name = readText(problems, node, "cmd");
  if (name === undefined || findFrameName(name) !== undefined) return name;
  const nearest = suggestFrameName(name);
  return problems.guard(node.spot, () => {
    throw new GizlabError("command-unknown", `no frame is called ${name}`, {
      hint: nearest === undefined ? "uart.md 2.1 names them" : `did you mean ${nearest}?`,
    });
  });
}

function readPayload(problems: Problems, node: Located): string | undefined {
  const text = readText(problems, node, "payload, in quotes,");
  return text === undefined ? undefined : problems.guard(node.spot, () => formatHex(parseHex(text)));
}
