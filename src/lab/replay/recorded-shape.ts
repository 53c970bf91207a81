import { unpackReady } from "../../codec/big-data.js";
import { CMD } from "../../codec/commands.js";
import type { Millis } from "../../core/duration.js";
import { GizlabError } from "../../core/errors.js";
import { type DeviceInfo, readDeviceInfo, unpackDeviceInfo } from "../../mcu/device-info.js";
import { isRedacted } from "../../record/redact.js";
import type { WireEntry } from "./recorded-wire.js";

/** What a recorded board and module said of themselves, for virtual ones that stand in for them. */
export interface RecordedShape {
  /** Of the first device info, in its form and length. */
  readonly deviceInfo: DeviceInfo | undefined;
  /** Bytes of a piece that the board asked for. */
  readonly pieceLength: number | undefined;
  /** The payload of the first module info. */
  readonly moduleInfo: Uint8Array | undefined;
  /** How often the module pinged the board. */
  readonly heartbeatMs: Millis | undefined;
}

/** The module's own setting of its heartbeat, in seconds (uart.md 2.2). */
const LOCAL_HEARTBEAT = /(?:^|&)LocalHT=(\d+)(?:&|$)/;

/** Reads the shape off a recorded wire; what was not recorded, or cannot be read, is undefined. */
export function readShape(wires: readonly WireEntry[]): RecordedShape {
  const infos = wires.filter(({ hop, cmd }) => hop === "uart.up" && cmd === CMD.deviceInfo);
  const [deviceInfo] = infos.map(readInfo).filter((info) => info !== undefined);
  const module = wires.find(
    ({ hop, cmd, frame }) => hop === "uart.down" && cmd === CMD.moduleInfo && frame !== undefined,
  );
  const ready = wires.find(({ hop, cmd }) => hop === "uart.up" && cmd === CMD.bigDataReady);
  return {
    deviceInfo,
    pieceLength: readPieceLength(ready),
    moduleInfo: module?.frame?.payload,
    heartbeatMs: readHeartbeat(wires, deviceInfo?.data),
  };
}

/** The version that the board tells after the frame at this place, where it tells one. */
export function readNextVersion(wires: readonly WireEntry[], after: number): string | undefined {
  const next = wires.slice(after).find(({ hop, cmd }) => hop === "uart.up" && cmd === CMD.deviceInfo);
  return next === undefined ? undefined : readInfo(next)?.softwareVersion;
}

/** The shape in a line, for the person who compares. */
export function describeShape(
  against: "mcu" | "module",
  { deviceInfo, moduleInfo, heartbeatMs }: RecordedShape,
): string {
  if (against === "mcu") {
    if (deviceInfo === undefined)
      return "the recording has no device info that can be read: the virtual MCU is one of the vendor's SDK";
    const { productKey, hardwareVersion, softwareVersion, bindTimeoutS, attributes, productSecret, data } = deviceInfo;
    const parts = [
      `product_key ${productKey}`,
      `versions ${hardwareVersion} and ${softwareVersion}`,
      `bind timeout ${bindTimeoutS} s`,
      attributes === undefined ? "no attributes" : `attributes ${String(attributes)}`,
      productSecret === undefined ? "no secret" : "a secret",
      data === undefined ? "no data" : `data "${data}"`,
    ];
    return `the virtual MCU says of itself what the recorded one did: ${parts.join(", ")}`;
  }
  const info =
    moduleInfo === undefined
      ? "the recording has no module info: the virtual module is a GAgent 04020006"
      : "the virtual module says of itself what the recorded one did";
  return heartbeatMs === undefined ? info : `${info}; heartbeat every ${heartbeatMs / 1000} s`;
}

function readInfo({ frame, entry }: WireEntry): DeviceInfo | undefined {
  const fields = entry.detail?.fields;
  try {
    if (frame !== undefined) return unpackDeviceInfo(frame.payload);
  } catch (error) {
    if (!(error instanceof GizlabError)) throw error;
  }
  if (typeof fields !== "object" || fields === null) return undefined;
  // A hidden frame leaves what is not secret.
  return readDeviceInfo(Object.fromEntries(Object.entries(fields).filter(([, value]) => !isRedacted(value))));
}

function readPieceLength(ready: WireEntry | undefined): number | undefined {
  if (ready?.frame === undefined) return undefined;
  try {
    const { pieceLength } = unpackReady(ready.frame.payload);
    return pieceLength === 0 ? undefined : pieceLength;
  } catch (error) {
    if (error instanceof GizlabError) return undefined;
    throw error;
  }
}

/** The usual distance of two pings; without two of them, what the board has set. */
function readHeartbeat(wires: readonly WireEntry[], data: string | undefined): Millis | undefined {
  const pings = wires.filter(({ hop, cmd }) => hop === "uart.down" && cmd === CMD.heartbeat);
  const fresh = pings.filter(({ sn }, at) => pings[at - 1]?.sn !== sn);
  const gaps = fresh.slice(1).map(({ at }, n) => at - (fresh[n]?.at ?? 0));
  const usual = gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)];
  if (usual !== undefined && usual >= 1000) return Math.round(usual / 1000) * 1000;
  const set = LOCAL_HEARTBEAT.exec(data ?? "")?.[1];
  return set === undefined || Number(set) === 0 ? undefined : Number(set) * 1000;
}
