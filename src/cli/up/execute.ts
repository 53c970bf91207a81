import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { basename } from "node:path";
import type { Lab } from "../../lab/lab.js";
import { LAB_TOKEN_VARIABLE } from "../lab-token.js";
import type { Output } from "../output.js";
import { CLOUD_VARIABLE } from "../running-lab/find-cloud.js";
import { reachableUrl } from "../running-lab/reachable-url.js";

export interface Execution {
  readonly lab: Lab;
  readonly labToken: string | undefined;
  readonly interrupted: Promise<void>;
  readonly output: Output;
}

const INTERRUPTED = 130;
/** A shell gives this and the signal's number for a command that a signal has ended. */
const KILLED = 128;
/** How the shells that take one from the environment show that they run inside a lab. */
const PROMPTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  // bash sets PS1 itself when it starts, and runs this before each prompt.
  bash: { PROMPT_COMMAND: 'case "$PS1" in "(gizlab) "*) ;; *) PS1="(gizlab) $PS1" ;; esac' },
  sh: { PS1: "(gizlab) $ " },
  dash: { PS1: "(gizlab) $ " },
};

/**
 * Runs a command line with the lab's addresses in its environment, and gives its exit code: 128 and the signal's number
 * for one that was killed. An interrupt ends it too. On a terminal it says before and after where the command runs.
 */
export async function executeInLab(commandLine: string, execution: Execution): Promise<number> {
  const { lab, labToken, interrupted, output } = execution;
  const [program = ""] = commandLine.trim().split(/\s+/);
  const isTyped = process.stdin.isTTY === true && process.stderr.isTTY === true;
  const variables = nameLab(lab, labToken);
  if (isTyped) {
    output.note(`gizlab: ${program} runs inside a cloud at ${variables[CLOUD_VARIABLE]}, which ends with it`);
    output.note(`gizlab: its addresses and ids are in the environment: env | grep GIZLAB_`);
  }
  const isGroup = process.platform !== "win32" && !isOnTerminal();
  const child = spawn(commandLine, {
    shell: true,
    // What the command line has started ends with it. On a terminal Ctrl-C reaches all of it, and a group of its own could not read there.
    detached: isGroup,
    stdio: "inherit",
    env: { ...(isTyped ? PROMPTS[basename(commandLine.trim())] : {}), ...process.env, ...variables },
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      if (signal === null) return resolve(code ?? 0);
      output.note(`gizlab: --exec ${JSON.stringify(commandLine)} was ended by ${signal}`);
      resolve(KILLED + constants.signals[signal]);
    });
  });
  const cut = interrupted.then(() => {
    child.removeAllListeners("exit");
    endCommand(child, isGroup);
    child.unref();
    return INTERRUPTED;
  });
  const code = await Promise.race([ended, cut]);
  if (isTyped) output.note(`gizlab: ${program} has ended, and the cloud with it`);
  return code;
}

function isOnTerminal(): boolean {
  return [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY === true);
}

function endCommand(child: ChildProcess, isGroup: boolean): void {
  if (!isGroup || child.pid === undefined) {
    child.kill("SIGTERM");
    return;
  }
  try {
    process.kill(-child.pid, "SIGTERM");
  } catch {
    // All of it has ended meanwhile.
  }
}

/** The environment variables by which a command finds the lab. */
function nameLab(lab: Lab, labToken: string | undefined): Record<string, string> {
  const [product] = lab.cloud.products.all;
  const { app, enterprise, connect, datacooee, devo } = lab.credentials;
  return {
    [CLOUD_VARIABLE]: reachableUrl(lab.urls.http),
    GIZLAB_MQTT: reachableUrl(lab.urls.mqtt),
    GIZLAB_APP_ID: app.id,
    GIZLAB_APP_SECRET: app.secret,
    GIZLAB_ENTERPRISE_ID: enterprise.id,
    GIZLAB_ENTERPRISE_SECRET: enterprise.secret,
    GIZLAB_CONNECT_TOKEN: connect.token,
    GIZLAB_DATACOOEE_ORGANIZATION_ID: datacooee.organization_id,
    GIZLAB_DATACOOEE_ORGANIZATION_API_KEY: datacooee.organization_api_key,
    GIZLAB_DEVO_TOKEN: devo.token,
    GIZLAB_PRODUCT_KEY: product?.productKey ?? "",
    GIZLAB_PRODUCT_SECRET: product?.secret ?? "",
    ...(labToken === undefined ? {} : { [LAB_TOKEN_VARIABLE]: labToken }),
  };
}
