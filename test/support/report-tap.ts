import type { Duplex } from "node:stream";
import type { Clock } from "../../src/core/clock.js";
import type { Provision } from "../../src/gagent/provisioning.js";

/** A report of the pet house as it left the module, decoded by hand. */
export interface PetReport {
  readonly at: number;
  readonly values: {
    readonly Motor_Speed: number;
    readonly Temperature: number;
    readonly Humidity: number;
  };
}

type OpenBroker = (provision: Provision) => Duplex;
const PUBLISH = 3;
/** 00000003, length, flag 00, command 0091, action 04: a report of a device (cloud.md 3.3). */
const REPORT_HEAD = /^000000030e00009104/;

/**
 * Listens on the module's own socket, with nothing of the code under test: what it notes is what really left,
 * and when. `openBroker` goes where the module's would.
 */
export function tapPetReports(
  open: OpenBroker,
  clock: Clock,
): { openBroker: OpenBroker; reports: readonly PetReport[] } {
  const reports: PetReport[] = [];
  return {
    reports,
    openBroker: (provision) => {
      const socket = open(provision);
      const write = socket.write.bind(socket);
      let pending = Buffer.alloc(0);
      socket.write = ((chunk: Uint8Array | string, ...rest: []) => {
        pending = Buffer.concat([pending, Buffer.from(chunk as Uint8Array)]);
        for (let packet = takePacket(pending); packet !== undefined; packet = takePacket(pending)) {
          pending = pending.subarray(packet.length);
          if (packet[0] !== undefined && packet[0] >> 4 === PUBLISH) reports.push(readReport(packet, clock.now()));
        }
        return write(chunk, ...rest);
      }) as Duplex["write"];
      return socket;
    },
  };
}

/** The whole MQTT packet at the head of `bytes`; undefined while some of it is missing. */
function takePacket(bytes: Buffer): Buffer | undefined {
  let length = 0;
  for (let at = 1; at <= 4; at += 1) {
    const byte = bytes[at];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 128 ** (at - 1);
    if (byte < 0x80) return bytes.length < at + 1 + length ? undefined : bytes.subarray(0, at + 1 + length);
  }
  throw new Error("this is no MQTT");
}

/** Datapoints stand where profiles/pet-house/profile.json has them; additions are -5 and -13. */
function readReport(packet: Buffer, at: number): PetReport {
  const p0 = packet.subarray(-10);
  const frame = packet.subarray(-19).toString("hex");
  if (!REPORT_HEAD.test(frame)) throw new Error(`this is no report: ${packet.toString("hex")}`);
  const byte = (offset: number): number => p0[offset] ?? Number.NaN;
  return { at, values: { Motor_Speed: byte(4) - 5, Temperature: byte(6) - 13, Humidity: byte(7) } };
}
