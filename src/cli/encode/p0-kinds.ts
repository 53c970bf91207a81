/** The payloads of `gizlab encode` that carry datapoints, or bytes passed through; every other word is a command. */
export const P0_KINDS = ["report", "control", "read", "read-reply", "passthrough-up", "passthrough-down"] as const;

export type P0Kind = (typeof P0_KINDS)[number];
