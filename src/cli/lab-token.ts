import { UsageError } from "./output.js";

/** The environment variable that says the token where `--lab-token` does not. */
export const LAB_TOKEN_VARIABLE = "GIZLAB_LAB_TOKEN";

/** The option of every command that controls a lab, or may be controlled. */
export const LAB_TOKEN_OPTION = {
  type: "string",
  requiresArg: true,
  describe: `opens the control routes to other machines; without it ${LAB_TOKEN_VARIABLE} of the environment`,
} as const;

/** What may stand in a header, and is no accident. */
const TOKEN = /^[\x21-\x7e]{1,200}$/;

/** The token of the command line, or of the environment. Throws `usage` for one that no request could say. */
export function readLabToken(given: string | undefined): string | undefined {
  const ofEnvironment = process.env[LAB_TOKEN_VARIABLE];
  const token = given ?? (ofEnvironment === "" ? undefined : ofEnvironment);
  if (token === undefined || TOKEN.test(token)) return token;
  throw new UsageError(
    `${given === undefined ? LAB_TOKEN_VARIABLE : "--lab-token"} is no token`,
    "up to 200 letters, digits and signs without spaces",
  );
}
