import { formatCount } from "../core/count-text.js";
import { checkClock, checkNode, checkStore, checkTools } from "./doctor/check-platform.js";
import { checkPort } from "./doctor/check-ports.js";
import { checkSerial } from "./doctor/check-serial.js";
import type { Finding } from "./doctor/finding.js";
import { listKnownLabs } from "./doctor/known-labs.js";
import { createMachine, type Machine } from "./doctor/machine.js";
import { readInteger } from "./number-option.js";
import { createOutput, EXIT } from "./output.js";

export interface DoctorArguments {
  readonly data: string;
  readonly "http-port"?: string;
  readonly "mqtt-port"?: string;
  readonly json: boolean;
}

const SIGNS = { ok: "ok", warning: "warning", problem: "PROBLEM" } as const;

/** Says what this machine lacks and how to mend it; the exit code is 1 when gizlab cannot work. Throws `usage`. */
export async function runDoctor(args: DoctorArguments): Promise<void> {
  const output = createOutput(args.json);
  const httpPort = readInteger("http-port", args["http-port"], 8088, 1, 65_535);
  const mqttPort = readInteger("mqtt-port", args["mqtt-port"], 1883, 1, 65_535);
  const findings = await examine(createMachine(), args.data, mqttPort, httpPort);
  const width = Math.max(...findings.map(({ name }) => name.length));
  for (const { name, status, message, fix } of findings) {
    output.json({ event: "check", name, status, message, fix });
    output.line(`${SIGNS[status].padEnd(7)}  ${name.padEnd(width)}  ${message}`);
    if (fix !== undefined) output.line(`${" ".repeat(width + 11)}mend: ${fix}`);
  }
  const count = (status: Finding["status"]): number => findings.filter((finding) => finding.status === status).length;
  const [problems, warnings] = [count("problem"), count("warning")];
  output.json({ event: "checked", ok: problems === 0, problems, warnings });
  output.line(`\n${describeCount(problems, warnings)}`);
  if (problems > 0) process.exitCode = EXIT.failed;
}

async function examine(machine: Machine, folder: string, mqttPort: number, httpPort: number): Promise<Finding[]> {
  const labs = await listKnownLabs(httpPort);
  return [
    checkNode(machine),
    // Loaded here, so that a missing native part is a line and no crash.
    ...(await checkStore(machine, folder, () => import("../lab/store-probe.js"))),
    await checkPort(machine, "mqtt-port", mqttPort, "--mqtt-port", labs),
    await checkPort(machine, "http-port", httpPort, "--http-port", labs),
    ...checkClock(machine),
    ...checkSerial(machine),
    ...checkTools(machine),
  ];
}

function describeCount(problems: number, warnings: number): string {
  const also = warnings === 0 ? "" : `; ${formatCount(warnings, "warning")}`;
  if (problems === 0) return `gizlab can work on this machine${also}`;
  return `${formatCount(problems, "problem")} to mend before gizlab can work${also}`;
}
