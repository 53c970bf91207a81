import type { StepKind } from "../scenario.js";
import { EXPECT, EXPECT_NO } from "./expect.js";
import { FAULT, REMOVE_FAULT } from "./fault.js";
import { POWER } from "./power.js";
import { CONTROL, SET } from "./set-control.js";
import { RESTORE, SAVE } from "./snapshot.js";
import { ADVANCE, WAIT } from "./time.js";

/** Every kind of step there is, by the key that it stands under. */
export const STEP_KINDS: Readonly<Record<string, StepKind>> = {
  set: SET,
  control: CONTROL,
  expect: EXPECT,
  expect_no: EXPECT_NO,
  advance: ADVANCE,
  wait: WAIT,
  fault: FAULT,
  remove_fault: REMOVE_FAULT,
  save: SAVE,
  restore: RESTORE,
  power: POWER,
};
