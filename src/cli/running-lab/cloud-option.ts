/** The option of every command that works against a running cloud; `findCloud` reads it. */
export const CLOUD_OPTION = {
  type: "string",
  requiresArg: true,
  describe: "URL of the cloud; without it GIZLAB_HTTP, or the lab that runs in this folder or on this machine",
} as const;
