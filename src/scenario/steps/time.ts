import { readSpan, SPAN_SCHEMA } from "../scalars.js";
import type { StepKind } from "../scenario.js";

export const ADVANCE: StepKind = {
  about: "moves virtual time, and all that falls due in it",
  schema: SPAN_SCHEMA,
  read: (node, { problems, clock }) => {
    const span = readSpan(problems, node);
    if (clock === "wall") problems.add(node.spot, "wall time moves by itself", { hint: "wait, or clock: virtual" });
    return (stage) => stage.lab.advance(span?.ms ?? 0);
  },
};

export const WAIT: StepKind = {
  about: "lets time pass: moves a virtual clock, waits on a wall clock",
  schema: SPAN_SCHEMA,
  read: (node, { problems, clock }) => {
    const spanMs = readSpan(problems, node)?.ms ?? 0;
    if (clock === "virtual") return (stage) => stage.lab.advance(spanMs);
    return (stage) =>
      new Promise((resolve) => {
        stage.lab.clock.setTimer("scenario wait", spanMs, resolve);
      });
  },
};
