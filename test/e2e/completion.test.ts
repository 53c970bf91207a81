import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Lab } from "../../src/lab/lab.js";
import { startLab } from "../../src/lab/start-lab.js";
import { runCli, runShell } from "../support/cli-process.js";
import { expectOneLine } from "../support/one-line.js";

describe("the script of gizlab completion", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab({ http: true, mqtt: true, profiles: ["pet-house"] });
    await lab.device("pet-house", { isAlive: false, baud: 0 });
  });
  afterAll(() => lab.close());

  /** What bash would replace its last piece of `line` with; `pieces` is how bash cuts it. */
  async function tabInBash(line: string, pieces: readonly string[]): Promise<string[]> {
    const words = pieces.map((piece) => `'${piece}'`).join(" ");
    const script = `source <(gizlab completion bash)
      COMP_LINE='${line}' COMP_POINT=${line.length} COMP_WORDS=(${words}) COMP_CWORD=${pieces.length - 1}
      _gizlab_complete; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await runShell(script, { env: { GIZLAB_HTTP: lab.urls.http } });
    return stdout.split("\n").filter((text) => text !== "");
  }

  it("completes in bash, which cuts words at =", async () => {
    const [commands, name, values, value] = await Promise.all([
      tabInBash("gizlab contr", ["gizlab", "contr"]),
      tabInBash("gizlab set pet-house Temp", ["gizlab", "set", "pet-house", "Temp"]),
      tabInBash("gizlab set pet-house LED_OnOff=", ["gizlab", "set", "pet-house", "LED_OnOff", "="]),
      tabInBash("gizlab set pet-house LED_R=1 LED_Color=Pi", [
        ...["gizlab", "set", "pet-house", "LED_R", "=", "1", "LED_Color", "=", "Pi"],
      ]),
    ]);
    expect(commands).toEqual(["control"]);
    expect(name).toEqual(["Temperature="]);
    expect(values).toEqual(["true", "false"]);
    expect(value).toEqual(["Pink"]);
  });

  it("is printed for the shell that is named, or for that of the user", async () => {
    const [bash, zsh, own, none] = await Promise.all([
      runCli(["completion", "bash"]),
      runCli(["completion", "zsh"]),
      runCli(["completion"], { env: { SHELL: "/usr/bin/zsh" } }),
      runCli(["completion"], { env: { SHELL: "/bin/tcsh" } }),
    ]);
    expect(bash).toMatchObject({ code: 0, stdout: expect.stringContaining("complete -o default -F") as string });
    expect(zsh).toMatchObject({ code: 0, stdout: expect.stringMatching(/^#compdef gizlab\n/) as string });
    expect(own.stdout).toBe(zsh.stdout);
    expectOneLine(none, { code: 2, line: /the shell is not known.*gizlab completion bash or zsh/ });
  });
});
