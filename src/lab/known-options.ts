import { GizlabError } from "../core/errors.js";
import { suggestNearest } from "../core/suggestion.js";
import type { LabOptions } from "./lab-options.js";

const OPTIONS = [
  ...["profiles", "clock", "startAt", "seed", "folder", "http", "mqtt", "zone", "weekRule", "open", "labToken"],
  ...["coverage", "fixed"],
];

/** Throws `lab-option` for an option that is not there or cannot be meant: a typo would be a lab of another kind. */
export function requireKnownOptions(options: LabOptions): LabOptions {
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name));
  if (unknown !== undefined) {
    const nearest = suggestNearest(unknown, [...OPTIONS, "bundle"]);
    throw new GizlabError("lab-option", `a lab has no option ${unknown}`, {
      hint: nearest === undefined ? `known: ${OPTIONS.join(", ")}` : `did you mean ${nearest}?`,
    });
  }
  const { clock = "wall", startAt = 0 } = options;
  if (clock !== "wall" && clock !== "virtual") {
    throw new GizlabError("lab-option", `a clock is wall or virtual, not ${String(clock)}`);
  }
  if (!Number.isSafeInteger(startAt)) throw new GizlabError("lab-option", "startAt is a time in epoch milliseconds");
  return options;
}
