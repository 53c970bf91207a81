/** The option of every command that works against a running cloud. */
export const CLOUD_OPTION = {
  type: "string",
  default: "http://127.0.0.1:8088",
  requiresArg: true,
  describe: "URL of the cloud",
} as const;
