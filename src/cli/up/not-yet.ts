/** Options that the interface names and this version does not have. */
export const NOT_YET = ["tls", "device-http-port", "snoti-port", "store", "bus"] as const;
