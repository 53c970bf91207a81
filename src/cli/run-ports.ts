import { listSerialPorts, type SerialPortEntry } from "../lab/serial-ports.js";
import { createOutput } from "./output.js";

export interface PortsArguments {
  readonly json: boolean;
}

const NONE = "no serial port found: plug the board in with a USB cable that carries data, and run gizlab ports again";

/** Lists serial ports; none is no failure. */
export async function runPorts({ json }: PortsArguments): Promise<void> {
  const output = createOutput(json);
  const entries = await listSerialPorts();
  for (const entry of entries) output.json({ event: "port", ...entry });
  if (json && entries.length === 0) output.note(NONE);
  for (const line of formatPorts(entries)) output.line(line);
}

/** A line for each port, in columns; one sentence when there is none. */
export function formatPorts(entries: readonly SerialPortEntry[]): string[] {
  if (entries.length === 0) return [NONE];
  const rows = entries.map(({ path, vendorId, productId = "????", serialNumber, manufacturer, guess }) => [
    path,
    vendorId === undefined ? "-" : `${vendorId}:${productId}`,
    serialNumber ?? "-",
    guess ?? manufacturer ?? "not known",
  ]);
  const widths = rows.reduce((most, row) => row.map((cell, at) => Math.max(cell.length, most[at] ?? 0)), [0, 0, 0, 0]);
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
