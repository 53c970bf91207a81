import { execPort } from "./exec-port.js";
import { DEFAULT_SERIAL_SETTINGS, type PortLink, type SerialSettings } from "./port.js";
import { parsePortSpec } from "./port-spec.js";
import { makePtyPort } from "./pty-port.js";
import { answerRfc2217, askRfc2217 } from "./rfc2217.js";
import { openSerialPort } from "./serial-port.js";
import { connectPort, listenPort } from "./tcp-port.js";

/**
 * Opens a PORT as the command line names it (interfaces.md 3). Rejects with `port-spec`, `port-missing`, `port-denied`,
 * `serial-busy`, `port-not-serial`, `port-failed`, `port-busy`, `port-unreachable`, `port-exec`, `serial-missing`, `pty-missing`.
 */
export async function openPort(text: string, settings: SerialSettings = DEFAULT_SERIAL_SETTINGS): Promise<PortLink> {
  const spec = parsePortSpec(text);
  switch (spec.kind) {
    case "serial":
      return openSerialPort(spec.path, settings);
    case "pty":
      return makePtyPort();
    case "tcp":
      return connectPort(text, { host: spec.host, port: spec.port });
    case "tcp-listen":
      return listenPort("tcp-listen", spec.port);
    case "unix":
      return connectPort(text, { path: spec.path });
    case "rfc2217":
      return askRfc2217(await connectPort(text, { host: spec.host, port: spec.port }), settings);
    case "rfc2217-listen":
      return answerRfc2217(await listenPort("rfc2217-listen", spec.port));
    case "exec":
      return execPort(spec.command);
  }
}
