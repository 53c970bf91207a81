import { GizlabError } from "../core/errors.js";
import { ByteReader } from "./cursor.js";

/** A cell that a GPRS module hears. */
export interface GprsCell {
  readonly lac: number;
  readonly cell: number;
  readonly rssi: number;
}

/** What a module says about itself (22, uart.md 2.7). */
export type ModuleInfo =
  | {
      readonly kind: "wifi";
      readonly serialVersion: string;
      readonly hardwareVersion: string;
      readonly softwareVersion: string;
      readonly mac: string;
      readonly ip: string;
      readonly attributes: string;
    }
  | {
      readonly kind: "gprs";
      readonly serialVersion: string;
      readonly hardwareVersion: string;
      readonly softwareVersion: string;
      readonly attributes: string;
      readonly imei: string;
      readonly imsi: string;
      readonly mcc: string;
      readonly mnc: string;
      readonly cells: readonly GprsCell[];
    };

const TYPE = { wifi: 1, gprs: 2 } as const;
const VERSION = 8;
const ADDRESS = 16;
const ATTRIBUTES = 8;

/** Reads the payload of 22. Throws `bytes-short`, `module-type` for a type that uart.md 2.7 does not name. */
export function unpackModuleInfo(payload: Uint8Array): ModuleInfo {
  const reader = new ByteReader(payload, "the payload");
  const type = reader.uint8("type");
  if (type !== TYPE.wifi && type !== TYPE.gprs) {
    throw new GizlabError("module-type", "the module's type is not known", {
      expected: "1 (Wi-Fi) or 2 (GPRS)",
      found: String(type),
    });
  }
  const versions = {
    serialVersion: reader.text(VERSION, "serial_version"),
    hardwareVersion: reader.text(VERSION, "hardware_version"),
    softwareVersion: reader.text(VERSION, "software_version"),
  };
  const readAttributes = (): string => Buffer.from(reader.bytes(ATTRIBUTES, "attributes")).toString("hex");
  if (type === TYPE.wifi) {
    return {
      kind: "wifi",
      ...versions,
      mac: reader.text(ADDRESS, "mac"),
      ip: reader.text(ADDRESS, "ip"),
      attributes: readAttributes(),
    };
  }
  return {
    kind: "gprs",
    ...versions,
    attributes: readAttributes(),
    imei: reader.text(ADDRESS, "imei"),
    imsi: reader.text(ADDRESS, "imsi"),
    mcc: reader.text(VERSION, "mcc"),
    mnc: reader.text(VERSION, "mnc"),
    cells: readCells(reader),
  };
}

function readCells(reader: ByteReader): GprsCell[] {
  const count = reader.uint8("cell count");
  reader.uint8("cell length");
  return Array.from({ length: count }, () => ({
    lac: reader.uint16("lac"),
    cell: reader.uint16("cell"),
    rssi: reader.uint8("rssi"),
  }));
}
