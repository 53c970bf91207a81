import { LAB_TOKEN_OPTION } from "../../lab-token.js";
import { CLOUD_OPTION } from "../../running-lab/cloud-option.js";

/** The word that names a device. */
export const DID = {
  type: "string",
  demandOption: true,
  describe: "the device: its did or the beginning of it, or its product where only one device is of it",
} as const;

/** The words that say new values. */
export const VALUES = {
  type: "string",
  array: true,
  demandOption: true,
  describe: "NAME=VALUE: true, on, a number, a label of the datapoint, or hex for a binary one",
} as const;

/** How long a report is waited for. */
export const WITHIN = {
  type: "string",
  default: "10s",
  requiresArg: true,
  describe: "how long to wait for the device's report",
} as const;

/** What every command about the devices of a running lab takes. */
export const LAB_OPTIONS = { cloud: CLOUD_OPTION, "lab-token": LAB_TOKEN_OPTION } as const;
